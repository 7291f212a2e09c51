"""Plone's own ``@groups``: who has a second step and was let in without it gives nobody roles by a group."""

from collections.abc import Mapping
from collective.smsauth import wiring
from collective.smsauth.services import refusals
from collective.smsauth.services.member import lacks_step
from collective.smsauth.services.member import second_step
from collective.smsauth.services.refusals import Refusal
from collective.smsauth.services.service import body_of_plone
from collective.smsauth.services.service import is_text
from plone.restapi.services.groups import add
from plone.restapi.services.groups import update
from typing import Any

_GIVE_ROLES = ("roles", "users", "groups")
_TEXTS = ("groupname", "title", "description", "email")


class GroupsPost(add.GroupsPost):
    """POST ``@groups``."""

    def reply(self):
        """Return what Plone does, that a second step is to be given first (403), or why the body is none (400)."""
        refusal = _refusal_of(self.request, {"roles": list, "users": list, "groups": list})
        return refusal.answer(self.request) if refusal is not None else super().reply()


class GroupsPatch(update.GroupsPatch):
    """PATCH ``@groups/ID``."""

    def reply(self):
        """Return what Plone does, that a second step is to be given first (403), or why the body is none (400)."""
        refusal = _refusal_of(self.request, {"roles": list, "users": dict, "groups": list})
        if refusal is None and len(self.params) != 1:
            refusal = refusals.not_found()
        return refusal.answer(self.request) if refusal is not None else super().reply()


def _refusal_of(request: Any, kinds: Mapping[str, type]) -> Refusal | None:
    given = body_of_plone(request)
    if isinstance(given, Refusal):
        return given
    # Plone takes all of these for what they should be without a look
    odd = [name for name in _TEXTS if given.get(name) is not None and not is_text(given[name])]
    odd += [name for name, kind in kinds.items() if name in given and not _is_of(kind, given[name])]
    if odd:
        return refusals.of_field(odd[0])
    is_more = any(given.get(name) for name in _GIVE_ROLES)
    return second_step() if is_more and lacks_step(wiring.of(request)) else None


def _is_of(kind: type, value: Any) -> bool:
    return isinstance(value, kind) and all(map(is_text, value))
