"""What the page of a forgotten password has done after its answers, where its time tells nothing, and what it keeps from other pages.

All that looks for a member belongs into a worker.
"""

from AccessControl import Unauthorized
from collective.smsauth import logger
from collective.smsauth import wiring
from collective.smsauth.delivery.after_response import after_answer
from collective.smsauth.domain import codes
from collective.smsauth.domain import signed_values
from collective.smsauth.domain.challenge import Purpose
from collective.smsauth.domain.session import hashed
from collective.smsauth.domain.signed_values import Usage
from collective.smsauth.flows.requester import client_address
from collective.smsauth.interfaces import ICodeWasGiven
from collective.smsauth.verification.results import Verdict
from dataclasses import dataclass
from dataclasses import field
from functools import partial
from plone import api
from zope.globalrequest import getRequest
from zope.interface import alsoProvides


@dataclass(frozen=True, kw_only=True)
class Visit:
    """One attempt, as its client carries it, whether or not there is a member. ``expires`` is seconds since the epoch."""

    secret: str = field(repr=False)
    expires: float

    @property
    def name(self) -> str:
        """What ties a form to the attempt."""
        return hashed(self.secret)


def begin(request, login: str, secret: str = "") -> str:
    """Have a code sent to whom it may concern, after the answer: that is the same for all, and as fast. Return the signed visit.

    The same ``secret`` begins the same attempt; a random one is made if none is given.
    """
    parts, secret = wiring.of(request), secret or codes.random_secret()
    after_answer(parts.site, request, partial(send, login, secret, client_address=client_address(request)))
    value = {"s": secret, "x": parts.now + parts.policy.lifetime_of(Purpose.ACCESS)}
    return signed_values.sign(parts.keys("signing"), Usage.ACCESS, value)


def visit(request, signed: object) -> Visit | None:
    """Return the visit that was signed here, while a code can be entered; else None."""
    parts = wiring.of(request)
    value = signed_values.unsign(parts.keys("signing"), Usage.ACCESS, signed)
    return Visit(secret=value["s"], expires=value["x"]) if value is not None and parts.now < value["x"] else None


def answer(request, visit: Visit, code: object) -> Verdict:
    """Judge the code of a visit; the right one has Plone's e-mail sent. What is to be counted of a member is counted after the answer."""
    parts = wiring.of(request)

    def on_right(user_id: str) -> None:
        after_answer(parts.site, request, partial(mail, user_id), for_strangers=False)

    def on_wrong(user_id: str) -> None:
        after_answer(parts.site, request, partial(count_wrong_answer, user_id))

    return parts.password_access.judge(visit.secret, code, on_right=on_right, on_wrong=on_wrong)


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
