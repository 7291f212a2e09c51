"""Where in a JSON document a value stands: the part of JSONPath (RFC 9535) that leads to exactly one, such as ``$.messages[0].id``."""

import re

Steps = tuple[str | int, ...]

#: What ``value_at`` returns where there is nothing.
MISSING = object()
_LONGEST = 20
_INDEX = re.compile(r"[0-9]{1,6}")
_STEP = re.compile(
    r"""\.?(?:\[(?P<index>[0-9]{1,6})\]|\[(?P<quote>['"])(?P<quoted>[^'"\\]+)(?P=quote)\]|(?P<name>[^.\[\]'"\s]+))"""
)


def parse(path: str) -> Steps:
    """Return the steps of a path. The ``$`` at its beginning may be left away.

    :raises ValueError: it is no such path.
    """
    rest = path.strip()
    if rest.startswith("$"):
        rest = rest[1:]
        if rest and rest[0] not in ".[":
            raise ValueError(path)
    elif rest.startswith("."):
        raise ValueError(path)
    steps: list[str | int] = []
    place = 0
    while place < len(rest):
        found = _STEP.match(rest, place)
        # names are told apart by dots
        if found is None or (found["name"] and place and rest[place] != ".") or len(steps) == _LONGEST:
            raise ValueError(path)
        steps.append(int(found["index"]) if found["index"] else found["quoted"] or found["name"])
        place = found.end()
    if not steps:
        raise ValueError(path)
    return tuple(steps)


def value_at(document: object, steps: Steps) -> object:
    """Return what stands at the end of ``steps``, MISSING if nothing does."""
    for step in steps:
        if isinstance(document, dict) and str(step) in document:
            document = document[str(step)]
        elif isinstance(document, list) and _INDEX.fullmatch(str(step)) and int(step) < len(document):
            document = document[int(step)]
        else:
            return MISSING
    return document
