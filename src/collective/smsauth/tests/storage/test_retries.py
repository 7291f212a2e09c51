"""Which requests are the same one, run again after a conflict."""

from collective.smsauth.storage import retries
from collective.smsauth.tests.support import wired as wiring
from collective.smsauth.tests.support.contexts import entered
from collective.smsauth.tests.support.doors import DoorTest
from transaction.interfaces import TransientError
from types import SimpleNamespace
from unittest import mock
from ZPublisher.HTTPRequest import HTTPRequest
from ZPublisher.interfaces import IPubAfterTraversal

import zope.event


class RunsTest(DoorTest):
    """A window with room for one, and a subscriber that counts there and then may be in conflict."""

    def setUp(self):
        super().setUp()
        self.counted, self.conflicts, self.tries = [], 0, 1
        # as in zope.conf, but without the pauses before the runs
        entered(self, mock.patch.multiple(HTTPRequest, retry_max_count=3, delay_retry=lambda request: None))
        zope.event.subscribers.append(self.count)
        self.addCleanup(zope.event.subscribers.remove, self.count)

    def hit(self) -> bool:
        return wiring.windows().hit("a", limit=1, window=60)

    def count(self, event) -> None:
        if IPubAfterTraversal.providedBy(event):
            self.counted.append([self.hit() for _ in range(self.tries)])
            if len(self.counted) <= self.conflicts:
                raise TransientError("somebody was faster")

    def test_a_request_that_is_run_again_keeps_its_place(self):
        self.conflicts = 2
        self.client().get("/plone")
        self.assertEqual([[True]] * 3, self.counted)

    def test_and_gets_no_second_one(self):
        self.conflicts, self.tries = 1, 2
        self.client().get("/plone")
        self.assertEqual([[True, False]] * 2, self.counted)

    def test_another_request_gets_none(self):
        self.client().get("/plone")
        self.client().get("/plone")
        self.assertEqual([[True], [False]], self.counted)

    def test_nor_does_one_whose_first_run_ended_before_it_began(self):
        self.client().get("/plone")
        retries.begin_attempts(SimpleNamespace(request=SimpleNamespace(retry_count=1)))
        self.addCleanup(retries.end_attempts, SimpleNamespace())
        self.assertFalse(self.hit())
