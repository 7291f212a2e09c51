"""Test texts that are asked for all at once."""

from collective.smsauth.administration import test_message
from collective.smsauth.storage import retries
from collective.smsauth.tests.support import wired as wiring
from collective.smsauth.tests.support.doors import commit
from collective.smsauth.tests.support.doors import DoorTest
from collective.smsauth.tests.support.doors import sent


class TrialTest(DoorTest):
    """Each of several requests has found the last place in the window free before any of them took it."""

    def test_of_those_that_want_the_last_place_at_the_same_moment_one_sends_a_text(self):
        for _ in range(test_message.MOST - 1):
            wiring.windows().hit(test_message._name(), limit=test_message.MOST, window=test_message.WINDOW)
        self.assertEqual([test_message.wait() for _ in range(3)], [0, 0, 0])
        before = sent()
        for _ in range(3):
            test_message.send("+31612345670", wiring.gateway(), self.layer["request"])
        commit()
        self.assertEqual(sent() - before, 1)

    def test_a_request_that_is_run_again_sends_no_test_that_is_not_counted(self):
        before, room = sent(), 2
        for _ in range(test_message.MOST - room):
            wiring.windows().hit(test_message._name(), limit=test_message.MOST, window=test_message.WINDOW)
        retries.begin()
        self.addCleanup(retries.end)
        for _ in range(4):
            retries.restart()
            test_message.send("+31612345670", wiring.gateway(), self.layer["request"])
        self.assertEqual(sent() - before, room)
