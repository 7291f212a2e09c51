"""What an administrator's own wording of a text takes: how many messages, and which characters make it so many."""

from collective.smsauth import _
from collective.smsauth import wiring
from collective.smsauth.delivery.code_messages import FIELDS
from collective.smsauth.delivery.code_messages import SiteWording
from collective.smsauth.domain import segments
from collective.smsauth.flows.messages import fill
from zope.i18nmessageid import Message

_PURPOSES = {name: purpose for purpose, name in FIELDS.items()}


def notes(parts: wiring.Parts, name: str, own: str) -> list[Message]:
    """Return what is to be known of ``own`` words for the setting ``name``; nothing where that is no wording, or it is left empty."""
    text = _text(parts, name, own)
    if not text:
        return []
    one = _("note_one_message", default="As it is sent here, this is one text message: ${size} of ${room} characters.")
    many = _(
        "note_several_messages",
        default="As it is sent here, this takes ${count} text messages, since it has ${size} characters and one message holds ${room}.",
    )
    count = segments.segments(text)
    found = [fill(one if count == 1 else many, count=count, size=segments.size(text), room=segments.room(text))]
    costly = segments.costly(text)
    if costly:
        which = _(
            "note_costly_characters",
            default="Not in the alphabet of text messages: ${characters}. Without that, one message holds ${most} characters.",
        )
        characters = " ".join(f"“{character}”" for character in costly)
        found.append(fill(which, characters=characters, most=segments.SEGMENT_GSM_7))
    return found


def is_long(parts: wiring.Parts, name: str, own: str) -> bool:
    """Tell whether ``own`` words for the setting ``name`` take more than one message."""
    return not segments.fits(_text(parts, name, own))


def _text(parts: wiring.Parts, name: str, own: str) -> str:
    if name not in _PURPOSES or not own:
        return ""
    policy = parts.policy
    wording = SiteWording(parts.site, parts.request, policy.code_lifetime)
    return wording.text(_PURPOSES[name], policy.code_length * "0", own)
