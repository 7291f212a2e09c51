"""Contact points: what is proved, what is asked for, and what becomes of a proof."""

from collective.smsauth.domain import challenge as challenges
from collective.smsauth.domain import contact_points
from collective.smsauth.domain.account import Account
from collective.smsauth.domain.challenge import Purpose
from collective.smsauth.domain.channels import Channel
from collective.smsauth.domain.channels import is_email
from collective.smsauth.domain.channels import mask
from collective.smsauth.domain.channels import Route
from collective.smsauth.domain.channels import same_email
from collective.smsauth.domain.channels import Standing
from collective.smsauth.domain.session import new_session
from collective.smsauth.tests.support.generated import given
from collective.smsauth.tests.support.generated import st
from collective.smsauth.tests.support.parts import KEY
from collective.smsauth.tests.support.parts import NOON
from collective.smsauth.tests.support.parts import NUMBER
from collective.smsauth.tests.support.parts import OTHER_NUMBER

import unittest

THIRD_NUMBER = "+4915112345678"
EMAIL, OTHER_EMAIL = "jane@example.org", "jane@example.com"
DAY = 24 * 60 * 60
NUMBERS = (NUMBER, OTHER_NUMBER, THIRD_NUMBER)
EMAILS = (EMAIL, OTHER_EMAIL, EMAIL.upper())


def asked(account, to, *, purpose=Purpose.CONTACT, binding="", lifetime=300):
    """Return the account with a code on the way to an address."""
    channel = Channel.EMAIL if is_email(to) else Channel.TEXT
    challenge = challenges.issue(
        key=KEY,
        user_id="jane",
        purpose=purpose,
        route=Route(to=to, channel=channel),
        code="123456",
        now=NOON,
        lifetime=lifetime,
        binding=binding,
    )
    return account.with_challenge(challenge)


accounts = st.builds(
    Account,
    number=st.sampled_from(NUMBERS),
    bound_at=st.integers(1, 1000).map(float),
    contacts=st.dictionaries(st.sampled_from((*NUMBERS, *EMAILS)), st.integers(1, 1000).map(float), max_size=4),
).map(lambda account: contact_points.without_contact(account, account.number))


class TestPoints(unittest.TestCase):
    def standings(self, account, email="", now=NOON):
        return {point.address: point.standing.value for point in contact_points.points_of(account, email, now=now)}

    def test_nobody_has_none(self):
        self.assertEqual((), contact_points.points_of(Account(), "", now=NOON))

    def test_the_primary_number_comes_first_and_the_profile_last(self):
        account = Account(number=NUMBER, bound_at=7.0, contacts={OTHER_NUMBER: 9.0, THIRD_NUMBER: 8.0, EMAIL: 1.0})
        found = contact_points.points_of(account, EMAIL, now=NOON)
        self.assertEqual([NUMBER, THIRD_NUMBER, OTHER_NUMBER, EMAIL], [point.address for point in found])
        self.assertEqual([7.0, 8.0, 9.0, 1.0], [point.verified for point in found])
        self.assertEqual([True, False, False, False], [point.primary for point in found])

    def test_an_address_in_the_profile_is_unverified_pending_or_verified(self):
        account = Account(number=NUMBER)
        self.assertEqual("unverified", self.standings(account, EMAIL)[EMAIL])
        self.assertEqual("pending", self.standings(asked(account, EMAIL), EMAIL)[EMAIL])
        proved = contact_points.with_contact(account, EMAIL, now=NOON)
        self.assertEqual("verified", self.standings(proved, EMAIL)[EMAIL])

    def test_an_address_that_changed_in_the_profile_is_unverified_again(self):
        account = contact_points.with_contact(Account(number=NUMBER), EMAIL, now=NOON)
        self.assertEqual({NUMBER: "verified", OTHER_EMAIL: "unverified"}, self.standings(account, OTHER_EMAIL))
        self.assertEqual({NUMBER: "verified"}, self.standings(account, ""))

    def test_changed_and_changed_back_it_has_to_be_proved_again_once_the_change_was_seen(self):
        account = contact_points.with_contact(Account(number=NUMBER), EMAIL, now=NOON)
        seen = contact_points.without_former_emails(account, OTHER_EMAIL)
        self.assertEqual("unverified", self.standings(seen, EMAIL)[EMAIL])

    def test_another_spelling_of_its_case_is_the_same_address(self):
        account = contact_points.with_contact(Account(number=NUMBER), EMAIL, now=NOON)
        self.assertEqual("verified", self.standings(account, EMAIL.upper())[EMAIL.upper()])
        self.assertEqual(account, contact_points.without_former_emails(account, EMAIL.upper()))

    def test_a_number_asked_for_is_pending_for_thirty_days_whatever_becomes_of_its_code(self):
        for purpose in (Purpose.SET_UP, Purpose.CONTACT):
            listed = purpose is Purpose.CONTACT
            account = Account(number=NUMBER).with_asked(OTHER_NUMBER, listed=listed, purpose=purpose, now=NOON)
            self.assertEqual("pending", self.standings(account)[OTHER_NUMBER])
            self.assertEqual("pending", self.standings(account, now=NOON + 30 * DAY - 1)[OTHER_NUMBER])
            self.assertNotIn(OTHER_NUMBER, self.standings(account, now=NOON + 30 * DAY))

    def test_a_number_that_somebody_said_is_the_members_is_claimed_until_it_is_asked_for_and_again_when_that_is_over(
        self,
    ):
        account = Account(number=NUMBER).with_claim(OTHER_NUMBER)
        self.assertEqual("claimed", self.standings(account, now=NOON + 1000 * DAY)[OTHER_NUMBER])
        account = account.with_asked(OTHER_NUMBER, listed=False, purpose=Purpose.SET_UP, now=NOON)
        self.assertEqual("pending", self.standings(account)[OTHER_NUMBER])
        self.assertEqual("claimed", self.standings(account, now=NOON + 30 * DAY)[OTHER_NUMBER])

    def test_a_clock_that_ran_ahead_makes_nothing_pending_for_longer(self):
        account = Account().with_asked(NUMBER, listed=False, purpose=Purpose.SET_UP, now=NOON + DAY)
        self.assertEqual({}, self.standings(account))

    def test_there_is_one_number_that_is_not_proved_the_last_that_was_said_or_asked_for(self):
        account = Account().with_claim(NUMBER).with_claim(OTHER_NUMBER)
        self.assertEqual({OTHER_NUMBER: "claimed"}, self.standings(account))
        account = account.with_asked(THIRD_NUMBER, listed=False, purpose=Purpose.SET_UP, now=NOON)
        self.assertEqual({THIRD_NUMBER: "pending"}, self.standings(account))
        self.assertEqual({}, self.standings(account.without_unproved()))
        self.assertTrue(account.without_unproved().is_blank())

    def test_the_codes_of_the_number_before_go_with_it_and_no_others(self):
        account = asked(
            asked(Account(number=NUMBER), OTHER_NUMBER, purpose=Purpose.SET_UP), NUMBER, purpose=Purpose.SIGN_IN
        )
        kept = {Purpose.SIGN_IN}
        self.assertEqual(kept, account.with_claim(THIRD_NUMBER).challenges.keys())
        self.assertEqual(kept, account.without_unproved().challenges.keys())
        listed = account.with_asked(OTHER_NUMBER, listed=True, purpose=Purpose.CONTACT, now=NOON)
        self.assertEqual(kept, listed.challenges.keys())
        of_others = asked(Account(number=NUMBER), OTHER_NUMBER, binding="newsletter")
        self.assertEqual(of_others.challenges, of_others.with_claim(THIRD_NUMBER).challenges)
        of_profile = asked(Account(number=NUMBER), EMAIL)
        self.assertEqual(of_profile.challenges, of_profile.with_claim(THIRD_NUMBER).challenges)

    def test_what_was_asked_for_of_late_goes_with_what_was_added_of_late_and_what_was_claimed_stays(self):
        account = Account(number=NUMBER).with_asked(OTHER_NUMBER, listed=False, purpose=Purpose.SET_UP, now=NOON)
        self.assertIsNone(contact_points.without_recent(account, since=NOON - 1).unproved)
        self.assertEqual(account, contact_points.without_recent(account, since=NOON))
        claimed = account.with_claim(OTHER_NUMBER)
        self.assertEqual(
            {NUMBER: "verified", OTHER_NUMBER: "claimed"},
            self.standings(contact_points.without_recent(claimed, since=NOON - 1)),
        )

    def test_what_another_form_asks_for_is_no_contact_point(self):
        account = asked(Account(number=NUMBER), OTHER_NUMBER, binding="newsletter")
        self.assertEqual({NUMBER: "verified"}, self.standings(account))

    def test_addresses_do_not_show_where_a_value_is_logged(self):
        [point] = contact_points.points_of(Account(number=NUMBER), "", now=NOON)
        self.assertNotIn(NUMBER, repr(point))

    @given(accounts, st.sampled_from(("", *EMAILS)))
    def test_each_address_is_listed_once_and_only_proved_ones_as_verified(self, account, email):
        found = contact_points.points_of(account, email, now=NOON)
        addresses = [point.address for point in found]
        self.assertEqual(len(addresses), len(set(addresses)))
        self.assertEqual([account.number], [point.address for point in found if point.primary])
        for point in found:
            proofs = [old for old in account.contacts if old == point.address or same_email(old, point.address)]
            is_proved = point.address == account.number or bool(proofs)
            self.assertEqual(is_proved, point.standing is Standing.VERIFIED)
            self.assertEqual(is_proved, point.verified > 0)


class TestChange(unittest.TestCase):
    @given(accounts, st.sampled_from(("", *EMAILS)))
    def test_without_former_addresses_only_that_of_the_profile_is_left(self, account, email):
        kept = contact_points.without_former_emails(account, email)
        self.assertEqual(kept, contact_points.without_former_emails(kept, email))
        emails = [address for address in kept.contacts if is_email(address)]
        self.assertTrue(all(same_email(address, email) for address in emails))
        numbers = [{a: t for a, t in one.contacts.items() if not is_email(a)} for one in (account, kept)]
        self.assertEqual(*numbers)
        self.assertEqual(account.number, kept.number)

    @given(accounts, st.sampled_from(NUMBERS))
    def test_the_primary_number_can_be_exchanged_and_back(self, account, number):
        changed = contact_points.with_primary(account, number)
        if number not in account.contacts:
            self.assertEqual(account, changed)
            return
        self.assertEqual(number, changed.number)
        self.assertEqual(
            {**account.contacts, account.number: account.bound_at}.keys() - {number}, changed.contacts.keys()
        )
        self.assertEqual(account, contact_points.with_primary(changed, account.number))

    def test_another_primary_number_ends_what_was_opened(self):
        secret, session = new_session(now=NOON, lifetime=60, fingerprint="")
        account = Account(number=NUMBER, contacts={OTHER_NUMBER: 1.0}, recovery=("digest",)).with_session(
            secret, session
        )
        changed = contact_points.with_primary(asked(account, EMAIL), OTHER_NUMBER)
        self.assertEqual(({}, {}, ("digest",)), (changed.sessions, changed.challenges, changed.recovery))

    def test_an_address_of_e_mail_is_never_the_primary_number(self):
        account = Account(number=NUMBER, contacts={EMAIL: 1.0})
        self.assertEqual(account, contact_points.with_primary(account, EMAIL))

    def test_what_is_taken_off_takes_its_codes_along(self):
        account = Account(number=NUMBER, contacts={OTHER_NUMBER: 1.0})
        account = asked(account, OTHER_NUMBER, purpose=Purpose.SIGN_IN)
        changed = contact_points.without_contact(account, OTHER_NUMBER)
        self.assertEqual(({}, {}), (changed.contacts, changed.challenges))

    def test_one_address_of_e_mail_is_kept(self):
        account = contact_points.with_contact(Account(number=NUMBER), EMAIL, now=1.0)
        self.assertEqual({OTHER_EMAIL: 2.0}, contact_points.with_contact(account, OTHER_EMAIL, now=2.0).contacts)

    def test_the_primary_number_is_no_further_one(self):
        account = Account(number=NUMBER)
        self.assertEqual(account, contact_points.with_contact(account, NUMBER, now=1.0))


class TestRecent(unittest.TestCase):
    """What was added of late, and an address that is new."""

    ACCOUNT = Account(
        number=NUMBER,
        bound_at=10.0,
        contacts={OTHER_NUMBER: 20.0, THIRD_NUMBER: 5.0, EMAIL: 30.0},
        recovery=("0f",),
        recovery_made=20.0,
        failures=3,
        failed_at=9.0,
    )

    def test_what_is_younger_goes_and_what_is_as_old_stays(self):
        kept = contact_points.without_recent(self.ACCOUNT, since=20.0)
        self.assertEqual({OTHER_NUMBER, THIRD_NUMBER}, set(kept.contacts))
        self.assertEqual(("0f",), kept.recovery)
        kept = contact_points.without_recent(self.ACCOUNT, since=19.0)
        self.assertEqual(({THIRD_NUMBER: 5.0}, (), 0.0), (kept.contacts, kept.recovery, kept.recovery_made))

    def test_the_address_of_e_mail_can_be_spared(self):
        kept = contact_points.without_recent(self.ACCOUNT, since=0.0, keep_email=True)
        self.assertEqual({EMAIL: 30.0}, kept.contacts)

    def test_codes_on_their_way_there_go_too(self):
        account = asked(self.ACCOUNT, OTHER_NUMBER, purpose=Purpose.SIGN_IN)
        self.assertEqual({}, contact_points.without_recent(account, since=0.0).challenges)
        account = asked(self.ACCOUNT, NUMBER, purpose=Purpose.SIGN_IN)
        self.assertEqual(account.challenges, contact_points.without_recent(account, since=0.0).challenges)

    def test_a_primary_number_gives_way_to_an_older_one_and_failures_stay_counted(self):
        changed = contact_points.with_earlier_primary(self.ACCOUNT, since=9.0)
        self.assertEqual((THIRD_NUMBER, 5.0), (changed.number, changed.bound_at))
        self.assertNotIn(NUMBER, changed.contacts)
        self.assertEqual((3, 9.0), (changed.failures, changed.failed_at))

    def test_an_older_primary_number_and_the_only_one_stay(self):
        for account, since in (
            (self.ACCOUNT, 10.0),
            (self.ACCOUNT, 4.0),
            (Account(number=NUMBER, bound_at=9.0, contacts={EMAIL: 1.0}), 5.0),
        ):
            with self.subTest(since):
                self.assertEqual(account, contact_points.with_earlier_primary(account, since=since))

    def test_an_address_takes_links_once_it_has_stood_or_was_verified(self):
        wait = 72 * 3600
        for changed, now, proved, expected in (
            (0.0, NOON, 0.0, True),
            (NOON, NOON, 0.0, False),
            (NOON, NOON + wait - 1, 0.0, False),
            (NOON, NOON + wait, 0.0, True),
            (NOON, NOON, NOON, True),
            (NOON + 5, NOON, 0.0, False),  # by a clock that is a little ahead
            (NOON + wait, NOON, 0.0, True),  # by one that was far ahead
        ):
            with self.subTest(changed=changed - NOON, now=now - NOON, proved=proved):
                contacts = {EMAIL: proved} if proved else {}
                account = Account(number=NUMBER, email_changed_at=changed, contacts=contacts)
                self.assertIs(expected, contact_points.takes_links(account, EMAIL, now=now, wait=wait))
                self.assertFalse(contact_points.takes_links(account, "", now=now, wait=wait))
        account = Account(number=NUMBER, email_changed_at=NOON)
        self.assertTrue(contact_points.takes_links(account, EMAIL, now=NOON, wait=0))


class TestMask(unittest.TestCase):
    def test_just_enough_is_legible_for_the_owner(self):
        for address, shown in (
            ("jane.doe@example.org", "j••••@e••••.org"),
            ("j@mail.example.co.uk", "j••••@m••••.uk"),
            ("jane@localhost", "j••••@••••"),
            ("@", "••••@••••"),
            (NUMBER, "•••••••• 78"),
            ("", ""),
        ):
            with self.subTest(address):
                self.assertEqual(shown, mask(address))


class TestMay(unittest.TestCase):
    def test_who_has_two_step_verification_may_add_a_number_and_the_address_of_the_profile(self):
        account = Account(number=NUMBER)
        self.assertTrue(contact_points.may_verify(account, OTHER_NUMBER, ""))
        self.assertTrue(contact_points.may_verify(account, EMAIL, EMAIL.upper()))

    def test_all_else_may_not_be_added(self):
        account = Account(number=NUMBER, contacts={OTHER_NUMBER: 1.0, EMAIL: 1.0})
        for address in ("", NUMBER, OTHER_NUMBER, EMAIL, OTHER_EMAIL):
            with self.subTest(address):
                self.assertFalse(contact_points.may_verify(account, address, EMAIL))
        self.assertFalse(contact_points.may_verify(Account(), NUMBER, EMAIL))

    def test_there_is_a_most(self):
        account = Account(number=NUMBER)
        for last in range(contact_points.MOST_CONTACTS):
            self.assertTrue(contact_points.may_verify(account, OTHER_NUMBER, ""))
            account = contact_points.with_contact(account, f"+3161234569{last}", now=1.0)
        self.assertFalse(contact_points.may_verify(account, OTHER_NUMBER, ""))
