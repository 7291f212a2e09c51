"""The counters of gateways: they merge parallel changes, and Prometheus can read them."""

from collective.smsauth.administration.metrics import exposition
from collective.smsauth.domain.delivery import DeliveryStatus
from collective.smsauth.plugin import SMSAuthPlugin
from collective.smsauth.storage.gateway_counters import GatewayCount
from collective.smsauth.storage.gateway_counters import GatewayCounters
from transaction import TransactionManager
from ZODB import DB
from ZODB.DemoStorage import DemoStorage

import re
import unittest

S = DeliveryStatus
#: A sample of the text format: a name, labels with escaped values, and a number.
SAMPLE = re.compile(
    r'[a-z_]+\{[a-z]+="(?:[^"\\\n]|\\["\\n])*"(?:,[a-z]+="(?:[^"\\\n]|\\["\\n])*")*\} [0-9]+(?:\.[0-9]+)?'
)


class Home:
    """What keeps the tree."""


class GatewayCountersTest(unittest.TestCase):
    def setUp(self):
        self.home = Home()
        self.counters = GatewayCounters(self.home)

    def test_looking_writes_nothing(self):
        self.assertEqual([], self.counters.counts())
        self.assertEqual({}, vars(self.home))

    def test_what_was_counted_comes_back_by_gateway_and_outcome(self):
        tries = (
            ("vonage", S.SENT, 0.25),
            ("http", S.SENT, 1),
            ("vonage", S.TRY_LATER, 3.5),
            ("vonage", S.BAD_NUMBER, 0),
            ("vonage", S.SENT, 0.25),
        )
        for one in tries:
            self.counters.count(*one)
        http, vonage = self.counters.counts()
        self.assertEqual(("http", 1, {}, 1.0, 1), (http.name, http.sent, http.failed, http.seconds, http.tries))
        self.assertEqual((2, {S.TRY_LATER: 1, S.BAD_NUMBER: 1}), (vonage.sent, vonage.failed))
        self.assertEqual((4.0, 2, 4), (vonage.seconds, vonage.failures, vonage.tries))

    def test_it_holds_no_more_than_there_are_gateways_and_outcomes(self):
        for _turn in range(3):
            for status in S:
                self.counters.count("http", status, 1)
        self.assertEqual([len(S) + 1], [len(counters) for counters in self.home._gateway_counters.values()])

    def test_parallel_texts_are_all_counted(self):
        database = DB(DemoStorage())
        self.addCleanup(database.close)
        first, second = TransactionManager(), TransactionManager()
        with first as transaction:
            root = database.open(transaction_manager=first).root()
            root["plugin"] = plugin = SMSAuthPlugin("smsauth", "")
            GatewayCounters(plugin).count("http", S.SENT, 1)
            del transaction
        plugins = [database.open(transaction_manager=manager).root()["plugin"] for manager in (first, second)]
        for manager, plugin in zip((first, second), plugins):
            manager.begin()
            GatewayCounters(plugin).count("http", S.SENT, 0.5)
        first.commit()
        second.commit()
        second.begin()
        [count] = GatewayCounters(plugins[1]).counts()
        self.assertEqual((3, 2.0), (count.sent, count.seconds))


class ExpositionTest(unittest.TestCase):
    def test_every_line_is_of_the_format(self):
        counts = [
            GatewayCount(name='odd"\\\n name', sent=1),
            GatewayCount(name="http", failed={S.TRY_LATER: 2}, seconds=1.5),
        ]
        text = exposition(counts)
        self.assertTrue(text.endswith("\n"))
        for line in text.splitlines():
            if not line.startswith(("# HELP smsauth_gateway_", "# TYPE smsauth_gateway_")):
                self.assertRegex(line, f"^{SAMPLE.pattern}$")
        self.assertIn('smsauth_gateway_failed_total{gateway="http",class="try-later"} 2\n', text)
        self.assertIn('smsauth_gateway_failed_total{gateway="http",class="bad-number"} 0\n', text)
        self.assertIn(
            'smsauth_gateway_seconds_sum{gateway="http"} 1.500\nsmsauth_gateway_seconds_count{gateway="http"} 2\n', text
        )

    def test_each_family_is_described_once_before_its_samples(self):
        text = exposition([GatewayCount(name="a"), GatewayCount(name="b")])
        for family, kind in (("sent_total", "counter"), ("failed_total", "counter"), ("seconds", "summary")):
            self.assertEqual(1, text.count(f"# TYPE smsauth_gateway_{family} {kind}\n"))
            self.assertLess(text.index(f"# TYPE smsauth_gateway_{family} "), text.index(f"\nsmsauth_gateway_{family}"))
