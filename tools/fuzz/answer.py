"""What came back, and what happened on the way: the exception that was raised, the view that was asked, the texts that left."""

from collections.abc import Sequence
from collective.smsauth.tests.support.visitor import plain
from dataclasses import dataclass
from functools import cached_property
from http.cookies import CookieError
from http.cookies import SimpleCookie
from pathlib import Path
from types import TracebackType

import collective.smsauth.tests
import re
import traceback

_TESTS = Path(collective.smsauth.tests.__file__).parent
_OURS = _TESTS.parent
#: What differs between two answers that say the same: tokens, digests and signed values.
_RANDOM = re.compile(r"[A-Za-z0-9_.~%-]{24,}")


@dataclass(frozen=True, kw_only=True)
class Frame:
    """One line of a traceback."""

    file: str
    line: int
    function: str

    @property
    def is_ours(self) -> bool:
        """Whether it is one of this package."""
        place = Path(self.file)
        return place.is_relative_to(_OURS) and not place.is_relative_to(_TESTS)

    def __str__(self) -> str:
        return f"{'/'.join(Path(self.file).parts[-2:])}:{self.function}"


@dataclass(frozen=True, kw_only=True)
class Failure:
    """An exception that reached the publisher."""

    kind: str
    words: str
    frames: tuple[Frame, ...]
    traceback: str

    @property
    def is_ours(self) -> bool:
        """Whether anything of this package is in its traceback."""
        return any(frame.is_ours for frame in self.frames)

    @property
    def place(self) -> str:
        """Where it was raised."""
        return f"{self.kind} in {self.frames[-1] if self.frames else 'nowhere'}"

    @property
    def caller(self) -> str:
        """What of ours had called there, '' if nothing had."""
        ours = [str(frame) for frame in self.frames if frame.is_ours]
        return ours[-1] if ours else ""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """One answer. ``texts`` are the numbers to which texts left meanwhile, ``published`` names the view that was asked."""

    status: int
    headers: Sequence[tuple[str, str]]
    body: bytes
    failure: Failure | None = None
    published: str = ""
    is_step: bool = False
    texts: tuple[str, ...] = ()

    def header(self, name: str) -> str:
        """Return a header, '' if there is none."""
        return ", ".join(value for key, value in self.headers if key.lower() == name.lower())

    @property
    def is_page(self) -> bool:
        """Whether it is HTML."""
        return self.header("Content-Type").startswith(("text/html", "application/xhtml"))

    @cached_property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode("utf-8", "replace")

    @cached_property
    def cookies(self) -> dict[str, str]:
        """The cookies that are set; '' for those that are taken back."""
        found = {}
        for name, value in self.headers:
            if name.lower() == "set-cookie":
                found.update(_cookie(value))
        return found

    @property
    def told(self) -> tuple:
        """What a browser can tell from it: two answers that tell the same are equal here."""
        cookies = tuple(sorted((name, bool(value)) for name, value in self.cookies.items()))
        where = _RANDOM.sub("*", self.header("Location"))
        return self.status, where, cookies, _RANDOM.sub("*", plain(self.text)) if self.is_page else ""

    def __str__(self) -> str:
        where = self.header("Location")
        failed = f", {self.failure.place}" if self.failure is not None and self.status >= 500 else ""
        cookies = [f"{'sets' if value else 'takes back'} {name}" for name, value in sorted(self.cookies.items())]
        return ", ".join([f"{self.status}{f' to {where}' if where else ''}{failed}", *cookies])


def failure_of(kind: type, error: BaseException, trace: TracebackType | None) -> Failure:
    """Return what is to be known of an exception."""
    summary = traceback.extract_tb(trace)
    frames = tuple(Frame(file=one.filename, line=one.lineno or 0, function=one.name) for one in summary)
    lines = traceback.format_exception(kind, error, trace, limit=-40)
    return Failure(
        kind=kind.__name__, words=ascii(str(error).partition("\n")[0])[:200], frames=frames, traceback="".join(lines)
    )


def _cookie(header: str) -> dict[str, str]:
    try:
        held = SimpleCookie(header)
    except CookieError:
        return {}
    return {name: "" if one["max-age"] == "0" else one.value for name, one in held.items()}
