"""Why a member who gave the right password gets no code, and the words for it."""

from collective.smsauth import _
from collective.smsauth import wiring
from collective.smsauth.browser.subject import Subject
from collective.smsauth.domain.challenge import Challenge
from collective.smsauth.domain.contact import Channel
from collective.smsauth.domain.contact import Route
from collective.smsauth.domain.delivery import DeliveryStatus
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
    Problem.GENERATION_DISABLED: _("problem_generation_disabled_title", default="No codes are sent at present"),
    Problem.NO_CHANNEL: _("problem_no_channel_title", default="There is no way to send you a code"),
    Problem.NOT_CONFIGURED: _("problem_not_configured_title", default="This site cannot send your code"),
    Problem.PROVIDER_DOWN: _("problem_provider_down_title", default="Your code could not be sent just now"),
    Problem.UNREACHABLE: _("problem_unreachable_title", default="Your phone cannot be reached"),
    Problem.UNSUBSCRIBED: _("problem_unsubscribed_title", default="Your phone unsubscribed from the texts"),
}
_WORDS = {
    Problem.GENERATION_DISABLED: _(
        "problem_generation_disabled",
        default="The administrators have switched codes off. A recovery code, or a code that they prepare for you, "
        "still signs you in.",
    ),
    Problem.NO_CHANNEL: _(
        "problem_no_channel",
        default="Your password was right, but none of your phone numbers and addresses can be reached in a way that this site "
        "uses at present.",
    ),
    Problem.NOT_CONFIGURED: _(
        "problem_not_configured",
        default="Your password was right, but this site cannot send any at the moment: something is set wrongly. "
        "Please tell the administrators.",
    ),
    Problem.PROVIDER_DOWN: _(
        "problem_provider_down",
        default="Your password was right, but the service that delivers the codes does not answer. Try again in a moment.",
    ),
    Problem.UNREACHABLE: _(
        "problem_unreachable",
        default="Your password was right, but the code could not be delivered: the number may be out of use, or cannot receive it.",
    ),
    Problem.UNSUBSCRIBED: _(
        "problem_unsubscribed",
        default="Your phone once answered STOP to a text of this site. Send START to the same sender, then try again.",
    ),
}


def problem_of(member: Subject, routes: tuple[Route, ...], challenge: Challenge | None) -> Problem | None:
    """Return what stands in the way of a code, or None. ``challenge`` is the last one of the sign-in."""
    if not wiring.policy().generate_codes and member.prepared is None:
        return Problem.GENERATION_DISABLED
    if not routes:
        return Problem.NO_CHANNEL
    if challenge is not None and DeliveryStatus(challenge.delivery).failed:
        return _OF_DELIVERY.get(DeliveryStatus(challenge.delivery), Problem.UNREACHABLE)
    channel = challenge.route.channel if challenge is not None else routes[0].channel
    return Problem.NOT_CONFIGURED if channel is not Channel.EMAIL and not wiring.can_send(channel) else None


def title(problem: Problem):
    """Return the heading of the page."""
    return _TITLES[problem]


def words(problem: Problem):
    """Return what happened, in plain words."""
    return _WORDS[problem]
