"""What the pages say about the way that a code takes: a text message, a call or an e-mail."""

from collections.abc import Iterable
from collective.smsauth import _
from collective.smsauth.domain import channels
from collective.smsauth.domain import phone
from collective.smsauth.domain.challenge import Challenge
from collective.smsauth.domain.channels import Channel
from collective.smsauth.domain.channels import Route
from collective.smsauth.flows import messages

_TITLES = {
    Channel.TEXT: _("title_verify", default="Enter the code from your phone"),
    Channel.VOICE: _("title_verify_voice", default="Enter the code from the call"),
    Channel.EMAIL: _("title_verify_email", default="Enter the code from the e-mail"),
}
_LEADS = {
    Channel.TEXT: _(
        "lead_verify", default="To log in, enter the code that was sent to the phone number ending in ${digits}."
    ),
    Channel.VOICE: _(
        "lead_verify_voice",
        default="To log in, enter the code from the call to the phone number ending in ${digits}.",
    ),
    Channel.EMAIL: _("lead_verify_email", default="To log in, enter the code that was sent by e-mail to ${address}."),
}
_SENT_TO = {
    Channel.TEXT: _("lead_confirm", default="Enter the code that was sent by text message to ${number}."),
    Channel.VOICE: _("lead_confirm_voice", default="Enter the code from the call to ${number}."),
    Channel.EMAIL: _("lead_confirm_email", default="Enter the code that was sent by e-mail to ${number}."),
}
_HELP = {
    Channel.TEXT: _("help_code", default="The digits from the text message."),
    Channel.VOICE: _("help_code_voice", default="The digits that you hear in the call. They are read out twice."),
    Channel.EMAIL: _("help_code_email", default="The digits from the e-mail."),
}
_WAYS = {
    Channel.TEXT: _("way_text", default="Text message to the number ending in ${digits}"),
    Channel.VOICE: _("way_voice", default="Call to the number ending in ${digits}"),
    Channel.EMAIL: _("way_email", default="E-mail to ${address}"),
}


def title(channel: Channel):
    """Return the title of a page that asks for a code sent by ``channel``."""
    return _TITLES[channel]


def lead(route: Route, numbers: Iterable[str] = ()):
    """Return where the code of a sign-in went; the address is masked. ``numbers`` are all of its owner's, E.164."""
    return _masked(_LEADS[route.channel], route, numbers)


def sent_to(route: Route, *, masked: bool = False):
    """Return where a code went, to who entered the address just now: it is shown in full, unless it is to be ``masked``."""
    return messages.fill(_SENT_TO[route.channel], number=channels.mask(route.to) if masked else shown(route.to))


def reference(challenge: Challenge) -> list:
    """Return how the message of a challenge is told from others: none of it in a call."""
    if challenge.route.channel is Channel.VOICE:
        return []
    words = _("lead_reference", default="Behind the code, that message has the letters ${reference}.")
    return [messages.fill(words, reference=challenge.reference)]


def code_help(channel: Channel):
    """Return where the digits are to be found."""
    return _HELP[channel]


def way(route: Route, numbers: Iterable[str] = ()):
    """Return the words of a button that has a code sent by ``route``; the address is masked as in ``lead``."""
    return _masked(_WAYS[route.channel], route, numbers)


def masked(address: str, numbers: Iterable[str] = ()) -> str:
    """Return an address masked, a number with as many digits as tell it from its owner's other ``numbers`` (E.164); '' stays ''."""
    if channels.is_email(address) or not address:
        return channels.mask(address)
    return phone.mask(address, numbers)


def shown(address: str) -> str:
    """Return an address as its owner reads it: a number spaced, an e-mail address as it is."""
    return address if channels.is_email(address) else phone.readable(address)


def _masked(message, route: Route, numbers: Iterable[str]):
    digits = phone.last_digits(route.to, numbers)
    return messages.fill(message, digits=digits, address=channels.mask(route.to))
