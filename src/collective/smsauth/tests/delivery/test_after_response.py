"""Work after the answer: done once, for what was committed, with the language and the addresses of the request."""

from collective.smsauth.delivery.after_response import after_answer
from collective.smsauth.interfaces import IDispatcher
from collective.smsauth.testing import FUNCTIONAL
from collective.smsauth.tests.support import wired as wiring
from plone import api
from ZODB.POSException import ConflictError
from zope.component import getUtility
from zope.component.hooks import getSite
from zope.globalrequest import getRequest

import threading
import transaction
import unittest


class AfterAnswerTest(unittest.TestCase):
    layer = FUNCTIONAL

    def setUp(self):
        self.portal = self.layer["portal"]
        self.seen = []

    def drain(self):
        self.assertTrue(getUtility(IDispatcher).drain(30))
        transaction.begin()

    def after_answer(self, work):
        after_answer(self.portal, self.layer["request"], work)

    def test_it_begins_with_the_commit_in_another_thread(self):
        self.after_answer(lambda: self.seen.append(threading.current_thread()))
        self.assertTrue(getUtility(IDispatcher).drain(30))
        self.assertEqual(self.seen, [])
        transaction.commit()
        self.drain()
        self.assertEqual(len(self.seen), 1)
        self.assertIsNot(self.seen[0], threading.current_thread())

    def test_what_is_aborted_is_not_followed_by_it(self):
        self.after_answer(lambda: self.seen.append(1))
        transaction.abort()
        self.drain()
        self.assertEqual(self.seen, [])

    def test_it_has_the_site_its_addresses_and_the_language_of_the_visitor_but_not_his_identity(self):
        request = self.layer["request"]
        request["LANGUAGE"] = "nl"
        self.after_answer(
            lambda: self.seen.append(
                (getSite().absolute_url(), getRequest()["LANGUAGE"], api.user.is_anonymous(), getRequest() is request)
            )
        )
        transaction.commit()
        self.drain()
        self.assertEqual(self.seen, [(self.portal.absolute_url(), "nl", True, False)])

    def test_what_it_writes_is_committed(self):
        def rename():
            api.portal.get().title = "Renamed"

        self.after_answer(rename)
        transaction.commit()
        self.drain()
        self.assertEqual(self.portal.title, "Renamed")

    def test_after_a_conflict_it_is_done_again(self):
        def work():
            self.seen.append(1)
            if len(self.seen) < 9:
                raise ConflictError

        self.after_answer(work)
        transaction.commit()
        self.drain()
        self.assertEqual(len(self.seen), 9)

    def test_done_again_it_counts_once_in_the_windows_and_other_work_counts_for_itself(self):
        def hit():
            return wiring.windows().hit("a", limit=2, window=3600), wiring.windows().resets_in(
                "a", limit=2, window=3600
            )

        def work():
            self.seen.append(hit())
            if len(self.seen) < 4:
                raise ConflictError

        self.after_answer(work)
        transaction.commit()
        self.drain()
        self.assertEqual([(True, 0)] * 4, self.seen)
        self.seen.clear()
        self.after_answer(lambda: self.seen.append(hit()))
        self.after_answer(lambda: self.seen.append(hit()))
        transaction.commit()
        self.drain()
        self.assertEqual([False, True], sorted(was_hit for was_hit, _wait in self.seen))

    def test_after_too_many_conflicts_it_is_given_up_with_a_line_in_the_log(self):
        def work():
            raise ConflictError

        self.after_answer(work)
        with self.assertLogs("collective.smsauth", "ERROR") as log:
            transaction.commit()
            self.drain()
        self.assertIn("too many conflicts", log.output[0])

    def test_a_mistake_in_it_changes_nothing_and_is_logged(self):
        def work():
            api.portal.get().title = "Half done"
            raise RuntimeError("mistake")

        self.after_answer(work)
        with self.assertLogs("collective.smsauth", "ERROR") as log:
            transaction.commit()
            self.drain()
        self.assertIn("RuntimeError", log.output[0])
        self.assertNotEqual(self.portal.title, "Half done")
