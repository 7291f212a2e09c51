"""The second step by e-mail alone: bound, moved to another address, replaced by a number, turned off."""

from collective.smsauth.domain import contact_points
from collective.smsauth.domain.account import Account
from collective.smsauth.domain.challenge import Purpose
from collective.smsauth.domain.channels import Channel
from collective.smsauth.domain.channels import is_email
from collective.smsauth.domain.channels import same_email
from collective.smsauth.domain.policy import Policy
from collective.smsauth.domain.session import new_session
from collective.smsauth.storage.accounts import dump
from collective.smsauth.storage.accounts import load
from collective.smsauth.tests.domain.test_contact_points import asked
from collective.smsauth.tests.support.generated import given
from collective.smsauth.tests.support.generated import st
from collective.smsauth.tests.support.parts import NOON
from collective.smsauth.tests.support.parts import NUMBER
from collective.smsauth.tests.support.parts import OTHER_NUMBER

import unittest

EMAIL, OTHER_EMAIL, THIRD_EMAIL = "jane@example.org", "jane@example.com", "jane@example.net"
ALONE = Account().bind_email(EMAIL, now=NOON)

#: What may be done to a record, one thing after the other.
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("bind email"), st.sampled_from((EMAIL, OTHER_EMAIL, THIRD_EMAIL))),
        st.tuples(st.just("bind number"), st.sampled_from((NUMBER, OTHER_NUMBER))),
        st.tuples(st.just("profile"), st.sampled_from((EMAIL, OTHER_EMAIL, THIRD_EMAIL, ""))),
        st.tuples(st.just("look"), st.just("")),
        st.tuples(st.just("remove"), st.sampled_from((EMAIL, OTHER_EMAIL, NUMBER))),
        st.tuples(st.just("drop recent"), st.just("")),
        st.tuples(st.just("primary"), st.sampled_from((EMAIL, NUMBER, OTHER_NUMBER))),
        st.tuples(st.just("turn off"), st.just("")),
    ),
    max_size=12,
)


class TestEmailAlone(unittest.TestCase):
    def test_nobody_is_bound_by_default(self):
        self.assertFalse(Account().is_bound)
        self.assertTrue(Account(number=NUMBER).is_bound)
        self.assertFalse(
            Account(contacts={EMAIL: NOON}).is_bound, "an address that was proved is no second step by itself"
        )

    def test_bound_by_email_there_is_no_number(self):
        self.assertTrue(ALONE.is_bound)
        self.assertEqual(("", {EMAIL: NOON}, NOON), (ALONE.number, dict(ALONE.contacts), ALONE.bound_at))
        self.assertEqual(EMAIL, contact_points.sole_email(ALONE))
        self.assertEqual("", contact_points.sole_email(Account(number=NUMBER, contacts={EMAIL: NOON})))

    def test_binding_ends_what_was_open(self):
        secret, session = new_session(now=NOON, lifetime=3600, fingerprint="f")
        account = asked(ALONE.with_session(secret, session), EMAIL, purpose=Purpose.SIGN_IN).with_sign_in_begun(NOON)
        for bound in (account.bind_email(OTHER_EMAIL, now=NOON), account.bind(NUMBER, now=NOON)):
            self.assertEqual(({}, {}), (dict(bound.sessions), dict(bound.challenges)))
            self.assertFalse(bound.is_pending("name", account.pending_round))

    def test_the_address_may_be_that_of_the_profile_while_there_is_no_number(self):
        self.assertTrue(contact_points.may_bind_email(Account(), EMAIL, EMAIL.upper()))
        self.assertTrue(contact_points.may_bind_email(ALONE, OTHER_EMAIL, OTHER_EMAIL))
        for account, address, email in (
            (Account(), EMAIL, OTHER_EMAIL),
            (Account(), EMAIL, ""),
            (Account(), "", ""),
            (Account(), NUMBER, NUMBER),
            (Account(number=NUMBER), EMAIL, EMAIL),
        ):
            self.assertFalse(contact_points.may_bind_email(account, address, email))

    def test_another_address_in_the_profile_takes_nothing_away_and_is_not_proved(self):
        changed = contact_points.with_other_email(ALONE, OTHER_EMAIL, now=NOON)
        self.assertEqual(EMAIL, contact_points.sole_email(changed))
        self.assertEqual(0, contact_points.proof_of_email(changed, OTHER_EMAIL))
        points = contact_points.points_of(changed, OTHER_EMAIL, now=NOON)
        self.assertEqual(
            [(EMAIL, "verified", True), (OTHER_EMAIL, "unverified", False)],
            [(one.address, one.standing.value, one.primary) for one in points],
        )
        moved = changed.bind_email(OTHER_EMAIL, now=NOON + 1)
        self.assertEqual({OTHER_EMAIL: NOON + 1}, dict(moved.contacts))

    def test_one_and_the_same_address_is_listed_once_however_it_is_spelled(self):
        self.assertEqual([EMAIL], [one.address for one in contact_points.points_of(ALONE, EMAIL.upper(), now=NOON)])

    def test_a_code_on_its_way_to_the_new_address_shows_as_pending(self):
        account = asked(ALONE, OTHER_EMAIL, purpose=contact_points.purpose_of_email(ALONE))
        points = contact_points.points_of(account, OTHER_EMAIL, now=NOON)
        self.assertEqual(["verified", "pending"], [one.standing.value for one in points])

    def test_a_number_takes_its_place_and_the_address_stays_as_another_way(self):
        bound = ALONE.bind(NUMBER, now=NOON + 1)
        self.assertEqual((NUMBER, False, {EMAIL: NOON}), (bound.number, bound.email_alone, dict(bound.contacts)))
        self.assertEqual({}, dict(contact_points.without_former_emails(bound, OTHER_EMAIL).contacts))

    def test_it_is_no_further_contact_point(self):
        self.assertEqual(ALONE, contact_points.without_contact(ALONE, EMAIL))
        self.assertEqual(ALONE, contact_points.without_recent(ALONE, since=NOON - 1))
        self.assertFalse(contact_points.may_verify(ALONE, OTHER_EMAIL, OTHER_EMAIL))
        self.assertFalse(contact_points.may_verify(ALONE, NUMBER, EMAIL))

    def test_turned_off_nothing_is_left(self):
        self.assertTrue(ALONE.unbind().is_blank())

    def test_it_is_written_only_where_it_is_so(self):
        self.assertEqual(ALONE, load(dump(ALONE)))
        self.assertNotIn("A", dump(Account(number=NUMBER)))

    def test_the_site_takes_it_only_where_codes_are_sent_by_email(self):
        self.assertFalse(Policy().takes_email_alone)
        self.assertFalse(Policy(email_alone=True).takes_email_alone)
        self.assertFalse(Policy(channels=frozenset({Channel.EMAIL})).takes_email_alone)
        self.assertTrue(Policy(email_alone=True, channels=frozenset({Channel.EMAIL})).takes_email_alone)

    @given(STEPS)
    def test_whatever_is_done_the_second_step_goes_only_when_it_is_turned_off(self, steps):
        account, profile, now = Account(), EMAIL, NOON
        is_on, number, address = False, "", ""  # the model
        for step, value in steps:
            now += 1
            if step == "bind email" and contact_points.may_bind_email(account, value, profile):
                account, is_on, address = account.bind_email(value, now=now), True, value
            elif step == "bind number":
                account, is_on, number = account.bind(value, now=now), True, value
            elif step == "profile":
                account = contact_points.with_other_email(account, value, now=now)
                profile = value
            elif step == "look":
                account = contact_points.without_former_emails(account, profile)
            elif step == "remove" and value != number:
                account = contact_points.without_contact(account, value)
            elif step == "drop recent":
                account = contact_points.without_recent(account, since=NOON)
            elif step == "primary":
                account = contact_points.with_primary(account, value)
            elif step == "turn off":
                account, is_on, number, address = account.unbind(), False, "", ""
            self.assertEqual(is_on, account.is_bound)
            self.assertEqual(number, account.number)
            self.assertEqual(is_on and not number, account.email_alone)
            if account.email_alone:
                self.assertEqual(address, contact_points.sole_email(account), "the last one that was proved")
                self.assertEqual([address], [one for one in account.contacts if is_email(one)])
                shown = contact_points.points_of(account, profile, now=now)
                self.assertEqual([address], [one.address for one in shown if one.primary])
                others = [one for one in shown if one.address != address]
                self.assertFalse([one for one in others if one.verified])
                self.assertTrue(all(same_email(one.address, profile) for one in others))
