"""Blocks of neighbouring numbers: bounded, and in no one's way."""

from collective.smsauth.domain.sms_pumping import Alarm
from collective.smsauth.domain.sms_pumping import Asked
from collective.smsauth.domain.sms_pumping import WINDOW
from collective.smsauth.plugin import SMSAuthPlugin
from collective.smsauth.storage.number_blocks import MOST_ALARMS
from collective.smsauth.storage.number_blocks import NumberBlocks
from collective.smsauth.tests.support.parts import NOON
from transaction import TransactionManager
from ZODB import DB
from ZODB.DemoStorage import DemoStorage
from ZODB.POSException import ConflictError

import unittest


def alarm(at=NOON):
    return Alarm(shown="+3161234••••", region="NL", at=at, asked=12, confirmed=1)


def asked(name="digest", at=NOON):
    return (Asked(name=name, at=at),)


class Home:
    """What keeps the trees."""


class NeighboursTest(unittest.TestCase):
    def setUp(self):
        self.home = Home()
        self.neighbours = NumberBlocks(self.home)

    def test_looking_writes_nothing(self):
        self.assertEqual(
            (self.neighbours.asked("a"), self.neighbours.alarm("a"), self.neighbours.alarms()), ((), None, [])
        )
        self.assertFalse(self.neighbours.lift("a"))
        self.assertEqual(vars(self.home), {})

    def test_what_is_kept_comes_back(self):
        numbers = (*asked(), Asked(name="other", at=NOON + 1, confirmed=True))
        self.neighbours.keep("a", numbers, now=NOON)
        self.assertEqual(self.neighbours.asked("a"), numbers)
        self.assertEqual(self.neighbours.asked("b"), ())

    def test_lifting_an_alarm_forgets_what_led_to_it(self):
        self.neighbours.keep("a", asked(), now=NOON)
        self.neighbours.stop("a", alarm())
        self.assertEqual(self.neighbours.alarms(), [("a", alarm())])
        self.assertTrue(self.neighbours.lift("a"))
        self.assertEqual((self.neighbours.asked("a"), self.neighbours.alarm("a")), ((), None))
        self.assertFalse(self.neighbours.lift("a"))

    def test_a_flood_of_blocks_leaves_no_more_than_those_of_two_days(self):
        for hour in range(100):
            for number in range(20):
                name = f"{(hour * 7919 + number * 104729) % 1000003:06}"
                self.neighbours.keep(name, asked(at=NOON + hour * 3600), now=NOON + hour * 3600)
        self.assertLess(len(self.home._number_blocks), 2 * 24 * 20)

    def test_blocks_that_still_count_are_kept(self):
        for name in "abc":
            self.neighbours.keep(name, asked(), now=NOON)
        self.neighbours.keep("d", asked(at=NOON + WINDOW - 1), now=NOON + WINDOW - 1)
        self.assertEqual(list(self.home._number_blocks), list("abcd"))

    def test_of_too_many_alarms_the_oldest_give_way(self):
        for number in range(MOST_ALARMS + 5):
            self.neighbours.stop(f"{number:04}", alarm(at=NOON + number))
        kept = [name for name, _ in self.neighbours.alarms()]
        self.assertEqual((len(kept), kept[0], kept[-1]), (MOST_ALARMS, f"{MOST_ALARMS + 4:04}", "0005"))


class DatabaseTest(unittest.TestCase):
    def setUp(self):
        database = DB(DemoStorage())
        self.addCleanup(database.close)
        self.managers = [TransactionManager(), TransactionManager()]
        self.jars = [database.open(manager) for manager in self.managers]
        self.jars[0].root()["plugin"] = SMSAuthPlugin("smsauth")
        self.neighbours(0).keep("first", asked(), now=NOON)
        self.managers[0].commit()
        self.jars[1].sync()

    def neighbours(self, which):
        return NumberBlocks(self.jars[which].root()["plugin"])

    def test_numbers_of_different_blocks_at_once_are_both_kept(self):
        for which, name in enumerate("ab"):
            self.neighbours(which).keep(name, asked(), now=NOON)
        for manager in self.managers:
            manager.commit()
        self.jars[0].sync()
        self.assertEqual(list(self.jars[0].root()["plugin"]._number_blocks), ["a", "b", "first"])

    def test_numbers_of_one_block_at_once_are_a_conflict_so_that_none_is_lost(self):
        for which in (0, 1):
            self.neighbours(which).keep("first", (*asked(), *asked(f"another {which}")), now=NOON)
        self.managers[0].commit()
        with self.assertRaises(ConflictError):
            self.managers[1].commit()
