"""What the page of a forgotten password has done after its answers, where its time tells nothing, and what it keeps from other pages.

All that looks for a member belongs into a worker.
"""

from AccessControl import Unauthorized
from collective.smsauth import logger
from collective.smsauth import wiring
from collective.smsauth.interfaces import ICodeWasGiven
from plone import api
from zope.globalrequest import getRequest
from zope.interface import alsoProvides


def is_guarded(request) -> bool:
    """Tell whether Plone's e-mail for a new password is to be had in this request only after a code, which was not given.

    Whoever manages users has it sent as ever.
    """
    parts = wiring.of(request)
    if not parts.policy.access_page or ICodeWasGiven.providedBy(request):
        return False
    return not api.user.has_permission("Plone Site Setup: Users and Groups", obj=parts.site)


def code_owed() -> Unauthorized:
    """Return the exception for that: the same for everybody, whether or not there is a member to write to."""
    return Unauthorized("A code has to be given before the e-mail for a new password.")


def send(login: str, secret: str, *, client_address: str) -> None:
    """Send a code to the owner of ``login``; to nobody, if there is none. It is counted in either case."""
    parts, member = wiring.current(), api.user.get(username=login)
    is_own = member is not None and parts.gate.is_own(member.getUser())
    user_id = member.getId() if is_own else ""
    parts.password_access.begin(user_id, secret, login=login, client_address=client_address)


def count_wrong_answer(user_id: str) -> None:
    """Count a wrong code of a member; '' stands for nobody."""
    if user_id:
        wiring.current().password_access.count_wrong_answer(user_id)


def mail(user_id: str) -> None:
    """Send Plone's own e-mail for a new password to a member who gave the right code."""
    request, member = getRequest(), api.user.get(userid=user_id)
    if member is None:
        return
    alsoProvides(request, ICodeWasGiven)
    try:
        api.portal.get_tool("portal_registration").mailPassword(member.getUserName(), request)
    except (Unauthorized, ValueError) as problem:
        logger.warning("The e-mail for a new password of %s was not sent: %s", user_id, problem)
