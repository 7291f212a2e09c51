"""The counters of texts: exact under parallel changes, in no one's way, and bounded."""

from BTrees.OOBTree import OOBucket
from collective.smsauth.domain.budget import Kind
from collective.smsauth.plugin import SMSAuthPlugin
from collective.smsauth.storage.counters import UsageCounters
from datetime import date
from datetime import timedelta
from transaction import TransactionManager
from ZODB import DB
from ZODB.DemoStorage import DemoStorage
from ZODB.POSException import ConflictError

import unittest

DAY = "2026-11-22"


class Home:
    """What keeps the tree."""


class LedgerTest(unittest.TestCase):
    def setUp(self):
        self.home = Home()
        self.ledger = UsageCounters(self.home)

    def test_looking_writes_nothing(self):
        self.assertEqual((self.ledger.spent(DAY), self.ledger.months()), (0, []))
        self.assertEqual(list(self.ledger.counts("0000-00-00", "9999-99-99")), [])
        self.assertEqual(vars(self.home), {})

    def test_what_was_counted_comes_back_by_day_country_and_kind(self):
        for kind, region, day in (
            (Kind.SENT, "NL", DAY),
            (Kind.SENT, "NL", DAY),
            (Kind.CONFIRMED, "NL", DAY),
            (Kind.FAILED, "", DAY),
            (Kind.SENT, "DE", "2026-11-23"),
        ):
            self.ledger.count(kind, region, day=day)
        found = set(self.ledger.counts(DAY, DAY))
        self.assertEqual(found, {(DAY, "NL", Kind.SENT, 2), (DAY, "NL", Kind.CONFIRMED, 1), (DAY, "", Kind.FAILED, 1)})
        self.assertEqual(len(list(self.ledger.counts("2026-11-01", "2026-11-30"))), 4)

    def test_a_month_is_the_sum_of_what_was_sent_in_it(self):
        for day in ("2026-10-31", "2026-11-01", DAY, "2026-11-30", "2026-12-01"):
            self.ledger.count(Kind.SENT, "NL", day=day)
            self.ledger.count(Kind.CONFIRMED, "NL", day=day)
        self.assertEqual(self.ledger.spent(DAY), 3)
        self.assertEqual(self.ledger.months(), ["2026-12", "2026-11", "2026-10"])
        self.assertEqual({day[:7] for day, *_ in self.ledger.counts("2026-11-01", "2026-11-30")}, {"2026-11"})

    def test_the_last_day_of_a_month_writes_no_more_than_the_first_ones(self):
        days = [f"2026-12-{day:02}" for day in range(1, 32)]
        for day in days:
            self.ledger.count(Kind.SENT, "NL", day=day)
        buckets = [held for held in self.home._usage_counters["2026-12"].values() if isinstance(held, OOBucket)]
        self.assertEqual([9, 10, 10, 2], [*map(len, buckets)])
        self.assertEqual(days, [day for day, *_ in self.ledger.counts("2026-12-01", "2026-12-31")])
        self.assertEqual(days[4:23], [day for day, *_ in self.ledger.counts("2026-12-05", "2026-12-23")])

    def test_each_thing_is_told_once_a_month(self):
        told = [self.ledger.tell_once(what, day=day) for what in "ab" for day in (DAY, DAY, "2026-12-01")]
        self.assertEqual(told, [True, False, True] * 2)

    def test_after_thirteen_months_counters_go(self):
        day = date(2024, 1, 1)
        while day < date(2026, 11, 23):
            self.ledger.count(Kind.SENT, "NL", day=day.isoformat())
            self.ledger.tell_once("spent", day=day.isoformat())
            day += timedelta(days=1)
        self.assertEqual(self.ledger.months()[-1], "2025-11")
        self.assertEqual(min(self.home._usage_counters)[:7], "2025-11")


class DatabaseTest(unittest.TestCase):
    """Two requests at once: two connections to one database in memory."""

    def setUp(self):
        database = DB(DemoStorage())
        self.addCleanup(database.close)
        self.managers = [TransactionManager(), TransactionManager()]
        self.jars = [database.open(manager) for manager in self.managers]
        self.jars[0].root()["plugin"] = SMSAuthPlugin("smsauth")
        self.ledger(0).count(Kind.SENT, "NL", day=DAY)
        self.managers[0].commit()
        self.jars[1].sync()

    def ledger(self, which):
        return UsageCounters(self.jars[which].root()["plugin"])

    def commit(self):
        for manager in self.managers:
            manager.commit()
        self.jars[0].sync()

    def test_texts_to_one_country_at_once_are_both_counted(self):
        for which in (0, 1):
            self.ledger(which).count(Kind.SENT, "NL", day=DAY)
        self.commit()
        self.assertEqual(self.ledger(0).spent(DAY), 3)

    def test_first_texts_to_different_countries_at_once_are_both_counted(self):
        for which, region in enumerate(("DE", "FR")):
            self.ledger(which).count(Kind.SENT, region, day=DAY)
        self.commit()
        self.assertEqual(self.ledger(0).spent(DAY), 3)
        self.assertEqual({region for _, region, *_ in self.ledger(0).counts(DAY, DAY)}, {"NL", "DE", "FR"})

    def test_at_the_end_of_a_budget_only_one_of_two_is_committed(self):
        for which in (0, 1):
            self.ledger(which).guard(DAY)
            self.ledger(which).count(Kind.SENT, "NL", day=DAY)
        with self.assertRaises(ConflictError):
            self.commit()

    def test_of_two_that_tell_the_same_only_one_is_committed(self):
        self.assertEqual([self.ledger(which).tell_once("spent", day=DAY) for which in (0, 1)], [True, True])
        with self.assertRaises(ConflictError):
            self.commit()

    def test_a_plugin_of_before_gets_its_counters_with_the_first_text(self):
        plugin = self.jars[0].root()["old"] = SMSAuthPlugin("smsauth")
        self.assertNotIn("_usage_counters", vars(plugin))
        self.managers[0].commit()
        UsageCounters(plugin).count(Kind.SENT, "NL", day=DAY)
        self.managers[0].commit()
        self.jars[1].sync()
        self.assertEqual(UsageCounters(self.jars[1].root()["old"]).spent(DAY), 1)
