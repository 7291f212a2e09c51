"""The second line: after traversal, whoever is in effect and protected must show proof, however they got there.

It does not depend on the order of plugins, on caches of PAS, or on who minted the session.
"""

from AccessControl.SecurityManagement import getSecurityManager
from AccessControl.SecurityManagement import noSecurityManager
from AccessControl.SpecialUsers import nobody
from Acquisition import aq_inner
from Acquisition import aq_parent
from collective.smsauth.interfaces import ISecondStepDemanded
from collective.smsauth.interfaces import ISecondStepDemandedOfAll
from collective.smsauth.interfaces import ISecondStepView
from collective.smsauth.interfaces import ISMSAuthLayer
from collective.smsauth.interfaces import IStepDemanded
from collective.smsauth.interfaces import ITakesAnswerAgain
from collective.smsauth.pas.log_out import is_log_out
from collective.smsauth.pas.lookup import gate_of
from collective.smsauth.pas.navigation import asks_for_a_page
from plone import api
from urllib.parse import urlencode
from zExceptions import Forbidden
from zExceptions import Redirect
from zExceptions import Unauthorized
from zope.browser.interfaces import IBrowserView
from zope.component import adapter
from zope.interface import alsoProvides
from ZPublisher.interfaces import IPubAfterTraversal

#: Pages of Plone that a visitor needs around the second step; none acts as the member.
REACHABLE = frozenset(
    {
        "login",
        "login_form",
        "failsafe_login",
        "failsafe_login_form",
        "login-help",
        "logout",
        "logged-out",
        "mail_password",
        "mail_password_form",
        "mail_password_response",
        "passwordreset",
        "register",
        "accessibility-info",
        "contact-info",
    }
)


#: Where a visitor is led who has to log in, and what *Log in* links to. The failsafe form stays one.
LOGIN = frozenset({"require_login", "login", "login_form"})


def step_demanded() -> Forbidden:
    """Return the exception for an area that demands a real second step, where the request is not one that could be led to it."""
    error = Forbidden("This asks for a second step that was given in this session.")
    alsoProvides(error, IStepDemanded)  # a class of its own would answer 500: Zope goes by the name
    return error


@adapter(IPubAfterTraversal)
def demand_proof(event) -> None:
    """Turn away a user in effect who owes the second factor; lead a browser with a withheld ticket to the code form where others log in.

    Everywhere else such a browser sees what visitors see. A session without a real second factor is led to the code form before an area
    that demands one.

    :raises Redirect: the request is that of a browser asking for a page.
    :raises Unauthorized: any other request of a user who owes the second factor.
    :raises Forbidden: any other request for an area that demands a real second factor.
    """
    request = event.request
    user = getSecurityManager().getUser()
    user_id, has_layer = user.getId(), ISMSAuthLayer.providedBy(request)
    gate = gate_of(aq_parent(aq_inner(user)), request) if user_id or not has_layer else None
    turned_away = gate is not None and bool(user_id) and _is_to_leave(gate, user_id)
    if turned_away:
        noSecurityManager()
        request["AUTHENTICATED_USER"] = nobody
        gate.withhold(user_id)
    elif gate is not None and user_id:
        gate.note_use(user_id)
    if not turned_away and has_layer:
        # the portal's: a local site in it may have a user folder of its own
        gate = gate_of(api.portal.get().acl_users, request)
    is_step = _is_second_step(request)
    # what was traversed was open to a user who is turned away, and may not be to visitors
    is_closed = turned_away and not is_step
    if gate is not None and (is_closed or _is_login(request)) and _owes_by_ticket(gate) and asks_for_a_page(request):
        raise Redirect(_page(request, gate, "@@smsauth-verify"))
    if is_closed:
        raise Unauthorized("The second step of the sign-in is owed, or the session was ended.")
    for one in _demanding(request, is_step):
        _demand(request, gate, one)


def _is_to_leave(gate, user_id: str) -> bool:
    def leaves() -> bool:
        return gate.owes_second_factor(user_id) or gate.is_in_effect_by_ended_session(user_id)

    return leaves() and (not gate.catch_up_with(user_id) or leaves())


def _demanding(request, is_step: bool) -> list:
    # What is traversed below a view, as ++widget++ is, belongs to it; the pages of the second step belong to nobody's area.
    published = request.get("PUBLISHED")
    above = () if is_step else request.get("PARENTS") or ()
    found = (published, getattr(published, "__self__", None), *above)
    return [one for one in found if ISecondStepDemanded.providedBy(one)]


def _demand(request, gate, one) -> None:
    of_all = ISecondStepDemandedOfAll.providedBy(one)
    user = getSecurityManager().getUser()
    user_id = user.getId()
    if not user_id:
        if of_all:
            raise Unauthorized("This page asks for a second step: please sign in.")
        return
    # users of the Zope root have no second step here, and nothing in the site can keep them out
    if gate is None or not gate.is_own(user) or gate.has_given(user_id, of_all=of_all):
        return
    if ITakesAnswerAgain.providedBy(one) and gate.has_just_set_up(user_id):
        return
    if asks_for_a_page(request):
        raise Redirect(_page(request, gate, "@@smsauth-verify" if gate.has_second_step(user_id) else "@@smsauth-setup"))
    raise step_demanded()


def _owes_by_ticket(gate) -> bool:
    return not getSecurityManager().getUser().getId() and any(
        held.by_ticket and not held.is_ended for held in gate.withheld
    )


def _is_second_step(request) -> bool:
    if is_log_out(request.get("PUBLISHED")):
        return True
    return _name_of_view(request) in REACHABLE or ISecondStepView.providedBy(_published(request))


def _is_login(request) -> bool:
    return _name_of_view(request) in LOGIN


def _name_of_view(request) -> str:
    # Only a view counts: anybody who may add content can name it like one.
    view = _published(request)
    return getattr(view, "__name__", "") if IBrowserView.providedBy(view) else ""


def _published(request):
    published = request.get("PUBLISHED")
    return getattr(published, "__self__", published)


def _page(request, gate, name: str) -> str:
    before = request.form.get("came_from") or request.getHeader("Referer")
    came_from = before if _is_login(request) else request.get("ACTUAL_URL")
    query = urlencode({"came_from": came_from}, errors="replace") if isinstance(came_from, str) else ""
    return f"{gate.site.absolute_url()}/{name}" + (f"?{query}" if query else "")
