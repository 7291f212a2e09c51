"""What a message says, in the reader's language.

A text is one segment, with a last line that phones fill in only on the right site; a call is one plain sentence after another, the
digits apart, so that they are read one by one; an e-mail has room.
"""

from collections.abc import Callable
from collections.abc import Iterator
from collective.smsauth import _
from collective.smsauth.domain import segments
from collective.smsauth.domain.challenge import OPEN_TO_ALL
from collective.smsauth.domain.challenge import Purpose
from collective.smsauth.domain.channels import Channel
from collective.smsauth.settings.stored import stored
from collective.smsauth.settings.stored import title_of
from functools import partial
from string import Template
from typing import Any
from urllib.parse import urlsplit
from zope.i18n import translate
from zope.i18nmessageid import Message

#: So much of a long name is enough to recognise it by. Less of it is no name: then the text takes another segment.
_RECOGNISABLE = 10

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
#: What is said instead of a message where the lifetime is one minute.
_ONE_MINUTE = {
    "voice_sign_in": _(
        "voice_sign_in_one",
        default="This is ${site}. Your login code is: ${code}. It works for one minute. Never pass it on.",
    ),
    "voice_set_up": _(
        "voice_set_up_one",
        default="This is ${site}. Your code to set up this phone is: ${code}. It works for one minute.",
    ),
    "voice_contact": _(
        "voice_contact_one",
        default="This is ${site}. Your code to verify this phone is: ${code}. It works for one minute.",
    ),
    "voice_access": _(
        "voice_access_one",
        default="This is ${site}. Your code to choose a new password is: ${code}. It works for one minute. Never pass it on.",
    ),
    "mail_code_sign_in": _(
        "mail_code_sign_in_one",
        default="Your code to log in to ${site}: ${code}"
        "\n\nIt works for one minute. Never pass it on: nobody of the site will ask you for it."
        "\n\nIf you are not logging in just now, somebody knows your password. Change it: ${url}",
    ),
    "mail_code_access": _(
        "mail_code_access_one",
        default="Your code to choose a new password for ${site}: ${code}\n\nIt works for one minute. Never pass it on: "
        "nobody of the site will ask you for it.\n\nIf you did not ask for it, do nothing.",
    ),
    "mail_code_contact": _(
        "mail_code_contact_one",
        default="Your code to verify this e-mail address at ${site}: ${code}"
        "\n\nIt works for one minute. Never pass it on: nobody of the site will ask you for it."
        "\n\nIf you did not ask for it, do nothing.",
    ),
}
_SUBJECT = _("mail_code_subject", default="Your code for ${site}")
#: For titles that leave no room for whole sentences.
_TERSE = _("text_terse", default="${site}: ${code} (${minutes} min)")
#: What may be worded by an administrator, and by which setting.
FIELDS = {Purpose.SIGN_IN: "text_sign_in", Purpose.SET_UP: "text_set_up", Purpose.RESET: "text_reset"}


class SiteWording:
    """Words messages for one site and one reader. ``lifetime`` of codes is in seconds."""

    def __init__(self, site: Any, request: Any, lifetime: int) -> None:
        self._site = site
        self._request = request
        self._minutes = max(1, lifetime // 60)
        self._url = site.absolute_url()
        self._host = urlsplit(self._url).hostname or "localhost"
        self._title = title_of(site)

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
            return self._worded(_SPOKEN[purpose], " ".join(code), self._title)
        if channel is Channel.EMAIL:
            return self._worded(_MAILED.get(purpose, _MAILED_PROOF), _shown(purpose, code, reference), self._title)
        own = stored(self._site, FIELDS[purpose]) if purpose in FIELDS else ""
        return self.text(purpose, code, own, reference=reference)

    def text(self, purpose: Purpose, code: str, own: str = "", *, reference: str = "") -> str:
        """Return the text that carries ``code``, in the administrator's ``own`` words with their placeholders, or in the standard ones."""
        shown = _shown(purpose, code, reference)
        standard = (_DEFAULTS[purpose],) if purpose is Purpose.RESET else (_DEFAULTS[purpose], _TERSE)
        wordings = [partial(self._own, own, shown)] if own else [partial(self._worded, one, shown) for one in standard]
        with_origin = (partial(_followed, words, f"@{self._host} #{code}") for words in wordings)
        return _fitted(*with_origin, title=self._title, host=self._host)

    def subject(self) -> str:
        """Return the subject of an e-mail with a code: it shows on locked screens, so the code is not in it."""
        return self._worded(_SUBJECT, "", self._title)

    def number_changed(self) -> str:
        """Return the text that tells a former number that it no longer counts."""
        message = _(
            "text_number_changed",
            default="${site}: this number no longer receives login codes. Not you? Contact the site.",
        )
        terse = _("text_number_changed_terse", default="${site}: this number no longer receives login codes.")
        return self._notice(message, terse)

    def test(self) -> str:
        """Return the text by which an administrator tries the gateway out."""
        message = _("text_test", default="${site}: This is a test of two-step verification.")
        return self._notice(message)

    def _notice(self, *messages: Message) -> str:
        wordings = (partial(self._worded, message, "") for message in messages)
        return _fitted(*wordings, title=self._title, host=self._host)

    def _own(self, own: str, code: str, title: str) -> str:
        return Template(own).safe_substitute(self._values(title, code))

    def _worded(self, message: Message, code: str, title: str) -> str:
        said = _ONE_MINUTE.get(message, message) if self._minutes == 1 else message
        filled = Message(said, mapping=self._values(title, code))
        return str(translate(filled, context=self._request))

    def _values(self, title: str, code: str) -> dict[str, str]:
        return {"site": title, "code": code, "minutes": str(self._minutes), "url": self._url}


def _shown(purpose: Purpose, code: str, reference: str) -> str:
    return f"{code} ({reference})" if reference and purpose not in OPEN_TO_ALL else code


def _fitted(*wordings: Callable[[str], str], title: str, host: str) -> str:
    """Return a text of one segment, in the first of the ``wordings`` in which the title is whole; else with as much of it as there is room.

    Of a title in letters that no text has room for, the host stands in. Where the words themselves are too many, the text takes as few
    segments as will do, and keeps the title.
    """

    def texts() -> Iterator[str]:
        names = (title, segments.unaccented(segments.plain(title)))
        yield from (words(name) for name in names for words in wordings)
        yield from (words(short) for words in wordings for name in names for short in _shortened(name))
        if segments.costly(names[-1]):
            yield from (words(host) for words in wordings)

    candidates = map(segments.plain, texts())
    found = next(filter(segments.fits, candidates), None)
    return min(map(segments.plain, texts()), key=segments.segments) if found is None else found


def _shortened(title: str) -> Iterator[str]:
    ends = range(len(title) - 1, _RECOGNISABLE - 1, -1)
    return (f"{title[:end].rstrip()}.." for end in ends)


def _followed(words: Callable[[str], str], line: str, title: str) -> str:
    return f"{words(title)}\n{line}"
