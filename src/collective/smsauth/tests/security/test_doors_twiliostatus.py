"""The door for Twilio's reports: only what bears both signatures comes in, and it can do nothing but tell of an open code."""

from collective.smsauth.browser.webhooks.twilio import LONGEST
from collective.smsauth.delivery import status_callback
from collective.smsauth.delivery.gateways.twilio.status_reports import VIEW
from collective.smsauth.domain import signed_values
from collective.smsauth.domain.budget import Kind
from collective.smsauth.domain.challenge import Purpose
from collective.smsauth.domain.signed_values import Usage
from collective.smsauth.storage.counters import UsageCounters
from collective.smsauth.testing import last_code
from collective.smsauth.tests.support import wired as wiring
from collective.smsauth.tests.support.doors import commit
from collective.smsauth.tests.support.doors import DoorTest
from collective.smsauth.tests.support.doors import fields_of
from collective.smsauth.tests.support.doors import sign_in_form
from collective.smsauth.tests.support.fake_twilio import ACCOUNT
from collective.smsauth.tests.support.fake_twilio import TOKEN
from plone import api
from Products.SiteAccess.VirtualHostMonster import manage_addVirtualHostMonster
from twilio.request_validator import RequestValidator
from unittest import mock

HOST = "www.example.org"
ROOT = f"https://{HOST}"
#: What a web server puts before the path of the site.
PREFIX = f"/VirtualHostBase/https/{HOST}:443/plone/VirtualHostRoot"
MESSAGE = {"AccountSid": ACCOUNT, "MessageSid": "SM" + "a" * 32, "MessageStatus": "delivered", "SmsStatus": "delivered"}


class StatusTest(DoorTest):
    """Anna has given her password at https://www.example.org and waits for the code; Twilio reports."""

    def setUp(self):
        super().setUp()
        manage_addVirtualHostMonster(self.app)
        with api.env.adopt_roles(["Manager"]):
            for name, value in (("twilio_account_sid", ACCOUNT), ("twilio_auth_token", TOKEN)):
                api.portal.set_registry_record(f"collective.smsauth.{name}", value)
        commit()
        self.anna = self.client()
        self.sign_in(self.anna)
        self.url = self.refer()

    def sign_in(self, client, user_id="anna"):
        """Give the password at the public address."""
        client.post(f"{PREFIX}/login", form=sign_in_form(user_id))
        commit()

    def refer(self, user_id="anna"):
        """Return the address for reports about a member's open code."""
        challenge = self.challenge(user_id)
        return status_callback.url(ROOT, VIEW, wiring.keys("signing"), user_id=user_id, challenge=challenge)

    def challenge(self, user_id="anna"):
        """Return a member's last sign-in code."""
        self.app._p_jar.sync()
        return self.gate.accounts.get(user_id).challenges.get(Purpose.SIGN_IN)

    def status(self, user_id="anna"):
        return self.challenge(user_id).delivery

    def report(self, form=MESSAGE, *, url="", signature=None, token=TOKEN, to="", client=None, **more):
        """Send what Twilio would send to ``url``; return the answer."""
        url = url or self.url
        if signature is None:
            signature = RequestValidator(token).compute_signature(url, form)
        headers = {"X_Twilio_Signature": signature} if signature else {}
        path = PREFIX + (to or url).removeprefix(ROOT)
        return (client or self.client()).post(path, form=form, **headers, **more)

    def assert_refused(self, response, status=403):
        self.assertEqual(status, response.status_int)
        self.assertEqual("", response.text)
        self.assertNotIn("Set-Cookie", response.headers)

    def unchanged(self, act, *args, **options):
        """Return the answer to ``act``; fail if anything was changed."""
        answers = []
        self.assertFalse(self.changed(lambda: answers.append(act(*args, **options))))
        self.assertNotIn("Traceback", answers[0].text)
        return answers[0]

    def assert_unchanged(self, act, status=403):
        """Fail if ``act()`` changes anything, or is answered otherwise than by a bare status."""
        self.assert_refused(self.unchanged(act), status)


class GenuineReportsTest(StatusTest):
    def test_the_text_was_given_this_address(self):
        self.assertTrue(self.url.startswith(f"{ROOT}/@@smsauth-twilio-status?ref="))

    def test_a_report_is_accepted_and_kept(self):
        before = self.gate.accounts.get("anna")
        response = self.report()
        self.assertEqual((204, ""), (response.status_int, response.text))
        self.assertEqual("no-store, private", response.headers["Cache-Control"])
        self.assertEqual("delivered", self.status())
        self.assertEqual(before, self.gate.accounts.get("anna").with_challenge(before.challenges[Purpose.SIGN_IN]))

    def test_a_failure_is_kept_as_what_it_means(self):
        self.report({**MESSAGE, "MessageStatus": "undelivered", "ErrorCode": "30003"})
        self.assertEqual("unreachable", self.status())

    def test_a_failure_counts_once_for_the_day_however_often_it_is_reported(self):
        failed = {**MESSAGE, "MessageStatus": "undelivered", "ErrorCode": "30003"}
        for _ in range(2):
            self.report(failed)
        self.report({**MESSAGE, "MessageStatus": "failed", "ErrorCode": "30006"})
        self.report()
        self.app._p_jar.sync()
        counts = UsageCounters(self.gate).counts("0000-00-00", "9999-99-99")
        self.assertEqual([1], [number for _day, _region, kind, number in counts if kind is Kind.FAILED])

    def test_a_report_of_a_call_is_kept(self):
        call = {"AccountSid": ACCOUNT, "CallSid": "CA" + "a" * 32, "CallStatus": "no-answer", "CallDuration": "0"}
        self.assertEqual(204, self.report(call).status_int)
        self.assertEqual("no-answer", self.status())

    def test_a_replay_changes_nothing(self):
        self.report()
        self.assert_unchanged(self.report, 204)

    def test_reports_in_the_wrong_order_change_nothing_back(self):
        for status in ("delivered", "sent", "queued", "undelivered"):
            self.report({**MESSAGE, "MessageStatus": status})
        self.assertEqual("delivered", self.status())

    def test_what_says_nothing_known_changes_nothing(self):
        for form in ({**MESSAGE, "MessageStatus": "received"}, {"AccountSid": ACCOUNT}):
            self.assert_unchanged(lambda form=form: self.report(form), 204)

    def test_a_report_for_a_code_that_was_superseded_is_kept_with_that_one(self):
        former = self.challenge()
        self.clock.advance(31)
        self.sign_in(self.client())
        self.assertEqual(204, self.report().status_int)
        (earlier,) = self.gate.accounts.get("anna").earlier
        self.assertEqual((former.id, "delivered"), (earlier.id, earlier.delivery))
        self.assertEqual("sent", self.status(), "by the outbox")
        self.assert_unchanged(self.report, 204)

    def test_a_report_for_a_code_that_was_answered_changes_nothing(self):
        page = self.anna.get(f"{PREFIX}/@@smsauth-verify")
        answer = fields_of(page, form__widgets__code=last_code(), form__buttons__verify="Verify")
        self.anna.post(f"{PREFIX}/@@smsauth-verify", form=answer)
        self.assertIsNone(self.challenge())
        self.assert_unchanged(self.report, 204)

    def test_the_environment_wins_over_the_stored_token(self):
        self.set_environment(TWILIO_AUTH_TOKEN="e" * 32)
        self.assert_unchanged(self.report)
        self.assertEqual(204, self.report(token="e" * 32).status_int)

    def set_environment(self, **variables):
        patch = mock.patch.dict("os.environ", variables)
        patch.start()
        self.addCleanup(patch.stop)

    def test_fields_of_any_name_come_as_they_were_signed(self):
        form = {**MESSAGE, "To": "+31612345678", "Body": "ünïcode & = + %", "x:int": "3", "y:list": "1", "Empty": ""}
        self.assertEqual(204, self.report(form).status_int)

    def test_who_is_signed_in_does_not_matter(self):
        bert = self.client(self.ticket("bert"))
        self.assertEqual(204, self.report(client=bert).status_int)
        self.assertEqual("delivered", self.status())


class ForgedReportsTest(StatusTest):
    def test_without_a_signature(self):
        self.assert_unchanged(lambda: self.report(signature=""))

    def test_with_a_wrong_signature(self):
        for signature in ("x", "A" * 27 + "=", "=" * 28, "A" * 5000):
            self.assert_unchanged(lambda signature=signature: self.report(signature=signature))

    def test_with_the_signature_of_another_token(self):
        self.assert_unchanged(lambda: self.report(token="e" * 32))

    def test_with_the_signature_of_our_token_for_another_account(self):
        self.assert_unchanged(lambda: self.report({**MESSAGE, "AccountSid": "AC" + "1" * 32}))

    def test_with_an_empty_token_where_none_is_set(self):
        with api.env.adopt_roles(["Manager"]):
            api.portal.set_registry_record("collective.smsauth.twilio_auth_token", "")
        commit()
        self.assert_unchanged(lambda: self.report(token=""))

    def test_with_a_field_that_was_changed_on_the_way(self):
        good = RequestValidator(TOKEN).compute_signature(self.url, MESSAGE)
        self.assert_unchanged(lambda: self.report({**MESSAGE, "MessageStatus": "failed"}, signature=good))

    def test_with_the_signature_for_another_members_reference(self):
        self.bind("edith", "+31687654321")
        self.sign_in(self.client(), "edith")
        other = self.refer("edith")
        good = RequestValidator(TOKEN).compute_signature(self.url, MESSAGE)
        self.assert_unchanged(lambda: self.report(signature=good, to=other))
        self.assertEqual(204, self.report(url=other).status_int)
        self.assertEqual(("sent", "delivered"), (self.status(), self.status("edith")))

    def test_with_a_reference_that_was_edited_although_twilio_signed_it(self):
        value = signed_values.unsign(wiring.keys("signing"), Usage.STATUS, self.url.partition("ref=")[2])
        forged = signed_values.sign([b"k" * 32], Usage.STATUS, value)
        of_form = signed_values.sign(wiring.keys("signing"), Usage.FORM, value)
        base = self.url.partition("?")[0]
        for url in (
            self.url + "A",
            self.url[:-3],
            f"{base}?ref={forged}",
            f"{base}?ref={of_form}",
            f"{base}?ref=",
            base,
        ):
            with self.subTest(url):
                self.assert_unchanged(lambda url=url: self.report(url=url))

    def test_with_a_reference_that_has_expired(self):
        self.clock.advance(300)
        self.assert_unchanged(self.report)

    def test_at_another_host(self):
        path = self.url.removeprefix(ROOT)
        other = PREFIX.replace(HOST, "evil.example.com") + path
        signature = RequestValidator(TOKEN).compute_signature(self.url, MESSAGE)
        headers = {"X_Twilio_Signature": signature}
        self.assert_unchanged(lambda: self.client().post(other, form=MESSAGE, **headers))

    def test_in_a_folder_of_the_site_there_is_no_such_page(self):
        response = self.client().post("/plone/of-anna/@@smsauth-twilio-status", form=MESSAGE)
        self.assertIn(response.status_int, (302, 401, 404))


class BadInputTest(StatusTest):
    """What is not a report at all: a clear answer, nothing changed."""

    FORM = "application/x-www-form-urlencoded"

    def send(self, body=b"", *, method="POST", kind=FORM, **headers):
        headers.setdefault("X_Twilio_Signature", "A" * 27 + "=")
        return self.client().send(method, PREFIX + self.url.removeprefix(ROOT), body=body, Content_Type=kind, **headers)

    def test_only_posts_are_reports(self):
        for method in ("GET", "HEAD"):
            with self.subTest(method):
                answer = self.unchanged(self.send, method=method)
                self.assertEqual((405, "POST", ""), (answer.status_int, answer.headers["Allow"], answer.text))

    def test_bodies(self):
        cases = {
            "empty": (b"", self.FORM, 403),
            "nonsense": (b"&&&===%%%", self.FORM, 403),
            "invalid UTF-8": (b"AccountSid=%FF%FE", self.FORM, 400),
            "cut UTF-8": (b"AccountSid=%C3", self.FORM, 400),
            "bytes": (bytes(range(256)), self.FORM, 400),
            "NUL": (b"AccountSid=%00", self.FORM, 403),
            "lone surrogate": (b"AccountSid=%ED%A0%80", self.FORM, 400),
            "twice": (b"AccountSid=a&AccountSid=b", self.FORM, 400),
            "too many fields": (b"&".join(b"a%d=" % number for number in range(200)), self.FORM, 400),
            "too long": (b"a=" + b"b" * LONGEST, self.FORM, 413),
            "JSON": (b'{"AccountSid": "x"}', "application/json", 415),
            "text": (b"AccountSid=x", "text/plain", 415),
            "no type": (b"AccountSid=x", "", 415),
            "a file": (b"--x\r\n", "multipart/form-data; boundary=x", 415),
        }
        for name, (body, kind, expected) in cases.items():
            with self.subTest(name):
                self.assertIn(self.unchanged(self.send, body, kind=kind).status_int, (expected, 400))

    def test_signatures(self):
        for signature in ("é".encode().decode("latin-1"), "\t", "a" * 60_000, "💥".encode().decode("latin-1")):
            with self.subTest(signature[:8]):
                self.assert_unchanged(lambda signature=signature: self.send(b"a=b", X_Twilio_Signature=signature))

    def test_addresses(self):
        for query in (
            "",
            "?ref",
            "?ref=%FF",
            "?ref=a&ref=b",
            "?ref:int=1",
            "?ref:list=x",
            "?ref=" + "a" * 50_000,
            "?%00",
        ):
            with self.subTest(query[:12]):
                where = f"{PREFIX}/@@smsauth-twilio-status{query}"
                answer = self.unchanged(self.client().post, where, form=MESSAGE)
                self.assertIn(answer.status_int, (400, 403))

    def test_hosts(self):
        where = f"/plone/@@smsauth-twilio-status?{self.url.partition('?')[2]}"
        for host in ("[::1", "host:99999", "host:port", "", "a b", "x" * 300):
            with self.subTest(host[:9]):
                answer = self.unchanged(self.client().post, where, form=MESSAGE, Host=host, X_Twilio_Signature="x")
                self.assertIn(answer.status_int, (400, 403, 404))
