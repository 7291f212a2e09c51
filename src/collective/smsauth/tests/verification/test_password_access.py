"""Codes for whoever types a login: what is counted, what is kept, and what the same calls read and write for everybody."""

from collective.smsauth import events
from collective.smsauth.domain import challenge as challenges
from collective.smsauth.domain.challenge import Outcome
from collective.smsauth.domain.challenge import Purpose
from collective.smsauth.domain.channels import Channel
from collective.smsauth.domain.channels import Route
from collective.smsauth.domain.session import hashed
from collective.smsauth.storage.password_access import PasswordAttempt
from collective.smsauth.storage.password_access import PasswordAttempts
from collective.smsauth.tests.support.parts import ADDRESS
from collective.smsauth.tests.support.parts import FORMER_KEY
from collective.smsauth.tests.support.parts import KEY
from collective.smsauth.tests.support.parts import NUMBER
from collective.smsauth.tests.support.parts import VerifierTest
from collective.smsauth.verification.password_access import PasswordAccess
from dataclasses import replace

DAY = 24 * 60 * 60


class AccessingTest(VerifierTest):
    rules = {"access_page": True, "texts_per_user": 100, "texts_per_number": 1000, "texts_per_address": 1000}

    def setUp(self):
        super().setUp()
        self.keeper = self.office
        self.right, self.wrong = [], []

    @property
    def access(self):
        return PasswordAccess(verifier=self.office.verifier, password_attempts=PasswordAttempts(self.keeper))

    def begin(self, user_id="jane", secret="secret", login="jane"):
        self.access.begin(user_id, secret, login=login, client_address=ADDRESS)
        return secret

    def answer(self, code, secret="secret"):
        return self.access.judge(secret, code, on_right=self.right.append, on_wrong=self.wrong.append)

    def posted(self):
        return len(self.office.posted)

    def shape(self, secret):
        """Return types and lengths of what is kept of a visit."""
        visit = PasswordAttempts(self.keeper).get(hashed(secret))
        return {key: (type(value), len(str(value))) for key, value in vars(visit.challenge).items()}


class TestAccess(AccessingTest):
    def test_the_code_is_right_once(self):
        self.begin()
        self.assertTrue(self.answer(self.office.code).accepted)
        self.assertTrue(self.answer(self.office.code).again, "the page may have been lost")
        self.assertEqual(["jane"], self.right, "one e-mail")
        self.office.wait(120)
        self.assertEqual(Outcome.NONE_OPEN, self.answer(self.office.code).outcome)

    def test_the_right_code_is_used_up_in_the_record_of_the_member(self):
        self.begin()
        self.assertIn(Purpose.ACCESS, self.office.account().challenges)
        self.assertTrue(self.answer(self.office.code).accepted)
        self.assertNotIn(Purpose.ACCESS, self.office.account().challenges)

    def test_whose_wrong_answer_it_is_is_told_for_what_is_counted_afterwards(self):
        self.begin("jane", "one")
        self.begin("", "two", login="nobody")
        wrong = self.office.wrong_code
        for secret in ("one", "two"):
            self.answer(wrong, secret)
        self.assertEqual((["jane", ""], []), (self.wrong, self.right))

    def test_a_decoy_is_kept_in_the_same_shape_and_nothing_is_posted(self):
        self.begin("jane", "one")
        self.begin("", "two", login="nobody")
        self.assertEqual(1, self.posted())
        self.assertEqual(self.shape("one"), self.shape("two"))

    def test_no_code_is_right_for_a_decoy(self):
        for number in range(200):
            secret = self.begin("", f"secret {number}", login=f"nobody {number}")
            for code in range(5):
                self.assertFalse(self.answer(f"{code:06}", secret).accepted)

    def test_not_even_the_code_that_a_decoy_was_made_of_is_right_and_it_counts_as_wrong(self):
        verifier, name = self.office.verifier, hashed("secret")
        decoy = challenges.issue(
            key=verifier.keys[0],
            user_id="",
            purpose=Purpose.ACCESS,
            route=Route(to=NUMBER, channel=Channel.TEXT),
            code="123456",
            now=self.office.now,
            lifetime=300,
            binding=name,
        )
        PasswordAttempts(self.keeper).add(name, PasswordAttempt(user_id="", challenge=decoy), now=self.office.now)
        for left in (4, 3):
            verdict = self.answer("123456")
            self.assertEqual((Outcome.WRONG, left), (verdict.outcome, verdict.tries_left))
        self.assertEqual(["", ""], self.wrong)

    def test_a_judged_wrong_answer_writes_the_same_for_both_and_touches_no_account(self):
        self.begin("jane", "one")
        self.begin("", "two", login="nobody")
        self.begin("jane", "three", login="again")  # too soon: a decoy
        before = {name: dict(record) for name, record in self.office.records.items()}
        wrong = self.office.wrong_code
        verdicts = [self.answer(wrong, secret) for secret in ("one", "two", "three", "never begun")]
        self.assertEqual(1, len(set(verdicts)))
        self.assertEqual([1, 1, 1], sorted(len(times) for times in self.keeper._wrong_answers.values()))
        self.assertEqual(before, {name: dict(record) for name, record in self.office.records.items()})

    def test_the_tries_of_a_visit_are_those_of_a_code(self):
        self.begin()
        for left in (4, 3, 2, 1, 0):
            verdict = self.answer(self.office.wrong_code)
            self.assertEqual((Outcome.WRONG, left), (verdict.outcome, verdict.tries_left))
        self.assertEqual(Outcome.TOO_MANY_TRIES, self.answer(self.office.code).outcome)

    def test_what_was_never_kept_is_answered_like_the_rest_and_not_written_down(self):
        for left in (4, 3, 2, 1, 0):
            verdict = self.answer("123456", "never begun")
            self.assertEqual((Outcome.WRONG, left), (verdict.outcome, verdict.tries_left))
        self.assertEqual(Outcome.MALFORMED, self.answer("12345", "never begun").outcome)
        self.assertEqual(Outcome.TOO_MANY_TRIES, self.answer("123456", "never begun").outcome)
        self.assertFalse(hasattr(self.keeper, "_wrong_answers"))
        self.assertEqual([""] * 5, self.wrong)

    def test_what_is_no_code_is_not_counted(self):
        self.begin()
        for odd in (None, "", "12345", 123456, b"123456", "x" * 1000):
            self.assertEqual(Outcome.MALFORMED, self.answer(odd).outcome)
        self.assertTrue(self.answer(self.office.code).accepted)

    def test_it_expires_for_both(self):
        self.begin("jane", "one")
        self.begin("", "two", login="nobody")
        self.office.wait(300)
        self.assertEqual([Outcome.EXPIRED] * 2, [self.answer("123456", secret).outcome for secret in ("one", "two")])

    def test_a_member_who_is_held_gets_none_and_a_hold_since_refuses_the_right_code(self):
        self.begin()
        code = self.office.code
        self.office.fail(10)
        self.assertEqual(Outcome.PAUSED, self.answer(code).outcome)
        self.office.wait(1000)
        self.office.fail(100)
        posted = self.posted()
        self.begin(secret="another")
        self.assertEqual(posted, self.posted())

    def test_nothing_is_sent_where_codes_are_not_made(self):
        self.office.policy = replace(self.office.policy, generate_codes=False)
        self.begin()
        self.assertEqual(0, self.posted())

    def test_asking_is_limited_by_login_and_by_address_whoever_is_asked_for(self):
        self.office.policy = replace(self.office.policy, texts_per_user=2)
        for number in range(4):
            self.begin("", f"secret {number}", login="nobody")
        self.assertEqual(2, len(self.keeper._password_attempts))
        self.office.policy = replace(self.office.policy, texts_per_user=100, texts_per_address=5)
        for number in range(6):
            self.begin("", f"other {number}", login=f"nobody {number}")
        self.assertEqual(2 + 1, len(self.keeper._password_attempts), "four were counted before the limit was changed")

    def test_misses_of_a_member_stop_codes_for_a_day_and_leave_the_sign_in_alone(self):
        for _ in range(10):
            self.access.count_wrong_answer("jane")
        self.begin()
        self.assertEqual(0, self.posted())
        self.assertEqual((0, 0), (self.office.account().failures, self.office.account().wrong_codes_in_a_row))
        self.office.wait(DAY)
        self.begin(secret="later")
        self.assertEqual(1, self.posted())

    def test_what_was_counted_after_a_rotation_still_counts_once_the_former_key_is_gone(self):
        self.office.policy = replace(self.office.policy, texts_per_user=2)
        self.office.keys = [KEY, FORMER_KEY]
        for secret in ("one", "two"):
            self.begin("", secret, login="nobody")
        for _ in range(10):
            self.access.count_wrong_answer("jane")
        self.office.keys = [KEY]
        self.begin("", "three", login="nobody")
        self.assertEqual(2, len(self.keeper._password_attempts))
        self.begin("jane", "four")
        self.assertEqual(0, self.posted())

    def test_answers_are_told(self):
        self.events.clear()
        self.begin()
        self.access.count_wrong_answer("jane")
        self.answer(self.office.code)
        self.assertEqual(["ChallengeIssued", "ChallengeAnswered", "ChallengeAnswered"], self.fired())
        self.assertEqual({Purpose.ACCESS}, {event.purpose for event in self.events})
        self.assertIsInstance(self.events[0], events.ChallengeIssued)

    def test_what_has_ended_goes(self):
        for number in range(30):
            self.begin("", f"secret {number}", login=f"nobody {number}")
            self.answer("000000", f"secret {number}")
        self.office.wait(2 * DAY)
        for number in range(10):
            self.begin("", f"later {number}", login=f"nobody {number}")
            self.answer("000000", f"later {number}")
        self.assertLessEqual(len(self.keeper._password_attempts), 12)
        self.assertLessEqual(len(self.keeper._wrong_answers), 12)
