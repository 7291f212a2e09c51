"""What the pages say of times: one is said as one."""

from collective.smsauth.domain.challenge import Outcome
from collective.smsauth.flows import messages
from collective.smsauth.verification.results import SendRefusal
from zope.i18n import translate

import unittest


class TestTimes(unittest.TestCase):
    """Messages with a number of seconds or minutes."""

    def test_one_second_and_one_minute_are_said_as_one(self):
        for refusal in SendRefusal:
            for wait in (1, 60):
                with self.subTest(f"{refusal} {wait}"):
                    told = messages.of_refusal(refusal, wait=wait)
                    words = translate((told.mapping or {}).get("why", told))
                    self.assertNotRegex(words, r"\b1 (?:seconds|minutes)|\$\{")

    def test_more_are_said_as_many(self):
        self.assertIn("in 2 minutes", self.why(wait=61))
        self.assertIn("in one minute", self.why(wait=60))
        self.assertIn("in 2 seconds", translate(messages.of_refusal(SendRefusal.TOO_SOON, wait=2)))
        self.assertIn("in one second", translate(messages.of_refusal(SendRefusal.TOO_SOON, wait=1)))

    def why(self, wait):
        """Return the second sentence of a refusal; without catalogues, it is not filled into the first."""
        refusal = messages.of_refusal(SendRefusal.MEMBER_LIMIT, wait=wait)
        self.assertEqual("No code was sent. ${why}", refusal.default)
        return translate(refusal.mapping["why"])

    def test_outcomes_likewise(self):
        for wait, words in {1: "in one second", 30: "in 30 seconds"}.items():
            paused = messages.of_outcome(Outcome.PAUSED, tries=0, wait=wait, length=6)
            self.assertIn(words, translate(paused))
        self.assertIn(
            "Tries left for this code: 1.", translate(messages.of_outcome(Outcome.WRONG, tries=1, wait=0, length=6))
        )
