"""What has to be done so that a member has other numbers."""

from collective.smsauth.domain.account import Account
from collective.smsauth.domain.contact_points import MOST_CONTACTS
from collective.smsauth.domain.contact_points import numbers_of
from collective.smsauth.domain.number_changes import change_to
from collective.smsauth.domain.number_changes import ChangeProblem
from collective.smsauth.domain.number_changes import NumberChange
from collective.smsauth.tests.support.generated import given
from collective.smsauth.tests.support.generated import st

import unittest

NUMBERS = tuple(f"+3161234567{last}" for last in range(9))
A, B, C, D = NUMBERS[:4]
accounts = st.builds(
    lambda numbers: Account(number=numbers[0], contacts=dict.fromkeys(numbers[1:], 1.0)) if numbers else Account(),
    st.lists(st.sampled_from(NUMBERS), unique=True, max_size=1 + MOST_CONTACTS),
)


class ChangeTest(unittest.TestCase):
    def setUp(self):
        self.account = Account(number=A, contacts={B: 1.0})

    def test_what_is_so_already_changes_nothing(self):
        for change in ({}, {"number": A}, {"numbers": (A, B)}, {"number": A, "numbers": (B, A, A)}):
            self.assertTrue(change_to(self.account, **change).is_none)

    def test_a_new_number_is_asked_for_and_a_verified_one_becomes_the_primary_one(self):
        self.assertEqual(NumberChange(asked=C), change_to(self.account, number=C))
        self.assertEqual(NumberChange(primary=B), change_to(self.account, number=B))
        self.assertEqual(NumberChange(asked=C), change_to(Account(), number=C))

    def test_the_list_adds_one_and_removes_what_is_missing(self):
        self.assertEqual(NumberChange(asked=C, listed=True), change_to(self.account, numbers=(A, B, C)))
        self.assertEqual(NumberChange(removed=(B,)), change_to(self.account, numbers=(A,)))
        self.assertEqual(NumberChange(asked=C, listed=True), change_to(Account(), numbers=(C,)))
        self.assertTrue(change_to(Account(), numbers=()).is_none)

    def test_both_at_once(self):
        self.assertEqual(NumberChange(primary=B, removed=(A,)), change_to(self.account, number=B, numbers=(B,)))
        self.assertEqual(NumberChange(asked=C), change_to(self.account, number=C, numbers=(A, B, C)))
        self.assertEqual(ChangeProblem.SEVERAL_NEW, change_to(self.account, number=C, numbers=(A, B, D)))

    def test_what_cannot_be(self):
        self.assertEqual(ChangeProblem.PRIMARY_GOES, change_to(self.account, numbers=(B,)))
        self.assertEqual(ChangeProblem.PRIMARY_GOES, change_to(self.account, numbers=()))
        self.assertEqual(ChangeProblem.SEVERAL_NEW, change_to(self.account, numbers=(A, B, C, D)))
        self.assertEqual(ChangeProblem.ONE_ONLY, change_to(self.account, numbers=(A, B), several=False))
        full = Account(number=NUMBERS[0], contacts=dict.fromkeys(NUMBERS[1:6], 1.0))
        self.assertEqual(ChangeProblem.TOO_MANY, change_to(full, numbers=NUMBERS[:7]))
        self.assertEqual(
            NumberChange(removed=(NUMBERS[5],), asked=NUMBERS[6], listed=True),
            change_to(full, numbers=(*NUMBERS[:5], NUMBERS[6])),
        )

    @given(accounts, st.none() | st.sampled_from(NUMBERS), st.none() | st.lists(st.sampled_from(NUMBERS)))
    def test_no_change_makes_a_number_verified_or_takes_the_primary_one(self, account, number, numbers):
        change = change_to(account, number=number, numbers=numbers)
        if isinstance(change, ChangeProblem):
            return
        verified, primary = numbers_of(account), change.primary or account.number
        self.assertNotIn(change.asked, verified)
        self.assertIn(change.primary, ("", *verified[1:]))
        self.assertTrue(set(change.removed) <= set(verified) - {primary})
        self.assertLessEqual(len(set(verified) - set(change.removed)) + change.listed, 1 + MOST_CONTACTS)
