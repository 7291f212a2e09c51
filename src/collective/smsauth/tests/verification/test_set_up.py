"""Set-up: only the right code binds the number it was sent to."""

from collective.smsauth.domain.challenge import Outcome
from collective.smsauth.domain.challenge import Purpose
from collective.smsauth.domain.session import hashed
from collective.smsauth.tests.support.parts import ADDRESS
from collective.smsauth.tests.support.parts import NUMBER
from collective.smsauth.tests.support.parts import OTHER_NUMBER
from collective.smsauth.tests.support.parts import VerifierTest
from collective.smsauth.verification import lifecycle
from collective.smsauth.verification.results import SendRefusal


class SetUpTest(VerifierTest):
    def answer(self, code, user_id="joe"):
        return self.office.verifier.verify_set_up(user_id, code)

    def resend(self, user_id="joe"):
        return self.office.verifier.resend(user_id, Purpose.SET_UP, client_address=ADDRESS)


class BindTest(SetUpTest):
    def setUp(self):
        super().setUp()
        self.receipt = self.office.begin_set_up("joe", OTHER_NUMBER)

    def test_the_code_goes_to_the_number_asked_for_which_is_not_bound_yet(self):
        self.assertEqual(self.office.posted[-1].text.to, OTHER_NUMBER)
        self.assertTrue(self.receipt.sent)
        self.assertEqual(self.office.account("joe").number, "")

    def test_the_right_code_binds_the_number_and_proves_the_session(self):
        verdict = self.answer(self.office.code)
        account = self.office.account("joe")
        self.assertTrue(verdict.accepted)
        self.assertEqual((account.number, account.bound_at), (OTHER_NUMBER, self.office.now))
        self.assertIsNotNone(account.session(verdict.proof, now=self.office.now, fingerprint="first password"))

    def test_a_wrong_code_binds_nothing_and_counts(self):
        verdict = self.answer(self.office.wrong_code)
        self.assertEqual((verdict.outcome, verdict.tries_left, verdict.proof), (Outcome.WRONG, 4, ""))
        account = self.office.account("joe")
        self.assertEqual((account.number, account.failures, account.sessions), ("", 1, {}))

    def test_a_code_works_once(self):
        code = self.office.code
        proof = self.answer(code).proof
        lifecycle.note_use(self.office.accounts, "joe", proof)
        self.assertIs(self.answer(code).outcome, Outcome.NONE_OPEN)

    def test_sent_again_it_gives_another_proof_in_place_of_the_first_one_while_that_was_not_used(self):
        code = self.office.code
        first = self.answer(code).proof
        self.events.clear()
        second = self.answer(code)
        self.assertTrue(second.accepted and second.again)
        account = self.office.account("joe")
        self.assertEqual([False, True], [hashed(proof) in account.sessions for proof in (first, second.proof)])
        self.assertEqual([], self.fired(), "nothing was done twice")
        self.office.wait(120)
        self.assertIs(self.answer(code).outcome, Outcome.NONE_OPEN)

    def test_the_code_of_one_pending_sign_in_serves_no_other(self):
        verifier = self.office.verifier
        verifier.begin_set_up("jim", NUMBER, client_address=ADDRESS, binding="one")
        code = self.office.code
        for binding in ("", "other"):
            verdict = self.office.verifier.verify_set_up("jim", code, binding=binding)
            self.assertIs(verdict.outcome, Outcome.NONE_OPEN)
        self.assertTrue(self.office.verifier.verify_set_up("jim", code, binding="one").accepted)

    def test_another_text_goes_on_belonging_to_the_same_pending_sign_in(self):
        self.office.verifier.begin_set_up("jim", NUMBER, client_address=ADDRESS, binding="one")
        self.office.wait(30)
        self.assertTrue(self.resend("jim").sent)
        self.assertTrue(self.office.verifier.verify_set_up("jim", self.office.code, binding="one").accepted)

    def test_an_expired_code_binds_nothing(self):
        self.office.wait(300)
        self.assertIs(self.answer(self.office.code).outcome, Outcome.EXPIRED)
        self.assertEqual(self.office.account("joe").number, "")

    def test_the_code_of_one_member_binds_nothing_for_another(self):
        self.assertIs(self.answer(self.office.code, "jim").outcome, Outcome.NONE_OPEN)
        self.assertIs(self.answer(self.office.code, "jane").outcome, Outcome.NONE_OPEN)

    def test_who_corrects_the_number_gets_a_text_at_once_and_the_first_code_is_worth_nothing(self):
        first = self.office.code
        self.assertTrue(self.office.begin_set_up("joe", NUMBER).sent)
        self.assertIs(self.answer(first).outcome, Outcome.EARLIER)
        self.assertTrue(self.answer(self.office.code).accepted)
        self.assertEqual(self.office.account("joe").number, NUMBER)

    def test_asking_again_for_the_same_number_too_soon_sends_none_and_the_code_goes_on(self):
        self.office.wait(10)
        receipt = self.office.begin_set_up("joe", OTHER_NUMBER)
        self.assertEqual((receipt.sent, receipt.refusal, receipt.wait), (False, SendRefusal.TOO_SOON, 20))
        self.assertTrue(self.answer(self.office.code).accepted)

    def test_a_paused_member_binds_nothing(self):
        self.office.fail(10, "joe")
        self.assertIs(self.answer(self.office.code).outcome, Outcome.PAUSED)
        self.assertIs(self.office.begin_set_up("joe", NUMBER).refusal, SendRefusal.PAUSED)

    def test_a_first_number_is_announced_to_no_former_one(self):
        self.answer(self.office.code)
        self.assertEqual(len(self.office.posted), 1)


class ChangeTest(SetUpTest):
    def setUp(self):
        super().setUp()
        self.pending, _ = self.office.begin()
        self.sign_in_code = self.office.code
        self.office.begin_set_up("jane", OTHER_NUMBER)

    def test_until_the_right_code_the_former_number_stays(self):
        self.answer(self.office.wrong_code, "jane")
        self.assertEqual(self.office.account().number, NUMBER)

    def test_a_change_ends_pending_sign_ins_and_open_codes(self):
        self.assertTrue(self.answer(self.office.code, "jane").accepted)
        verdict = self.office.verifier.verify_sign_in("jane", self.sign_in_code, pending=self.pending)
        self.assertIs(verdict.outcome, Outcome.NONE_OPEN)
        account = self.office.account()
        self.assertEqual((account.number, account.challenges, account.earlier), (OTHER_NUMBER, {}, ()))

    def test_a_change_ends_other_proofs(self):
        verdict = self.office.verifier.verify_sign_in("jane", self.sign_in_code, pending=self.pending)
        self.assertTrue(verdict.accepted)
        new = self.answer(self.office.code, "jane")
        account, now = self.office.account(), self.office.now
        self.assertIsNone(account.session(verdict.proof, now=now, fingerprint="first password"))
        self.assertIsNotNone(account.session(new.proof, now=now, fingerprint="first password"))

    def test_the_former_number_is_told_once_without_a_code(self):
        self.answer(self.office.code, "jane")
        letter = self.office.posted[-1]
        self.assertEqual((letter.text.to, letter.text.body), (NUMBER, "number changed"))
        self.assertEqual((letter.challenge, letter.text.expires), (None, self.office.now + 3600))
        self.assertEqual([one.text.body for one in self.office.posted].count("number changed"), 1)

    def test_binding_the_same_number_again_tells_nobody(self):
        self.office.begin_set_up("jane", NUMBER)
        self.assertTrue(self.answer(self.office.code, "jane").accepted)
        self.assertNotIn("number changed", [letter.text.body for letter in self.office.posted])


class ResendTest(SetUpTest):
    def test_without_a_set_up_in_progress_there_is_no_number_to_send_to(self):
        for user_id in ("jane", "joe"):
            receipt = self.resend(user_id)
            self.assertEqual((receipt.sent, receipt.refusal), (False, SendRefusal.NO_NUMBER))
        self.assertEqual(self.office.posted, [])

    def test_it_goes_to_the_number_asked_for_not_to_the_bound_one(self):
        self.office.begin_set_up("jane", OTHER_NUMBER)
        self.office.wait(30)
        self.assertTrue(self.resend("jane").sent)
        self.assertEqual([letter.text.to for letter in self.office.posted], [OTHER_NUMBER, OTHER_NUMBER])
        self.assertTrue(self.answer(self.office.code, "jane").accepted)

    def test_it_waits_longer_each_time(self):
        self.office.begin_set_up("joe", OTHER_NUMBER)
        self.assertEqual(self.resend().wait, 30)
        self.office.wait(30)
        self.assertEqual(self.resend().wait, 60)
        self.office.wait(59)
        self.assertIs(self.resend().refusal, SendRefusal.TOO_SOON)

    def test_a_set_up_long_given_up_is_not_resent(self):
        self.office.begin_set_up("joe", OTHER_NUMBER)
        self.office.wait(10_000)
        self.assertIs(self.resend().refusal, SendRefusal.NO_NUMBER)

    def test_correcting_the_number_back_and_forth_is_bounded_by_the_limit_of_the_member(self):
        sent = [self.office.begin_set_up("joe", number).sent for number in (OTHER_NUMBER, NUMBER) * 4]
        self.assertEqual(sent.count(True), 5)
