"""Why a member who gave the right password gets no code, and the words for it."""

from collective.smsauth import _
from collective.smsauth import wiring
from collective.smsauth.domain.challenge import Challenge
from collective.smsauth.domain.channels import Channel
from collective.smsauth.domain.channels import Route
from collective.smsauth.domain.delivery import DeliveryStatus
from collective.smsauth.flows.subject import Subject
from enum import Enum


class Problem(str, Enum):
    """What stands in the way of a code."""

    GENERATION_DISABLED = "generation-disabled"
    NO_CHANNEL = "no-channel"
    NOT_CONFIGURED = "not-configured"
    PROVIDER_DOWN = "provider-down"
    UNREACHABLE = "unreachable"
    UNSUBSCRIBED = "unsubscribed"


_OF_DELIVERY = {
    DeliveryStatus.CONFIGURATION: Problem.NOT_CONFIGURED,
    DeliveryStatus.TRY_LATER: Problem.PROVIDER_DOWN,
    DeliveryStatus.UNSUBSCRIBED: Problem.UNSUBSCRIBED,
}
_TITLES = {
    Problem.GENERATION_DISABLED: _("problem_generation_disabled_title", default="No codes are sent at the moment"),
    Problem.NO_CHANNEL: _("problem_no_channel_title", default="There is no way to send you a code"),
    Problem.NOT_CONFIGURED: _("problem_not_configured_title", default="This site cannot send your code"),
    Problem.PROVIDER_DOWN: _("problem_provider_down_title", default="Your code could not be sent just now"),
    Problem.UNREACHABLE: _("problem_unreachable_title", default="Your phone cannot be reached"),
    Problem.UNSUBSCRIBED: _("problem_unsubscribed_title", default="Your phone has unsubscribed from text messages"),
}
_WORDS = {
    Problem.GENERATION_DISABLED: _(
        "problem_generation_disabled",
        default="The administrators have switched codes off. You can still log in with a recovery code, or with a code "
        "that they prepare for you.",
    ),
    Problem.NO_CHANNEL: _(
        "problem_no_channel",
        default="Your password was right, but this site cannot send codes to any of your phone numbers or to "
        "your e-mail address at the moment.",
    ),
    Problem.NOT_CONFIGURED: _(
        "problem_not_configured",
        default="Your password was right, but this site cannot send codes at the moment: its settings are wrong "
        "or incomplete. Please tell the administrators of the site.",
    ),
    Problem.PROVIDER_DOWN: _(
        "problem_provider_down",
        default="Your password was right, but the service that delivers the codes does not answer. Please have a new "
        "code sent in a moment.",
    ),
    Problem.UNREACHABLE: _(
        "problem_unreachable",
        default="Your password was right, but the code did not reach you: your phone may be switched off or out "
        "of reach, or its number out of use.",
    ),
    Problem.UNSUBSCRIBED: _(
        "problem_unsubscribed",
        default="Your password was right, but your phone once answered STOP to a text message of this site. Send START "
        "to the same sender, then have a new code sent.",
    ),
}


def problem_of(member: Subject, routes: tuple[Route, ...], challenge: Challenge | None) -> Problem | None:
    """Return what stands in the way of a code, or None. ``challenge`` is the last one of the sign-in.

    A code that an administrator prepared makes all others unnecessary.
    """
    if member.prepared is not None:
        return None
    if not wiring.current().policy.generate_codes:
        return Problem.GENERATION_DISABLED
    if not routes:
        return Problem.NO_CHANNEL
    if challenge is not None and DeliveryStatus(challenge.delivery).failed:
        return _OF_DELIVERY.get(DeliveryStatus(challenge.delivery), Problem.UNREACHABLE)
    channel = challenge.route.channel if challenge is not None else routes[0].channel
    return Problem.NOT_CONFIGURED if channel is not Channel.EMAIL and not wiring.current().can_send(channel) else None


def title(problem: Problem):
    """Return the heading of the page."""
    return _TITLES[problem]


def words(problem: Problem):
    """Return what happened, in plain words."""
    return _WORDS[problem]
