"""Reset: the link from the e-mail and the code from the text together change the number, and sign nobody in."""

from collective.smsauth.domain.account import Account
from collective.smsauth.domain.challenge import Outcome
from collective.smsauth.domain.challenge import Purpose
from collective.smsauth.domain.policy import Policy
from collective.smsauth.tests.support.parts import ADDRESS
from collective.smsauth.tests.support.parts import FORMER_KEY
from collective.smsauth.tests.support.parts import KEY
from collective.smsauth.tests.support.parts import NUMBER
from collective.smsauth.tests.support.parts import OTHER_NUMBER
from collective.smsauth.tests.support.parts import VerifierTest
from collective.smsauth.verification.results import SendRefusal


class ResetTest(VerifierTest):
    def setUp(self):
        super().setUp()
        self.receipt = self.office.begin_reset()

    def answer(self, code, user_id="jane", **link):
        return self.office.answer_reset(code, user_id, **link)

    def number(self):
        return self.office.account().number


class LinkTest(ResetTest):
    def is_open(self, signature="signature", user_id="jane"):
        return self.office.verifier.is_open_link(user_id, signature)

    def test_the_link_is_open_for_ten_minutes(self):
        self.office.wait(599)
        self.assertTrue(self.is_open())
        self.office.wait(1)
        self.assertFalse(self.is_open())

    def test_no_other_signature_and_no_other_member_opens_it(self):
        self.office.protect("joe", "+15005550006")
        self.assertFalse(self.is_open("signaturf"))
        self.assertFalse(self.is_open(""))
        self.assertFalse(self.is_open(user_id="joe"))
        self.assertFalse(self.is_open(user_id="nobody"))

    def test_a_key_that_was_rotated_since_still_opens_it(self):
        self.office.keys = [FORMER_KEY, KEY]
        self.assertTrue(self.is_open())

    def test_the_signature_is_not_stored(self):
        self.assertNotIn("signature", str(vars(self.office.account().reset)))

    def test_it_is_used_up_by_the_right_code(self):
        code = self.office.code
        self.assertTrue(self.answer(code).accepted)
        self.assertFalse(self.is_open())
        self.assertTrue(self.answer(code).again, "the page may have been lost")
        self.office.wait(120)
        self.assertIs(self.answer(code).outcome, Outcome.NONE_OPEN)

    def test_a_new_link_takes_the_place_of_the_former_one(self):
        former = self.office.code
        self.office.wait(30)
        self.office.begin_reset(signature="second signature", link_id="second link")
        self.assertFalse(self.is_open())
        self.assertTrue(self.is_open("second signature"))
        self.assertIs(self.answer(former).outcome, Outcome.NONE_OPEN)

    def test_a_refused_reset_leaves_the_former_link_open(self):
        receipt = self.office.begin_reset(signature="second signature", link_id="second link")
        self.assertEqual((receipt.sent, receipt.refusal), (False, SendRefusal.TOO_SOON))
        self.assertTrue(self.is_open())
        self.assertTrue(self.answer(self.office.code).accepted)


class AnswerTest(ResetTest):
    def test_the_code_goes_to_the_new_number_alone(self):
        self.assertEqual([letter.text.to for letter in self.office.posted], [OTHER_NUMBER])
        self.assertTrue(self.receipt.sent)

    def test_the_right_code_by_the_link_changes_the_number_and_signs_nobody_in(self):
        verdict = self.answer(self.office.code)
        self.assertEqual((verdict.accepted, verdict.proof), (True, ""))
        self.assertEqual((self.number(), self.office.account().sessions), (OTHER_NUMBER, {}))

    def test_the_right_code_without_the_link_changes_nothing_and_stays_good(self):
        for link in ({"signature": "other"}, {"signature": ""}, {"link_id": "other"}, {"link_id": ""}):
            with self.subTest(link):
                self.assertIs(self.answer(self.office.code, **link).outcome, Outcome.NONE_OPEN)
        self.assertEqual(self.number(), NUMBER)
        self.assertTrue(self.answer(self.office.code).accepted)

    def test_an_expired_code_changes_nothing(self):
        self.office.policy = Policy(reset_link_lifetime=3600)
        self.office.wait(30)
        self.office.begin_reset()
        self.office.wait(600)
        self.assertIs(self.answer(self.office.code).outcome, Outcome.EXPIRED)
        self.assertEqual(self.number(), NUMBER)

    def test_a_reset_code_cannot_finish_a_set_up(self):
        reset = self.office.code
        self.assertIs(self.office.verifier.verify_set_up("jane", reset).outcome, Outcome.NONE_OPEN)

    def test_proofs_pending_sign_ins_and_codes_end(self):
        pending, _ = self.office.begin()
        proof = self.office.verifier.verify_sign_in("jane", self.office.code, pending=pending).proof
        self.assertTrue(proof)
        self.office.begin()
        self.assertTrue(self.answer(self.office.posted[0].text.body.split()[-1]).accepted)
        account = self.office.account()
        self.assertEqual((account.sessions, account.challenges, account.earlier), ({}, {}, ()))

    def test_the_former_number_is_told_once(self):
        self.answer(self.office.code)
        told = [letter.text.to for letter in self.office.posted if letter.text.body == "number changed"]
        self.assertEqual(told, [NUMBER])


class GuessingTest(ResetTest):
    def test_guesses_are_bounded_by_tries_for_each_code_and_texts_for_each_member(self):
        judged = 0
        for number in range(20):
            receipt = self.office.begin_reset(number=f"+316123456{number:02}")
            if not receipt.sent:
                continue
            for _ in range(10):
                judged += self.answer(self.office.wrong_code).outcome is Outcome.WRONG
        self.assertEqual(judged, 4 * 5)

    def test_a_fifth_wrong_code_closes_the_code(self):
        left = [self.answer(self.office.wrong_code).tries_left for _ in range(5)]
        self.assertEqual(left, [4, 3, 2, 1, 0])
        self.assertIs(self.answer(self.office.code).outcome, Outcome.TOO_MANY_TRIES)
        self.assertEqual(self.number(), NUMBER)

    def test_wrong_reset_codes_can_neither_pause_nor_lock_the_owners_sign_in(self):
        self.office.fail(9)
        for _ in range(5):
            self.assertEqual(self.answer(self.office.wrong_code).wait, 0)
        self.assertEqual(self.office.account().failures, 9)
        self.assertTrue(self.office.begin()[1].sent)

    def test_neither_pause_nor_lock_of_signing_in_closes_the_reset(self):
        for failures in (10, 100):
            with self.subTest(failures=failures):
                self.office.fail(failures)
                self.office.wait(600)
                self.office.fail(1)
                self.assertTrue(self.office.begin_reset().sent)
                self.assertIs(self.answer(self.office.wrong_code).outcome, Outcome.WRONG)
        self.assertTrue(self.answer(self.office.code).accepted)

    def test_there_is_no_resend_for_a_reset(self):
        self.office.wait(100)
        receipt = self.office.verifier.resend("jane", Purpose.RESET, client_address=ADDRESS, pending="signature")
        self.assertEqual((receipt.sent, receipt.refusal), (False, SendRefusal.NONE_OPEN))
        self.assertEqual(len(self.office.posted), 1)


class NobodyTest(ResetTest):
    def test_a_reset_for_nobody_answers_alike_sends_nothing_and_keeps_no_record(self):
        receipt = self.office.begin_reset("", "+31612345679")
        self.assertEqual(receipt, self.receipt)
        self.assertEqual(len(self.office.posted), 1)
        self.assertIsNone(self.office.accounts.get(""))
        self.assertFalse(self.office.verifier.is_open_link("", "signature"))
        self.assertEqual(self.fired(), ["ChallengeIssued"])

    def test_it_counts_for_number_and_address_like_any_other(self):
        for number in range(19):
            self.assertTrue(self.office.begin_reset("", f"+316123456{number:02}").sent)
        self.assertIs(self.office.begin_reset("", "+31612345699").refusal, SendRefusal.ADDRESS_LIMIT)

    def test_a_reset_without_a_number_is_refused(self):
        self.assertIs(self.office.begin_reset(number="").refusal, SendRefusal.NO_NUMBER)
        self.assertEqual(self.office.account("nobody"), Account())
