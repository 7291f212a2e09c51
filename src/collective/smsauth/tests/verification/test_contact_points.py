"""Contact points and channels: how they are proved, by which ways a sign-in code goes, and who may choose."""

from collective.smsauth.domain.account import Account
from collective.smsauth.domain.challenge import Outcome
from collective.smsauth.domain.challenge import Purpose
from collective.smsauth.domain.channels import Channel
from collective.smsauth.domain.channels import Route
from collective.smsauth.domain.policy import Policy
from collective.smsauth.events import ContactChange
from collective.smsauth.tests.support.generated import given
from collective.smsauth.tests.support.generated import st
from collective.smsauth.tests.support.parts import ADDRESS
from collective.smsauth.tests.support.parts import NUMBER
from collective.smsauth.tests.support.parts import OTHER_NUMBER
from collective.smsauth.tests.support.parts import VerifierTest
from collective.smsauth.verification import contact_points
from collective.smsauth.verification.issuer import route_to
from collective.smsauth.verification.issuer import routes_of
from collective.smsauth.verification.results import SendRefusal
from dataclasses import replace

import unittest

LANDLINE = "+31201234567"
EMAIL = "jane@example.org"
ALL = frozenset(Channel)


def text(to):
    return Route(to=to, channel=Channel.TEXT)


def call(to):
    return Route(to=to, channel=Channel.VOICE)


def mail(to):
    return Route(to=to, channel=Channel.EMAIL)


class ContactTest(VerifierTest):
    rules = {"channels": ALL, "texts_per_user": 20}

    def setUp(self):
        super().setUp()
        self.office.emails["jane"] = EMAIL

    def begin(self, route, user_id="jane", **options):
        return self.office.verifier.begin_contact(user_id, route, client_address=ADDRESS, **options)

    def answer(self, code=None, user_id="jane", **options):
        return self.office.verifier.verify_contact(user_id, code or self.office.code, **options)

    def prove(self, route):
        self.begin(route)
        self.assertTrue(self.answer().accepted)

    @property
    def contacts(self):
        return set(self.office.account().contacts)


class ProveTest(ContactTest):
    def test_the_right_code_makes_a_number_or_the_address_of_the_profile_a_contact_point(self):
        for route in (text(OTHER_NUMBER), call(LANDLINE), mail(EMAIL)):
            with self.subTest(route.channel):
                self.assertTrue(self.begin(route).sent)
                letter = self.office.posted[-1]
                self.assertEqual((route.to, route.channel), (letter.text.to, letter.text.channel))
                self.assertNotIn(route.to, self.contacts)
                self.assertTrue(self.answer().accepted)
                self.assertIn(route.to, self.contacts)

    def test_a_wrong_code_proves_nothing_and_counts(self):
        self.begin(text(OTHER_NUMBER))
        self.assertIs(self.answer(self.office.wrong_code).outcome, Outcome.WRONG)
        self.assertEqual((set(), 1), (self.contacts, self.office.account().failures))

    def test_a_right_code_does_not_forget_failures(self):
        self.office.fail(3)
        self.prove(text(OTHER_NUMBER))
        self.assertEqual(3, self.office.account().failures)

    def test_a_proof_gives_no_session(self):
        self.begin(text(OTHER_NUMBER))
        self.assertEqual("", self.answer().proof)
        self.assertEqual({}, self.office.account().sessions)

    def test_an_address_of_somebody_else_gets_no_code(self):
        for route in (mail("joe@example.org"), text(NUMBER), text("")):
            self.assertIs(self.begin(route).refusal, SendRefusal.NOT_YOURS)
        self.assertEqual([], self.office.posted)

    def test_without_two_step_verification_there_are_none(self):
        self.office.emails["joe"] = "joe@example.org"
        self.assertIs(self.begin(mail("joe@example.org"), "joe").refusal, SendRefusal.NOT_YOURS)

    def test_an_address_that_changed_on_the_way_is_not_proved(self):
        self.begin(mail(EMAIL))
        code = self.office.code
        self.office.emails["jane"] = "jane@example.com"
        self.assertIs(self.answer(code).outcome, Outcome.NONE_OPEN)
        self.assertEqual(set(), self.contacts)

    def test_a_code_to_prove_an_address_signs_nobody_in_and_binds_nothing(self):
        pending, _ = self.office.begin()
        self.begin(text(OTHER_NUMBER))
        code = self.office.code
        verifier = self.office.verifier
        self.assertFalse(verifier.verify_sign_in("jane", code, pending=pending).accepted)
        self.assertFalse(verifier.verify_set_up("jane", code).accepted)
        self.assertEqual(NUMBER, self.office.account().number)

    def test_a_code_of_the_sign_in_or_of_another_member_proves_nothing(self):
        self.office.begin()
        sign_in = self.office.code
        self.begin(text(OTHER_NUMBER))
        self.office.protect("joe", "+4915112345678")
        if sign_in != self.office.account().challenges[Purpose.CONTACT].id:
            self.assertFalse(self.answer(sign_in).accepted)
        self.assertIs(self.answer("123456", "joe").outcome, Outcome.NONE_OPEN)

    def test_another_code_makes_the_first_worth_nothing(self):
        self.begin(text(OTHER_NUMBER))
        first = self.office.code
        self.office.wait(31)
        self.assertTrue(self.office.verifier.resend("jane", Purpose.CONTACT, client_address=ADDRESS).sent)
        if first != self.office.code:
            self.assertIs(self.answer(first).outcome, Outcome.EARLIER)
        self.assertTrue(self.answer().accepted)

    def test_the_event_says_what_happened_once(self):
        self.prove(text(OTHER_NUMBER))
        changes = [event.change for event in self.events if hasattr(event, "change")]
        self.assertEqual([ContactChange.VERIFIED], changes)
        self.assertNotIn(OTHER_NUMBER, repr(self.events))


class EmbedTest(ContactTest):
    """Codes for forms of other packages."""

    def test_a_code_of_one_form_serves_no_other_and_makes_no_contact_point(self):
        self.begin(text(OTHER_NUMBER), binding="newsletter")
        code = self.office.code
        for binding in ("", "shop"):
            self.assertIs(self.answer(code, binding=binding).outcome, Outcome.NONE_OPEN)
        self.assertTrue(self.answer(code, binding="newsletter").accepted)
        self.assertEqual(set(), self.contacts)
        self.assertEqual([], [event for event in self.events if hasattr(event, "change")])

    def test_a_code_of_a_contact_point_serves_no_form(self):
        self.begin(text(OTHER_NUMBER))
        self.assertIs(self.answer(binding="newsletter").outcome, Outcome.NONE_OPEN)

    def test_any_address_can_be_asked_for_also_without_two_step_verification(self):
        self.assertTrue(self.begin(mail("somebody@example.org"), "joe", binding="newsletter").sent)
        self.assertTrue(self.answer(user_id="joe", binding="newsletter").accepted)
        self.assertEqual({}, self.office.account("joe").contacts)

    def test_the_same_limits_count(self):
        self.office.policy = replace(self.office.policy, texts_per_user=2)
        sent = [self.begin(text(f"+3161234569{last}"), binding="newsletter").sent for last in range(4)]
        self.assertEqual([True, True, False, False], sent)


class WayTest(ContactTest):
    """Another way for the code of a sign-in."""

    def setUp(self):
        super().setUp()
        for route in (text(OTHER_NUMBER), call(LANDLINE), mail(EMAIL)):
            self.prove(route)
        self.office.wait(60 * 60)
        self.office.posted.clear()
        self.pending, _ = self.office.begin()

    def switch(self, route, pending=None):
        pending = self.pending if pending is None else pending
        return self.office.verifier.resend(
            "jane", Purpose.SIGN_IN, client_address=ADDRESS, pending=pending, route=route
        )

    def sign_in(self, code):
        return self.office.verifier.verify_sign_in("jane", code, pending=self.pending)

    def test_all_verified_ways_are_offered_the_usual_one_first(self):
        self.assertEqual(
            (text(NUMBER), call(NUMBER), text(OTHER_NUMBER), call(OTHER_NUMBER), call(LANDLINE), mail(EMAIL)),
            self.office.verifier.routes("jane"),
        )

    def test_each_way_leads_to_a_code_that_signs_in_and_supersedes_the_former(self):
        former = self.office.code
        for route in self.office.verifier.routes("jane")[2:]:
            with self.subTest(route):
                self.office.wait(31)
                self.assertTrue(self.switch(route).sent)
                letter = self.office.posted[-1].text
                self.assertEqual((route.to, route.channel), (letter.to, letter.channel))
                if former != self.office.code:
                    self.assertIs(self.sign_in(former).outcome, Outcome.EARLIER)
                former = self.office.code
        self.assertTrue(self.sign_in(self.office.code).accepted)

    def test_the_same_number_by_another_channel_has_to_wait(self):
        self.assertIs(self.switch(call(NUMBER)).refusal, SendRefusal.TOO_SOON)
        self.office.wait(30)
        self.assertTrue(self.switch(call(NUMBER)).sent)

    def test_switching_to_and_fro_counts_against_the_limit_of_the_member(self):
        self.office.policy = replace(self.office.policy, texts_per_user=5)
        ways = [text(OTHER_NUMBER), mail(EMAIL)] * 5
        sent = [self.switch(route).sent for route in ways]
        self.assertEqual(4, sent.count(True), "one went with the password")
        self.assertIs(self.switch(mail(EMAIL)).refusal, SendRefusal.MEMBER_LIMIT)

    def test_switching_counts_against_the_limit_of_the_client(self):
        self.office.policy = replace(self.office.policy, texts_per_address=4)
        self.assertIn(
            SendRefusal.ADDRESS_LIMIT, [self.switch(route).refusal for route in [mail(EMAIL), call(LANDLINE)] * 3]
        )

    def test_failures_stay_counted(self):
        self.sign_in(self.office.wrong_code)
        self.switch(mail(EMAIL))
        self.assertEqual(1, self.office.account().failures)

    def test_what_is_not_the_members_is_no_way(self):
        for route in (text("+4915112345678"), mail("joe@example.org"), text(LANDLINE), mail(NUMBER), text("")):
            with self.subTest(route):
                self.assertIs(self.switch(route).refusal, SendRefusal.NOT_YOURS)
        self.assertEqual(1, len(self.office.posted))

    def test_without_the_pending_sign_in_nothing_is_sent(self):
        self.assertIs(self.switch(mail(EMAIL), pending="other").refusal, SendRefusal.NONE_OPEN)

    def test_an_address_that_changed_in_the_profile_is_no_way_any_more_also_when_changed_back(self):
        self.office.emails["jane"] = "jane@example.com"
        self.assertIs(self.switch(mail(EMAIL)).refusal, SendRefusal.NOT_YOURS)
        self.office.wait(31)
        self.office.begin()
        self.office.emails["jane"] = EMAIL
        self.assertIs(self.switch(mail(EMAIL)).refusal, SendRefusal.NOT_YOURS)

    def test_a_way_that_was_switched_off_is_left_for_the_usual_one(self):
        self.switch(mail(EMAIL))
        self.office.policy = replace(self.office.policy, channels=frozenset({Channel.VOICE}))
        self.office.wait(61)
        self.switch(None)
        self.assertEqual((NUMBER, Channel.VOICE), (self.office.posted[-1].text.to, self.office.posted[-1].text.channel))

    def test_another_code_goes_the_way_of_the_last(self):
        self.switch(mail(EMAIL))
        self.office.wait(61)
        self.assertTrue(self.switch(None).sent)
        self.assertEqual(EMAIL, self.office.posted[-1].text.to)

    def test_the_next_sign_in_goes_the_usual_way_again(self):
        self.switch(mail(EMAIL))
        self.office.wait(61)
        self.office.begin()
        self.assertEqual(NUMBER, self.office.posted[-1].text.to)


class ChangeTest(ContactTest):
    """Another primary number, and one way less."""

    def setUp(self):
        super().setUp()
        self.prove(text(OTHER_NUMBER))
        self.prove(mail(EMAIL))
        self.events.clear()

    def test_another_verified_number_becomes_the_primary_one_and_the_former_stays(self):
        self.assertTrue(contact_points.make_primary(self.office.accounts, "jane", OTHER_NUMBER, keep="", session=None))
        account = self.office.account()
        self.assertEqual((OTHER_NUMBER, {NUMBER, EMAIL}, {}), (account.number, set(account.contacts), account.sessions))
        self.assertEqual(["SessionsEnded", "ContactsChanged"], self.fired())

    def test_the_session_at_hand_goes_on(self):
        pending, _ = self.office.begin()
        proof = self.office.verifier.verify_sign_in("jane", self.office.code, pending=pending).proof
        now = self.office.now
        session = self.office.account().session(proof, now=now, fingerprint="first password")
        contact_points.make_primary(self.office.accounts, "jane", OTHER_NUMBER, keep=proof, session=session)
        self.assertEqual(session, self.office.account().session(proof, now=now, fingerprint="first password"))
        self.assertEqual(1, len(self.office.account().sessions))

    def test_what_is_no_verified_number_becomes_nothing(self):
        for number in (NUMBER, LANDLINE, EMAIL, ""):
            self.assertFalse(contact_points.make_primary(self.office.accounts, "jane", number, keep="", session=None))
        self.assertFalse(contact_points.make_primary(self.office.accounts, "nobody", NUMBER, keep="", session=None))
        self.assertEqual([], self.fired())

    def test_what_was_removed_gets_no_code(self):
        self.assertTrue(contact_points.remove(self.office.accounts, "jane", EMAIL))
        self.assertIs(False, contact_points.remove(self.office.accounts, "jane", EMAIL))
        self.assertNotIn(mail(EMAIL), self.office.verifier.routes("jane"))
        self.assertEqual(["ContactsChanged"], self.fired())

    def test_the_primary_number_is_not_removed_here(self):
        self.assertIs(False, contact_points.remove(self.office.accounts, "jane", NUMBER))
        self.assertEqual(NUMBER, self.office.account().number)

    def test_a_former_address_is_forgotten(self):
        contact_points.forget_former_emails(self.office.accounts, "jane", EMAIL)
        self.assertIn(EMAIL, self.contacts)
        contact_points.forget_former_emails(self.office.accounts, "jane", "other@example.org")
        self.assertEqual({OTHER_NUMBER}, self.contacts)
        contact_points.forget_former_emails(self.office.accounts, "nobody", "")
        self.assertIsNone(self.office.accounts.get("nobody"))


class VoiceOnlyTest(VerifierTest):
    """Where texts are off, all goes by voice."""

    rules = {"channels": frozenset({Channel.VOICE})}

    def test_a_sign_in_calls(self):
        self.office.begin()
        self.assertIs(self.office.posted[-1].text.channel, Channel.VOICE)

    def test_a_reset_and_the_last_word_to_a_former_number_call(self):
        self.office.begin_reset()
        self.assertTrue(self.office.answer_reset(self.office.code).accepted)
        self.assertEqual([Channel.VOICE] * 2, [letter.text.channel for letter in self.office.posted])

    def test_what_was_sent_by_text_is_sent_again_by_voice(self):
        self.office.begin_set_up("joe", OTHER_NUMBER)
        self.office.wait(31)
        self.office.verifier.resend("joe", Purpose.SET_UP, client_address=ADDRESS)
        self.assertIs(self.office.posted[-1].text.channel, Channel.VOICE)


class NoChannelTest(VerifierTest):
    """Where no channel leads to a number, nothing is sent, and the reason is said."""

    rules = {"channels": frozenset({Channel.EMAIL})}

    def test_a_sign_in_stays_pending(self):
        pending, receipt = self.office.begin()
        self.assertEqual((False, SendRefusal.NO_CHANNEL, 0), (receipt.sent, receipt.refusal, receipt.wait))
        self.assertIsNotNone(self.office.verifier.pending("jane", pending))
        self.assertEqual([], self.office.posted)

    def test_a_former_number_is_not_told(self):
        self.office.verifier.issuer.tell_former("jane", NUMBER)
        self.assertEqual([], self.office.posted)


class RoutesTest(unittest.TestCase):
    @given(
        st.frozensets(st.sampled_from(Channel)),
        st.sampled_from(("", NUMBER, LANDLINE)),
        st.frozensets(st.sampled_from((OTHER_NUMBER, "+31207654321", EMAIL, "old@example.org"))),
        st.sampled_from(("", EMAIL, EMAIL.upper(), "new@example.org")),
    )
    def test_every_way_is_verified_and_on_and_none_is_left_out(self, channels, number, further, email):
        account = Account(number=number, contacts=dict.fromkeys(further, 1.0))
        found = routes_of(account, Policy(channels=channels), email)
        expected = set()
        for address in filter(None, (number, *further)):
            if "@" in address:
                ways = {Channel.EMAIL} if address.lower() == email.lower() else set()
            else:
                ways = {Channel.VOICE} if address.startswith("+3120") else {Channel.TEXT, Channel.VOICE}
            expected |= {Route(to=address, channel=channel) for channel in ways & channels}
        self.assertEqual(expected, set(found))
        self.assertEqual(len(expected), len(found))
        if found and number and any(route.to == number for route in found):
            self.assertEqual(route_to(number, Policy(channels=channels)), found[0])

    @given(st.frozensets(st.sampled_from(Channel)), st.sampled_from((NUMBER, LANDLINE, EMAIL)))
    def test_the_usual_way_is_one_that_is_on_or_none(self, channels, address):
        possible = {NUMBER: (Channel.TEXT, Channel.VOICE), LANDLINE: (Channel.VOICE,), EMAIL: (Channel.EMAIL,)}
        expected = next((one for one in possible[address] if one in channels), None)
        found = route_to(address, Policy(channels=channels))
        self.assertEqual(expected, found.channel if found else None)
