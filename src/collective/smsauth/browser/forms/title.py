"""The title of the window on the pages of the second step: Plone names only the site there, and a reader of tabs hears nothing else."""

from html import escape
from plone.app.layout.viewlets.common import TitleViewlet
from zope.i18n import translate


class StepTitle(TitleViewlet):
    """``plone.htmlhead.title``: the page's own title in front of the site's."""

    def update(self) -> None:
        """Put both titles together."""
        super().update()
        label = escape(translate(self.view.label, context=self.request))
        self.site_title = self.sep.join([label, self.site_title])
