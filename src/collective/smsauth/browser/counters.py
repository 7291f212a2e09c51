"""What texts and calls came to: a page of counters for administrators, with a chart that needs no JavaScript."""

from collective.smsauth import _
from collective.smsauth import require_second_step
from collective.smsauth import tally
from collective.smsauth.browser import chart
from collective.smsauth.browser.countries import name_of
from collective.smsauth.browser.plaininput import scrub
from collective.smsauth.domain.budget import Level
from collective.smsauth.tally import Spending
from collective.smsauth.tally import Tally
from Products.Five.browser import BrowserView
from Products.Five.browser.pagetemplatefile import ViewPageTemplateFile

_LEVELS = {Level.FREE: "bg-success", Level.NEARLY_SPENT: "bg-warning", Level.SPENT: "bg-danger"}


@require_second_step
class Counters(BrowserView):
    """``@@smsauth-counters``: the last thirty days, or the month chosen."""

    label = _("title_counters", default="Texts and calls")
    index = ViewPageTemplateFile("templates/counters.pt")
    tally: Tally
    spending: Spending

    def __call__(self):
        """Return the page."""
        self.request.response.setHeader("Cache-Control", "no-store, private")
        scrub(self.request)
        self.months = tally.months()
        asked = self.request.form.get("month", "")
        self.month = asked if asked in self.months else ""
        self.tally, self.spending = tally.tally(self.month), tally.spending()
        self.chart = chart.draw(self.tally.days)
        return self.index()

    @property
    def size(self) -> str:
        """The drawing's size, as the attribute ``viewBox`` has it."""
        return f"0 0 {chart.WIDTH} {chart.HEIGHT}"

    @property
    def kinds(self) -> list:
        """What is counted: name, colour and words."""
        words = {
            "sent": _("counter_sent", default="Sent"),
            "confirmed": _("counter_confirmed", default="Right code entered"),
            "failed": _("counter_failed", default="Failed"),
        }
        return [(name, colour, words[name]) for name, colour in chart.KINDS]

    @property
    def colour(self) -> str:
        """The class of the bar of the budget."""
        return _LEVELS[self.spending.level]

    def country(self, region: str):
        """Return the name of a country."""
        return name_of(region, self.request)
