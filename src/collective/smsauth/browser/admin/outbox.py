"""Shows the texts in the outbox, for trying out: there are codes in them, so it is for Managers only."""

from collective.smsauth import _
from collective.smsauth import require_second_step
from collective.smsauth.browser.forms.plain_input import scrub
from collective.smsauth.delivery.gateways import outbox
from collective.smsauth.settings.stored import stored
from Products.Five.browser import BrowserView
from Products.Five.browser.pagetemplatefile import ViewPageTemplateFile
from zExceptions import NotFound

#: How many texts are shown.
SHOWN = 100


@require_second_step
class Outbox(BrowserView):
    """``@@smsauth-outbox``: only while the outbox is the chosen gateway."""

    label = _("title_outbox", default="Outbox of text messages")
    index = ViewPageTemplateFile("templates/outbox.pt")

    def __call__(self):
        """Return the page.

        :raises NotFound: another gateway is chosen.
        """
        scrub(self.request)
        if stored(self.context, "gateway") != "outbox":
            raise NotFound(self.__name__)
        self.request.response.setHeader("Cache-Control", "no-store, private")
        self.texts = outbox.read(SHOWN)
        return self.index()
