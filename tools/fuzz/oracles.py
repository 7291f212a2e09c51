"""What must never happen, whatever was sent."""

from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from tools.fuzz.answer import Answer
from tools.fuzz.records import Change
from tools.fuzz.values import INJECTED
from tools.fuzz.values import MARKER
from tools.fuzz.world import Shapes

_MARK = "fuzzmark"
_TAG = MARKER.split('"')[0]


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One thing that must not happen: what kind of thing, and what exactly; ``more`` is for who looks closer."""

    kind: str
    cause: str
    detail: str = ""
    more: str = ""


def faults(answer: Answer, found: frozenset[Change], licence: tuple[Shapes, int]) -> Iterator[Fault]:
    """Return the faults of one answer: ``found`` is what it changed, ``licence`` what it might, and how many texts."""
    if answer.status == 500 and is_ours(answer):
        yield failed(answer)
    allowed, texts = licence
    if len(answer.texts) > texts:
        yield Fault(
            kind="text beyond limits", cause=f"{len(answer.texts)} texts where {texts} may leave", detail=str(answer)
        )
    undue = sorted({change.shape for change in found} - allowed)
    if any(place.startswith("settings/") for place, _ in allowed):
        undue = [(place, way) for place, way in undue if not place.startswith("settings/")]
    if undue:
        yield Fault(kind="changed record", cause=", ".join(" ".join(one) for one in undue[:6]), detail=str(answer))
    if answer.is_page and _MARK in answer.text and _is_markup(answer.text):
        yield Fault(kind="marker unescaped", cause=answer.published)
    if answer.header(INJECTED):
        yield Fault(kind="marker unescaped", cause=f"a header {INJECTED}")
    if answer.status == 200 and answer.is_page and answer.is_step and "no-store" not in answer.header("Cache-Control"):
        yield Fault(kind="no no-store", cause=answer.published)


def failed(answer: Answer) -> Fault:
    """Return the fault of an answer of 500."""
    failure = answer.failure
    return Fault(
        kind="500", cause=failure.place, detail=f"{failure.words}, called by {failure.caller}", more=failure.traceback
    )


def is_ours(answer: Answer) -> bool:
    """Tell whether something of this package took part in what failed."""
    return answer.failure is not None and answer.failure.is_ours


def cause_of(answer: Answer) -> str:
    """Return what an answer of 500 came of."""
    return answer.failure.place if answer.failure is not None else "no exception"


def _is_markup(page: str) -> bool:
    reader = _Reader()
    reader.feed(page)
    return reader.found or _TAG in page


class _Reader(HTMLParser):
    """Looks whether the marker became an element or an attribute."""

    found = False

    def handle_starttag(self, tag: str, attributes: list) -> None:
        """Look at one element."""
        self.found = self.found or _MARK in tag or any(_MARK in name for name, _ in attributes)
