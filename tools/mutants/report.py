"""What a run tells."""

from collections.abc import Sequence
from dataclasses import dataclass

import time

#: What became of a mutant. UNTRIED: its code could not be put in place.
NOTICED, SURVIVED, UNTRIED = "noticed by", "SURVIVED", "not tried"


@dataclass(frozen=True, kw_only=True)
class Result:
    """What became of one mutant; ``words`` name the test that noticed it, or what was tried."""

    room: str
    place: str
    what: str
    outcome: str
    words: str

    def told(self) -> str:
        """Return it as one line."""
        return f"{self.place}  {self.what}  {self.outcome} {self.words.rpartition('/')[2]}"


def say(words: str) -> None:
    """Tell how far it is."""
    print(f"{time.strftime('%H:%M:%S')}  {words}", flush=True)


def figures(results: Sequence[Result], rooms: Sequence[str]) -> str:
    """Return the mutants that survived, and the figures of each room and of all."""
    lines = ["", *sorted(result.told() for result in results if result.outcome == SURVIVED), ""]
    for room in (*rooms, ""):
        outcomes = [result.outcome for result in results if room in ("", result.room)]
        noticed, survived = outcomes.count(NOTICED), outcomes.count(SURVIVED)
        tried = noticed + survived
        if tried:
            lines.append(f"{room or 'all':13} {noticed:5} of {tried:5} noticed, {100 * noticed / tried:5.1f} %")
    if untried := sum(result.outcome == UNTRIED for result in results):
        lines.append(f"{untried} could not be put in place")
    return "\n".join(lines)
