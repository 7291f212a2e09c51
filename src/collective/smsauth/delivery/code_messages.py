"""What a message says, in the reader's language.

A text is one segment, with a last line that phones fill in only on the right site; a call is one plain sentence after another, the
digits apart, so that they are read one by one; an e-mail has room.
"""

from collections.abc import Callable
from collective.smsauth import _
from collective.smsauth.domain.challenge import OPEN_TO_ALL
from collective.smsauth.domain.challenge import Purpose
from collective.smsauth.domain.channels import Channel
from collective.smsauth.settings.stored import stored
from string import Template
from typing import Any
from urllib.parse import urlsplit
from zope.i18n import translate
from zope.i18nmessageid import Message

_GSM_7 = set(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
#: Each of these takes the room of two.
_GSM_7_EXTENDED = set("^{}\\[~]|€")
_SEGMENT_GSM_7 = 160
_SEGMENT_UCS_2 = 70

_DEFAULTS = {
    Purpose.SIGN_IN: _(
        "text_sign_in",
        default="${site}: your login code is ${code}. It works for ${minutes} min. Never pass it on.",
    ),
    Purpose.SET_UP: _(
        "text_set_up",
        default="${site}: your code to set up this phone is ${code}. It works for ${minutes} min.",
    ),
    Purpose.RESET: _("text_reset", default="Code: ${code}"),
    Purpose.CONTACT: _(
        "text_contact",
        default="${site}: your code to verify this number is ${code}. It works for ${minutes} min.",
    ),
    Purpose.ACCESS: _(
        "text_access",
        default="${site}: your code to choose a new password is ${code}. It works for ${minutes} min. Never pass it on.",
    ),
}
_SPOKEN = {
    Purpose.SIGN_IN: _(
        "voice_sign_in",
        default="This is ${site}. Your login code is: ${code}. It works for ${minutes} minutes. Never pass it on.",
    ),
    Purpose.SET_UP: _(
        "voice_set_up",
        default="This is ${site}. Your code to set up this phone is: ${code}. It works for ${minutes} minutes.",
    ),
    Purpose.RESET: _("voice_reset", default="Your code is: ${code}."),
    Purpose.CONTACT: _(
        "voice_contact",
        default="This is ${site}. Your code to verify this phone is: ${code}. It works for ${minutes} minutes.",
    ),
    Purpose.ACCESS: _(
        "voice_access",
        default="This is ${site}. Your code to choose a new password is: ${code}. It works for ${minutes} minutes. "
        "Never pass it on.",
    ),
}
_MAILED = {
    Purpose.SIGN_IN: _(
        "mail_code_sign_in",
        default="Your code to log in to ${site}: ${code}"
        "\n\nIt works for ${minutes} minutes. Never pass it on: nobody of the site will ask you for it."
        "\n\nIf you are not logging in just now, somebody knows your password. Change it: ${url}",
    ),
    Purpose.ACCESS: _(
        "mail_code_access",
        default="Your code to choose a new password for ${site}: ${code}\n\nIt works for ${minutes} minutes. Never pass it on: "
        "nobody of the site will ask you for it.\n\nIf you did not ask for it, do nothing.",
    ),
}
#: For an address that is to be proved, whatever for.
_MAILED_PROOF = _(
    "mail_code_contact",
    default="Your code to verify this e-mail address at ${site}: ${code}"
    "\n\nIt works for ${minutes} minutes. Never pass it on: nobody of the site will ask you for it."
    "\n\nIf you did not ask for it, do nothing.",
)
_SUBJECT = _("mail_code_subject", default="Your code for ${site}")
#: For titles that leave no room for whole sentences.
_TERSE = _("text_terse", default="${site}: ${code} (${minutes} min)")
_FIELDS = {Purpose.SIGN_IN: "text_sign_in", Purpose.SET_UP: "text_set_up", Purpose.RESET: "text_reset"}


class SiteWording:
    """Words messages for one site and one reader. ``lifetime`` of codes is in seconds."""

    def __init__(self, site: Any, request: Any, lifetime: int) -> None:
        self._site = site
        self._request = request
        self._minutes = max(1, lifetime // 60)
        self._url = site.absolute_url()
        self._host = urlsplit(self._url).hostname or "localhost"
        self._title = " ".join((site.title or "").split()) or self._host

    @property
    def language(self) -> str:
        """The language that the reader is served in, as an ISO 639-1 code with a region or not."""
        chosen = self._request.get("LANGUAGE") if self._request is not None else ""
        return str(chosen or "en")

    def code(self, purpose: Purpose, code: str, channel: Channel = Channel.TEXT, reference: str = "") -> str:
        """Return the message that carries ``code``, and behind it the ``reference`` that tells it from others, if it is given.

        A call is not told from others so, and the text of a reset says nothing but the code.
        Where one segment would not hold it, the standard text is worded tersely or the site's title is shortened. What the
        administrator wrote is for texts: it cannot be read out.
        """
        if channel is Channel.VOICE:
            return self._worded(_SPOKEN[purpose], self._title, " ".join(code))
        shown = f"{code} ({reference})" if reference and purpose not in OPEN_TO_ALL else code
        if channel is Channel.EMAIL:
            return self._worded(_MAILED.get(purpose, _MAILED_PROOF), self._title, shown)
        origin = f"\n@{self._host} #{code}"
        own = stored(self._site, _FIELDS[purpose]) if purpose in _FIELDS else ""
        if own:
            return self._fitted(lambda title: Template(own).safe_substitute(self._values(title, shown)) + origin)
        terse = "" if purpose is Purpose.RESET else self._worded(_TERSE, self._title, shown)
        whole = self._worded(_DEFAULTS[purpose], self._title, shown) + origin
        if terse and not _fits(whole) and _fits(terse + origin):
            return terse + origin
        return self._fitted(lambda title: self._worded(_DEFAULTS[purpose], title, shown) + origin)

    def subject(self) -> str:
        """Return the subject of an e-mail with a code: it shows on locked screens, so the code is not in it."""
        return self._worded(_SUBJECT, self._title, "")

    def number_changed(self) -> str:
        """Return the text that tells a former number that it no longer counts."""
        message = _(
            "text_number_changed",
            default="${site}: this number no longer receives login codes. Not you? Contact the site.",
        )
        return self._fitted(lambda title: self._worded(message, title, ""))

    def _fitted(self, words: Callable[[str], str]) -> str:
        # With as much of the title as one segment holds; the host stands in for a title of which nothing is left.
        text, kept = words(self._title), self._title
        while kept and not _fits(text):
            kept = kept[:-1].rstrip()
            text = words(f"{kept}.." if kept else self._host)
        return text

    def _worded(self, message: Message, title: str, code: str) -> str:
        filled = Message(message, mapping=self._values(title, code))
        return str(translate(filled, context=self._request))

    def _values(self, title: str, code: str) -> dict[str, str]:
        return {"site": title, "code": code, "minutes": str(self._minutes), "url": self._url}


def _fits(text: str) -> bool:
    if (_GSM_7 | _GSM_7_EXTENDED).issuperset(text):
        return len(text) + sum(character in _GSM_7_EXTENDED for character in text) <= _SEGMENT_GSM_7
    return len(text.encode("utf-16-be")) // 2 <= _SEGMENT_UCS_2
