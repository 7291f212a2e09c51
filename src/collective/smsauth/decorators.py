"""How a view demands that the member in effect has given a second factor in this very session, whoever wrote the view."""

from collections.abc import Callable
from collective.smsauth import interfaces
from typing import TypeVar
from zope.interface import classImplements

_View = TypeVar("_View", bound=type)


def require_second_step(view: _View | None = None, *, of_all: bool = False) -> _View | Callable[[_View], _View]:
    """Demand a real second step before this view, all that is traversed below it, and each of its methods.

    A class decorator, with or without arguments. A session that was opened without a code (in an exempt network, by an exempt member,
    on a trusted browser) is led to the code form first. Members without two-step verification pass, unless ``of_all``: then they
    set it up first, and visitors sign in.
    """

    def mark(marked: _View) -> _View:
        classImplements(marked, interfaces.ISecondStepDemandedOfAll if of_all else interfaces.ISecondStepDemanded)
        return marked

    return mark if view is None else mark(view)
