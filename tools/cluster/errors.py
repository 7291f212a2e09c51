"""Which answers 500 are not ours, by what the clients log of them."""

from collections import Counter
from collections.abc import Iterable
from tools.cluster.processes import ANSWER

import re

AWAY = "the database was away"
#: A ZEO server that was restarted gives out ids once more that its clients have in store. Their requests fail until those are used up.
TAKEN = "ZEO gave out an id twice after its restart"
CONFLICT = "Plone's own member data, in conflict at each try"
COMPILER = "Python 3.11 could not compile a template"
OTHER = "other"
NOT_OURS = (AWAY, TAKEN, CONFLICT, COMPILER)

_SIGNS = (
    (AWAY, re.compile(r"ClientDisconnected|ConnectionResetError")),
    (TAKEN, re.compile(r"A different object already has the same oid")),
    (COMPILER, re.compile(r"AST constructor recursion|LocationError: \(None, 'master'\)")),
)
_OBJECT = re.compile(r"ConflictError: .*\boid (0x[0-9a-f]+)")


def by_cause(problems: Counter[str], member_data: Iterable[str]) -> Counter[str]:
    """Return how many answers 500 had which cause. ``problems`` are in the logs; ``member_data`` are object ids (hexadecimal)."""
    causes: Counter[str] = Counter()
    for words, count in problems.items():
        if words.startswith(ANSWER):
            causes[_cause(words, set(member_data))] += count
    return causes


def _cause(words: str, member_data: set[str]) -> str:
    found = _OBJECT.search(words)
    if found is not None and found[1] in member_data:
        return CONFLICT
    return next((cause for cause, sign in _SIGNS if sign.search(words)), OTHER)
