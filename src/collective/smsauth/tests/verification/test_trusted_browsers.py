"""Trusted browsers, judged by the real store: what one spares, what ends it, and an independent account of the rules."""

from collective.smsauth.domain.session import hashed
from collective.smsauth.domain.session import Means
from collective.smsauth.tests.support.generated import run_histories
from collective.smsauth.tests.support.generated import st
from collective.smsauth.tests.support.parts import NUMBER
from collective.smsauth.tests.support.parts import Office
from collective.smsauth.tests.support.parts import OTHER_NUMBER
from collective.smsauth.tests.support.parts import VerifierTest
from collective.smsauth.verification import lifecycle
from collective.smsauth.verification.trusted_browsers import LONGEST_NAME
from collective.smsauth.verification.trusted_browsers import printable
from collective.smsauth.verification.trusted_browsers import TrustedBrowsers
from dataclasses import replace
from hypothesis.stateful import initialize
from hypothesis.stateful import invariant
from hypothesis.stateful import rule
from hypothesis.stateful import RuleBasedStateMachine

import unittest

DAY = 24 * 60 * 60
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"


def trust_of(office):
    """Return the trusted browsers of an office at this moment."""
    return TrustedBrowsers(
        accounts=office.accounts,
        policy=office.policy,
        now=office.now,
        fingerprint=lambda user_id: office.passwords.get(user_id, "first password"),
    )


def code_given(office, user_id="jane"):
    """Sign in by a code and return the secret of the proof."""
    pending, _ = office.begin(user_id)
    verdict = office.verifier.verify_sign_in(user_id, office.code, pending=pending)
    assert verdict.accepted, verdict
    return verdict.proof


class TrustTest(VerifierTest):
    rules = {"trust_days": 30, "texts_per_user": 100, "texts_per_number": 1000, "texts_per_address": 1000}

    def trust(self, user_id="jane"):
        return trust_of(self.office).begin(user_id, code_given(self.office, user_id), browser=FIREFOX)

    def proof(self, secret, user_id="jane"):
        return trust_of(self.office).sign_in(user_id, secret)

    def stands(self, proof, user_id="jane"):
        """Tell whether a proof counts."""
        password = self.office.passwords.get(user_id, "first password")
        return self.office.account(user_id).session(proof, now=self.office.now, fingerprint=password) is not None


class TestTrust(TrustTest):
    def test_it_spares_the_code_for_as_many_days_as_the_site_says(self):
        secret = self.trust()
        self.office.wait(30 * DAY - 1)
        self.assertTrue(self.stands(self.proof(secret)))
        self.office.wait(1)
        self.assertEqual("", self.proof(secret))

    def test_a_session_opened_by_it_says_so_and_is_no_real_second_step(self):
        session = self.office.account().sessions
        secret = self.trust()
        proof = self.proof(secret)
        session = self.office.account().sessions[hashed(proof)]
        self.assertEqual((Means.TRUSTED_BROWSER.value, False), (session.means, session.is_real))

    def test_use_is_noted_and_does_not_prolong_it(self):
        secret = self.trust()
        began = self.office.now
        self.office.wait(DAY)
        self.proof(secret)
        (browser,) = trust_of(self.office).browsers("jane").values()
        self.assertEqual((began, began + DAY, began + 30 * DAY), (browser.issued, browser.used, browser.expires))

    def test_the_database_holds_no_usable_secret(self):
        secret = self.trust()
        self.assertNotIn(secret, repr(dict(self.office.records["jane"])))

    def test_it_is_told_once(self):
        proof = code_given(self.office)
        self.events.clear()
        trust_of(self.office).begin("jane", proof, browser=FIREFOX)
        self.assertEqual(["BrowserTrusted"], self.fired())

    def test_only_a_session_in_which_a_code_was_given_makes_one(self):
        secret = self.trust()
        for proof in (self.proof(secret), "", "made up"):
            with self.subTest(proof):
                self.assertEqual("", trust_of(self.office).begin("jane", proof, browser=FIREFOX))

    def test_another_member_cannot_use_it(self):
        self.office.protect("joe", OTHER_NUMBER)
        self.assertEqual("", self.proof(self.trust(), "joe"))

    def test_a_site_that_trusts_none_any_longer_holds_to_it_at_once(self):
        secret = self.trust()
        self.office.policy = replace(self.office.policy, trust_days=0)
        self.assertEqual("", self.proof(secret))
        self.assertEqual({}, trust_of(self.office).browsers("jane"))

    def test_fewer_days_hold_for_those_trusted_before(self):
        secret = self.trust()
        self.office.policy = replace(self.office.policy, trust_days=2)
        self.office.wait(2 * DAY - 1)
        self.assertTrue(self.proof(secret))
        self.office.wait(1)
        self.assertEqual("", self.proof(secret))

    def test_a_site_that_trusts_none_makes_none(self):
        self.office.policy = replace(self.office.policy, trust_days=0)
        self.assertEqual("", self.trust())
        self.assertEqual({}, dict(self.office.account().trusted))

    def test_a_pause_does_not_matter_but_a_locked_number_does(self):
        secret = self.trust()
        self.office.fail(99)
        self.assertTrue(self.proof(secret))
        self.office.fail(1)
        self.assertEqual("", self.proof(secret))

    def test_two_tabs_may_use_it_at_once(self):
        secret = self.trust()
        first, second = self.proof(secret), self.proof(secret)
        self.assertTrue(first and second and first != second)

    def test_a_member_trusts_twenty_browsers_at_most(self):
        secrets = []
        for _ in range(22):
            secrets.append(self.trust())
            self.office.wait(DAY / 24)
        self.assertEqual(20, len(self.office.account().trusted))
        self.assertEqual(["", ""], [self.proof(secret) for secret in secrets[:2]])

    def test_a_session_ends_when_the_browser_that_it_rests_on_has_to_give_way(self):
        first = self.trust()
        for _ in range(19):
            self.office.wait(DAY / 24)
            self.trust()
        proof = self.proof(first)
        self.assertTrue(self.stands(proof))
        self.trust()
        self.assertFalse(self.stands(proof))
        self.assertEqual("", self.proof(first))

    def test_they_are_listed_by_what_they_call_themselves_the_last_used_first(self):
        secrets = {}
        for name in ("Firefox", "Konqueror", "Lynx"):
            proof = code_given(self.office)
            secrets[name] = trust_of(self.office).begin("jane", proof, browser=name)
            self.office.wait(DAY)
        self.proof(secrets["Konqueror"])
        found = trust_of(self.office).browsers("jane")
        self.assertEqual(["Konqueror", "Lynx", "Firefox"], [browser.browser for browser in found.values()])
        self.assertEqual([hashed(secrets[browser.browser]) for browser in found.values()], list(found))

    def test_a_member_without_a_record_trusts_none_and_gets_none(self):
        trust = trust_of(self.office)
        self.assertEqual({}, trust.browsers("nobody"))
        self.assertEqual(["", ""], [trust.sign_in("nobody", "x"), trust.begin("nobody", "x", browser=FIREFOX)])
        self.assertIsNone(self.office.accounts.get("nobody"))

    def test_what_a_browser_calls_itself_is_kept_as_one_short_plain_line(self):
        for given, kept in (
            (FIREFOX, FIREFOX),
            ("", ""),
            ("a\r\nb\tc\0d", "a b c d"),
            ("\u202eevil\u200b", "evil"),
            ("<script>", "<script>"),
            ("x" * 10_000, "x" * LONGEST_NAME),
        ):
            with self.subTest(given[:20]):
                self.assertEqual(kept, printable(given))


class TestForgetting(TrustTest):
    """Each way in which trust ends, and the sessions that rest on it."""

    def assert_forgotten(self, secret, *proofs):
        self.assertEqual("", self.proof(secret))
        for proof in proofs:
            self.assertFalse(self.stands(proof))

    def test_by_a_change_of_the_password_however_it_happened(self):
        secret = self.trust()
        proof = self.proof(secret)
        self.office.passwords["jane"] = "second password"
        self.assert_forgotten(secret, proof)

    def test_by_another_number(self):
        secret = self.trust()
        proof = self.proof(secret)
        self.office.begin_set_up(number=OTHER_NUMBER)
        self.office.verifier.verify_set_up("jane", self.office.code)
        self.assert_forgotten(secret, proof)

    def test_by_a_reset_even_to_the_same_number(self):
        secret = self.trust()
        proof = self.proof(secret)
        self.office.begin_reset(number=NUMBER)
        self.office.answer_reset(self.office.code)
        self.assert_forgotten(secret, proof)

    def test_by_turning_off_also_if_it_is_turned_on_again(self):
        secret = self.trust()
        proof = self.proof(secret)
        lifecycle.unbind(self.office.accounts, "jane")
        self.assert_forgotten(secret, proof)
        self.office.protect()
        self.assert_forgotten(secret, proof)

    def test_by_the_end_of_all_sessions(self):
        secret = self.trust()
        proof = self.proof(secret)
        lifecycle.end_sessions(self.office.accounts, "jane")
        self.assert_forgotten(secret, proof)

    def test_by_disowning_which_is_told(self):
        secret = self.trust()
        proof = self.proof(secret)
        self.events.clear()
        lifecycle.disown(self.office.accounts, "jane")
        self.assert_forgotten(secret, proof)
        self.assertEqual(["SessionsEnded", "SignInDisowned"], self.fired())

    def test_one_by_its_name_with_all_sessions_that_were_opened_there(self):
        kept, lost = self.trust(), self.trust()
        by_kept, by_lost = self.proof(kept), self.proof(lost)
        lifecycle.forget_browsers(self.office.accounts, "jane", name=hashed(lost))
        self.assert_forgotten(lost, by_lost)
        self.assertTrue(self.stands(by_kept) and self.proof(kept))

    def test_the_session_by_code_in_which_it_was_trusted_ends_too_unless_it_is_at_hand(self):
        for at_hand in (False, True):
            with self.subTest(at_hand=at_hand):
                proof = code_given(self.office)
                secret = trust_of(self.office).begin("jane", proof, browser=FIREFOX)
                keep = proof if at_hand else ""
                lifecycle.forget_browsers(self.office.accounts, "jane", name=hashed(secret), keep=keep)
                self.assertEqual(at_hand, self.stands(proof))

    def test_a_session_at_hand_that_rests_on_it_ends(self):
        secret = self.trust()
        proof = self.proof(secret)
        lifecycle.forget_browsers(self.office.accounts, "jane", keep=proof)
        self.assert_forgotten(secret, proof)

    def test_all_and_it_is_told_once_and_not_when_there_is_none(self):
        secret = self.trust()
        self.events.clear()
        for _ in range(2):
            lifecycle.forget_browsers(self.office.accounts, "jane")
        lifecycle.forget_browsers(self.office.accounts, "jane", name=hashed(secret))
        lifecycle.forget_browsers(self.office.accounts, "nobody")
        self.assertEqual(["BrowsersForgotten"], self.fired())
        self.assert_forgotten(secret)

    def test_a_session_that_rests_on_a_browser_ends_with_its_time(self):
        self.office.policy = replace(self.office.policy, trust_days=1, session_lifetime=10 * DAY)
        secret = self.trust()
        self.office.wait(DAY - 1)
        proof = self.proof(secret)
        self.assertTrue(self.stands(proof))
        self.office.wait(1)
        self.assertFalse(self.stands(proof))


class History(RuleBasedStateMachine):
    """One member who trusts browsers, in any order of events; the model is a plain list of what should stand."""

    @initialize()
    def begin(self):
        self.office = Office(trust_days=10, texts_per_user=100, texts_per_number=1000, texts_per_address=10_000)
        self.office.protect()
        self.days = 10
        self.browsers = {}  # secret: [begun, days then]
        self.sessions = {}  # proof: [secret of its browser or "", end]
        self.dead = ["made up"]

    def end(self, secrets, sessions=True):
        for secret in list(secrets):
            del self.browsers[secret]
            self.dead.append(secret)
            if sessions:
                self.sessions = {proof: held for proof, held in self.sessions.items() if held[0] != secret}

    def is_trusted(self, secret):
        if secret not in self.browsers:
            return False
        begun, days = self.browsers[secret]
        return self.office.now < begun + min(days, self.days) * DAY

    @rule(seconds=st.sampled_from([60, 3600, DAY, 3 * DAY, 11 * DAY]))
    def wait(self, seconds):
        self.office.wait(seconds)

    @rule(days=st.sampled_from([0, 1, 10, 10, 20]))
    def setting(self, days):
        self.days = days
        self.office.policy = replace(self.office.policy, trust_days=days)

    @rule()
    def trusted(self):
        self.office.wait(60)
        proof = code_given(self.office)
        secret = trust_of(self.office).begin("jane", proof, browser=FIREFOX)
        assert bool(secret) == bool(self.days)
        self.sessions[proof] = [secret, self.office.now + 12 * 3600]
        if secret:
            self.browsers[secret] = [self.office.now, self.days]

    @rule(data=st.data())
    def signed_in(self, data):
        secret = data.draw(st.sampled_from([*self.browsers, *self.dead[-3:]]))
        proof = trust_of(self.office).sign_in("jane", secret)
        assert bool(proof) == self.is_trusted(secret), (proof, secret)
        if proof:
            self.sessions[proof] = [secret, self.office.now + 12 * 3600]

    @rule(data=st.data(), at_hand=st.booleans())
    def forgotten(self, data, at_hand):
        secret = data.draw(st.sampled_from([*self.browsers, "made up"]))
        lifecycle.forget_browsers(self.office.accounts, "jane", name=hashed(secret))
        if secret in self.browsers:
            self.end([secret])

    @rule(how=st.sampled_from(["all", "password", "number", "off", "end"]))
    def ended(self, how):
        if how == "all":
            lifecycle.forget_browsers(self.office.accounts, "jane")
        elif how == "end":
            lifecycle.end_sessions(self.office.accounts, "jane")
        elif how == "password":
            self.office.passwords["jane"] = f"password {self.office.now} {len(self.dead)}"
        elif how == "number":
            self.office.wait(1800)
            self.office.begin_set_up(number=OTHER_NUMBER)
            verdict = self.office.verifier.verify_set_up("jane", self.office.code)
            assert verdict.accepted
        else:
            lifecycle.unbind(self.office.accounts, "jane")
            self.office.protect()
        self.end(self.browsers)
        if how != "all":
            self.sessions = {}
        if how == "number":
            self.sessions[verdict.proof] = ["", self.office.now + 12 * 3600]

    @invariant()
    def the_list_shows_what_stands(self):
        expected = {hashed(secret) for secret in self.browsers if self.is_trusted(secret)}
        newest = sorted(
            self.browsers, key=lambda secret: sum((self.browsers[secret][0], self.browsers[secret][1] * DAY))
        )
        if len(newest) <= 20:
            assert set(trust_of(self.office).browsers("jane")) == expected

    @invariant()
    def a_session_stands_as_long_as_what_it_rests_on(self):
        password = self.office.passwords.get("jane", "first password")
        account = self.office.account()
        for proof, (secret, end) in self.sessions.items():
            expected = self.office.now < end
            if secret:
                begun, days = self.browsers[secret]
                expected = expected and self.office.now < begun + days * DAY
            found = account.session(proof, now=self.office.now, fingerprint=password)
            if len(self.sessions) <= 15:
                assert (found is not None) == expected, (proof, secret)


class HistoryTest(unittest.TestCase):
    def test_in_every_history_trust_ends_when_the_rules_say(self):
        run_histories(History, max_examples=100, stateful_step_count=30)
