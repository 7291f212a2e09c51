"""What can become of a text."""

from collective.smsauth.domain.delivery import DeliveryStatus
from collective.smsauth.domain.delivery import Text
from collective.smsauth.tests.parts import NOON
from collective.smsauth.tests.parts import NUMBER

import unittest


class DeliveryTest(unittest.TestCase):
    def test_a_text_that_waits_left_or_arrived_has_not_failed(self):
        good = {DeliveryStatus.QUEUED, DeliveryStatus.SENT, DeliveryStatus.DELIVERED}
        self.assertEqual({status for status in DeliveryStatus if not status.failed}, good)

    def test_the_repr_of_a_text_tells_neither_number_nor_code(self):
        shown = repr(Text(to=NUMBER, body="code 908172", expires=NOON))
        self.assertNotIn(NUMBER, shown)
        self.assertNotIn("908172", shown)
