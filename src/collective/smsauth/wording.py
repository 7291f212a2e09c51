"""What a text says: one segment, in the reader's language, with a last line that phones fill in only on the right site."""

from collective.smsauth import _
from collective.smsauth.domain.challenge import Purpose
from collective.smsauth.configuration import stored
from string import Template
from urllib.parse import urlsplit
from zope.i18n import translate

_GSM_7 = set(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
_SEGMENT_GSM_7 = 160
_SEGMENT_UCS_2 = 70

_DEFAULTS = {
    Purpose.SIGN_IN: _(
        "text_sign_in",
        default="${site}: your sign-in code is ${code}. It works for ${minutes} min. Never pass it on.",
    ),
    Purpose.SET_UP: _(
        "text_set_up",
        default="${site}: your code to set up this phone is ${code}. It works for ${minutes} min.",
    ),
    Purpose.RESET: _("text_reset", default="Code: ${code}"),
}
_FIELDS = {Purpose.SIGN_IN: "text_sign_in", Purpose.SET_UP: "text_set_up", Purpose.RESET: "text_reset"}


class SiteWording:
    """Words texts for one site and one reader. ``lifetime`` of codes is in seconds."""

    def __init__(self, site, request, lifetime: int) -> None:
        self._site = site
        self._request = request
        self._minutes = max(1, lifetime // 60)

    def code(self, purpose: Purpose, code: str) -> str:
        """Return the text that carries ``code``; its site name is shortened where one segment would not hold it."""
        origin = f"\n@{urlsplit(self._site.absolute_url()).hostname or 'localhost'} #{code}"
        title = self._site.title or ""
        text = self._filled(purpose, title, code) + origin
        excess = len(text) - _room_of(text)
        if 0 < excess < len(title):
            text = self._filled(purpose, title[: -excess - 2].rstrip() + "..", code) + origin
        return text

    def number_changed(self) -> str:
        """Return the text that tells a former number that it no longer counts."""
        message = _(
            "text_number_changed",
            default="${site}: this number no longer receives sign-in codes. Not you? Contact the site.",
            mapping={"site": self._site.title or ""},
        )
        return translate(message, context=self._request)

    def _filled(self, purpose: Purpose, title: str, code: str) -> str:
        values = {"site": title, "code": code, "minutes": str(self._minutes)}
        own = stored(self._site, _FIELDS[purpose])
        if own:
            return Template(own).safe_substitute(values)
        message = _DEFAULTS[purpose]
        return translate(_(str(message), default=message.default, mapping=values), context=self._request)


def _room_of(text: str) -> int:
    return _SEGMENT_GSM_7 if _GSM_7.issuperset(text) else _SEGMENT_UCS_2
