from collective.smsauth.delivery.clock import now
from collective.smsauth.interfaces import IClock
from plone.testing.zca import popGlobalRegistry
from plone.testing.zca import pushGlobalRegistry
from zope.component import provideUtility

import time
import unittest


class TestNow(unittest.TestCase):
    def setUp(self):
        pushGlobalRegistry()
        self.addCleanup(popGlobalRegistry)

    def test_the_registered_clock_is_asked(self):
        provideUtility(lambda: 1234, IClock)
        self.assertEqual(now(), 1234.0)

    def test_without_one_it_is_the_time_of_the_machine(self):
        before = time.time()
        self.assertTrue(before <= now() <= time.time())
