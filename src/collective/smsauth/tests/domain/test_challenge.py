"""One code, one purpose, one number, one use."""

from collective.smsauth.domain import challenge as challenges
from collective.smsauth.domain.challenge import Outcome
from collective.smsauth.domain.challenge import Purpose
from collective.smsauth.domain.channels import Channel
from collective.smsauth.domain.channels import Route
from collective.smsauth.tests.support.parts import FORMER_KEY
from collective.smsauth.tests.support.parts import KEY
from collective.smsauth.tests.support.parts import NOON
from collective.smsauth.tests.support.parts import NUMBER
from collective.smsauth.tests.support.parts import OTHER_NUMBER
from dataclasses import replace

import unittest


def issued(**changes):
    facts = {
        "key": KEY,
        "user_id": "jane",
        "purpose": Purpose.SIGN_IN,
        "route": Route(to=NUMBER, channel=Channel.TEXT),
        "code": "908172",
        "now": NOON,
        "lifetime": 300,
    }
    return challenges.issue(**{**facts, **changes})


def answered(challenge, code="908172", **changes):
    facts = {"keys": [KEY], "user_id": "jane", "purpose": Purpose.SIGN_IN, "now": NOON + 10, "max_tries": 5}
    return challenges.answer(challenge, code=code, **{**facts, **changes})


class IssueTest(unittest.TestCase):
    def test_a_challenge_does_not_contain_its_code(self):
        self.assertNotIn("908172", str(vars(issued())))

    def test_it_ends_when_its_lifetime_is_over(self):
        challenge = issued()
        self.assertTrue(challenge.is_open(now=NOON + 299.9, max_tries=5))
        self.assertFalse(challenge.is_open(now=NOON + 300, max_tries=5))

    def test_it_is_closed_by_the_last_try(self):
        challenge = replace(issued(), tries=4)
        self.assertTrue(challenge.is_open(now=NOON, max_tries=5))
        self.assertFalse(replace(challenge, tries=5).is_open(now=NOON, max_tries=5))

    def test_the_same_code_twice_has_two_digests(self):
        self.assertNotEqual(issued().digest, issued().digest)

    def test_a_new_challenge_waits_for_its_text_to_leave(self):
        self.assertEqual(issued().delivery, "queued")
        self.assertIs(type(issued().delivery), str)

    def test_its_repr_tells_neither_number_nor_digest_nor_link(self):
        challenge = issued(binding="the link")
        for hidden in (NUMBER, challenge.digest, "the link"):
            self.assertNotIn(hidden, repr(challenge))


class AnswerTest(unittest.TestCase):
    def test_the_right_code_is_accepted_and_the_challenge_is_gone(self):
        self.assertEqual(answered(issued()), (None, Outcome.ACCEPTED))

    def test_a_wrong_code_costs_one_try(self):
        challenge = issued()
        self.assertEqual(answered(challenge, "908173"), (replace(challenge, tries=1), Outcome.WRONG))

    def test_the_right_code_is_still_accepted_at_the_last_try(self):
        self.assertEqual(answered(replace(issued(), tries=4))[1], Outcome.ACCEPTED)

    def test_after_the_last_try_even_the_right_code_is_refused(self):
        spent = replace(issued(), tries=5)
        self.assertEqual(answered(spent), (spent, Outcome.TOO_MANY_TRIES))

    def test_at_the_second_it_expires_the_right_code_is_refused_and_nothing_counted(self):
        challenge = issued()
        self.assertEqual(answered(challenge, now=NOON + 300), (challenge, Outcome.EXPIRED))

    def test_an_answer_to_no_challenge_is_refused(self):
        self.assertEqual(answered(None), (None, Outcome.NONE_OPEN))

    def test_an_answer_on_the_page_of_another_purpose_is_refused(self):
        for purpose in (Purpose.SET_UP, Purpose.RESET):
            challenge = issued()
            self.assertEqual(answered(challenge, purpose=purpose), (challenge, Outcome.NONE_OPEN))

    def test_an_answer_by_another_link_is_refused(self):
        challenge = issued(purpose=Purpose.RESET, binding="one link")
        result = answered(challenge, purpose=Purpose.RESET, binding="another link")
        self.assertEqual(result, (challenge, Outcome.NONE_OPEN))
        self.assertEqual(answered(challenge, purpose=Purpose.RESET, binding="one link")[1], Outcome.ACCEPTED)

    def test_a_code_is_worth_nothing_for_another_user_number_challenge_purpose_or_link(self):
        challenge = issued()
        lifted = {
            "user": answered(challenge, user_id="joe"),
            "number": answered(replace(challenge, to=OTHER_NUMBER)),
            "challenge": answered(replace(challenge, id=issued().id)),
            "purpose": answered(replace(challenge, purpose=Purpose.SET_UP), purpose=Purpose.SET_UP),
            "link": answered(replace(challenge, binding="link"), binding="link"),
        }
        for name, (_, outcome) in lifted.items():
            with self.subTest(name):
                self.assertIs(outcome, Outcome.WRONG)

    def test_a_code_issued_under_a_retired_key_is_still_good(self):
        challenge = issued(key=FORMER_KEY)
        self.assertEqual(answered(challenge, keys=[KEY, FORMER_KEY])[1], Outcome.ACCEPTED)
        self.assertEqual(answered(challenge, keys=[KEY])[1], Outcome.WRONG)

    def test_only_answers_that_were_compared_count_as_failures(self):
        self.assertEqual(challenges.COUNTED, {Outcome.WRONG})


class UnansweredTest(unittest.TestCase):
    def unanswered(self, challenge, **changes):
        return challenges.is_unanswered(challenge, **{"to": NUMBER, "now": NOON, "window": 1800, **changes})

    def test_a_code_is_unanswered_for_as_long_as_the_window(self):
        self.assertTrue(self.unanswered(issued(), now=NOON + 1799))
        self.assertFalse(self.unanswered(issued(), now=NOON + 1800))

    def test_a_code_to_another_number_is_another_matter(self):
        self.assertFalse(self.unanswered(issued(), to=OTHER_NUMBER))
