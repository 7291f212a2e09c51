"""The administrator's rules, and the bounds that no rule leaves."""

from collective.smsauth.domain import account
from collective.smsauth.domain import policy as policies
from collective.smsauth.domain.account import Account
from collective.smsauth.domain.challenge import Purpose
from collective.smsauth.domain.channels import Channel
from collective.smsauth.domain.policy import BOUNDS
from collective.smsauth.domain.policy import Policy
from collective.smsauth.tests.support.generated import given
from collective.smsauth.tests.support.generated import st
from collective.smsauth.tests.support.parts import NOON
from collective.smsauth.tests.support.parts import NUMBER
from dataclasses import asdict
from pathlib import Path

import re
import unittest

DOCUMENT = Path(__file__).resolve().parents[5] / "docs" / "configure.rst"
TWELVE_HOURS = 43200
#: All that a policy says when nothing was decided.
DEFAULTS = {
    "default_region": "",
    "code_length": 6,
    "code_lifetime": 300,
    "max_tries": 5,
    "failures_before_pause": 10,
    "resend_waits": (30, 60, 120, 300),
    "texts_per_user": 5,
    "texts_per_number": 10,
    "texts_per_number_total": 30,
    "texts_per_address": 20,
    "texts_per_site": 1000,
    "allowed_countries": (),
    "blocked_countries": (),
    "budget": 0,
    "channels": frozenset({Channel.TEXT}),
    "generate_codes": True,
    "prepared_lifetime": 3600,
    "trust_days": 0,
    "access_page": False,
    "several_numbers": True,
    "email_alone": False,
    "reset_link_lifetime": 600,
    "reset_email_hours": 72,
    "session_lifetime": 43200,
}
#: Within what the administrator may decide.
RANGES = {
    "code_length": (6, 10),
    "code_lifetime": (60, 600),
    "max_tries": (3, 10),
    "failures_before_pause": (5, 20),
    "reset_link_lifetime": (300, 3600),
    "reset_email_hours": (0, 720),
    "texts_per_user": (1, 100),
    "texts_per_number": (1, 1000),
    "texts_per_number_total": (1, 10_000),
    "texts_per_address": (1, 10_000),
    "texts_per_site": (10, 100_000),
    "prepared_lifetime": (300, 86_400),
    "trust_days": (0, 90),
    "budget": (0, 10_000_000),
}
#: What nobody decides.
FIXED = {
    "USER_WINDOW": 1800,
    "NUMBER_WINDOW": 86_400,
    "ADDRESS_WINDOW": 3600,
    "SITE_WINDOW": 3600,
    "PENDING_LIFETIME": 900,
    "LEAST_SESSION_LIFETIME": 43_200,
    "FRESH_SESSION": 600,
    "NOTICE_LIFETIME": 3600,
    "DISOWN_LIFETIME": 86_400,
    "WARN_AFTER": 3,
    "RESEND_WAIT_BOUNDS": (5, 3600),
}
#: The same windows, as the documentation puts them.
WINDOWS = {
    "texts_per_user": "in 30 minutes",
    "texts_per_number": "in 24 hours",
    "texts_per_number_total": "in 24 hours",
    "texts_per_address": "in an hour",
    "texts_per_site": "in an hour",
}
BOUND = Account(number=NUMBER)
UNBOUND = Account(sent_at=(NOON,))


def written(value):
    """Return a value as the documentation writes it."""
    if value in ("", ()):
        return "empty"
    if isinstance(value, bool):
        return "on" if value else "off"
    return ", ".join(map(str, value)) if isinstance(value, tuple) else str(value)


class FiguresTest(unittest.TestCase):
    """Each figure once more, so that none changes unnoticed."""

    def test_what_holds_when_nothing_was_decided(self):
        self.assertEqual(asdict(Policy()), DEFAULTS)

    def test_the_bounds_are_those_of_the_design(self):
        self.assertEqual(BOUNDS, RANGES)

    def test_what_nobody_decides(self):
        self.assertEqual({name: getattr(policies, name) for name in FIXED}, FIXED)
        self.assertEqual(account.REMINDER_PAUSE, 86_400)


@unittest.skipUnless(DOCUMENT.is_file(), "optional: the package is not run from its repository")
class DocumentedTest(unittest.TestCase):
    """docs/configure.rst states the same figures."""

    def setUp(self):
        """Read the table of the records: default and meaning by name."""
        table = DOCUMENT.read_text(encoding="utf-8").partition("Client addresses\n")[0]
        self.rows = {}
        for names, default, meaning in re.findall(r"^   \* - (.+)\n     - (.+)\n     - (.+)$", table, flags=re.M):
            for name in re.findall(r"``(\w+)``", names):
                self.rows[name] = (default, meaning)

    def test_the_defaults(self):
        for name in DEFAULTS.keys() - {"channels", "session_lifetime"}:
            with self.subTest(name):
                self.assertEqual(written(DEFAULTS[name]), self.rows[name][0])
        is_on = tuple(written(channel in DEFAULTS["channels"]) for channel in Channel)
        for channel in Channel:
            self.assertEqual(written(is_on), self.rows[f"channel_{channel.value}"][0])

    def test_the_bounds_where_they_are_stated(self):
        stated = {
            name: (int(found[1]), int(found[2]))
            for name, (_, meaning) in self.rows.items()
            if (found := re.search(r"\b(\d+) to (\d+)\b", meaning))
        }
        self.assertEqual(11, len(stated))
        self.assertEqual({name: RANGES[name] for name in stated}, stated)

    def test_the_windows(self):
        for name, words in WINDOWS.items():
            self.assertIn(words, self.rows[name][1])


class BoundsTest(unittest.TestCase):
    @given(st.sampled_from(sorted(BOUNDS)), st.integers())
    def test_no_value_leaves_its_bounds_and_one_inside_is_kept(self, name, value):
        least, most = BOUNDS[name]
        kept = getattr(Policy(**{name: value}), name)
        self.assertTrue(least <= kept <= most)
        if least <= value <= most:
            self.assertEqual(kept, value)

    @given(st.lists(st.integers(), max_size=10))
    def test_there_is_always_a_wait_between_five_seconds_and_an_hour(self, waits):
        kept = Policy(resend_waits=tuple(waits)).resend_waits
        self.assertEqual(len(kept), max(1, len(waits)))
        self.assertTrue(all(5 <= wait <= 3600 for wait in kept))

    def test_a_proof_lives_twelve_hours_or_as_long_as_the_cookie(self):
        self.assertEqual(Policy(session_lifetime=60).session_lifetime, TWELVE_HOURS)
        self.assertEqual(Policy(session_lifetime=7 * 86400).session_lifetime, 7 * 86400)


class LifetimeTest(unittest.TestCase):
    def of_reset(self, **rules):
        return Policy(**rules).lifetime_of(Purpose.RESET)

    def test_codes_of_sign_in_and_set_up_live_as_long_as_the_administrator_says(self):
        policy = Policy(code_lifetime=120)
        self.assertEqual({policy.lifetime_of(purpose) for purpose in (Purpose.SIGN_IN, Purpose.SET_UP)}, {120})

    def test_a_reset_code_lives_as_long_as_its_link_but_never_longer_than_a_code_may(self):
        self.assertEqual(self.of_reset(), 600)
        self.assertEqual(self.of_reset(reset_link_lifetime=3600), 600)
        self.assertEqual(self.of_reset(reset_link_lifetime=300, code_lifetime=400), 400)


class PauseTest(unittest.TestCase):
    def pause(self, failures, after=0.0, **rules):
        return Policy(**rules).pause(Account(failures=failures, failed_at=NOON), now=NOON + after)

    def test_nine_failures_bring_no_pause_and_the_tenth_a_minute(self):
        self.assertEqual((self.pause(9), self.pause(10)), (0, 60))

    def test_the_pause_runs_out(self):
        self.assertEqual((self.pause(10, after=59), self.pause(10, after=60)), (1, 0))

    def test_the_administrator_says_when_it_begins(self):
        self.assertEqual((self.pause(5, failures_before_pause=5), self.pause(19, failures_before_pause=20)), (60, 0))

    def test_a_member_without_a_record_has_no_pause(self):
        self.assertEqual(Policy().pause(None, now=NOON), 0)
