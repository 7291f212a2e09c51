"""What is sent requests: every view and service that is registered for the layer of the package, found where Zope looks for them."""

from collective.smsauth.interfaces import ISecondStepView
from collective.smsauth.interfaces import ISMSAuthLayer
from dataclasses import dataclass
from plone.restapi.controlpanels import IControlpanel
from zope.component import getGlobalSiteManager

import re

_OURS = "collective.smsauth."
#: How plone.restapi names the view of a service: method, content type, name.
_SERVICE = re.compile(r"([A-Z]+)_application_json_(@.+)")


@dataclass(frozen=True, kw_only=True, order=True)
class View:
    """One view or service: its name, the path below the site, and by which method a service is asked."""

    name: str
    path: str
    method: str = "GET"
    is_service: bool = False
    is_step: bool = False


def views() -> tuple[View, ...]:
    """Return all of them, in order of their names."""
    found = set()
    for one in getGlobalSiteManager().registeredAdapters():
        if not _is_ours(one.factory):
            continue
        if len(one.required) == 2 and one.provided.isOrExtends(IControlpanel):
            path = f"@controlpanels/{one.name}"
            found |= {
                View(name=f"{method} {path}", path=path, method=method, is_service=True) for method in ("GET", "PATCH")
            }
        elif one.name and len(one.required) == 2 and any(layer.isOrExtends(ISMSAuthLayer) for layer in one.required):
            found.add(_view(one.name, one.factory))
    return tuple(sorted(found))


def _view(name: str, factory) -> View:
    is_step = ISecondStepView.implementedBy(factory)
    service = _SERVICE.fullmatch(name)
    if service is not None:
        method, path = service.groups()
        return View(name=f"{method} {path}", path=path, method=method, is_service=True, is_step=is_step)
    return View(name=name, path=f"@@{name}", is_step=is_step)


def _is_ours(factory) -> bool:
    # Zope makes a class of its own from the one that is registered
    classes = getattr(factory, "__mro__", (factory,))
    return any(str(getattr(one, "__module__", "")).startswith(_OURS) for one in classes)
