"""Test texts that are asked for all at once."""

from collective.smsauth import runs
from collective.smsauth import trial
from collective.smsauth import wiring
from collective.smsauth.tests.doors import commit
from collective.smsauth.tests.doors import DoorTest
from collective.smsauth.tests.doors import sent


class TrialTest(DoorTest):
    """Each of several requests has found the last place in the window free before any of them took it."""

    def test_of_those_that_want_the_last_place_at_the_same_moment_one_sends_a_text(self):
        for _ in range(trial.MOST - 1):
            wiring.windows().hit(trial._name(), limit=trial.MOST, window=trial.WINDOW)
        self.assertEqual([trial.wait() for _ in range(3)], [0, 0, 0])
        before = sent()
        for _ in range(3):
            trial.send("+31612345670", wiring.gateway(), self.layer["request"])
        commit()
        self.assertEqual(sent() - before, 1)

    def test_a_request_that_is_run_again_sends_no_test_that_is_not_counted(self):
        before, room = sent(), 2
        for _ in range(trial.MOST - room):
            wiring.windows().hit(trial._name(), limit=trial.MOST, window=trial.WINDOW)
        runs.begin()
        self.addCleanup(runs.end)
        for _ in range(4):
            runs.again()
            trial.send("+31612345670", wiring.gateway(), self.layer["request"])
        self.assertEqual(sent() - before, room)
