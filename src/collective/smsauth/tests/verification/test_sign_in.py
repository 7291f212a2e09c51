"""Signing in: after the password a pending sign-in and a code; after the code a proof."""

from collective.smsauth.domain.account import Account
from collective.smsauth.domain.challenge import Outcome
from collective.smsauth.domain.challenge import Purpose
from collective.smsauth.tests.support.parts import FORMER_KEY
from collective.smsauth.tests.support.parts import KEY
from collective.smsauth.tests.support.parts import NUMBER
from collective.smsauth.tests.support.parts import OTHER_NUMBER
from collective.smsauth.tests.support.parts import VerifierTest
from collective.smsauth.verification import lifecycle
from collective.smsauth.verification.results import SendRefusal
from itertools import pairwise

TWELVE_HOURS = 43200


class SignInTest(VerifierTest):
    def setUp(self):
        super().setUp()
        self.pending, self.receipt = self.office.begin()

    def answer(self, code, user_id="jane", pending=None):
        return self.office.verifier.verify_sign_in(user_id, code, pending=self.pending if pending is None else pending)

    def failures(self):
        return self.office.account().failures


class BeginTest(SignInTest):
    def test_the_code_goes_to_the_verified_number_once_and_ends_with_its_lifetime(self):
        (letter,) = self.office.posted
        self.assertEqual((letter.text.to, letter.user_id), (NUMBER, "jane"))
        self.assertEqual(letter.text.expires, self.office.now + 300)
        self.assertEqual(letter.text.body, f"sign-in {self.office.code}")
        self.assertEqual(letter.challenge, self.office.verifier.open_challenge("jane", Purpose.SIGN_IN))
        self.assertEqual((self.receipt.sent, self.receipt.wait, self.receipt.refusal), (True, 30, None))

    def test_the_code_has_the_length_of_the_policy(self):
        self.assertRegex(self.office.code, r"\A[0-9]{6}\Z")

    def test_neither_the_code_nor_the_secret_is_stored(self):
        stored = str(dict(self.office.records["jane"]))
        self.assertNotIn(self.pending, stored)
        self.assertNotIn(f"'{self.office.code}'", stored)

    def test_the_pending_sign_in_stands_for_fifteen_minutes(self):
        self.office.wait(899)
        self.assertIsNotNone(self.office.verifier.pending("jane", self.pending))
        self.office.wait(1)
        self.assertIsNone(self.office.verifier.pending("jane", self.pending))

    def test_a_changed_password_ends_the_pending_sign_in(self):
        self.office.passwords["jane"] = "second password"
        self.assertIsNone(self.office.verifier.pending("jane", self.pending))
        self.assertIs(self.answer(self.office.code).outcome, Outcome.NONE_OPEN)

    def test_a_member_who_must_set_up_first_gets_a_pending_sign_in_and_no_text(self):
        secret, receipt = self.office.begin("joe")
        self.assertEqual((receipt.sent, receipt.refusal, receipt.wait), (False, SendRefusal.NO_NUMBER, 0))
        self.assertIsNotNone(self.office.verifier.pending("joe", secret))
        self.assertEqual(len(self.office.posted), 1)

    def test_reading_creates_no_record(self):
        self.assertIsNone(self.office.verifier.pending("nobody", "secret"))
        self.assertIsNone(self.office.verifier.open_challenge("nobody", Purpose.SIGN_IN))
        self.assertFalse(self.office.verifier.is_open_link("nobody", "signature"))
        self.assertIsNone(self.office.accounts.get("nobody"))


class TooSoonTest(SignInTest):
    def test_posting_the_password_again_too_soon_sends_no_text_and_the_former_code_goes_on(self):
        code = self.office.code
        self.office.wait(10)
        again, receipt = self.office.begin()
        self.assertEqual((receipt.sent, receipt.refusal, receipt.wait), (False, SendRefusal.TOO_SOON, 20))
        self.assertEqual(len(self.office.posted), 1)
        self.assertTrue(self.answer(code, pending=again).accepted)

    def test_posting_it_over_and_over_sends_no_more_texts_than_the_resend_button_would(self):
        for _ in range(330):
            self.office.begin()
            self.office.wait(1)
        sent = [letter.challenge.issued for letter in self.office.posted]
        self.assertEqual([later - earlier for earlier, later in pairwise(sent)], [30, 60, 120])

    def test_after_the_wait_a_new_text_supersedes_the_former_code(self):
        former = self.office.code
        self.office.wait(30)
        again, receipt = self.office.begin()
        self.assertEqual((receipt.sent, receipt.wait), (True, 60))
        self.assertIs(self.answer(former, pending=again).outcome, Outcome.WRONG)
        self.assertTrue(self.answer(self.office.code, pending=again).accepted)

    def test_an_expired_code_does_not_open_a_shorter_way(self):
        for wait in (30, 60, 120):
            self.office.wait(wait)
            self.assertTrue(self.office.begin()[1].sent)
        self.office.wait(299)
        self.assertEqual(self.office.begin()[1].wait, 1)


class AnswerTest(SignInTest):
    def test_the_right_code_gives_a_proof_that_stands_for_twelve_hours(self):
        verdict = self.answer(self.office.code)
        self.assertTrue(verdict.accepted)
        session = self.office.account().session(verdict.proof, now=self.office.now, fingerprint="first password")
        self.assertEqual((session.issued, session.expires), (self.office.now, self.office.now + TWELVE_HOURS))

    def test_a_code_typed_with_a_blank_is_the_same_code(self):
        code = self.office.code
        self.assertTrue(self.answer(f" {code[:3]} {code[3:]} ").accepted)

    def test_a_code_works_once(self):
        code = self.office.code
        again, _ = self.office.begin()
        proof = self.answer(code).proof
        self.assertIs(self.answer(code, pending=again).outcome, Outcome.NONE_OPEN)
        lifecycle.note_use(self.office.accounts, "jane", proof)
        for pending in (self.pending, again):
            self.assertIs(self.answer(code, pending=pending).outcome, Outcome.NONE_OPEN)

    def test_a_pending_sign_in_is_used_up_by_the_right_code(self):
        self.answer(self.office.code)
        self.assertIsNone(self.office.verifier.pending("jane", self.pending))

    def test_a_wrong_code_is_refused_counted_and_gives_nothing(self):
        verdict = self.answer(self.office.wrong_code)
        self.assertEqual(
            (verdict.accepted, verdict.outcome, verdict.tries_left, verdict.proof), (False, Outcome.WRONG, 4, "")
        )
        self.assertEqual((self.failures(), self.office.account().sessions), (1, {}))

    def test_the_right_code_without_its_pending_sign_in_is_refused_and_stays_good(self):
        for pending in ("", "another secret"):
            self.assertIs(self.answer(self.office.code, pending=pending).outcome, Outcome.NONE_OPEN)
        self.assertTrue(self.answer(self.office.code).accepted)

    def test_a_pending_sign_in_of_one_member_serves_no_other(self):
        self.office.protect("joe", OTHER_NUMBER)
        pending, _ = self.office.begin("joe")
        self.assertIs(self.answer(self.office.code, "jane", pending).outcome, Outcome.NONE_OPEN)
        self.assertIs(self.answer(self.office.code, "joe", self.pending).outcome, Outcome.NONE_OPEN)

    def test_what_cannot_be_a_code_is_told_and_not_counted(self):
        for answer in (None, "", "12345", "abcdef", ["123456"], 123456):
            with self.subTest(answer=answer):
                self.assertIs(self.answer(answer).outcome, Outcome.MALFORMED)
        self.assertEqual((self.failures(), self.office.account().challenges[Purpose.SIGN_IN].tries), (0, 0))

    def test_an_expired_code_is_told_and_not_counted(self):
        self.office.wait(300)
        self.assertIs(self.answer(self.office.code).outcome, Outcome.EXPIRED)
        self.assertEqual(self.failures(), 0)

    def test_after_five_wrong_codes_the_right_one_is_refused(self):
        left = [self.answer(self.office.wrong_code).tries_left for _ in range(5)]
        self.assertEqual(left, [4, 3, 2, 1, 0])
        self.assertIs(self.answer(self.office.code).outcome, Outcome.TOO_MANY_TRIES)
        self.assertEqual(self.failures(), 5)

    def test_forty_guesses_are_five_evaluated_ones(self):
        outcomes = [self.answer(self.office.wrong_code).outcome for _ in range(40)]
        self.assertEqual(outcomes.count(Outcome.WRONG), 5)
        self.assertEqual(self.failures(), 5)

    def test_a_code_issued_under_a_key_that_was_rotated_since_is_good(self):
        self.office.keys = [FORMER_KEY, KEY]
        self.assertTrue(self.answer(self.office.code).accepted)


class PurposeTest(SignInTest):
    def test_a_sign_in_code_cannot_bind_a_number(self):
        self.assertIs(self.office.verifier.verify_set_up("jane", self.office.code).outcome, Outcome.NONE_OPEN)

    def test_a_set_up_code_cannot_sign_in(self):
        self.office.begin_set_up(number=OTHER_NUMBER)
        self.assertIs(self.answer(self.office.code).outcome, Outcome.WRONG)
        self.assertEqual(self.office.account().number, NUMBER)

    def test_a_reset_code_cannot_sign_in(self):
        self.office.begin_reset()
        self.assertIs(self.answer(self.office.code).outcome, Outcome.WRONG)

    def test_a_sign_in_code_cannot_finish_a_reset(self):
        sign_in = self.office.code
        self.office.begin_reset()
        self.assertIs(self.office.answer_reset(sign_in).outcome, Outcome.WRONG)
        self.assertEqual(self.office.account().number, NUMBER)


class ResendTest(SignInTest):
    def resend(self, pending=None):
        pending = self.pending if pending is None else pending
        return self.office.verifier.resend("jane", Purpose.SIGN_IN, client_address="192.0.2.1", pending=pending)

    def test_a_resent_code_supersedes_the_former_one(self):
        former = self.office.code
        self.office.wait(30)
        self.assertTrue(self.resend().sent)
        self.assertIs(self.answer(former).outcome, Outcome.EARLIER)
        self.assertEqual((self.failures(), self.office.account().wrong_codes_in_a_row), (0, 0))
        self.assertTrue(self.answer(self.office.code).accepted)

    def test_an_earlier_code_that_was_recognised_is_of_no_use_to_a_sign_in_that_was_told_to_use_it(self):
        other, receipt = self.office.begin()
        self.assertIs(receipt.refusal, SendRefusal.TOO_SOON)
        former = self.office.code
        self.office.wait(30)
        self.resend()
        self.assertIs(self.answer(former).outcome, Outcome.EARLIER)
        self.assertIs(self.answer(former).outcome, Outcome.EARLIER)
        self.assertIs(self.answer(former, pending=other).outcome, Outcome.TOO_MANY_TRIES)
        self.assertEqual(self.failures(), 0)

    def test_an_earlier_code_of_another_sign_in_is_a_wrong_one(self):
        former = self.office.code
        self.office.wait(30)
        other, _ = self.office.begin()
        self.assertIs(self.answer(former, pending=other).outcome, Outcome.WRONG)
        self.assertTrue(self.answer(former).accepted)

    def test_an_earlier_code_is_forgotten_when_it_expires(self):
        former = self.office.code
        self.office.wait(290)
        self.resend()
        self.office.wait(10)
        self.assertIs(self.answer(former).outcome, Outcome.WRONG)

    def test_an_earlier_code_is_not_recognised_during_a_pause(self):
        former = self.office.code
        self.office.wait(30)
        self.resend()
        self.office.fail(10)
        self.assertIs(self.answer(former).outcome, Outcome.PAUSED)

    def test_the_references_of_messages_that_follow_each_other_differ(self):
        for _ in range(200):
            office = type(self.office)(texts_per_user=100, texts_per_number=1000, texts_per_address=1000)
            office.protect()
            pending, _receipt = office.begin()
            for wait in (30, 60, 120):
                office.wait(wait)
                office.verifier.resend("jane", Purpose.SIGN_IN, client_address="192.0.2.1", pending=pending)
            references = [letter.challenge.reference for letter in office.posted]
            self.assertEqual(len(references), len(set(references)))
            for reference in references:
                self.assertRegex(reference, r"\A[CDFHJKMPRTVWX]{2}\Z")

    def test_too_soon_it_sends_none_and_tells_the_wait(self):
        self.office.wait(29)
        receipt = self.resend()
        self.assertEqual((receipt.sent, receipt.refusal, receipt.wait), (False, SendRefusal.TOO_SOON, 1))
        self.assertEqual(len(self.office.posted), 1)

    def test_without_the_pending_sign_in_nothing_is_sent(self):
        self.office.wait(30)
        for pending in ("", "another secret"):
            receipt = self.resend(pending)
            self.assertEqual((receipt.sent, receipt.refusal), (False, SendRefusal.NONE_OPEN))
        self.office.wait(870)
        self.assertIs(self.resend().refusal, SendRefusal.NONE_OPEN)
        self.assertEqual(len(self.office.posted), 1)

    def test_a_new_code_has_new_tries_and_the_failures_stay(self):
        for _ in range(5):
            self.answer(self.office.wrong_code)
        self.office.wait(30)
        self.resend()
        self.assertEqual(self.failures(), 5)
        self.assertEqual(self.answer(self.office.wrong_code).tries_left, 4)
        self.assertEqual(self.failures(), 6)


class PauseTest(SignInTest):
    def setUp(self):
        super().setUp()
        self.office.fail(9)

    def test_the_tenth_failure_begins_a_pause_in_which_no_code_is_judged(self):
        verdict = self.answer(self.office.wrong_code)
        self.assertEqual((verdict.outcome, verdict.wait), (Outcome.WRONG, 60))
        verdict = self.answer(self.office.code)
        self.assertEqual((verdict.outcome, verdict.wait), (Outcome.PAUSED, 60))
        self.assertEqual((self.failures(), self.office.account().challenges[Purpose.SIGN_IN].tries), (10, 1))

    def test_after_the_pause_the_right_code_is_accepted_and_the_count_begins_anew(self):
        self.answer(self.office.wrong_code)
        self.office.wait(60)
        self.assertTrue(self.answer(self.office.code).accepted)
        self.assertEqual(self.failures(), 0)

    def test_after_the_pause_one_more_failure_doubles_it(self):
        self.answer(self.office.wrong_code)
        self.office.wait(60)
        self.assertEqual(self.answer(self.office.wrong_code).wait, 120)

    def test_no_text_is_sent_during_a_pause_but_the_sign_in_is_pending(self):
        self.answer(self.office.wrong_code)
        self.office.wait(45)
        secret, receipt = self.office.begin()
        self.assertEqual((receipt.sent, receipt.refusal, receipt.wait), (False, SendRefusal.PAUSED, 15))
        self.assertIsNotNone(self.office.verifier.pending("jane", secret))

    def test_failures_are_not_reset_by_a_resend_a_new_challenge_or_time(self):
        self.office.wait(400)
        self.office.begin()
        self.assertEqual(self.failures(), 9)
        self.office.wait(100_000)
        self.office.begin()
        self.office.begin_set_up(number=OTHER_NUMBER)
        self.office.begin_reset()
        self.assertEqual(self.failures(), 9)


class LockTest(SignInTest):
    def test_after_a_hundred_failures_not_even_the_right_code_is_judged(self):
        self.office.fail(99)
        self.office.wait(10_000)
        self.pending, _ = self.office.begin()
        verdict = self.answer(self.office.wrong_code)
        self.assertEqual((verdict.outcome, verdict.wait), (Outcome.WRONG, 0))
        self.office.wait(100)
        self.assertIs(self.answer(self.office.code).outcome, Outcome.LOCKED)
        self.assertEqual(self.failures(), 100)

    def test_no_time_ends_a_lock_and_no_text_is_sent(self):
        self.office.fail(100)
        self.office.wait(10_000_000)
        self.assertIs(self.office.begin()[1].refusal, SendRefusal.LOCKED)
        self.assertIs(self.office.begin_set_up(number=OTHER_NUMBER).refusal, SendRefusal.LOCKED)
        self.assertIs(self.office.verifier.verify_set_up("jane", "123456").outcome, Outcome.LOCKED)

    def test_a_number_bound_anew_by_a_reset_ends_it(self):
        self.office.fail(100)
        self.assertTrue(self.office.begin_reset().sent)
        self.assertTrue(self.office.answer_reset(self.office.code).accepted)
        self.assertEqual(self.failures(), 0)
        pending, receipt = self.office.begin()
        self.assertTrue(receipt.sent)
        self.assertTrue(self.answer(self.office.code, pending=pending).accepted)


class ReprTest(SignInTest):
    def test_the_repr_of_a_verdict_hides_the_proof(self):
        verdict = self.answer(self.office.code)
        self.assertNotIn(verdict.proof, repr(verdict))

    def test_a_blank_account_is_what_an_unknown_member_has(self):
        self.assertEqual(self.office.account("nobody"), Account())
