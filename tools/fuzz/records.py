"""What a site stores that a request may not change at will: the plugin's records, passwords, profiles, roles, settings.

All of it is flat: a path, such as ``records/anna/failures``, and a plain value. The records of members are read by the package itself,
which knows their keys. Whatever else the plugin keeps is found by looking at what hangs on it, so that what a later version keeps is
watched at once.
"""

from collections.abc import Iterator
from collections.abc import Mapping
from collective.smsauth.storage.accounts import Accounts
from dataclasses import dataclass
from dataclasses import fields
from dataclasses import is_dataclass
from typing import Any

import re

Facts = dict[tuple[str, ...], Any]
#: Digests, names of secrets, days: what is in such a place matters, not its name.
_NAMELESS = re.compile(r"[0-9a-f]{16,}|(?=[\w-]*[A-Z])(?=[\w-]*\d)[\w-]{20,}|\d{4}-\d\d(-\d\d)?")
#: Seconds after which the time of a text is of no use.
_USEFUL = 30 * 60
#: Seconds after which what is told of sign-ins that were begun is of no use.
_BEGUN_USEFUL = {"pending_round": _USEFUL, "sign_ins_begun": 24 * 60 * 60, "sign_in_begun_at": 24 * 60 * 60}
#: What counts a wrong answer, wherever it stands.
_COUNTERS = frozenset({"failures", "tries", "wrong_codes_in_a_row"})
_WRONG = "wrong_answers"
_OF_FAILURE = _COUNTERS | {"failed_at"}
#: Properties that Plone writes at each sign-in.
_IDLE = frozenset({"login_time", "last_login_time"})
_PREFIX = "collective.smsauth."


@dataclass(frozen=True, order=True)
class Change:
    """One difference between two states: where, and which way it went."""

    path: tuple[str, ...]
    way: str

    @property
    def shape(self) -> tuple[str, str]:
        """The change without the names of digests and secrets in it."""
        way = "added" if self.way == "made" else self.way
        return "/".join(_NAMELESS.sub("*", part) for part in self.path), way

    @property
    def counts(self) -> bool:
        """Whether it is a wrong answer being counted."""
        grew = self.way in ("grew", "added")
        return grew and (self.path[-1] in _COUNTERS or self.path[0] == _WRONG)

    @property
    def is_of_failure(self) -> bool:
        """Whether it is all that a wrong answer may change: the count of failures, and when the last one was."""
        return self.counts or self.path[-1] in _OF_FAILURE

    def __str__(self) -> str:
        return " ".join(self.shape)


def facts(application) -> Facts:
    """Return all facts of the site below the root of a database."""
    site = application.plone
    folder = site.acl_users
    found: Facts = {}
    plugin = folder.smsauth
    plugin._p_activate()  # what is not loaded yet seems to have nothing
    accounts = Accounts(plugin._accounts)
    for user_id in accounts.user_ids():
        found.update(_flat(("records", user_id), accounts.get(user_id)))
    for name, value in vars(plugin).items():
        if name != "_accounts" and _items(value) is not None:
            found.update(_flat((name.lstrip("_"),), value))
    found.update(_flat(("password",), folder.source_users._user_passwords))
    for user_id, held in folder.mutable_properties._storage.items():
        found.update({("profile", user_id, name): value for name, value in held.items() if name not in _IDLE})
    found.update(_flat(("roles",), folder.portal_role_manager._principal_roles))
    values = site.portal_registry.records._values
    found.update({("settings", name): values[name] for name in values.keys(_PREFIX, f"{_PREFIX}~")})
    found["mails",] = len(site.MailHost.messages)
    return found


def changes(before: Facts, after: Facts) -> frozenset[Change]:
    """Return all differences."""
    if before is after:
        return frozenset()
    found = set()
    for path in before.keys() | after.keys():
        if path not in after:
            found.add(Change(path, "removed"))
        elif path not in before:
            # a new place with nothing counted in it is none where something is counted
            found.add(Change(path, "added" if after[path] else "made"))
        elif before[path] != after[path]:
            found.add(Change(path, _way(before[path], after[path])))
    return frozenset(found)


def is_sweeping(change: Change, before: Facts, after: Facts, now: float) -> bool:
    """Tell whether a change took away nothing but what had ended at ``now``, seconds since the epoch: that may happen at any time."""
    if change.path[-1] in _BEGUN_USEFUL:
        begun = before.get((*change.path[:-1], "sign_in_begun_at"), now)
        return not after.get(change.path) and begun <= now - _BEGUN_USEFUL[change.path[-1]]
    if change.way == "removed" and change.path[-2:-1] == ("pending_over",):
        return before[change.path] <= now
    if change.way == "removed":
        return any(
            before.get((*change.path[:length], "expires"), now + 1) <= now for length in range(1, len(change.path))
        )
    former, left = before.get(change.path), after.get(change.path)
    if change.way != "shrank" or not isinstance(former, tuple):
        return False
    return all(isinstance(one, float) and one <= now - _USEFUL for one in former if one not in left)


def counted(found: frozenset[Change]) -> frozenset[str]:
    """Return in which counters of wrong answers something was counted."""
    return frozenset(change.path[-1] if change.path[0] != _WRONG else _WRONG for change in found if change.counts)


def _way(before: Any, after: Any) -> str:
    if isinstance(before, bool) or isinstance(after, bool):
        return "changed"
    if isinstance(before, int) and isinstance(after, int):
        return "grew" if after > before else "shrank"
    if isinstance(before, tuple) and isinstance(after, tuple) and len(before) != len(after):
        return "grew" if len(after) > len(before) else "shrank"
    return "changed"


def _flat(path: tuple[str, ...], value: Any) -> Iterator[tuple[tuple[str, ...], Any]]:
    items = _items(value)
    if items is None:
        yield path, tuple(value) if isinstance(value, list) else value
        return
    for key, held in items:
        yield from _flat((*path, str(getattr(key, "value", key))), held)


def _items(value: Any) -> list | None:
    if is_dataclass(value):
        held = [(field.name, getattr(value, field.name)) for field in fields(value)]
        return [(name, {one.id: one for one in item} if name == "earlier" else item) for name, item in held]
    if isinstance(value, Mapping) or hasattr(value, "iteritems") or hasattr(value, "data"):
        return list(value.items())
    return None
