"""A bypass: until when it may last, and when it holds."""

from collective.smsauth.domain.bypass import Bypass
from collective.smsauth.domain.bypass import LONGEST
from collective.smsauth.domain.bypass import until_in
from datetime import datetime
from datetime import timezone

import unittest

NOW = datetime(2026, 11, 30, 12, tzinfo=timezone.utc).timestamp()


class UntilTest(unittest.TestCase):
    """What an administrator writes."""

    def test_times_are_read_as_iso_8601_has_them(self):
        for typed, seconds in (
            ("2026-11-30T13:00:00+00:00", 3600),
            ("2026-11-30T13:00:00Z", 3600),
            ("2026-11-30T13:00:00z", 3600),
            ("2026-11-30T13:00:00", 3600),
            (" 2026-11-30 13:00 ", 3600),
            ("2026-11-30T15:00:00+02:00", 3600),
            ("2026-11-30T12:00:00.500000+00:00", 0.5),
            ("2026-12-01", 12 * 3600),
            ("2026-12-30T12:00:00Z", LONGEST),
        ):
            with self.subTest(typed):
                self.assertEqual(NOW + seconds, until_in(typed, now=NOW))

    def test_what_is_over_too_far_or_no_time_is_none(self):
        for typed in (
            "2026-11-30T12:00:00Z",
            "2026-11-30T11:59:59Z",
            "2026-12-30T12:00:01Z",
            "2126-11-30T12:00:00Z",
            "0001-01-01T00:00:00+14:00",
            "9999-12-31T23:59:59-14:00",
            "2026-13-01",
            "2026-02-30T00:00:00Z",
            "tomorrow",
            "",
            "Z",
            " ",
            "1796126400",
            "2026-12-01T00:00:00Z" + " " * 100,
            "2026-12-01T00:00:00ZZ",
            1796126400,
            None,
            True,
            [],
        ):
            with self.subTest(typed):
                self.assertIsNone(until_in(typed, now=NOW))


class HoldsTest(unittest.TestCase):
    """When one counts."""

    def bypass(self, made: float = NOW, until: float = NOW + 60) -> Bypass:
        return Bypass(made=made, until=until, made_by="frank", reason="lost")

    def test_it_holds_until_its_end_and_not_in_that_moment(self):
        for at, holds in ((0, True), (59.9, True), (60, False), (LONGEST, False)):
            with self.subTest(at):
                self.assertIs(holds, self.bypass().holds(now=NOW + at))

    def test_what_a_clock_that_ran_ahead_has_made_does_not_hold(self):
        self.assertFalse(self.bypass(NOW + LONGEST, NOW + LONGEST + 60).holds(now=NOW))

    def test_none_lasts_longer_than_the_longest_whatever_is_on_record(self):
        self.assertFalse(self.bypass(until=NOW + LONGEST + 1).holds(now=NOW))
