"""Plone's own ``@groups``: who has a second step and was let in without it gives nobody roles by a group."""

from collective.smsauth import wiring
from collective.smsauth.services.member import lacks_step
from collective.smsauth.services.member import second_step
from plone.restapi.deserializer import json_body
from plone.restapi.services.groups import add
from plone.restapi.services.groups import update

_GIVE_ROLES = ("roles", "users", "groups")


class GroupsPost(add.GroupsPost):
    """POST ``@groups``."""

    def reply(self):
        """Return what Plone does, or that a second step is to be given first (403)."""
        return second_step().answer(self.request) if _needs_step(self.request) else super().reply()


class GroupsPatch(update.GroupsPatch):
    """PATCH ``@groups/ID``."""

    def reply(self):
        """Return what Plone does, or that a second step is to be given first (403)."""
        return second_step().answer(self.request) if _needs_step(self.request) else super().reply()


def _needs_step(request) -> bool:
    given = json_body(request)
    return any(given.get(name) for name in _GIVE_ROLES) and lacks_step(wiring.of(request))
