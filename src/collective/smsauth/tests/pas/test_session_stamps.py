"""What a ticket of ours says of a session without a record."""

from collective.smsauth.domain.account import Account
from collective.smsauth.pas.session_stamps import Stamp
from collective.smsauth.pas.session_stamps import stamp_in

import unittest

STAMP = Stamp(began=1800000000, endings=3, password="0123456789abcdef")


class StampTest(unittest.TestCase):
    def test_what_is_written_is_read(self):
        found = stamp_in(("sso", str(STAMP), "x"))
        self.assertEqual(Stamp(began=1800000000, endings=3, password="01234567"), found)

    def test_one_of_an_earlier_version_says_when_the_session_began(self):
        self.assertEqual(Stamp(began=17), stamp_in(("smsauth-since-17",)))

    def test_what_is_none(self):
        for token in (
            "",
            "17",
            "smsauth-since-",
            "smsauth-since-x",
            "smsauth-since--1",
            "smsauth-since-1-x-y",
            "smsauth-proof-1",
        ):
            with self.subTest(token=token):
                self.assertIsNone(stamp_in((token,)))

    def test_an_ending_of_all_sessions_ends_it_and_no_other_number_does(self):
        for endings, expected in ((2, False), (3, True), (4, False)):
            self.assertIs(expected, STAMP.is_of(Account(endings=endings)))

    def test_another_password_ends_it(self):
        self.assertTrue(STAMP.is_under("0123456789abcdef"))
        self.assertFalse(STAMP.is_under("fedcba9876543210"))
        self.assertTrue(Stamp(began=1).is_under("fedcba9876543210"), "one that does not say")
