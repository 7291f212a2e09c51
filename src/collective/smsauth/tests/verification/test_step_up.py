"""A code in a session that was let in without one, and answers that are good once."""

from collective.smsauth.domain.challenge import Outcome
from collective.smsauth.domain.session import hashed
from collective.smsauth.tests.support.parts import ADDRESS
from collective.smsauth.tests.support.parts import NUMBER
from collective.smsauth.tests.support.parts import VerifierTest
from collective.smsauth.verification import lifecycle


class StepUpTest(VerifierTest):
    def begin(self, session="one"):
        return self.office.verifier.begin_step_up("jane", session, client_address=ADDRESS)

    def answer(self, code, session="one"):
        return self.office.verifier.verify_step_up("jane", code, session)

    def test_the_code_is_good_once_and_for_the_session_that_asked_for_it(self):
        _, receipt = self.begin()
        self.assertTrue(receipt.sent)
        code = self.office.code
        self.assertIs(self.answer(code, "other").outcome, Outcome.NONE_OPEN)
        verdict = self.answer(code)
        self.assertTrue(verdict.accepted and verdict.proof)
        self.assertIs(self.answer(code).outcome, Outcome.NONE_OPEN)
        self.assertEqual({}, dict(self.office.account().answered))

    def test_time_that_passes_in_between_makes_no_difference_while_the_code_is_good(self):
        self.begin()
        code = self.office.code
        self.office.wait(299)
        self.assertTrue(self.answer(code).accepted)

    def test_its_token_takes_the_same_code(self):
        token, _ = self.begin()
        verdict = self.office.verifier.verify_sign_in("jane", self.office.code, pending=token, once=True)
        self.assertTrue(verdict.accepted)

    def test_a_code_that_was_sent_for_a_sign_in_is_none_here(self):
        self.office.begin()
        code = self.office.code
        self.assertIs(self.answer(code).outcome, Outcome.NONE_OPEN)
        self.office.wait(31)
        self.begin()
        self.assertIs(self.answer(code).outcome, Outcome.WRONG)

    def test_it_ends_with_all_sessions(self):
        self.begin()
        code = self.office.code
        lifecycle.end_sessions(self.office.accounts, "jane")
        self.assertIs(self.answer(code).outcome, Outcome.NONE_OPEN)

    def test_wrong_codes_are_counted(self):
        self.begin()
        self.assertIs(self.answer(self.office.wrong_code).outcome, Outcome.WRONG)
        self.assertEqual(1, self.office.account().failures)


class OnceTest(VerifierTest):
    def test_a_right_answer_that_is_good_once_makes_one_session_and_leaves_it_alone(self):
        pending, _ = self.office.begin()
        code = self.office.code
        first = self.office.verifier.verify_sign_in("jane", code, pending=pending, once=True)
        for once in (True, False):
            again = self.office.verifier.verify_sign_in("jane", code, pending=pending, once=once)
            self.assertIs(again.outcome, Outcome.NONE_OPEN)
        self.assertEqual({hashed(first.proof)}, set(self.office.account().sessions))

    def test_so_does_that_of_a_set_up(self):
        self.office.begin_set_up("joe", NUMBER)
        code = self.office.code
        first = self.office.verifier.verify_set_up("joe", code, once=True)
        self.assertTrue(first.accepted)
        for once in (True, False):
            self.assertIs(self.office.verifier.verify_set_up("joe", code, once=once).outcome, Outcome.NONE_OPEN)
        self.assertEqual(1, len(self.office.account("joe").sessions))
