"""What the pages say about what became of a code on its way, by its channel: what happened, and what to do next."""

from collective.smsauth import _
from collective.smsauth import wiring
from collective.smsauth.domain.challenge import Challenge
from collective.smsauth.domain.channels import Channel
from collective.smsauth.domain.delivery import DeliveryStatus
from collective.smsauth.flows.messages import fill
from urllib.parse import urlencode

_TEXT = {
    DeliveryStatus.QUEUED: _("delivery_queued", default="The text message is on its way."),
    DeliveryStatus.SENT: _("delivery_sent", default="The text message was sent."),
    DeliveryStatus.DELIVERED: _("delivery_delivered", default="The text message has arrived on your phone."),
    DeliveryStatus.BAD_NUMBER: _(
        "delivery_bad_number",
        default="The text message could not be sent: the phone number is not in use. Check the number.",
    ),
    DeliveryStatus.CANNOT_RECEIVE: _(
        "delivery_cannot_receive",
        default="The text message could not be sent: this phone cannot receive it. Check the number.",
    ),
    DeliveryStatus.LANDLINE: _(
        "delivery_landline",
        default="The text message could not be delivered: this seems to be a landline. Choose the call, if it is offered, or "
        "another phone.",
    ),
    DeliveryStatus.UNREACHABLE: _(
        "delivery_unreachable",
        default="The text message could not be delivered: your phone is switched off or out of reach. Switch it on, then have a new "
        "code sent.",
    ),
    DeliveryStatus.UNSUBSCRIBED: _(
        "delivery_unsubscribed",
        default="The text message could not be sent: this phone unsubscribed with STOP. Send START to the sender, then "
        "have a new code sent.",
    ),
    DeliveryStatus.CONFIGURATION: _(
        "delivery_configuration",
        default="The text message could not be sent: this site cannot send any at the moment. "
        "Please tell the administrators of the site.",
    ),
    DeliveryStatus.TRY_LATER: _(
        "delivery_try_later",
        default="The text message could not be sent: the service that delivers it does not answer. "
        "Please have a new code sent in a moment.",
    ),
}
_TEXT[DeliveryStatus.NO_ANSWER] = _TEXT[DeliveryStatus.UNREACHABLE]
_UNSUBSCRIBED_FROM = _(
    "delivery_unsubscribed_from",
    default="The text message could not be sent: this phone unsubscribed with STOP. Send START to ${sender}, then have a new code "
    "sent.",
)

_VOICE = {
    DeliveryStatus.QUEUED: _("call_queued", default="You will be called in a moment."),
    DeliveryStatus.SENT: _("call_sent", default="Your phone is being called."),
    DeliveryStatus.DELIVERED: _("call_delivered", default="The call was answered."),
    DeliveryStatus.BAD_NUMBER: _(
        "call_bad_number", default="You could not be called: the phone number is not in use. Check the number."
    ),
    DeliveryStatus.CANNOT_RECEIVE: _(
        "call_cannot_receive", default="You could not be called: this phone cannot be reached. Check the number."
    ),
    DeliveryStatus.UNREACHABLE: _(
        "call_unreachable",
        default="You could not be called: your phone is switched off or out of reach. Switch it on, then have a new code sent.",
    ),
    DeliveryStatus.NO_ANSWER: _(
        "call_no_answer",
        default="Nobody answered the call, or the line was busy. Have a new code sent when you can answer it.",
    ),
    DeliveryStatus.CONFIGURATION: _(
        "call_configuration",
        default="You could not be called: this site cannot call anybody at the moment. "
        "Please tell the administrators of the site.",
    ),
    DeliveryStatus.TRY_LATER: _(
        "call_try_later",
        default="You could not be called: the service that makes the calls does not answer. "
        "Please have a new code sent in a moment.",
    ),
}
_VOICE[DeliveryStatus.LANDLINE] = _VOICE[DeliveryStatus.UNSUBSCRIBED] = _VOICE[DeliveryStatus.CANNOT_RECEIVE]

_EMAIL = {
    DeliveryStatus.QUEUED: _("delivery_queued_email", default="The e-mail is on its way."),
    DeliveryStatus.SENT: _(
        "delivery_sent_email", default="The e-mail was sent. If you do not find it, look into your spam folder."
    ),
    DeliveryStatus.CONFIGURATION: _(
        "delivery_configuration_email",
        default="The e-mail could not be sent: this site cannot send any at the moment. "
        "Please tell the administrators of the site.",
    ),
    DeliveryStatus.TRY_LATER: _(
        "delivery_try_later_email",
        default="The e-mail could not be sent: the mail server of the site does not answer. "
        "Please have a new code sent in a moment.",
    ),
}
# The rest is never said of an e-mail, but a record may hold anything.
_EMAIL = {status: _EMAIL.get(status, _EMAIL[DeliveryStatus.TRY_LATER]) for status in DeliveryStatus}
_EMAIL[DeliveryStatus.DELIVERED] = _EMAIL[DeliveryStatus.SENT]

#: Seconds after which what is still waiting to leave may have been lost, as when a process is killed: most leave within one.
_PATIENCE = 20
_OVERDUE = {
    Channel.TEXT: _("delivery_overdue", default="The text message may not have left. Have a new one sent."),
    Channel.VOICE: _("call_overdue", default="The call may not have been made. Have a new code sent."),
    Channel.EMAIL: _("delivery_overdue_email", default="The e-mail may not have left. Have a new one sent."),
}

_WORDS = {Channel.TEXT: _TEXT, Channel.VOICE: _VOICE, Channel.EMAIL: _EMAIL}


#: The parameter of the status page that names the purpose.
PURPOSE = "for"


def status_url(root: str, challenge: Challenge, **more: str) -> str:
    """Return where the page of ``challenge`` asks; ``root`` is the URL of the navigation root, ``more`` what else the page knows."""
    return f"{root}/@@smsauth-status?{urlencode({PURPOSE: challenge.purpose.value, **more})}"


def of_status(status: DeliveryStatus, channel: Channel = Channel.TEXT):
    """Return the words for what became of something that went by ``channel``."""
    if status is DeliveryStatus.UNSUBSCRIBED and channel is Channel.TEXT and (sender := wiring.current().sender):
        return fill(_UNSUBSCRIBED_FROM, sender=sender)
    return _WORDS[channel][status]


def of_challenge(challenge: Challenge):
    """Return the words for what became of the code of a challenge."""
    status, channel = DeliveryStatus(challenge.delivery), Channel(challenge.channel)
    if status is DeliveryStatus.QUEUED and wiring.current().now >= challenge.issued + _PATIENCE:
        return _OVERDUE[channel]
    return of_status(status, channel)
