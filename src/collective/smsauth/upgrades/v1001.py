"""More settings: who must, who is not asked, channels, codes and cost."""

from collective.smsauth import setuphandlers
from collective.smsauth.settings import ISMSAuthSettings
from collective.smsauth.settings import PREFIX
from plone import api


def upgrade(setup_tool) -> None:
    """Register what is new with its default, and the plugin for what it does since; what is stored stays.

    All records are registered again, since stored choices have to know what they may be by now. A value that they do not offer at
    present (a gateway of an add-on that is away) is put back: it counts as not there, and not as another one.
    """
    registry = api.portal.get_tool("portal_registry")
    names = [f"{PREFIX}.{name}" for name in ISMSAuthSettings]
    former = {name: registry.records[name].value for name in names if name in registry.records}
    registry.registerInterface(ISMSAuthSettings, prefix=PREFIX)
    for name, value in former.items():
        if registry.records[name].value != value:
            registry.records._values[name] = value
    setuphandlers.install(setup_tool)
