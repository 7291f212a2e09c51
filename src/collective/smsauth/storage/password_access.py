"""What somebody who typed a login on the page of the forgotten password may still answer, known by a random name.

An attempt for a login that there is and one for a login that there is not have the same shape and size; they are written by a worker and
only read while an answer is judged.
"""

from Acquisition import aq_base
from collective.smsauth.domain.challenge import Challenge
from collective.smsauth.domain.challenge import Purpose
from collective.smsauth.domain.policy import NUMBER_WINDOW
from collective.smsauth.storage import trees
from collective.smsauth.storage.accounts import dump_challenge
from collective.smsauth.storage.accounts import load_challenge
from dataclasses import dataclass
from typing import Any

_ATTEMPTS, _WRONG = "_password_attempts", "_wrong_answers"


@dataclass(frozen=True, kw_only=True)
class PasswordAttempt:
    """Whose code it is (user id, '' for a decoy that nobody can answer), and the challenge that an answer is compared with.

    ``answered`` is when that was answered rightly (seconds since the epoch).
    """

    user_id: str
    challenge: Challenge
    answered: float | None = None


class PasswordAttempts:
    """The attempts at one site, in trees that its plugin keeps from the first one on."""

    def __init__(self, plugin: Any) -> None:
        self._plugin = aq_base(plugin)

    def get(self, name: str) -> PasswordAttempt | None:
        """Return the attempt of that name."""
        raw = trees.entries(self._plugin, _ATTEMPTS).get(name)
        if raw is None:
            return None
        user_id, _expires, answered, challenge = raw
        return PasswordAttempt(
            user_id=user_id, challenge=load_challenge(Purpose.ACCESS, challenge, {}), answered=answered
        )

    def add(self, name: str, attempt: PasswordAttempt, *, now: float) -> None:
        """Add an attempt, and remove some that have ended; ``now`` is seconds since the epoch."""
        challenge = attempt.challenge
        raw = (attempt.user_id, challenge.expires, attempt.answered, dump_challenge(challenge))
        trees.put(trees.tree(self._plugin, _ATTEMPTS), name, raw, ended=lambda other: now >= other[1])

    def drop(self, name: str) -> None:
        """Remove the attempt of that name, if there is one."""
        trees.tree(self._plugin, _ATTEMPTS).pop(name, None)

    def wrong_answers(self, name: str) -> tuple[float, ...]:
        """Return the times of the wrong answers counted under ``name``, at most a day ago when it was last counted."""
        times: tuple[float, ...] = trees.entries(self._plugin, _WRONG).get(name, ())
        return times

    def count_wrong_answer(self, name: str, *, now: float) -> None:
        """Count a wrong answer under ``name``; of two at the same moment one conflicts, and is counted after the other."""
        times = (*(time for time in self.wrong_answers(name) if now - NUMBER_WINDOW < time), now)
        trees.put(trees.tree(self._plugin, _WRONG), name, times, ended=lambda other: other[-1] <= now - NUMBER_WINDOW)
