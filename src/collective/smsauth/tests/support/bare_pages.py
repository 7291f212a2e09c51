"""Pages without what Plone puts around them: its own template for modals, which takes a third of the time."""

from collections.abc import Callable
from collections.abc import Iterator
from collective.smsauth.interfaces import ISMSAuthLayer
from contextlib import contextmanager
from Products.CMFPlone.browser.main_template import MainTemplate
from zope.component import getGlobalSiteManager
from zope.interface import Interface


class BareTemplate(MainTemplate):
    """The template of modals, for every page."""

    @property
    def template(self):
        """The template itself."""
        return self.ajax_template


@contextmanager
def bare_pages() -> Iterator[None]:
    """Show pages of the site without what is around them."""
    manager, place = getGlobalSiteManager(), ((Interface, ISMSAuthLayer), Interface, "main_template")
    manager.registerAdapter(BareTemplate, *place)
    try:
        yield
    finally:
        manager.unregisterAdapter(BareTemplate, *place)


def whole_page(test: Callable) -> Callable:
    """Mark a test that looks at what is around a page: its window's title, the menu of the member."""
    test.needs_whole_page = True
    return test
