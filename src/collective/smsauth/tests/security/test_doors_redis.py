"""The doors while the limits are kept in a real Redis, and when it dies midway: a code is asked for all the same, and taken."""

from collective.smsauth.interfaces import IRateLimiter
from collective.smsauth.storage.rate_limiter import RateLimiter
from collective.smsauth.testing import last_code
from collective.smsauth.tests.support.contexts import entered
from collective.smsauth.tests.support.doors import basic
from collective.smsauth.tests.support.doors import Client
from collective.smsauth.tests.support.doors import DoorTest
from collective.smsauth.tests.support.doors import fields_of
from collective.smsauth.tests.support.doors import sent
from collective.smsauth.tests.support.doors import sign_in_form
from collective.smsauth.tests.support.redis_server import on_clock
from collective.smsauth.tests.support.redis_server import REDIS
from collective.smsauth.tests.support.redis_server import RedisServer
from collective.smsauth.verification.sending_limits import NUMBER_WINDOW
from zope.component import getGlobalSiteManager

import unittest

HOUR = 3600


@unittest.skipUnless(REDIS, "optional: redis-server is not installed")
class DyingRedisTest(DoorTest):
    """The instance keeps its limits in a Redis, as zope.conf would have it."""

    def setUp(self):
        super().setUp()
        self.server = RedisServer()
        self.addCleanup(self.server.close)
        self.server.start()
        entered(self, on_clock(self.clock))
        self.windows = RateLimiter(self.clock, self.server.address)
        getGlobalSiteManager().registerUtility(self.windows, IRateLimiter)

    def begin(self) -> Client:
        """Give anna's password, and be asked for the code."""
        client = self.client()
        response = client.post(self.path("login"), form=sign_in_form("anna"))
        self.assertIn("@@smsauth-verify", response.location)
        sent()  # wait for what the delivery counts
        return client

    def answer(self, client: Client, code: str) -> bool:
        page = client.get(self.path("@@smsauth-verify"))
        form = fields_of(page, form__widgets__code=code, form__buttons__verify="Verify")
        client.post(self.path("@@smsauth-verify"), form=form)
        return self.is_signed_in(client, "anna")

    def wrong(self, code: str) -> str:
        return f"{(int(code) + 1) % 10 ** len(code):0{len(code)}}"

    def test_dying_between_password_and_code_it_lets_in_nobody_without_the_code_and_its_owner_with_it(self):
        client = self.begin()
        self.assertIsNone(self.windows.problem(), "the limits were not kept in Redis: the test proves nothing")
        self.server.stop()
        code = last_code()
        self.assertFalse(self.is_signed_in(client, "anna"))
        self.assertFalse(self.answer(client, self.wrong(code)))
        self.assertTrue(self.answer(client, code))

    def test_dying_it_forgets_no_text_that_was_counted(self):
        self.configure(texts_per_number=2)
        for _ in range(2):
            self.begin()
            self.clock.advance(HOUR)
        before = sent()
        self.server.stop()
        with self.assertLogs("collective.smsauth", "WARNING") as logs:
            self.begin()
        self.assertEqual(1, len([line for line in logs.output if "Redis does not answer" in line]))
        self.assertEqual(before, sent())
        self.clock.advance(NUMBER_WINDOW)
        self.begin()
        self.assertEqual(before + 1, sent())

    def test_dead_it_opens_no_door_and_closes_none(self):
        self.server.stop()
        client = self.begin()
        self.assertIsNotNone(self.windows.problem())
        self.assert_closed(lambda user_id: self.reads(user_id, Authorization=basic(user_id)))
        self.assertTrue(self.answer(client, last_code()))
