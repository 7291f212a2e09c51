"""Requests for services of all packages that no client of REST has sent: by a link, or by a page of another site in somebody's browser.

Plone's own services write what is in the body whatever type it has, take it from the query as well, and switch plone.protect off. And each
is a view, too, under the name by which it is registered.
"""

from AccessControl.SecurityManagement import getSecurityManager
from collective.smsauth.flows.requester import comes_from_elsewhere
from collective.smsauth.interfaces import ISMSAuthLayer
from collective.smsauth.services.login import Login
from collective.smsauth.services.login import Logout
from collective.smsauth.services.login import Renew
from collective.smsauth.services.service import hides_origin
from collective.smsauth.services.service import is_asked_for
from collective.smsauth.services.service import is_with_bearer
from collective.smsauth.services.service import ServiceTable
from collective.smsauth.services.service import StepService
from plone.rest.interfaces import IService
from zExceptions import Forbidden
from zExceptions import NotFound
from zope.component import adapter
from ZPublisher.interfaces import IPubAfterTraversal

#: What a browser sends for a page of another site without asking first (Fetch Standard, CORS-safelisted request-header), or no type at all.
_SIMPLE = frozenset({"", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data"})
#: Headers that it does not send without asking: the first is that of an upload in parts, whose first request has no body.
_NOT_SIMPLE = ("Tus-Resumable", "X-Requested-With")
#: Services that refuse such requests by themselves, with a reason.
_REFUSE_BY_THEMSELVES = (StepService, ServiceTable, Login, Logout, Renew)


@adapter(IPubAfterTraversal)
def refuse_forged(event) -> None:
    """Refuse a request for a service of any package that no client of REST can have meant.

    What a browser asks for another site before it sends anything (CORS preflight) is let through: it runs no service.

    :raises NotFound: the service is asked for as a page, or by another method than its own.
    :raises Forbidden: a page of another site can have sent this, with what the browser adds by itself.
    """
    request = event.request
    published = request.get("PUBLISHED")
    service = getattr(published, "__self__", published)
    # Without a method it is no service that its package has registered as one.
    if not IService.providedBy(service) or not hasattr(service, "method") or not ISMSAuthLayer.providedBy(request):
        return
    if request._rest_cors_preflight:
        return
    if not is_asked_for(service):
        raise NotFound("There is no such page.")
    if not isinstance(service, _REFUSE_BY_THEMSELVES) and _may_be_forged(request):
        raise Forbidden("This could have been sent by a page of another site. Send it as JSON, or with a token.")


def _may_be_forged(request) -> bool:
    if request.get("REQUEST_METHOD") != "POST" or not _is_simple(request):
        return False
    if getSecurityManager().getUser().getUserName() == "Anonymous User":
        return False
    return comes_from_elsewhere(request) or hides_origin(request)


def _is_simple(request) -> bool:
    kind = (request.getHeader("Content-Type") or "").partition(";")[0].strip().lower()
    is_asked_before = is_with_bearer(request) or any(request.getHeader(name) for name in _NOT_SIMPLE)
    return kind in _SIMPLE and not is_asked_before
