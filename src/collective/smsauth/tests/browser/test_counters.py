"""The page of counters, with its chart and the budget, and the button that lets stopped texts go again."""

from collective.smsauth.administration.counters import Line
from collective.smsauth.browser.admin import chart
from collective.smsauth.domain.budget import Kind
from collective.smsauth.domain.sms_pumping import Alarm
from collective.smsauth.testing import PASSWORD
from collective.smsauth.tests.support import wired as wiring
from collective.smsauth.tests.support.administrator import add_site_administrator
from collective.smsauth.tests.support.administrator import Administrator
from collective.smsauth.tests.support.generated import given
from collective.smsauth.tests.support.generated import st
from collective.smsauth.tests.support.visitor import PageTest
from collective.smsauth.tests.support.visitor import plain
from datetime import datetime
from datetime import timezone
from itertools import pairwise
from lxml import html

import transaction
import unittest

PAGE = "@@smsauth-counters"
BLOCK = "b" * 32


class CountersTest(PageTest):
    """frank is Site Administrator; it is the 22nd of November 2026, and texts were sent in two months."""

    def setUp(self):
        super().setUp()
        add_site_administrator()
        self.frank = Administrator(self.layer, "frank", PASSWORD)
        self.clock.time = datetime(2026, 11, 22, 12, tzinfo=timezone.utc).timestamp()
        ledger = wiring.ledger()
        for kind, region, day, times in (
            (Kind.SENT, "NL", "2026-11-22", 7),
            (Kind.CONFIRMED, "NL", "2026-11-22", 5),
            (Kind.FAILED, "NL", "2026-11-22", 1),
            (Kind.SENT, "DE", "2026-11-01", 2),
            (Kind.SENT, "", "2026-11-01", 1),
            (Kind.SENT, "FR", "2026-10-05", 3),
        ):
            for _ in range(times):
                ledger.count(kind, region, day=day)
        transaction.commit()

    def rows(self, page, table):
        found = html.fromstring(page).xpath(f"//table[@id='{table}']//tr")
        return [[" ".join(cell.text_content().split()) for cell in row.xpath("./th|./td")] for row in found]

    def test_a_member_may_not_look(self):
        self.assertNotIn("smsauth-days", Administrator(self.layer, "bert", PASSWORD).open(PAGE))

    def test_it_is_found_from_the_control_panel(self):
        self.frank.open("@@smsauth-controlpanel")
        self.frank.browser.getLink("Texts and calls").click()
        self.assertIn(PAGE, self.frank.browser.url)

    def test_the_last_thirty_days_are_there_day_by_day_with_their_sum(self):
        rows = self.rows(self.frank.open(PAGE), "smsauth-days")
        self.assertEqual(rows[0], ["Day", "Sent", "Right code entered", "Failed"])
        self.assertEqual([rows[1][0], rows[-2][0], len(rows)], ["2026-10-24", "2026-11-22", 32])
        self.assertEqual(rows[-2], ["2026-11-22", "7", "5", "1"])
        self.assertEqual(rows[-1], ["Total", "10", "5", "1"])

    def test_countries_have_names_and_the_one_with_most_texts_comes_first(self):
        rows = self.rows(self.frank.open(PAGE), "smsauth-countries")
        self.assertEqual(
            rows[1:], [["Netherlands NL", "7", "5", "1"], ["Germany DE", "2", "0", "0"], ["No country", "1", "0", "0"]]
        )

    def test_a_month_can_be_chosen(self):
        self.frank.open(PAGE)
        control = self.frank.browser.getControl(name="month")
        self.assertEqual(control.options, ["", "2026-11", "2026-10"])
        control.value = ["2026-10"]
        self.frank.browser.getControl("Show").click()
        page = self.frank.browser.contents
        rows = self.rows(page, "smsauth-days")
        self.assertEqual([rows[1][0], rows[-2][0], rows[-1]], ["2026-10-01", "2026-10-31", ["Total", "3", "0", "0"]])
        self.assertIn("Days of 2026-10", plain(page))

    def test_this_month_ends_today(self):
        rows = self.rows(self.frank.open(f"{PAGE}?month=2026-11"), "smsauth-days")
        self.assertEqual([rows[1][0], rows[-2][0]], ["2026-11-01", "2026-11-22"])

    def test_an_odd_month_is_like_none(self):
        for query in (
            "month=2026-99",
            "month=2025-01",
            "month=%00",
            "month=<script>",
            "month:list=2026-10",
            "month:int=1",
            "month:record=x",
            "month=" + "9" * 5000,
        ):
            with self.subTest(query=query[:30]):
                response = self.frank.get(f"{PAGE}?{query}")
                self.assertEqual(response.status_int, 200)
                self.assertIn("2026-10-24", response.text)

    def test_the_chart_is_a_picture_with_a_name_and_needs_no_script(self):
        page = html.fromstring(self.frank.open(PAGE))
        [drawing] = page.xpath("//figure[@id='smsauth-chart']/*[@role='img']")
        names = drawing.get("aria-labelledby").split()
        self.assertEqual(["title", "desc"], [page.xpath(f"//*[@id='{name}']")[0].tag for name in names])
        self.assertEqual(3 + 1, len(drawing.xpath(".//rect")), "three kinds on one day, texts on another")
        self.assertEqual([], page.xpath("//figure[@id='smsauth-chart']//script"))

    def test_countries_are_drawn_too_the_one_with_most_texts_first(self):
        page = html.fromstring(self.frank.open(PAGE))
        [drawing] = page.xpath("//figure[@id='smsauth-chart-countries']/*[@role='img']")
        [title, description] = [page.xpath(f"//*[@id='{name}']")[0] for name in drawing.get("aria-labelledby").split()]
        self.assertEqual("Texts and calls per country", title.text)
        self.assertIn("2026-10-24 to 2026-11-22", description.text)
        groups = [group for group in drawing.xpath("./g") if not group.xpath("./line")]
        self.assertEqual(["NL", "DE", "–"], [group.xpath("./text")[0].text for group in groups])
        self.assertEqual([3, 1, 1], [len(group.xpath("./rect")) for group in groups])

    def test_no_more_countries_are_drawn_than_there_is_room_for_and_the_table_has_all(self):
        ledger = wiring.ledger()
        for region in ("AT", "BE", "BG", "CH", "CY", "CZ", "DK", "EE", "ES", "FI", "GB", "GR", "HR"):
            ledger.count(Kind.SENT, region, day="2026-11-20")
        transaction.commit()
        page = self.frank.open(PAGE)
        drawn = html.fromstring(page).xpath("//figure[@id='smsauth-chart-countries']/*[@role='img']/g[rect]")
        self.assertEqual((12, 16), (len(drawn), len(self.rows(page, "smsauth-countries")) - 1))

    def test_without_a_budget_only_the_number_is_told(self):
        page = plain(self.frank.open(PAGE))
        self.assertIn("sent in 2026-11 (UTC): 10 . There is no limit", page)

    def test_the_budget_is_told_in_figures_and_as_a_bar(self):
        for budget, percent, colour in ((100, 10, "bg-success"), (12, 83, "bg-warning"), (5, 200, "bg-danger")):
            with self.subTest(budget=budget):
                self.configure(budget=budget)
                page = self.frank.open(PAGE)
                [bar] = html.fromstring(page).xpath("//*[@role='progressbar']")
                self.assertEqual(bar.get("aria-valuenow"), str(min(100, percent)))
                self.assertIn(colour, bar[0].get("class"))
                self.assertIn(f"of {budget} ({percent} %)", plain(page))

    def test_a_site_that_never_sent_anything_has_the_page_too(self):
        del self.portal.acl_users.smsauth._usage_counters
        transaction.commit()
        page = plain(self.frank.open(PAGE))
        self.assertIn("Nothing was sent in this period", page)
        self.assertNotIn("_usage_counters", vars(self.portal.acl_users.smsauth))


class AlarmsTest(PageTest):
    def setUp(self):
        super().setUp()
        add_site_administrator()
        self.frank = Administrator(self.layer, "frank", PASSWORD)
        alarm = Alarm(shown="+3161234••••", region="NL", at=self.clock(), asked=12, confirmed=1)
        wiring.neighbours().stop(BLOCK, alarm)
        transaction.commit()

    def alarms(self):
        transaction.begin()
        return wiring.neighbours().alarms()

    def test_stopped_texts_are_in_red_with_what_is_known_of_them(self):
        page = self.frank.open("@@smsauth-controlpanel")
        [found] = html.fromstring(page).xpath("//section[@id='smsauth-alarms']//div[contains(@class, 'alert-danger')]")
        words = " ".join(found.text_content().split())
        for part in ("+3161234••••", "Netherlands", "12 of them", "1 entered"):
            self.assertIn(part, words)

    def test_the_self_check_sees_them(self):
        self.assertIn("Texts to ranges of phone numbers were stopped", self.frank.open("@@smsauth-controlpanel"))

    def test_the_button_lets_them_go_again(self):
        self.frank.open("@@smsauth-controlpanel")
        page = self.frank.press("lift")
        self.assertIn("Texts go to these numbers again", page)
        self.assertNotIn('id="smsauth-alarms"', page)
        self.assertEqual(self.alarms(), [])

    def test_lifted_twice_the_second_finds_nothing_to_do(self):
        fields = {"block": BLOCK, "form.buttons.lift": "1"}
        for _ in range(2):
            self.assertEqual(self.frank.post("@@smsauth-alarms", fields).status_int, 302)
        self.assertIn("not stopped any more", self.frank.open("@@smsauth-controlpanel"))

    def test_a_link_or_a_form_of_another_site_lifts_nothing(self):
        self.frank.get(f"@@smsauth-alarms?block={BLOCK}&form.buttons.lift=1")
        self.frank.post("@@smsauth-alarms", {"block": BLOCK, "form.buttons.lift": "1"}, token=False)
        self.assertEqual(len(self.alarms()), 1)

    def test_a_member_lifts_and_sees_nothing(self):
        bert = Administrator(self.layer, "bert", PASSWORD)
        token = self.frank.token
        bert.post("@@smsauth-alarms", {"block": BLOCK, "form.buttons.lift": "1", "_authenticator": token}, token=False)
        self.assertEqual(len(self.alarms()), 1)
        for path in (
            "@@smsauth-alarms",
            "@@smsauth-alarms/listing",
            "smsauth-alarms/listing",
            "@@smsauth-alarms/alarms",
        ):
            with self.subTest(path=path):
                self.assertNotIn("3161234", bert.get(path).text)

    def test_odd_input_is_answered_and_changes_nothing(self):
        for block in ("", "x" * 5000, "\x00", "../..", "ß\udcff"):
            with self.subTest(block=block[:10]):
                response = self.frank.post("@@smsauth-alarms", {"block": block, "form.buttons.lift": "1"})
                self.assertEqual(response.status_int, 302)
        for name in ("block:list", "block:record", "block:int", "block:bytes"):
            with self.subTest(name=name):
                response = self.frank.post("@@smsauth-alarms", {name: "7", "form.buttons.lift": "1"})
                self.assertLess(response.status_int, 500)
        self.assertEqual(len(self.alarms()), 1)


class ChartTest(unittest.TestCase):
    @given(st.integers(0, 10**7))
    def test_the_scale_ends_at_a_round_even_number_that_is_not_much_larger(self, number):
        top = chart.round_up(number)
        self.assertLessEqual(number, top)
        self.assertEqual(top % 2, 0)
        self.assertEqual(str(top).strip("0") in ("1", "2", "4"), True)
        self.assertLessEqual(top, max(2, 2.5 * number))

    @given(st.lists(st.tuples(*[st.integers(0, 10**6)] * 3), max_size=31))
    def test_no_bar_leaves_the_drawing_or_covers_another(self, counts):
        days = [Line(name="2026-11-22", sent=sent, confirmed=done, failed=failed) for sent, done, failed in counts]
        bars = [bar for group in chart.draw(days, label=lambda line: line.name).groups for bar in group.bars]
        for bar in bars:
            self.assertTrue(bar.x >= 0 and bar.x + bar.width <= chart.WIDTH + 0.1)
            self.assertTrue(bar.y >= 0 and bar.y + bar.height <= chart.HEIGHT)
        for bar, following in pairwise(bars):
            self.assertLessEqual(bar.x + bar.width, following.x + 0.1)
