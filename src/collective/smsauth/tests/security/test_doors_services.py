"""The doors of the base of all services: what they take, by which method and name, and that no page of another site can use them."""

from collective.smsauth.flows import acts
from collective.smsauth.services import own
from collective.smsauth.testing import PASSWORD
from collective.smsauth.tests.support import wired as wiring
from collective.smsauth.tests.support.doors import basic
from collective.smsauth.tests.support.doors import DoorTest
from collective.smsauth.tests.support.doors import HOST
from plone.app.testing import SITE_OWNER_NAME
from plone.app.testing import SITE_OWNER_PASSWORD
from plone.protect.authenticator import createToken

import json
import re

JSON = {"Accept": "application/json"}
CODES = "@smsauth/recovery-codes"
#: What Zope itself refuses where it is none.
MULTIPART = "multipart/form-data; boundary=x"
TURN_OFF = "@smsauth/turn-off"
TYPES = (
    "text/plain",
    "application/x-www-form-urlencoded",
    "text/plain; x=application/json",
)


class ServicesTest(DoorTest):
    """anna at a client with a proof. The codes that she has tell whether a request was acted on."""

    def setUp(self):
        super().setUp()
        self.anna = self.proven("anna")

    def made(self) -> float:
        """Return when anna's recovery codes were made, 0 if never."""
        self.app._p_jar.sync()
        return wiring.plugin().accounts.get("anna").recovery_made

    def make(self, client=None, path=CODES, **options):
        """Ask for recovery codes."""
        return (client or self.anna).post(self.path(path), **{**JSON, **options})

    def assert_refused(self, answer, status: int, reason: str, field: str | None = None) -> None:
        """Assert that an answer is a refusal as the contract has it."""
        self.assertEqual((status, reason), (answer.status_int, answer.json["error"].get("reason")), answer.text)
        self.assertEqual({"type", "message", "reason", *({"field"} if field else ())}, set(answer.json["error"]))
        self.assertEqual(field, answer.json["error"].get("field"))
        self.assertEqual("no-store, private", answer.headers["Cache-Control"])
        self.assertEqual(0, self.made())


class BodyTest(ServicesTest):
    """What is no body of a service."""

    def send(self, body: bytes, path=CODES, kind="application/json"):
        return self.anna.post(self.path(path), body=body, Content_Type=kind, **JSON)

    def test_what_is_not_json_is_refused(self):
        for body in (
            b"{",
            b"nothing",
            b"{'a': 1}",
            b'{"a": NaN}',
            b'{"a": Infinity}',
            b'{"a": [-Infinity]}',
            b"NaN",
            b'{"a": "\xff"}',
            b'{"a": ' + b"1" * 5000 + b"}",
            b'{"a": 1} x',
            b"\0",
            b" ",
            b"\xef\xbb\xbf",
        ):
            with self.subTest(body[:20]):
                self.assert_refused(self.send(body), 400, "not-json")

    def test_what_is_no_object_is_refused(self):
        for body in (b"[]", b"1", b'"text"', b"null", b"true", b"[{}]"):
            with self.subTest(body):
                self.assert_refused(self.send(body), 400, "bad-request")

    def test_what_is_very_large_is_refused(self):
        self.assert_refused(self.send(b'{"a": "' + b"x" * 70_000 + b'"}'), 400, "bad-request")

    def test_what_is_nested_deeply_is_refused_by_us_or_before(self):
        for depth in (400, 3_000, 20_000):
            with self.subTest(depth):
                self.assertEqual(
                    400, self.send(b'{"current_password": ' + b"[" * depth + b"]" * depth + b"}").status_int
                )
        self.assertEqual(0, self.made())

    def test_fields_of_the_wrong_type_are_named(self):
        for path in (CODES, TURN_OFF):
            for value in (True, False, 1, 0, 1.5, [], {}, ["x"], {"a": "x"}, "\ud800", "a\udfffb", "x" * 5000, 10**30):
                with self.subTest(path=path, value=repr(value)[:20]):
                    body = json.dumps({"current_password": value}).encode()
                    self.assert_refused(self.send(body, path), 400, "bad-request", "current_password")

    def test_fields_that_are_not_known_do_not_matter(self):
        self.assertEqual(201, self.send(b'{"current_passwords": 1, "": {}, "a": "\\ud800", "self": 1}').status_int)

    def test_bytes_that_are_json_in_another_form_of_unicode_are_read(self):
        self.assertEqual(201, self.send(json.dumps({}).encode("utf-16")).status_int)

    def test_another_type_is_refused_whatever_is_in_the_body(self):
        for kind in (*TYPES, "", "image/png", "text/json", "application/jsonp", "application/json+x", "json"):
            for body in (b"{}", b"a=1", b"--x--"):
                with self.subTest(kind=kind, body=body):
                    self.assert_refused(self.send(body, kind=kind), 415, "not-json")

    def test_the_type_is_read_as_http_has_it(self):
        for kind in ("application/json;charset=utf-8", "Application/JSON", " application/json ; x=y"):
            with self.subTest(kind):
                self.assertEqual(201, self.send(b"{}", kind=kind).status_int)

    def test_parameters_of_the_address_are_no_body(self):
        for query in ({"BODY": '{"current_password": 1}'}, {"BODY:int": "5"}, {"BODY:list": "x"}, {"BODYFILE": "x"}):
            with self.subTest(query):
                self.assertEqual(201, self.make(json={}, query=query).status_int)
                answer = self.anna.get(self.path("@smsauth"), query=query, **JSON)
                self.assertEqual(200, answer.status_int)


class NameTest(ServicesTest):
    """By which method and name the services are there."""

    def test_a_method_for_which_there_is_no_service_is_not_found(self):
        for method, path in (
            ("GET", TURN_OFF),
            ("DELETE", CODES),
            ("PATCH", CODES),
            ("PUT", CODES),
            ("POST", "@smsauth"),
            ("DELETE", "@smsauth"),
            ("POST", "@smsauth/sessions"),
            ("PUT", "@smsauth"),
            ("get", "@smsauth"),
        ):
            with self.subTest(method=method, path=path):
                answer = self.anna.send(method, self.path(path), json={}, **JSON)
                self.assertIn(answer.status_int, (404, 405))
        self.assertEqual(0, self.made())

    def test_head_is_answered(self):
        self.assertIn(self.anna.send("HEAD", self.path("@smsauth"), **JSON).status_int, (200, 404, 405))

    def test_names_below_that_stand_for_nothing_are_not_found(self):
        for path in (
            "@smsauth/nothing",
            f"{CODES}/x",
            f"{CODES}/x/y",
            "@smsauth/x/recovery-codes",
            "@smsauth/RECOVERY-CODES",
            "@smsauth/%00",
            "@smsauth/index_html",
            "@smsauth/reply",
            "@smsauth/__init__",
            "@smsauth/" + "x" * 3000,
        ):
            with self.subTest(path[:40]):
                for method in ("GET", "POST", "DELETE", "PATCH"):
                    answer = self.anna.send(method, self.path(path), json={}, **JSON)
                    self.assertEqual(404, answer.status_int, method)
        self.assertEqual(0, self.made())

    def test_each_is_there_by_the_other_forms_of_the_address(self):
        for path in (f"++api++/{CODES}", f"@{CODES}", f"++view++{CODES}"):
            with self.subTest(path):
                answer = self.make(path=path, json={})
                self.assertIn(answer.status_int, (201, 404))
        self.assertEqual(201, self.make(path=f"++api++/{CODES}", json={}, Accept="text/html").status_int)

    def test_a_service_that_writes_is_no_page(self):
        for prefix, headers in (("", {}), ("++api++/", {}), ("", JSON)):
            for query in ({}, {"_rest_cors_preflight": ""}, {"_rest_service_id": "x", "_rest_cors_preflight:int": "0"}):
                for name in ("smsauth/recovery-codes", "smsauth"):
                    for method in ("GET", "HEAD", "POST"):
                        path = self.path(f"{prefix}@@POST_application_json_@{name}")
                        with self.subTest(path=path, query=query, method=method):
                            try:
                                answer = self.anna.send(method, path, query=query, **headers)
                            except AssertionError as error:
                                self.fail(str(error)[:500])
                            self.assertNotEqual(201, answer.status_int)
                            self.assertNotIn("codes", answer.text.split("Traceback")[0] if method == "POST" else "")
                            self.assertEqual(0, self.made())

    def test_all_services_in_the_table_are_ones_that_only_members_use(self):
        for (method, name), service in own.SERVICES.items():
            with self.subTest(method=method, name=name):
                answer = self.client().send(
                    method, self.path(f"@smsauth/{name}" if name else "@smsauth"), json={}, **JSON
                )
                self.assertEqual(401, answer.status_int, service)
                owing = self.client(self.ticket("anna"))
                answer = owing.send(method, self.path(f"@smsauth/{name}" if name else "@smsauth"), json={}, **JSON)
                self.assertEqual("second-factor-required", answer.json["error"]["reason"])
                basically = self.client().send(
                    method,
                    self.path(f"@smsauth/{name}" if name else "@smsauth"),
                    json={},
                    Authorization=basic("anna"),
                    **JSON,
                )
                self.assertEqual(401, basically.status_int)


class ForgedTest(ServicesTest):
    """What a page of another site can have the member's browser send."""

    def test_a_form_of_another_site_does_nothing(self):
        for kind in (*TYPES, MULTIPART):
            for body in (
                b"",
                b"{}",
                b"a=1",
                b"--x\r\nContent-Disposition: form-data; name=a\r\n\r\n1\r\n--x--\r\n",
                b'{"a": "=\r\n"}',
            ):
                for origin in (
                    {"Origin": "https://evil.example"},
                    {"Origin": "null"},
                    {},
                    {"Sec_Fetch_Site": "cross-site"},
                ):
                    with self.subTest(kind=kind, body=body, origin=origin):
                        answer = self.make(body=body, Content_Type=kind, **origin)
                        self.assertIn(
                            answer.status_int, (400, 403, 415) if kind == MULTIPART else (415,) if body else (403,)
                        )
                        self.assertEqual(0, self.made())

    def test_so_does_one_without_a_type(self):
        self.assert_refused(self.make(), 403, "not-allowed")
        self.assertEqual(403, self.make(path=f"++api++/{CODES}", Accept="*/*").status_int)

    def test_with_the_token_of_our_own_pages_no_type_is_needed(self):
        token = self.token_of("anna")
        self.assertEqual(403, self.make(X_CSRF_Token=token, Sec_Fetch_Site="cross-site").status_int)
        self.assertEqual(0, self.made())
        self.assertEqual(201, self.make(X_CSRF_Token=token).status_int)

    def test_odd_tokens_are_none(self):
        for query in (
            "_authenticator:tokens=",
            "_authenticator:int=5",
            "_authenticator=%C3%A9",
            "_authenticator:list=x",
            "_authenticator",
        ):
            with self.subTest(query):
                self.assertEqual(403, self.make(path=f"{CODES}?{query}").status_int)
        self.assertEqual(403, self.make(X_CSRF_Token="é").status_int)
        self.assertEqual(0, self.made())

    def token_of(self, user_id: str) -> str:
        page = self.anna.get(self.path("@@personal-information")).text
        found = re.search(r'name="_authenticator"[^>]*value="([0-9a-f]+)"', page)
        return found[1] if found else createToken()

    def test_the_password_that_a_browser_keeps_does_not_do_without_more(self):
        for origin in ({"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec_Fetch_Site": "cross-site"}):
            with self.subTest(origin):
                answer = self.client().post(
                    self.path("@smsauth/turn-off"), Authorization=basic("bert"), **origin, **JSON
                )
                self.assertEqual((403, "not-allowed"), (answer.status_int, answer.json["error"]["reason"]))

    def test_an_unusable_header_beside_the_ticket_does_not_stand_for_a_program(self):
        for header in (basic("x"), basic("anna", "wrong"), "Basic", "Digest x", "x", "Basicbearer x"):
            with self.subTest(header):
                self.assertEqual(403, self.make(Authorization=header, Origin="null").status_int)
                self.assertEqual(0, self.made())

    def test_a_program_with_a_password_or_a_token_needs_no_type_without_a_body(self):
        answer = self.client().post(self.path("@smsauth/turn-off"), Authorization=basic("bert"), **JSON)
        self.assertEqual((409, "no-number"), (answer.status_int, answer.json["error"]["reason"]))
        token = self.proven_token("anna")
        self.assertEqual(201, self.make(self.client(), Authorization=f"Bearer {token}").status_int)

    def test_json_of_another_origin_is_for_the_rules_of_the_server_to_allow(self):
        self.assertEqual(
            201, self.make(json={}, Origin="https://volto.example", Sec_Fetch_Site="cross-site").status_int
        )

    def test_what_other_sites_send_uses_nothing_up(self):
        for _ in range(acts.MOST_ACTS + 1):
            self.make(body=b"{}", Content_Type="text/plain")
        self.assertEqual(201, self.make(json={}).status_int)


class ActsTest(ServicesTest):
    """How often a member may act."""

    def test_after_very_many_acts_a_member_waits_and_others_do_not(self):
        self.bind("edith", "+31687654321")
        edith = self.proven("edith")
        for _ in range(acts.MOST_ACTS):
            self.make(body=b"nothing", Content_Type="application/json")
        answer = self.make(json={})
        self.assert_refused(answer, 429, "member-limit")
        self.assertTrue(0 < int(answer.headers["Retry-After"]) <= acts.ACTS_WINDOW)
        self.assertEqual(200, self.anna.get(self.path("@smsauth"), **JSON).status_int)
        self.assertEqual(201, self.make(edith, json={}).status_int)
        self.clock.advance(acts.ACTS_WINDOW + 1)
        self.assertEqual(201, self.make(json={"current_password": PASSWORD}).status_int)


class RootTest(ServicesTest):
    """A user of the Zope root has no second step here."""

    def test_they_are_told_that_it_is_not_for_them(self):
        header = basic(SITE_OWNER_NAME, SITE_OWNER_PASSWORD)
        for method, name in own.SERVICES:
            with self.subTest(method=method, name=name):
                path = self.path(f"@smsauth/{name}" if name else "@smsauth")
                answer = self.client().send(
                    method, path, json={"current_password": PASSWORD}, Authorization=header, **JSON
                )
                self.assert_refused(answer, 403, "not-allowed")

    def test_the_host_of_the_tests_is_their_own(self):
        self.assertEqual("nohost", HOST)
