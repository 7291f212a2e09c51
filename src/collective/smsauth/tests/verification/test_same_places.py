"""Whoever asks for a code without a password sees how many they may still ask for: that tells nothing about whose login they typed."""

from collective.smsauth.domain.channels import Channel
from collective.smsauth.storage.password_access import PasswordAttempts
from collective.smsauth.tests.support.parts import ADDRESS
from collective.smsauth.tests.support.parts import NUMBER
from collective.smsauth.tests.support.parts import Office
from collective.smsauth.tests.support.parts import OTHER_NUMBER
from collective.smsauth.verification.password_access import PasswordAccess
from dataclasses import replace

import unittest

ELSEWHERE = "198.51.100.7"


def held(office):
    office.fail(10)


def locked(office):
    office.fail(100)


def without_number(office):
    office.accounts.drop("jane")


def in_a_closed_country(office):
    office.policy = replace(office.policy, blocked_countries=("NL",))


def with_many_misses(office):
    access = PasswordAccess(verifier=office.verifier, password_attempts=PasswordAttempts(office))
    for _ in range(10):
        access.count_wrong_answer("jane")


def asked_for_a_moment_ago(office):
    ask(office, "jane", "before", client_address="192.0.2.99")


def asked_for_as_often_as_may_be(office):
    for number in range(5):
        office.begin_reset("jane", f"+3161234567{number}", client_address="192.0.2.99")


def with_a_number_that_had_its_share(office):
    office.policy = replace(office.policy, texts_per_number=1, texts_per_number_total=1)
    ask(office, "jane", "before", client_address="192.0.2.99")


def by_call_only(office):
    office.policy = replace(office.policy, channels=frozenset({Channel.EMAIL}))


def where_no_codes_are_made(office):
    office.policy = replace(office.policy, generate_codes=False)


STATES = (
    lambda office: None,
    held,
    locked,
    without_number,
    in_a_closed_country,
    with_many_misses,
    asked_for_a_moment_ago,
    asked_for_as_often_as_may_be,
    with_a_number_that_had_its_share,
    by_call_only,
    where_no_codes_are_made,
)


def ask(office, user_id, secret, *, client_address=ADDRESS, login=None):
    """Ask on the page of the forgotten password."""
    access = PasswordAccess(verifier=office.verifier, password_attempts=PasswordAttempts(office))
    access.begin(user_id, secret, login=login or user_id or "nobody", client_address=client_address)


def left(office, client_address):
    """Return how many resets may still be asked for from there."""
    office.policy = replace(office.policy, channels=frozenset({Channel.TEXT}), blocked_countries=())
    numbers = (f"+3162234567{number}" for number in range(10))
    return sum(office.begin_reset("", number, client_address=client_address).sent for number in numbers)


class PlacesTest(unittest.TestCase):
    def office(self, **rules):
        office = Office(**{"texts_per_address": 8, "texts_per_user": 5, **rules})
        office.protect()
        office.protect("joe", OTHER_NUMBER)
        return office

    def places(self, prepare, times, act, client_address=ADDRESS, **rules):
        """Return what is left after so many asks for jane, and for nobody, in the same state of the site."""
        found = []
        for user_id in ("jane", ""):
            office = self.office(**rules)
            prepare(office)
            for number in range(times):
                act(office, user_id, number)
            found.append(left(office, client_address))
        return found

    def test_the_access_code_page_takes_the_same_places_for_everybody_from_a_client(self):
        for state in STATES:
            for times in (1, 2, 3):
                with self.subTest(state=state.__name__, times=times):
                    known, nobody = self.places(state, times, lambda o, u, n: ask(o, u, f"secret {n}"))
                    self.assertEqual(nobody, known)
                    self.assertEqual(8 - times, known)

    def test_and_from_the_site(self):
        def act(office, user_id, number):
            ask(office, user_id, f"secret {number}", client_address=f"192.0.2.{number}")

        for state in STATES[:-4]:
            with self.subTest(state=state.__name__):
                rules = {"texts_per_site": 10, "texts_per_address": 100}
                known, nobody = self.places(state, 3, act, ELSEWHERE, **rules)
                self.assertEqual(nobody, known)

    def test_the_reset_of_a_number_takes_the_same_places_for_everybody(self):
        for state in STATES[:-2]:
            for number in ("+3161234567{}", NUMBER):
                with self.subTest(state=state.__name__, number=number):
                    known, nobody = self.places(
                        state,
                        6,
                        lambda o, u, n, to=number: o.begin_reset(u, to.format(n), signature=f"{n}", link_id=f"{n}"),
                    )
                    self.assertEqual(nobody, known)

    def test_past_the_share_of_a_client_nothing_is_kept_for_anybody(self):
        for user_id in ("jane", ""):
            office = self.office(texts_per_address=2, texts_per_user=100)
            for number in range(5):
                ask(office, user_id, f"secret {number}")
            self.assertEqual(2, len(office._password_attempts))

    def test_past_the_share_of_all_visitors_nothing_is_kept_for_anybody(self):
        for user_id in ("jane", ""):
            office = self.office(texts_per_site=10, texts_per_user=100)
            for number in range(15):
                ask(office, user_id, f"secret {number}", client_address=f"192.0.2.{number}", login=f"login {number}")
            self.assertEqual(10, len(office._password_attempts))
