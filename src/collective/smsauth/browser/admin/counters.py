"""What texts and calls came to: a page of counters for administrators, with charts that need no JavaScript."""

from collective.smsauth import _
from collective.smsauth import require_second_step
from collective.smsauth.administration import counters
from collective.smsauth.administration import metrics
from collective.smsauth.administration.counters import Spending
from collective.smsauth.administration.counters import Tally
from collective.smsauth.browser.admin import chart
from collective.smsauth.browser.forms.country_names import name_of
from collective.smsauth.browser.forms.plain_input import scrub
from collective.smsauth.domain.budget import Level
from collective.smsauth.flows.messages import fill
from collective.smsauth.interfaces import ISMSGateway
from collective.smsauth.storage.gateway_counters import GatewayCount
from dataclasses import dataclass
from Products.Five.browser import BrowserView
from Products.Five.browser.pagetemplatefile import ViewPageTemplateFile
from zope.component import queryUtility
from zope.i18nmessageid import Message

#: So many countries are drawn, those with the most texts; the table has all.
MOST_COUNTRIES = 12
_LEVELS = {Level.FREE: "bg-success", Level.NEARLY_SPENT: "bg-warning", Level.SPENT: "bg-danger"}


@dataclass(frozen=True, kw_only=True)
class Drawing:
    """A chart, what it is called, and the name of its element in the page."""

    name: str
    title: Message
    description: Message
    chart: chart.Chart


@require_second_step
class Counters(BrowserView):
    """``@@smsauth-counters``: the last thirty days, or the month chosen; with ``format=prometheus`` what gateways did, for Prometheus."""

    label = _("title_counters", default="Texts and calls")
    index = ViewPageTemplateFile("templates/counters.pt")
    counters: Tally
    spending: Spending

    def __call__(self):
        """Return the page."""
        self.request.response.setHeader("Cache-Control", "no-store, private")
        scrub(self.request)
        self.gateways = counters.gateways()
        if self.request.form.get("format") == "prometheus":
            self.request.response.setHeader("Content-Type", metrics.CONTENT_TYPE)
            return metrics.exposition(self.gateways)
        self.months = counters.months()
        asked = self.request.form.get("month", "")
        self.month = asked if asked in self.months else ""
        self.tally, self.spending = counters.tally(self.month), counters.spending()
        return self.index()

    @property
    def days(self) -> Drawing:
        """The chart of the days."""
        return self._drawing(
            "smsauth-chart",
            _("chart_title", default="Texts and calls per day"),
            _("chart_description", default="From ${first} to ${last} (UTC). The table below has the same figures."),
            chart.draw(self.tally.days, label=lambda line: line.name[8:]),
        )

    @property
    def countries(self) -> Drawing:
        """The chart of the countries."""
        return self._drawing(
            "smsauth-chart-countries",
            _("chart_countries_title", default="Texts and calls per country"),
            _(
                "chart_countries_description",
                default="The countries with the most texts and calls, from ${first} to ${last} (UTC). The table below has all countries.",
            ),
            chart.draw(self.tally.countries[:MOST_COUNTRIES], label=lambda line: line.name or "–"),
        )

    def _drawing(self, name: str, title: Message, description: Message, figures: chart.Chart) -> Drawing:
        words = fill(description, first=self.tally.first, last=self.tally.last)
        return Drawing(name=name, title=title, description=words, chart=figures)

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

    def gateway(self, name: str):
        """Return the title of a gateway, its name if it is no longer there."""
        found = queryUtility(ISMSGateway, name=name)
        return name if found is None else found.title

    def seconds(self, count: GatewayCount) -> str:
        """Return how long a gateway takes on average, in seconds."""
        return f"{count.seconds / count.tries:.1f}" if count.tries else "–"

    def country(self, region: str):
        """Return the name of a country."""
        return name_of(region, self.request)
