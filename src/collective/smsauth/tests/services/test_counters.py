"""GET @smsauth-counters, and POST @smsauth-test-message."""

from collective.smsauth.administration import test_message
from collective.smsauth.testing import texts
from collective.smsauth.tests.support.administrator import add_site_administrator
from collective.smsauth.tests.support.doors import basic
from collective.smsauth.tests.support.doors import DoorTest
from plone import api
from plone.app.testing import SITE_OWNER_NAME
from plone.app.testing import SITE_OWNER_PASSWORD

import transaction

JSON = {"Accept": "application/json"}
COUNTERS, MESSAGE = "@smsauth-counters", "@smsauth-test-message"
OWNER = {"Authorization": basic(SITE_OWNER_NAME, SITE_OWNER_PASSWORD)}


class AdministratorTest(DoorTest):
    """frank is a Site Administrator."""

    def setUp(self):
        super().setUp()
        add_site_administrator()
        self.frank = self.client(self.ticket("frank"))

    def reason(self, answer) -> tuple:
        """Return status and reason of a refusal."""
        return answer.status_int, answer.json["error"]["reason"]

    def send(self, json=None, client=None, **options):
        """Ask for a test message."""
        return (client or self.frank).post(self.path(MESSAGE), json=json, **JSON, **options)

    def count(self, client=None, **query):
        """Ask for the counters."""
        return (client or self.frank).get(self.path(COUNTERS), query=query, **JSON)


class CountersTest(AdministratorTest):
    """What texts and calls came to."""

    def test_the_last_thirty_days_are_told(self):
        self.prove("anna")
        found = self.count().json
        self.assertEqual(30, len(found["days"]))
        self.assertEqual({"day", "sent", "confirmed", "failed"}, set(found["days"][0]))
        self.assertEqual((found["first"], found["last"]), (found["days"][0]["day"], found["days"][-1]["day"]))
        self.assertEqual(1, found["days"][-1]["sent"])
        [country] = found["countries"]
        self.assertEqual(("NL", found["total"]["sent"]), (country["country"], country["sent"]))
        self.assertEqual({"month", "spent", "budget", "level", "percent"}, set(found["spending"]))
        self.assertIn(found["spending"]["month"], found["months"])

    def test_so_is_a_month(self):
        self.prove("anna")
        month = self.count().json["spending"]["month"]
        found = self.count(month=month).json
        self.assertEqual(f"{month}-01", found["first"])
        self.assertGreaterEqual(found["total"]["sent"], 1)
        for other in ("2020-02", "0001-01"):
            self.assertEqual(0, self.count(month=other).json["total"]["sent"])

    def test_what_is_no_month_is_named(self):
        for query in (
            {"month": "2026"},
            {"month": "2026-13"},
            {"month": "0000-01"},
            {"month": "9999-12-01"},
            {"month": "٢٠٢٦-01"},
            {"month:list": "2026-11"},
            {"month": "x"},
            {"month": "2126-01"},
            {"month": "9999-12"},
        ):
            with self.subTest(query):
                answer = self.count(**query)
                self.assertEqual((400, "bad-request"), self.reason(answer))
                self.assertEqual("month", answer.json["error"]["field"])


class TestMessageTest(AdministratorTest):
    """One text to any number."""

    def test_it_is_sent_and_what_came_of_it_is_told(self):
        answer = self.send({"to": "+31612345678"})
        self.assertEqual((202, "sent"), (answer.status_int, answer.json["status"]))
        self.assertEqual({"status", "message", "detail"}, set(answer.json))
        self.assertEqual("+31612345678", texts()[0].to)
        self.assertEqual(202, self.send({"to": "+31612345678", "gateway": "outbox"}).status_int)

    def test_numbers_and_gateways_of_no_use_are_named(self):
        for body, status, field in (
            ({}, 400, "to"),
            ({"to": 31612345678}, 400, "to"),
            ({"to": True}, 400, "to"),
            ({"to": ""}, 422, "to"),
            ({"to": "12"}, 422, "to"),
            ({"to": "\0"}, 422, "to"),
            ({"to": "+31612345678", "gateway": "twilio"}, 422, "gateway"),
            ({"to": "+31612345678", "gateway": "x"}, 422, "gateway"),
            ({"to": "+31612345678", "gateway": ["outbox"]}, 400, "gateway"),
        ):
            with self.subTest(body):
                answer = self.send(body)
                self.assertEqual((status, field), (answer.status_int, answer.json["error"].get("field")))
        self.assertEqual(0, len([one for one in texts() if one.to == "+31612345678" and "test" in one.body.lower()]))

    def test_a_gateway_that_is_not_ready_sends_nothing(self):
        self.configure(gateway="twilio", gateway_second="outbox")
        self.assertEqual((409, "no-channel"), self.reason(self.send({"to": "+31612345678"})))
        self.assertEqual(202, self.send({"to": "+31612345678", "gateway": "outbox"}).status_int)

    def test_after_too_many_it_says_when_to_go_on(self):
        for _ in range(test_message.MOST):
            self.assertEqual(202, self.send({"to": "+31612345678"}).status_int)
        answer = self.send({"to": "+31612345678"})
        self.assertEqual((429, "site-limit"), self.reason(answer))
        self.assertGreater(int(answer.headers["Retry-After"]), 0)

    def test_without_the_plugin_nothing_is_sent(self):
        api.portal.get_tool("acl_users")._delObject("smsauth")
        transaction.commit()
        answer = self.send({"to": "+31612345678"}, client=self.client(), **OWNER)
        self.assertEqual((409, "no-channel"), self.reason(answer))


class DoorsTest(AdministratorTest):
    """Who may use them."""

    def test_nobody_else(self):
        for client, status, reason in (
            (self.client(), 401, "not-allowed"),
            (self.signed_in("bert"), 403, "not-allowed"),
            (self.client(self.ticket("anna")), 401, "second-factor-required"),
        ):
            with self.subTest(status=status, reason=reason):
                self.assertEqual((status, reason), self.reason(self.send({"to": "+31612345678"}, client=client)))
                self.assertEqual((status, reason), self.reason(self.count(client=client)))

    def test_a_real_step_is_demanded(self):
        self.bind("frank", "+31687654321")
        self.configure(exempt_users=("frank",))
        self.assertEqual((403, "second-step"), self.reason(self.send({"to": "+31612345678"})))
        self.assertEqual((403, "second-step"), self.reason(self.count()))

    def test_a_page_of_another_site_sends_nothing(self):
        before = len(texts())
        for options in (
            {},
            {"body": b'{"to": "+31612345678"}', "Content_Type": "text/plain"},
            {"query": {"to": "+31612345678"}, "Origin": "null"},
            {"form": {"to": "+31612345678"}},
        ):
            self.assertIn(self.send(**options).status_int, (403, 415))
            kept = self.send(client=self.client(), **OWNER, **{"Origin": "null", **options})
            self.assertIn(kept.status_int, (403, 415))
        self.assertEqual(before, len(texts()))
