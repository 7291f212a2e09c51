"""The parts of the pages of the second step, for pages of this and of other packages."""

from Products.Five.browser import BrowserView
from Products.Five.browser.pagetemplatefile import ViewPageTemplateFile


class StepMacros(BrowserView):
    """``@@smsauth-macros``: see the chapter "Embed" of the documentation."""

    index = ViewPageTemplateFile("templates/macros.pt")

    def __getitem__(self, name: str):
        """Return a macro by its name."""
        return self.index.macros[name]
