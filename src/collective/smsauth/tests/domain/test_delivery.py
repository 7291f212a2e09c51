"""What can become of a text."""

from collective.smsauth.domain.delivery import advance
from collective.smsauth.domain.delivery import DeliveryStatus
from collective.smsauth.domain.delivery import Text
from collective.smsauth.tests.support.generated import given
from collective.smsauth.tests.support.generated import st
from collective.smsauth.tests.support.parts import NOON
from collective.smsauth.tests.support.parts import NUMBER
from functools import reduce

import unittest

QUEUED, SENT = DeliveryStatus.QUEUED, DeliveryStatus.SENT
SETTLED = [status for status in DeliveryStatus if status not in (QUEUED, SENT)]

anything = st.sampled_from(DeliveryStatus)
reports = st.lists(anything, max_size=8)


class DeliveryTest(unittest.TestCase):
    def test_a_text_that_waits_left_or_arrived_has_not_failed(self):
        good = {DeliveryStatus.QUEUED, DeliveryStatus.SENT, DeliveryStatus.DELIVERED}
        self.assertEqual({status for status in DeliveryStatus if not status.failed}, good)

    def test_nothing_more_is_heard_of_a_text_that_arrived_or_failed(self):
        self.assertEqual({status for status in DeliveryStatus if status.settled}, {*SETTLED})

    def test_another_provider_may_do_better_only_where_the_number_is_not_the_reason(self):
        blamed = {status for status in DeliveryStatus if status.blames_provider}
        self.assertEqual(blamed, {DeliveryStatus.CONFIGURATION, DeliveryStatus.TRY_LATER})

    def test_the_repr_of_a_text_tells_neither_number_nor_code_nor_whom_it_is_about(self):
        shown = repr(Text(to=NUMBER, body="code 908172", expires=NOON, status_url="https://site/?ref=jane"))
        for secret in (NUMBER, "908172", "jane"):
            self.assertNotIn(secret, shown)


class ReportsTest(unittest.TestCase):
    """Reports come late, twice and in any order."""

    @given(anything, reports)
    def test_what_is_known_never_goes_back(self, known, later):
        order = [QUEUED, SENT]
        for report in later:
            further = advance(known, report)
            self.assertIn(further, (known, report))
            self.assertFalse(known.settled and further is not known)
            self.assertFalse(further in order and known in order and order.index(further) < order.index(known))
            known = further

    @given(anything, anything)
    def test_a_report_that_comes_twice_changes_nothing_the_second_time(self, known, report):
        once = advance(known, report)
        self.assertIs(once, advance(once, report))

    @given(st.sampled_from(SETTLED), st.lists(st.sampled_from([QUEUED, SENT]), max_size=6), st.data())
    def test_the_end_of_a_text_is_the_same_in_whatever_order_its_reports_come(self, end, others, data):
        shuffled = data.draw(st.permutations([end, *others, end]))
        self.assertIs(end, reduce(advance, shuffled, QUEUED))

    @given(st.lists(st.sampled_from([QUEUED, SENT]), min_size=1), st.data())
    def test_before_its_end_the_order_does_not_matter_either(self, given_reports, data):
        shuffled = data.draw(st.permutations(given_reports))
        self.assertIs(reduce(advance, given_reports, QUEUED), reduce(advance, shuffled, QUEUED))

    @given(reports)
    def test_what_settles_a_text_is_the_first_settled_report(self, some):
        first = next((report for report in some if report.settled), None)
        end = reduce(advance, some, QUEUED)
        self.assertEqual((first is not None, first or end), (end.settled, end))
