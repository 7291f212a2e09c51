"""Where somebody wanted to go before a page came in between: carried through its form, and on to the next page."""

from collective.smsauth.flows import pending_sign_in
from collective.smsauth.flows import sign_in
from collective.smsauth.flows.requester import effective_user_id
from urllib.parse import urlencode
from urllib.parse import urlsplit

NAME = "came_from"


class KeepsGoal:
    """A mix-in for step forms. ``goal`` is an address inside the portal that is no page in between itself, or ''."""

    @property
    def goal(self) -> str:
        """Where it leads on to."""
        found = sign_in.inside(self.request.form.get(NAME))
        if not found and not effective_user_id() and (pending := pending_sign_in.carried(self.request)) is not None:
            found = sign_in.inside(pending.came_from)
        return found if urlsplit(found).scheme else ""

    def kept(self) -> list:
        """Return what the form carries on."""
        return field_of(self.goal)

    def link_to_sign_in(self) -> tuple:
        """Return the way to the sign-in, back to this page, and on from there."""
        back = with_goal(self.url(f"@@{self.__name__}"), self.goal)
        return with_goal(self.url("login"), back), super().link_to_sign_in()[1]

    def by_way_of(self, page: str) -> str:
        """Return the name of another page, with the goal for it to carry on."""
        return with_goal(page, self.goal)


def field_of(goal: str) -> list:
    """Return the field by which a form carries on an address, none for ''."""
    return [{"name": NAME, "value": goal}] if goal else []


def with_goal(page: str, goal: str) -> str:
    """Return the name or address of a page with an address that it is to lead on to, '' for none."""
    return f"{page}?{urlencode({NAME: goal})}" if goal else page
