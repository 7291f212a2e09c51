"""What other packages may call."""

from AccessControl.SecurityManagement import getSecurityManager
from Acquisition import aq_inner
from Acquisition import aq_parent
from collective.smsauth.pas.lookup import gate_of
from typing import Any


def has_second_step(request: Any) -> bool:
    """Tell whether the member in effect has given a second factor in the session of this request, for code that is no view.

    It is never true of visitors, of users of the Zope root, and of members who have no second factor.
    """
    user = getSecurityManager().getUser()
    gate = gate_of(aq_parent(aq_inner(user)), request)
    return gate is not None and bool(user.getId()) and gate.has_given(user.getId(), of_all=True)
