"""Views of an add-on that ask for a real second step, for the tests of the doors."""

from collective.smsauth import require_second_step
from collective.smsauth.api import has_second_step
from Products.Five.browser import BrowserView
from zope.component.hooks import site
from zope.configuration import xmlconfig
from zope.interface import implementer
from zope.publisher.interfaces import IPublishTraverse

PAYROLL = "the payroll of everybody"


class Open(BrowserView):
    """What an add-on shows, with a method and something below it."""

    def __call__(self):
        """Return what is to be protected."""
        return PAYROLL

    def again(self):
        """Return it by a method."""
        return PAYROLL


@require_second_step
@implementer(IPublishTraverse)
class Payroll(Open):
    """Asks whoever has a second step for it."""

    def publishTraverse(self, request, name):
        """Return something below."""
        return Below(self.context, self.request)


@require_second_step(of_all=True)
class Vault(Open):
    """Asks everybody."""


class Below(Open):
    """Carries no mark of its own."""


class Named(Open):
    """Is marked in ZCML."""


class Closed(Open):
    """Asks by itself, as code that is no view does."""

    def __call__(self):
        """Return what is to be protected, or nothing."""
        return PAYROLL if has_second_step(self.request) else "no"


_ZCML = """
<configure xmlns="http://namespaces.zope.org/zope" xmlns:browser="http://namespaces.zope.org/browser" package="{package}">
  <browser:page name="t-payroll" for="*" class=".Payroll" permission="zope2.View" allowed_attributes="again" />
  <browser:page name="t-payroll-again" for="*" class=".Payroll" attribute="again" permission="zope2.View" />
  <browser:page name="t-vault" for="*" class=".Vault" permission="zope.Public" />
  <class class=".Named"><implements interface="collective.smsauth.interfaces.ISecondStepDemanded" /></class>
  <browser:page name="t-named" for="*" class=".Named" permission="zope2.View" />
  <browser:page name="t-closed" for="*" class=".Closed" permission="zope2.View" />
</configure>
"""


def load(layer) -> None:
    """Register the views."""
    text = (
        _ZCML.format(package=__name__).replace('class=".', f'class="{__name__}.').replace(f' package="{__name__}"', "")
    )
    with site(None):  # else they were stored in the site
        xmlconfig.string(text, context=layer["configurationContext"])
