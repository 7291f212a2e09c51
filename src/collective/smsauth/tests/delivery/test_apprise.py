"""The gateway to Apprise, with the library itself and a server on this machine."""

from collective.smsauth.delivery.gateways.apprise.gateway import AppriseGateway
from collective.smsauth.delivery.gateways.apprise.gateway import TIMEOUTS
from collective.smsauth.delivery.gateways.apprise.service import check
from collective.smsauth.domain.delivery import DeliveryStatus
from collective.smsauth.domain.delivery import Text
from collective.smsauth.interfaces import GatewayError
from collective.smsauth.interfaces import ISMSGateway
from collective.smsauth.tests.support import fake_provider as fake
from collective.smsauth.tests.support.fake_twilio import closed_port
from unittest.mock import patch
from urllib.parse import unquote
from zope.interface.verify import verifyObject

import logging
import sys
import unittest

NUMBER = "+31612345678"
BODY = "Bücher: your code is 123456\n@host #123456"
TEXT = Text(to=NUMBER, body=BODY, expires=float("inf"))
S = DeliveryStatus


class AppriseTestCase(unittest.TestCase):
    def setUp(self):
        context = fake.running()
        self.server = context.__enter__()
        self.addCleanup(context.__exit__, None, None, None)
        self.gateway = AppriseGateway(timeouts=(2.0, 0.3))
        self.url = f"json://user:geheim-es-wort@127.0.0.1:{self.server.server_port}/path"

    def send(self, url=""):
        return self.gateway.send(TEXT, {"apprise_url": url or self.url})

    def refused(self, *answers, url=""):
        self.server.answers.extend(answers)
        with self.assertRaises(GatewayError) as caught:
            self.send(url)
        return caught.exception


class TestTheRequest(AppriseTestCase):
    def test_the_gateway_keeps_the_contract(self):
        self.assertTrue(verifyObject(ISMSGateway, self.gateway))
        self.assertFalse(self.gateway.local)
        self.assertEqual((3.0, 10.0), TIMEOUTS)

    def test_the_text_is_handed_over_with_the_number_at_the_end_of_the_url(self):
        self.assertEqual("", self.send())
        [request] = self.server.requests
        self.assertEqual((f"/path/{NUMBER}", BODY), (unquote(request.path), request.json["message"]))

    def test_the_number_stands_where_the_placeholder_is(self):
        for written in ("{{mobile}}", "{{ mobile }}"):
            self.send(f"json://127.0.0.1:{self.server.server_port}/to/{written}/end?:a=b")
            self.assertEqual(f"/to/{NUMBER}/end", unquote(self.server.requests[-1].path).partition("?")[0])

    def test_what_comes_after_a_question_mark_stays_there(self):
        self.send(f"form://127.0.0.1:{self.server.server_port}/?method=put")
        self.assertEqual(
            ("PUT", f"/{NUMBER}"), (self.server.requests[-1].method, unquote(self.server.requests[-1].path))
        )

    def test_nothing_is_logged(self):
        with self.assertLogs(level="DEBUG") as logs:
            logging.getLogger("begun").debug("begun")
            self.send()
            for answer in ((401, f"no {NUMBER} {BODY}"), fake.HANG_UP):
                self.refused(answer)
            self.gateway.problems({"apprise_url": "nonsense://geheim-es-wort"})
            self.gateway.problems({"apprise_url": "msgbird://geheim-es-wort"})
        for secret in (NUMBER[1:], "123456", "geheim-es-wort", self.server.url[7:]):
            self.assertNotIn(secret, "".join(logs.output))

    def test_others_may_log_by_apprise_all_the_same(self):
        self.send()
        with self.assertLogs("apprise", "WARNING") as logs:
            logging.getLogger("apprise").warning("of another package")
        self.assertIn("of another package", logs.output[0])


class TestRefusals(AppriseTestCase):
    def test_statuses_are_told_apart(self):
        cases = {
            S.CONFIGURATION: (302, 401, 402, 403, 404),
            S.TRY_LATER: (408, 429, 500, 503, 504),
            S.CANNOT_RECEIVE: (400, 422),
        }
        for expected, status in ((expected, status) for expected, statuses in cases.items() for status in statuses):
            with self.subTest(status):
                error = self.refused((status, "no", {"Location": f"{self.server.url}/elsewhere"}))
                self.assertIs(expected, error.status)
                self.assertIn(f"HTTP {status}", error.detail)
        self.assertEqual(
            {f"/path/{NUMBER}"}, {unquote(request.path) for request in self.server.requests}, "no redirect"
        )

    def test_without_an_answer_it_is_worth_another_try(self):
        for answer in (fake.HANG, fake.HANG_UP, fake.GARBAGE):
            error = self.refused(answer)
            self.assertEqual((S.TRY_LATER, False), (error.status, error.certain))
        self.assertIs(S.TRY_LATER, self.refused(url=f"json://127.0.0.1:{closed_port()}/").status)

    def test_a_large_answer_is_one_like_others(self):
        self.server.answers.append((200, "x" * (8 << 20)))
        self.send()
        self.assertIs(S.CONFIGURATION, self.refused((401, "x" * (8 << 20))).status)

    def test_the_url_is_in_no_error(self):
        for answer in ((401, ""), fake.HANG_UP, (500, "x" * 5000)):
            error = self.refused(answer)
            self.assertNotIn("geheim", f"{error!r} {error.detail}")


class TestReadiness(unittest.TestCase):
    def problems(self, url):
        return [*AppriseGateway().problems({"apprise_url": url})]

    def test_what_is_missing(self):
        self.assertEqual(["problem_apprise_url_missing"], self.problems(""))
        self.assertEqual(["problem_apprise_url_missing"], self.problems(" "))

    def test_services_that_take_a_number(self):
        key = "a" * 25
        for url in (
            f"msgbird://{key}/31201234567",
            "clicksend://user:key@{{mobile}}",
            "d7sms://token@{{mobile}}",
            "jsons://example.com",
        ):
            with self.subTest(url):
                self.assertEqual([], self.problems(url))

    def test_what_apprise_does_not_know(self):
        for url in (
            "nonsense",
            "nonsense://a/b",
            "http://",
            "msgbird://x",
            "://",
            "json:/a",
            "clicksend://user:key",
            "a" * 300,
        ):
            with self.subTest(url):
                self.assertEqual(["problem_apprise_url"], self.problems(url))
                self.assertEqual(["apprise_url"], [*check({"apprise_url": url})])

    def test_services_that_reach_no_phone(self):
        for url in ("syslog://", "SYSLOG://a", "dbus://", "gnome://", "windows://", "macosx://"):
            self.assertEqual(["problem_apprise_local"], self.problems(url))

    def test_without_the_library_it_says_so(self):
        with patch.dict(sys.modules, {"apprise": None}):
            self.assertEqual(["problem_apprise_library"], self.problems("msgbird://other/31201234567"))
            self.assertEqual({}, check({"apprise_url": "msgbird://other/31201234567"}))
            with self.assertRaises(GatewayError) as caught:
                AppriseGateway().send(TEXT, {"apprise_url": "msgbird://other/31201234567"})
        self.assertIs(S.CONFIGURATION, caught.exception.status)
