"""Of whom the second step is required, from when on, and who is not asked; checked against a model written differently."""

from collective.smsauth.domain.account import Account
from collective.smsauth.domain.policy import Enforcement
from collective.smsauth.domain.requirement import is_reminder_due
from collective.smsauth.domain.requirement import Member
from collective.smsauth.domain.requirement import networks
from collective.smsauth.domain.requirement import Requirement
from collective.smsauth.tests.support.generated import given
from collective.smsauth.tests.support.generated import st
from collective.smsauth.tests.support.parts import NOON

import unittest

DAY = 24 * 60 * 60
NAMES = st.frozensets(st.sampled_from("abc"), max_size=2)
TIMES = st.sampled_from((0.0, NOON - DAY, NOON, NOON + 1, NOON + DAY))
MEMBERS = st.builds(Member, user_id=st.sampled_from(("x", "y")), groups=NAMES, roles=NAMES, is_complete=st.booleans())
RULES = st.fixed_dictionaries(
    {
        "enforcement": st.sampled_from(Enforcement),
        "groups": NAMES,
        "roles": NAMES,
        "everyone_from": TIMES,
        "selected_from": TIMES,
        "exempt_groups": NAMES,
        "exempt_roles": NAMES,
        "exempt_users": st.frozensets(st.sampled_from(("x", "y")), max_size=1),
    }
)
JANE = Member(user_id="jane", groups=frozenset({"staff"}), roles=frozenset({"Member", "Editor"}))


def beginnings(rules, member):
    """Return all times from which on the member must, one for each rule that names him."""
    times = set()
    if rules["enforcement"] == "required":
        times.add(rules["everyone_from"])
    if rules["enforcement"] in ("required", "selected"):
        for named, held in ((rules["groups"], member.groups), (rules["roles"], member.roles)):
            for name in named:
                if name in held or not member.is_complete:
                    times.add(rules["selected_from"])
    return times


class ModelTest(unittest.TestCase):
    @given(RULES, MEMBERS, TIMES)
    def test_it_is_required_as_soon_as_one_rule_says_so(self, rules, member, now):
        expected = any(time <= now for time in beginnings(rules, member))
        self.assertEqual(Requirement(**rules).is_required(member, now=now), expected)

    @given(RULES, MEMBERS, TIMES)
    def test_what_is_to_come_is_the_first_date_of_those_who_need_not_yet(self, rules, member, now):
        times = beginnings(rules, member)
        expected = None if not times or min(times) <= now else min(times)
        self.assertEqual(Requirement(**rules).upcoming(member, now=now), expected)

    @given(RULES, MEMBERS, TIMES)
    def test_whoever_is_to_come_is_required_at_that_moment_and_not_before(self, rules, member, now):
        requirement = Requirement(**rules)
        begins = requirement.upcoming(member, now=now)
        if begins is not None:
            self.assertFalse(requirement.is_required(member, now=begins - 0.001))
            self.assertTrue(requirement.is_required(member, now=begins))

    @given(RULES, MEMBERS)
    def test_exempt_is_who_is_named_or_in_a_group_or_role_that_is(self, rules, member):
        named = {("user", member.user_id)} | {("group", g) for g in member.groups} | {("role", r) for r in member.roles}
        exempt = {("user", u) for u in rules["exempt_users"]} | {("group", g) for g in rules["exempt_groups"]}
        exempt |= {("role", r) for r in rules["exempt_roles"]}
        self.assertEqual(Requirement(**rules).is_exempt(member), bool(named & exempt))

    @given(RULES, MEMBERS, TIMES)
    def test_groups_and_roles_are_looked_up_only_where_they_change_the_answer(self, rules, member, now):
        requirement, stranger = Requirement(**rules), Member(user_id=member.user_id)
        if not requirement.asks_membership_for_requirement(now=now):
            for ask in (requirement.is_required, requirement.upcoming):
                self.assertEqual(ask(member, now=now), ask(stranger, now=now))
        if not requirement.asks_membership_for_exemption:
            self.assertEqual(requirement.is_exempt(member), requirement.is_exempt(stranger))

    @given(RULES, MEMBERS, TIMES)
    def test_not_knowing_somebody_never_spares_him(self, rules, member, now):
        requirement = Requirement(**rules)
        unknown = Member(user_id=member.user_id, is_complete=False)
        if requirement.is_required(member, now=now):
            self.assertTrue(requirement.is_required(unknown, now=now))
        if requirement.is_exempt(unknown):
            self.assertTrue(requirement.is_exempt(member))


class GraceTest(unittest.TestCase):
    def test_everyone_from_one_date_on_and_chosen_groups_from_an_earlier_one(self):
        rules = Requirement(
            enforcement=Enforcement.REQUIRED,
            groups=frozenset({"staff"}),
            selected_from=NOON,
            everyone_from=NOON + DAY,
        )
        bob = Member(user_id="bob")
        self.assertEqual([rules.is_required(one, now=NOON) for one in (JANE, bob)], [True, False])
        self.assertEqual(rules.upcoming(bob, now=NOON), NOON + DAY)
        self.assertTrue(rules.is_required(bob, now=NOON + DAY))

    def test_from_the_date_on_nobody_has_to_know_groups_and_roles(self):
        rules = Requirement(enforcement=Enforcement.REQUIRED, everyone_from=NOON, groups=frozenset({"staff"}))
        self.assertTrue(rules.asks_membership_for_requirement(now=NOON - 1))
        self.assertFalse(rules.asks_membership_for_requirement(now=NOON))

    def test_without_a_date_it_is_required_at_once(self):
        rules = Requirement(enforcement=Enforcement.SELECTED, roles=frozenset({"Editor"}))
        self.assertTrue(rules.is_required(JANE, now=NOON))
        self.assertIsNone(rules.upcoming(JANE, now=NOON))

    def test_without_groups_and_roles_nobody_is_chosen(self):
        rules = Requirement(enforcement=Enforcement.SELECTED)
        for member in (JANE, Member(user_id="x", is_complete=False)):
            self.assertFalse(rules.is_required(member, now=NOON))

    def test_it_is_about_to_be_required_of_everyone_only_where_that_is_the_rule_and_until_the_date(self):
        for enforcement, begins, expected in (
            (Enforcement.REQUIRED, NOON + 1, True),
            (Enforcement.REQUIRED, NOON, False),
            (Enforcement.REQUIRED, 0.0, False),
            (Enforcement.SELECTED, NOON + 1, False),
            (Enforcement.OPTIONAL, NOON + 1, False),
        ):
            with self.subTest(enforcement=enforcement.value, begins=begins - NOON):
                rules = Requirement(enforcement=enforcement, everyone_from=begins, groups=frozenset({"staff"}))
                self.assertIs(rules.upcoming_everyone(now=NOON), expected)

    def test_it_is_about_to_be_required_of_the_chosen_only_where_some_are_chosen_and_until_the_date(self):
        staff, editors, none = {"groups": frozenset({"staff"})}, {"roles": frozenset({"Editor"})}, {}
        for enforcement, chosen, begins, expected in (
            (Enforcement.SELECTED, staff, NOON + 1, True),
            (Enforcement.SELECTED, editors, NOON + 1, True),
            (Enforcement.REQUIRED, staff, NOON + 1, True),
            (Enforcement.REQUIRED, editors, NOON + 1, True),
            (Enforcement.SELECTED, none, NOON + 1, False),
            (Enforcement.REQUIRED, none, NOON + 1, False),
            (Enforcement.OPTIONAL, staff, NOON + 1, False),
            (Enforcement.SELECTED, staff, NOON, False),
            (Enforcement.SELECTED, staff, 0.0, False),
        ):
            with self.subTest(enforcement=enforcement.value, chosen=[*chosen], begins=begins - NOON):
                rules = Requirement(enforcement=enforcement, selected_from=begins, **chosen)
                self.assertIs(rules.upcoming_selected(now=NOON), expected)

    def test_a_reminder_comes_back_after_a_day(self):
        self.assertTrue(is_reminder_due(0.0, now=NOON))
        self.assertFalse(is_reminder_due(NOON, now=NOON))
        self.assertFalse(is_reminder_due(NOON, now=NOON + DAY - 1))
        self.assertTrue(is_reminder_due(NOON, now=NOON + DAY))
        self.assertTrue(is_reminder_due(NOON + DAY, now=NOON), "a clock that was set back holds nobody off")

    def test_a_reminder_that_was_put_off_leaves_nothing_for_good(self):
        account = Account(reminder_put_off_at=NOON)
        self.assertEqual(account.swept(now=NOON + DAY - 1, window=60), account)
        self.assertTrue(account.swept(now=NOON + DAY, window=60).is_blank())


class AddressTest(unittest.TestCase):
    def exempts(self, address, *texts):
        return Requirement(exempt_networks=networks(texts)).is_exempt_address(address)

    def test_addresses_inside_and_outside(self):
        for address, network, expected in (
            ("192.0.2.7", "192.0.2.0/24", True),
            ("192.0.3.7", "192.0.2.0/24", False),
            ("192.0.2.7", "192.0.2.7", True),
            ("2001:db8::7", "2001:db8::/32", True),
            ("2001:db9::7", "2001:db8::/32", False),
            ("::ffff:192.0.2.7", "192.0.2.0/24", True),
            ("192.0.2.7", "::ffff:192.0.2.0/120", True),
            ("::ffff:192.0.3.7", "::ffff:192.0.2.0/120", False),
            ("::c000:207", "192.0.2.0/24", False),
        ):
            with self.subTest(address=address, network=network):
                self.assertIs(self.exempts(address, network), expected)

    def test_what_is_no_address_is_in_no_network(self):
        for address in (
            "",
            "unknown",
            "192.0.2.7:80",
            "192.0.2.7, 203.0.113.1",
            "[2001:db8::7]",
            "3221225991",
            " ",
            "\0",
        ):
            with self.subTest(address=address):
                self.assertFalse(self.exempts(address, "192.0.2.0/24", "2001:db8::/32"))

    def test_what_is_no_network_exempts_nobody(self):
        self.assertEqual(networks(("office", "", "192.0.2.1/24", "300.0.0.0/8")), ())

    @given(st.ip_addresses(), st.ip_addresses(), st.integers(1, 128))
    def test_an_address_is_in_a_network_if_their_first_bits_are_the_same(self, address, base, length):
        length = min(length, base.max_prefixlen)
        shift = base.max_prefixlen - length
        network = f"{type(base)(int(base) >> shift << shift)}/{length}"
        expected = address.version == base.version and int(address) >> shift == int(base) >> shift
        if not any(getattr(one, "ipv4_mapped", None) for one in (address, base)):
            self.assertEqual(self.exempts(str(address), network), expected)
