"""Bodies of JSON that are nested so deeply that Python gives up on them: plone.restapi parses each body before anybody is signed in."""

from collective.smsauth.pas.lookup import plugin_of
from plone.base.interfaces import IPloneSiteRoot
from zExceptions import BadRequest
from zope.component import adapter
from zope.traversing.interfaces import IBeforeTraverseEvent

import json

#: With fewer brackets than that no body is too deep.
_FEW = 500


@adapter(IPloneSiteRoot, IBeforeTraverseEvent)
def refuse_deep_json(site, event) -> None:
    """Refuse such a body with 400 instead of an internal error.

    :raises BadRequest: the body cannot be parsed for its depth.
    """
    request = event.request
    if not (request.getHeader("Content-Type") or "").startswith("application/json"):
        return
    body = request.get("BODY") or b""
    if body.count(b"[") + body.count(b"{") < _FEW or plugin_of(site.acl_users) is None:
        return
    try:
        json.loads(body)
    except RecursionError:
        raise BadRequest("The JSON of this request is nested too deeply.") from None
    except ValueError:
        return  # whoever reads it says so
