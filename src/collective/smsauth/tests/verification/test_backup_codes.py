"""Signing in with a code in reserve: a prepared one first, a recovery code always, each once, and nothing else by either."""

from collective.smsauth.domain.challenge import Outcome
from collective.smsauth.domain.challenge import Purpose
from collective.smsauth.domain.session import Means
from collective.smsauth.tests.support.parts import ADDRESS
from collective.smsauth.tests.support.parts import FORMER_KEY
from collective.smsauth.tests.support.parts import KEY
from collective.smsauth.tests.support.parts import OTHER_NUMBER
from collective.smsauth.tests.support.parts import VerifierTest
from collective.smsauth.verification import backup_codes
from collective.smsauth.verification import lifecycle
from collective.smsauth.verification import lockout
from collective.smsauth.verification.results import SendRefusal


class ReserveTest(VerifierTest):
    @property
    def reserve(self):
        return backup_codes.BackupCodes(accounts=self.office.accounts, key=self.office.keys[0], now=self.office.now)

    def recovery_codes(self, user_id="jane"):
        return self.reserve.make_recovery_codes(user_id)

    def prepare(self, user_id="jane", lifetime=3600):
        return self.reserve.prepare(user_id, lifetime=lifetime, made_by="frank", reason="phone broken")

    def sign_in(self, code, user_id="jane"):
        pending, _ = self.office.begin(user_id)
        return self.office.verifier.verify_sign_in(user_id, code, pending=pending)

    def means_of(self, verdict, user_id="jane"):
        account = self.office.account(user_id)
        return account.session(verdict.proof, now=self.office.now, fingerprint="first password").means

    @property
    def failures(self):
        return self.office.account().failures


class AgainTest(ReserveTest):
    """A form that is sent twice."""

    def test_the_right_answer_of_each_source_may_be_sent_again_and_another_one_ends_that(self):
        for source in ("recovery", "prepared", "sent"):
            with self.subTest(source):
                self.office.wait(3600)
                if source == "prepared":
                    code = self.prepare()
                pending, _ = self.office.begin()
                code = {"recovery": self.recovery_codes()[0], "sent": self.office.code}.get(source) or code
                shown = f" {code[:3]}-{code[3:]} ".lower()
                first, second = (
                    self.office.verifier.verify_sign_in("jane", answer, pending=pending) for answer in (code, shown)
                )
                self.assertEqual(
                    (True, True, False, True), (first.accepted, second.accepted, first.again, second.again)
                )
                self.assertNotEqual(first.proof, second.proof)
                self.assertEqual(first.means, second.means)
                self.assertEqual(0, self.office.account().wrong_codes_in_a_row)
                wrong = code[:-1] + ("1" if code[-1] == "0" else "0")
                other = self.office.verifier.verify_sign_in("jane", wrong, pending=pending)
                self.assertEqual((Outcome.WRONG, 1), (other.outcome, self.failures))
                last = self.office.verifier.verify_sign_in("jane", code, pending=pending)
                self.assertIs(Outcome.NONE_OPEN, last.outcome)
                lockout.release(self.office.accounts, "jane")

    def test_the_same_seed_makes_the_same_recovery_codes_once(self):
        made = self.reserve.make_recovery_codes("jane", "seed")
        kept, fired = self.office.account(), self.fired()
        self.office.wait(119)
        self.assertEqual(made, self.reserve.make_recovery_codes("jane", "seed"))
        self.assertEqual((kept, fired), (self.office.account(), self.fired()))
        self.office.wait(1)
        self.reserve.make_recovery_codes("jane", "seed")
        self.assertEqual(self.office.now, self.office.account().recovery_made, "made anew")

    def test_none_are_made_in_the_place_of_others_than_the_known_ones(self):
        self.assertEqual(10, len(self.reserve.make_recovery_codes("jane", "one", former=0.0)))
        kept = self.office.account()
        self.assertEqual((), self.reserve.make_recovery_codes("jane", "two", former=0.0))
        self.assertEqual(kept, self.office.account())
        self.assertEqual(10, len(self.reserve.make_recovery_codes("jane", "two", former=kept.recovery_made)))

    def test_a_prepared_code_is_returned_again_for_two_minutes_until_it_is_answered(self):
        def again(seed="seed", user_id="jane"):
            return self.reserve.prepared(user_id, seed)

        self.assertEqual("", again())
        made = self.reserve.prepare("jane", "seed", lifetime=3600, made_by="frank", reason="phone broken")
        self.office.wait(119)
        self.assertEqual((made, "", ""), (again(), again("other"), again(user_id="joe")))
        self.office.wait(1)
        self.assertEqual("", again())
        self.reserve.prepare("jane", "more", lifetime=3600, made_by="frank", reason="phone broken")
        self.assertNotEqual("", again("more"))
        self.sign_in("A" * 12)
        self.assertEqual("", again("more"))


class PreparedTest(ReserveTest):
    def setUp(self):
        super().setUp()
        self.code = self.prepare()
        self.events.clear()

    def resend(self, pending):
        return self.office.verifier.resend("jane", Purpose.SIGN_IN, client_address=ADDRESS, pending=pending)

    def test_nothing_is_sent_to_who_has_one_and_the_receipt_says_so(self):
        _, receipt = self.office.begin()
        self.assertEqual((receipt.sent, receipt.refusal, receipt.means), (False, None, Means.PREPARED_CODE))
        self.assertEqual((self.office.posted, self.fired()), ([], []))

    def test_it_signs_in_once_and_the_session_says_how(self):
        verdict = self.sign_in(f" {self.code[:4].lower()} {self.code[4:]}")
        self.assertEqual((verdict.outcome, verdict.means), (Outcome.ACCEPTED, Means.PREPARED_CODE))
        self.assertEqual(self.means_of(verdict), "prepared-code")
        self.assertEqual(self.fired(), ["ChallengeAnswered", "ReserveCodeUsed"])
        self.assertIs(self.sign_in(self.code).outcome, Outcome.NONE_OPEN)
        self.assertEqual(len(self.office.posted), 1, "the next sign-in is by text again")

    def test_a_generated_code_can_be_asked_for_and_both_are_good(self):
        for use_prepared in (True, False):
            with self.subTest(use_prepared=use_prepared):
                self.office.wait(10_000)
                code = self.prepare()
                pending, _ = self.office.begin()
                self.assertTrue(self.resend(pending).sent)
                chosen, other = (code, self.office.code) if use_prepared else (self.office.code, code)
                self.assertTrue(self.office.verifier.verify_sign_in("jane", chosen, pending=pending).accepted)
                self.assertIs(self.sign_in(other).outcome, Outcome.WRONG if use_prepared else Outcome.NONE_OPEN)

    def test_a_completed_sign_in_leaves_no_code_that_was_made_for_it(self):
        (recovery_code, *_) = self.recovery_codes()
        self.assertTrue(self.sign_in(recovery_code).accepted)
        self.assertIs(self.sign_in(self.code).outcome, Outcome.NONE_OPEN)

    def test_where_nothing_is_generated_none_can_be_asked_for(self):
        self.office.policy = type(self.office.policy)(generate_codes=False)
        pending, receipt = self.office.begin()
        self.assertIs(receipt.means, Means.PREPARED_CODE)
        self.assertIs(self.resend(pending).refusal, SendRefusal.GENERATION_DISABLED)
        self.assertTrue(self.office.verifier.verify_sign_in("jane", self.code, pending=pending).accepted)

    def test_it_ends_with_its_lifetime(self):
        self.office.wait(3600)
        self.assertIs(self.sign_in(self.code).outcome, Outcome.NONE_OPEN)
        self.assertEqual(len(self.office.posted), 1)

    def test_a_new_one_replaces_it_and_withdrawing_ends_it(self):
        code = self.prepare()
        self.assertIs(self.sign_in(self.code).outcome, Outcome.WRONG)
        backup_codes.withdraw(self.office.accounts, "jane")
        self.assertIs(self.sign_in(code).outcome, Outcome.NONE_OPEN)

    def test_wrong_ones_are_counted_and_five_use_it_up(self):
        wrong = "0" * 12
        answers = [self.sign_in(wrong) for _ in range(5)]
        self.assertEqual([answer.tries_left for answer in answers], [4, 3, 2, 1, 0])
        self.assertEqual({(answer.means, answer.wait) for answer in answers}, {(Means.PREPARED_CODE, 0)})
        self.assertEqual((self.failures, self.office.account().wrong_codes_in_a_row), (5, 5))
        self.assertIs(self.sign_in(self.code).outcome, Outcome.TOO_MANY_TRIES)
        self.assertEqual(len(self.office.posted), 1, "a code that is used up is no reason to send none")

    def test_the_wrong_one_that_leads_to_a_pause_says_how_long(self):
        self.office.fail(9)
        verdict = self.sign_in("0" * 12)
        self.assertEqual((verdict.outcome, verdict.tries_left, verdict.wait), (Outcome.WRONG, 4, 60))

    def test_one_that_is_used_up_spent_or_expired_leads_to_no_pause(self):
        for _ in range(5):
            self.sign_in("0" * 12)
        for _ in range(3):
            self.assertIs(self.sign_in(self.code).outcome, Outcome.TOO_MANY_TRIES)
        self.assertEqual((self.failures, self.office.account().wrong_codes_in_a_row), (5, 5))
        code = self.prepare()
        self.assertTrue(self.sign_in(code).accepted)
        for _ in range(3):
            self.assertIs(self.sign_in(code).outcome, Outcome.NONE_OPEN)
        code = self.prepare(lifetime=60)
        self.office.wait(60)
        self.assertIs(self.sign_in(code).outcome, Outcome.NONE_OPEN)
        self.assertEqual((self.failures, self.office.account().wrong_codes_in_a_row), (0, 0))

    def test_a_pause_and_a_lock_hold_it_back_until_an_administrator_ends_them(self):
        for failures, outcome in ((10, Outcome.PAUSED), (100, Outcome.LOCKED)):
            with self.subTest(failures=failures):
                self.office.fail(failures - self.failures)
                self.assertIs(self.sign_in(self.code).outcome, outcome)
        lockout.release(self.office.accounts, "jane")
        self.assertTrue(self.sign_in(self.code).accepted)

    def test_it_serves_no_other_member(self):
        self.office.protect("joe", OTHER_NUMBER)
        self.assertIs(self.sign_in(self.code, "joe").outcome, Outcome.NONE_OPEN)
        self.reserve.prepare("joe", lifetime=3600, made_by="frank", reason="x")
        self.assertIs(self.sign_in(self.code, "joe").outcome, Outcome.WRONG)

    def test_it_binds_no_number_and_answers_no_reset(self):
        self.office.begin_set_up(number=OTHER_NUMBER)
        self.assertIs(self.office.verifier.verify_set_up("jane", self.code).outcome, Outcome.MALFORMED)
        self.office.verifier.begin_contact("jane", self.office.verifier.routes("jane")[0], client_address=ADDRESS)
        self.assertIs(self.office.verifier.verify_contact("jane", self.code).outcome, Outcome.MALFORMED)
        self.office.begin_reset()
        self.assertIs(self.office.answer_reset(self.code).outcome, Outcome.MALFORMED)
        self.assertTrue(self.sign_in(self.code).accepted)

    def test_without_a_pending_sign_in_it_is_not_looked_at(self):
        for pending in ("", "another"):
            verdict = self.office.verifier.verify_sign_in("jane", self.code, pending=pending)
            self.assertIs(verdict.outcome, Outcome.NONE_OPEN)
        self.assertTrue(self.sign_in(self.code).accepted)

    def test_there_is_none_for_a_member_without_a_number(self):
        self.assertEqual(self.prepare("joe"), "")
        self.assertIsNone(self.office.accounts.get("joe"))
        backup_codes.withdraw(self.office.accounts, "joe")
        self.assertIsNone(self.office.accounts.get("joe"))

    def test_turning_off_and_another_number_end_it(self):
        self.office.begin_set_up(number=OTHER_NUMBER)
        self.office.verifier.verify_set_up("jane", self.office.code)
        self.assertIs(self.sign_in(self.code).outcome, Outcome.NONE_OPEN)
        self.assertTrue(self.office.account().prepared.spent, "kept, so that the form that made it makes no other")
        self.prepare()
        lifecycle.unbind(self.office.accounts, "jane")
        self.assertIsNone(self.office.accounts.get("jane") and self.office.account().prepared)

    def test_a_member_who_says_that_it_was_not_him_ends_it_and_a_changed_password_does_not(self):
        lifecycle.end_sessions(self.office.accounts, "jane")
        self.assertIs(self.office.begin()[1].means, Means.PREPARED_CODE)
        lifecycle.disown(self.office.accounts, "jane")
        self.assertIs(self.sign_in(self.code).outcome, Outcome.NONE_OPEN)

    def test_neither_store_nor_events_show_it(self):
        self.assertNotIn(self.code, str(dict(self.office.records["jane"])))
        self.prepare()
        self.assertNotIn("reason", str([vars(event) for event in self.events]))


class RecoveryTest(ReserveTest):
    def setUp(self):
        super().setUp()
        self.codes = self.recovery_codes()
        self.events.clear()

    def test_each_signs_in_once_and_the_session_says_how(self):
        for left, code in zip(range(9, -1, -1), self.codes):
            verdict = self.sign_in(code)
            self.assertEqual((verdict.outcome, verdict.means), (Outcome.ACCEPTED, Means.RECOVERY_CODE))
            self.assertEqual(self.events[-1].left, left)
        self.assertEqual(self.means_of(verdict), "recovery-code")
        self.assertEqual({self.sign_in(code).outcome for code in self.codes}, {Outcome.WRONG})

    def test_it_is_the_same_code_in_small_letters_and_groups(self):
        code = self.codes[0].lower().replace("0", "o").replace("1", "l")
        self.assertTrue(self.sign_in("-".join(code[i : i + 4] for i in range(0, 16, 4))).accepted)

    def test_a_wrong_one_is_judged_as_a_recovery_code_also_during_a_pause(self):
        for failures, outcome in ((0, Outcome.WRONG), (10, Outcome.PAUSED)):
            with self.subTest(failures=failures):
                self.office.fail(failures)
                verdict = self.sign_in("0" * 16)
                self.assertEqual((verdict.outcome, verdict.means), (outcome, Means.RECOVERY_CODE))

    def test_when_they_were_made_is_kept_until_new_ones_are_made(self):
        made = self.office.now
        self.assertEqual(self.office.account().recovery_made, made)
        self.office.wait(60)
        self.sign_in(self.codes[0])
        self.assertEqual(self.office.account().recovery_made, made)
        self.recovery_codes()
        self.assertEqual(self.office.account().recovery_made, made + 60)

    def test_new_ones_make_the_former_void(self):
        codes = self.recovery_codes()
        self.assertIs(self.sign_in(self.codes[0]).outcome, Outcome.WRONG)
        self.assertTrue(self.sign_in(codes[0]).accepted)

    def test_it_is_good_during_a_pause_and_ends_it(self):
        self.office.fail(10)
        self.assertTrue(self.sign_in(self.codes[0]).accepted)
        self.assertEqual(self.failures, 0)

    def test_it_is_good_while_the_number_is_locked_and_does_not_unlock_it(self):
        self.office.fail(100)
        self.assertTrue(self.sign_in(self.codes[0]).accepted)
        self.assertEqual(self.failures, 100)
        self.assertIs(self.office.begin()[1].refusal, SendRefusal.LOCKED)

    def test_it_is_good_where_nothing_is_generated(self):
        self.office.policy = type(self.office.policy)(generate_codes=False)
        pending, receipt = self.office.begin()
        self.assertEqual((receipt.sent, receipt.refusal), (False, SendRefusal.GENERATION_DISABLED))
        self.assertTrue(self.office.verifier.verify_sign_in("jane", self.codes[0], pending=pending).accepted)

    def test_set_up_and_reset_need_a_text_all_the_same(self):
        self.office.policy = type(self.office.policy)(generate_codes=False)
        self.assertTrue(self.office.begin_set_up(number=OTHER_NUMBER).sent)
        self.assertTrue(self.office.begin_reset().sent)

    def test_a_wrong_one_is_counted_until_there_is_a_pause_and_lengthens_none(self):
        outcomes = [self.sign_in("0" * 16).outcome for _ in range(200)]
        self.assertEqual(outcomes, [Outcome.WRONG] * 10 + [Outcome.PAUSED] * 190)
        self.assertEqual((self.failures, self.office.account().wrong_codes_in_a_row), (10, 10))
        self.assertEqual(self.office.verifier.verify_set_up("jane", "123456").wait, 60)

    def test_who_has_none_is_told_the_same(self):
        self.office.protect("joe", OTHER_NUMBER)
        self.assertEqual(self.sign_in(self.codes[0], "joe"), self.sign_in("0" * 16))
        self.assertTrue(self.sign_in(self.codes[0]).accepted)

    def test_it_binds_no_number_and_answers_no_reset(self):
        self.office.begin_set_up(number=OTHER_NUMBER)
        self.assertIs(self.office.verifier.verify_set_up("jane", self.codes[0]).outcome, Outcome.MALFORMED)
        self.office.begin_reset()
        self.assertIs(self.office.answer_reset(self.codes[0]).outcome, Outcome.MALFORMED)
        self.assertEqual(len(self.office.account().recovery), 10)

    def test_without_a_pending_sign_in_it_is_not_looked_at(self):
        verdict = self.office.verifier.verify_sign_in("jane", self.codes[0], pending="another")
        self.assertIs(verdict.outcome, Outcome.NONE_OPEN)
        self.assertEqual(len(self.office.account().recovery), 10)

    def test_another_number_keeps_them_and_turning_off_drops_them(self):
        self.office.begin_set_up(number=OTHER_NUMBER)
        self.office.verifier.verify_set_up("jane", self.office.code)
        self.assertTrue(self.sign_in(self.codes[0]).accepted)
        lifecycle.unbind(self.office.accounts, "jane")
        self.office.protect()
        self.assertIs(self.sign_in(self.codes[1]).outcome, Outcome.WRONG)

    def test_a_changed_password_keeps_them(self):
        lifecycle.end_sessions(self.office.accounts, "jane")
        self.assertTrue(self.sign_in(self.codes[0]).accepted)

    def test_a_code_made_under_a_key_that_was_rotated_since_is_good(self):
        self.office.keys = [FORMER_KEY, KEY]
        self.assertTrue(self.sign_in(self.codes[0]).accepted)

    def test_there_are_none_for_a_member_without_a_number(self):
        self.assertEqual(self.recovery_codes("joe"), ())
        self.assertIsNone(self.office.accounts.get("joe"))

    def test_the_store_shows_none(self):
        stored = str(dict(self.office.records["jane"]))
        self.assertFalse([code for code in self.codes if code in stored])
