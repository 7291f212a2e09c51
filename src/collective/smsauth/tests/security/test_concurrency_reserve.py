"""One recovery code, one prepared code, many sign-ins at the same moment: exactly one of them wins."""

from collective.smsauth.domain.challenge import Outcome
from collective.smsauth.interfaces import IChallengeAnswered
from collective.smsauth.interfaces import IReserveCodeUsed
from collective.smsauth.testing import texts
from collective.smsauth.tests.security.test_concurrency import ConcurrencyTest
from collective.smsauth.tests.support import wired as wiring
from collective.smsauth.tests.support.crowd import at_once

import transaction


class ReserveRaceTest(ConcurrencyTest):
    """Four browsers that have given anna's password."""

    def setUp(self):
        super().setUp()
        self.protect()

    def race(self, code, parties=4):
        """Send the code from all browsers at once, and twice from each; return the answers."""
        transaction.commit()
        browsers = [self.visitor().sign_in("anna") for _ in range(4)]
        texts()  # until none is on its way: what becomes of it would be written meanwhile
        forms = [browser.form("verify").filled(code=code) for browser in browsers for _ in range(2)]
        collision = self.collide(parties)
        answers = at_once(forms)
        self.assertTrue(collision.took_place.is_set(), "several have to be judged before one is committed")
        return answers

    def assert_one_winner(self, answers):
        self.assertEqual(1, len(self.standing(answers)))
        self.assertEqual(1, len(self.account().sessions))
        self.assertEqual(1, len(self.committed.of(IChallengeAnswered, Outcome.ACCEPTED)))
        self.assertEqual(1, len(self.committed.of(IReserveCodeUsed)))

    def test_one_recovery_code_raced_in_parallel_signs_in_once(self):
        code, *others = wiring.reserve().make_recovery_codes("anna")
        self.assert_one_winner(self.race(code))
        self.assertEqual(len(others), len(self.account().recovery))

    def test_one_prepared_code_raced_in_parallel_signs_in_once(self):
        code = wiring.reserve().prepare("anna", lifetime=3600, made_by="frank", reason="phone broken")
        self.assert_one_winner(self.race(code))
        self.assertTrue(self.account().prepared.spent)

    def test_wrong_ones_in_parallel_are_each_counted_until_the_pause(self):
        wiring.reserve().make_recovery_codes("anna")
        self.race("0" * 16)
        self.assertEqual(len(self.committed.of(IChallengeAnswered, Outcome.WRONG)), self.account().failures)
        self.assertEqual(10, len(self.account().recovery))
