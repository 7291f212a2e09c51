"""Stored settings as values: clamped, with defaults for what is missing, and with the environment in front."""

from collective.smsauth.domain.policy import Enforcement
from collective.smsauth.domain.policy import Policy
from collective.smsauth.domain.requirement import networks
from collective.smsauth.domain.requirement import Requirement
from collective.smsauth.settings import gateways
from collective.smsauth.settings import stored
from collective.smsauth.settings.gateways import whole_schema
from collective.smsauth.tests.support import wired as wiring
from collective.smsauth.tests.support.visitor import PageTest
from dataclasses import fields
from datetime import date
from datetime import datetime
from datetime import timedelta
from datetime import timezone
from plone import api

import os
import pytz


class TestPolicy(PageTest):
    """Rules of a site."""

    def policy(self):
        return stored.SitePolicies()(self.portal)

    def test_a_fresh_site_has_the_defaults_of_the_domain(self):
        policy = self.policy()
        for field in fields(Policy):
            if field.name != "session_lifetime":
                with self.subTest(field.name):
                    self.assertEqual(field.default, getattr(policy, field.name))

    def test_every_rule_but_the_lifetime_of_sessions_can_be_set(self):
        missing = {field.name for field in fields(Policy)} - set(whole_schema())
        self.assertEqual({"session_lifetime", "channels"}, missing)

    def test_what_is_set_counts(self):
        self.configure(code_length=8, resend_waits=(10, 20), default_region="NL")
        policy = self.policy()
        self.assertEqual((8, (10, 20), "NL"), (policy.code_length, policy.resend_waits, policy.default_region))

    def test_what_was_written_past_the_bounds_is_clamped(self):
        records = self.portal.portal_registry._records
        for name, value, expected in (
            ("code_length", 1, 6),
            ("code_length", 99, 10),
            ("code_lifetime", 86400, 600),
            ("max_tries", 1000, 10),
            ("failures_before_pause", 1000, 20),
            ("reset_link_lifetime", 1, 300),
            ("resend_waits", (0, 99999), (5, 3600)),
        ):
            with self.subTest(f"{name} {value}"):
                records._values[f"collective.smsauth.{name}"] = value
                self.layer["request"].other.pop("_plone_registry_cache", None)
                self.assertEqual(expected, getattr(self.policy(), name))

    def test_a_record_that_is_missing_has_its_default(self):
        del self.portal.portal_registry.records["collective.smsauth.code_length"]
        self.assertEqual(6, self.policy().code_length)

    def test_sessions_last_as_long_as_the_cookie_of_the_site_but_at_least_half_a_day(self):
        self.assertEqual(12 * 60 * 60, self.policy().session_lifetime)
        self.portal.acl_users.session.cookie_lifetime = 7
        self.assertEqual(7 * 24 * 60 * 60, self.policy().session_lifetime)


class TestRequirement(PageTest):
    """Rules of a site about its members."""

    def requirement(self):
        return stored.SitePolicies().requirement(self.portal)

    def test_a_fresh_site_requires_it_of_nobody_and_exempts_nobody(self):
        self.assertEqual(Requirement(), self.requirement())

    def test_what_is_set_counts(self):
        self.configure(
            enforcement="selected",
            required_groups=("staff",),
            required_roles=("Manager",),
            exempt_networks=("192.0.2.0/24",),
            exempt_users=("bot",),
        )
        rules = self.requirement()
        self.assertIs(Enforcement.SELECTED, rules.enforcement)
        self.assertEqual(({"staff"}, {"Manager"}, {"bot"}), (rules.groups, rules.roles, rules.exempt_users))
        self.assertEqual(networks(["192.0.2.0/24"]), rules.exempt_networks)

    def test_a_grace_period_ends_with_its_last_day_where_the_site_is(self):
        self.configure(grace_everyone=date(2030, 3, 30), grace_selected=date(2030, 3, 31))
        for zone, hours, last in (
            ("UTC", 0, 24),
            ("Europe/Amsterdam", -1, 23),
            ("Asia/Tokyo", -9, 24),
            ("nowhere", 0, 24),
        ):
            with self.subTest(zone=zone):
                self.portal.portal_registry._records._values["plone.portal_timezone"] = zone
                self.layer["request"].other.pop("_plone_registry_cache", None)
                midnight = datetime(2030, 3, 31, tzinfo=timezone.utc).timestamp()
                rules = self.requirement()
                self.assertEqual(midnight + hours * 3600, rules.everyone_from)
                self.assertEqual(last * 3600, rules.selected_from - rules.everyone_from, "clocks go forward that day")
                found = stored.timezone_of(self.portal)
                self.assertEqual(date(2030, 3, 30), stored.last_day(rules.everyone_from, found))

    def test_the_last_day_is_the_one_that_was_chosen_whatever_clocks_do_at_midnight(self):
        cases = {
            "shown twice": ("America/Havana", date(2027, 11, 6)),
            "shown twice on the Azores": ("Atlantic/Azores", date(2027, 10, 30)),
            "left out in Cairo": ("Africa/Cairo", date(2027, 4, 29)),
            "left out in Beirut": ("Asia/Beirut", date(2027, 3, 27)),
            "left out in Havana": ("America/Havana", date(2027, 3, 13)),
            "left out in Santiago": ("America/Santiago", date(2027, 9, 4)),
            "the hour before it twice": ("America/Santiago", date(2027, 4, 3)),
            "nothing": ("Europe/Amsterdam", date(2027, 6, 1)),
        }
        for name, (zone, day) in cases.items():
            with self.subTest(name):
                begins, there = stored.end_of_day(day, zone), pytz.timezone(zone)
                self.assertEqual(day, stored.last_day(begins, zone))
                self.assertEqual(day, datetime.fromtimestamp(begins - 1, there).date())
                self.assertEqual(day + timedelta(days=1), datetime.fromtimestamp(begins, there).date())

    def test_no_zone_moves_the_last_day_in_the_years_to_come(self):
        for zone in pytz.common_timezones:
            there = pytz.timezone(zone)
            for moment in getattr(there, "_utc_transition_times", ()):
                if not 2025 <= moment.year <= 2037:
                    continue
                for days in (-2, -1, 0, 1):
                    day = moment.date() + timedelta(days=days)
                    self.assertEqual(day, stored.last_day(stored.end_of_day(day, zone), zone), zone)

    def test_days_that_are_no_plan_are_none(self):
        for day in (None, date.min, date(1970, 1, 1), date.max):
            self.assertEqual(0.0, stored.end_of_day(day, "UTC"))

    def test_a_rule_that_nobody_could_have_chosen_is_the_strictest(self):
        self.portal.portal_registry._records._values["collective.smsauth.enforcement"] = "whatever"
        self.layer["request"].other.pop("_plone_registry_cache", None)
        self.assertIs(Enforcement.REQUIRED, self.requirement().enforcement)


class TestGateway(PageTest):
    """Settings of gateways."""

    def setUp(self):
        super().setUp()
        for name in gateways.names():
            self.put(name, None)

    def put(self, name, value):
        """Set an environment variable for this test, or remove it."""
        former = os.environ.pop(name.upper(), None)
        self.addCleanup(lambda: os.environ.pop(name.upper(), None))
        if former is not None:
            self.addCleanup(os.environ.__setitem__, name.upper(), former)
        if value is not None:
            os.environ[name.upper()] = value

    def test_the_environment_wins_over_the_registry(self):
        self.configure(twilio_account_sid="AC-stored", twilio_auth_token="stored")
        self.put("twilio_account_sid", "AC-environment")
        config = stored.gateway_config(self.portal)
        self.assertEqual("AC-environment", config["twilio_account_sid"])
        self.assertEqual("stored", config["twilio_auth_token"])

    def test_an_empty_variable_says_nothing(self):
        self.configure(twilio_from="+31612345678")
        self.put("twilio_from", "")
        self.assertEqual("+31612345678", stored.gateway_config(self.portal)["twilio_from"])

    def test_the_base_url_comes_from_the_environment_only(self):
        self.assertNotIn("twilio_base_url", whole_schema())
        self.put("twilio_base_url", "http://localhost:1")
        self.assertEqual("http://localhost:1", stored.gateway_config(self.portal)["twilio_base_url"])

    def test_no_other_variable_is_read(self):
        self.put("code_length", "10")
        self.assertEqual("", stored.environment("code_length"))
        self.assertEqual(6, wiring.policy().code_length)

    def test_all_values_are_strings(self):
        for name, value in stored.gateway_config(self.portal).items():
            with self.subTest(name):
                self.assertIsInstance(value, str)


class TestSite(PageTest):
    """What is known of the site itself."""

    def test_the_name_is_that_of_site_setup_on_one_line(self):
        self.portal.title = "What it was called at first"
        for title, name in {"Museum": "Museum", "  Two\n lines\u2028here ": "Two lines here"}.items():
            self.portal.portal_registry._records._values["plone.site_title"] = title
            self.assertEqual(name, stored.title_of(self.portal))

    def test_without_a_name_there_it_is_the_title_of_the_site_or_its_host(self):
        self.portal.portal_registry._records._values["plone.site_title"] = " "
        self.portal.title = "At first"
        self.assertEqual("At first", stored.title_of(self.portal))
        self.portal.title = ""
        self.assertEqual("nohost", stored.title_of(self.portal))

    def test_numbers_are_from_the_country_of_the_language_and_the_time_zone(self):
        for language, zone, country in (
            ("nl", "UTC", "NL"),
            ("nl", "Europe/Brussels", "BE"),
            ("de", "Europe/Zurich", "CH"),
            ("de-at", "UTC", "AT"),
            ("pt-br", "UTC", "BR"),
            ("en", "UTC", ""),
            ("en", "America/New_York", "US"),
            ("es", "UTC", ""),
            ("es", "America/Argentina/Buenos_Aires", "AR"),
            ("zz", "nowhere", ""),
        ):
            with self.subTest(f"{language} {zone}"):
                values = self.portal.portal_registry._records._values
                values.update({"plone.default_language": language, "plone.portal_timezone": zone})
                self.assertEqual(country, stored.SitePolicies()(self.portal).default_region)

    def test_a_country_that_was_chosen_wins(self):
        api.portal.set_registry_record("plone.portal_timezone", "Europe/Brussels")
        self.configure(default_region="NL")
        self.assertEqual("NL", stored.SitePolicies()(self.portal).default_region)
