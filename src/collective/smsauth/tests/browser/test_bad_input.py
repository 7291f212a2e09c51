"""Nonsense in every field, cookie and link of the members' pages: a clear answer, nothing changed, no breakdown."""

from collective.smsauth import testing
from collective.smsauth.domain import signed_values
from collective.smsauth.domain.signed_values import Usage
from collective.smsauth.tests.support import wired as wiring
from collective.smsauth.tests.support.visitor import FORM
from collective.smsauth.tests.support.visitor import OTHER_PHONE
from collective.smsauth.tests.support.visitor import PageTest
from collective.smsauth.tests.support.visitor import PHONE
from urllib.parse import parse_qs
from urllib.parse import quote
from urllib.parse import urlencode
from urllib.parse import urlsplit

import transaction

SCRIPT = '"><script>alert(1)</script>'
#: What a field may hold, already encoded for a form; none of it is a code, a number, a name or a password.
VALUES = {
    "empty": "",
    "blanks": "+++",
    "long": "9" * 100_000,
    "NUL": "12%003456",
    "lone surrogate": "%ED%A0%80123456",
    "invalid UTF-8": "%FF%FE123456",
    "cut UTF-8": "123456%C3",
    "emoji": quote("\N{PILE OF POO}" * 6),
    "full-width digits": quote("０００００００"),
    "Arabic digits": quote("٠٠٠٠٠٠٠"),
    "markup": quote(SCRIPT),
    "template": quote("${python:1/0}{{7*7}}%(x)s"),
    "lines": "123%0D%0ASet-Cookie:%20a=b",
    "minus": "-1",
    "float": "1e309",
    "right to left": quote("\u202e6543210"),
    "JSON": quote('{"a": [1]}'),
}
#: Suffixes of field names by which Zope converts values, with a value that each accepts.
CONVERTERS = {
    ":list": "1",
    ":int": "1",
    ":float": "1.5",
    ":boolean": "1",
    ":bytes": "abc",
    ":lines": "a%0Ab",
    ".x:record": "1",
    ".x:records": "1",
    ":default": "1",
    ":json": "{}",
    "[]": "1",
}
#: The same with values that they do not accept: Zope refuses them before any page is asked.
REFUSED_BY_ZOPE = {":int": "x", ":float": "x", ":required": "", ":date": "x", ":int:list": "x"}
#: A page of Plone's own, to compare with what Zope answers by itself.
STOCK = "@@search"
METHODS = ("PUT", "DELETE", "PATCH", "OPTIONS", "PROPFIND")


class BadInputTest(PageTest):
    """Anna is protected, signed in in one browser and about to sign in in another; bert is about to set up a phone."""

    def setUp(self):
        super().setUp()
        self.configure(texts_per_user=100, texts_per_number=1000, texts_per_address=10000)
        self.owner = self.protected()
        self.anna = self.pending()
        self.bert = self.visitor()
        self.bert.sign_in("bert")

    def records(self):
        """Return all that is stored of the members."""
        return {name: self.account(name) for name in ("anna", "bert", "edith")}

    def check(self, answer, before):
        """Fail unless the answer is an orderly one and nothing has changed."""
        self.assertLess(answer.status_int, 500)
        self.assertNotIn("Traceback", answer.text)
        self.assertNotIn(SCRIPT, answer.text)
        self.assertNotIn("<script>alert", answer.text)
        self.assertNotIn("a=b", "".join(answer.headers.getall("Set-Cookie")))
        self.assertEqual(before, self.records())

    def try_field(self, visitor, path, field, button, **others):
        """Send the form at hand again and again with nonsense in one field; return the answers by kind."""
        token, before = visitor.token(), self.records()
        rest = {f"form.buttons.{button}": "x", "token": token, **others}
        bodies = {kind: f"{field}={value}" for kind, value in VALUES.items()}
        bodies |= {suffix: f"{field}{suffix}={value}" for suffix, value in CONVERTERS.items()}
        bodies |= {"missing": "", "twice": f"{field}=1&{field}=2", "by the dozen": "&".join([f"{field}=1"] * 500)}
        answers = {}
        for kind, body in bodies.items():
            with self.subTest(f"{path} {field} {kind}"):
                sent = f"{body}&{urlencode({k: v for k, v in rest.items() if k != field})}".encode()
                answers[kind] = visitor.post(path, sent)
                self.check(answers[kind], before)
        upload = _upload(field, rest)
        with self.subTest(f"{path} {field} uploaded file"):
            answer = visitor.request(
                path, method="POST", body=upload, **{"Content-Type": "multipart/form-data; boundary=xx"}
            )
            self.check(answer, before)
        return answers


class TestFields(BadInputTest):
    """Fields of forms."""

    def test_code_of_the_sign_in(self):
        answers = self.try_field(self.anna, "@@smsauth-verify", "form.widgets.code", "verify")
        self.assertIn("A code has 6 digits", answers["full-width digits"].text)
        self.assertFalse(self.anna.is_signed_in())

    def test_code_of_the_set_up(self):
        self.bert.ask_code(OTHER_PHONE)
        answers = self.try_field(self.bert, "@@smsauth-confirm", "form.widgets.code", "verify")
        self.assertIn("A code has 6 digits", answers["emoji"].text)

    def test_code_of_the_reset(self):
        self.anna.browser.open(self.reset_link())
        kept = {"signature": self.signature()}
        answers = self.try_field(self.anna, "@@smsauth-reset", "form.widgets.code", "verify", **kept)
        self.assertIn("A code has 6 digits", answers["JSON"].text)

    def test_number_of_the_set_up(self):
        self.bert.open("@@smsauth-setup")
        answers = self.try_field(self.bert, "@@smsauth-setup", "form.widgets.mobile_number", "send")
        self.assertIn("Required input is missing", answers["empty"].text)
        self.assertIn("This is not a phone number", answers["emoji"].text)

    def test_number_and_code_of_the_contact_points(self):
        self.owner.open("@@smsauth-contacts")
        password = {"form.widgets.password": testing.PASSWORD}
        answers = self.try_field(self.owner, "@@smsauth-contacts", "form.widgets.address", "send", **password)
        self.assertIn("This is not a phone number", answers["emoji"].text)
        self.owner.fill(address=OTHER_PHONE, password=testing.PASSWORD)
        self.owner.click("send")
        answers = self.try_field(self.owner, "@@smsauth-contacts", "form.widgets.code", "verify")
        self.assertIn("A code has 6 digits", answers["full-width digits"].text)

    def test_name_of_a_contact_point(self):
        self.owner.open("@@smsauth-contacts")
        answers = self.try_field(self.owner, "@@smsauth-contact", "point", "remove")
        self.assertIn("This number or address is not in your list", answers["markup"].text)

    def test_name_of_another_way(self):
        answers = self.try_field(self.anna, "@@smsauth-verify", "form.buttons.another", "another")
        self.assertIn("can no longer be sent this way", answers["markup"].text)
        self.assertEqual(2, len(testing.texts()))

    def test_number_of_the_reset(self):
        visitor = self.visitor()
        visitor.open("@@smsauth-reset-request")
        name = {"form.widgets.username": "anna"}
        self.try_field(visitor, "@@smsauth-reset-request", "form.widgets.mobile_number", "submit", **name)

    def test_name_of_the_reset(self):
        visitor = self.visitor()
        visitor.open("@@smsauth-reset-request")
        number = {"form.widgets.mobile_number": OTHER_PHONE}
        answers = self.try_field(visitor, "@@smsauth-reset-request", "form.widgets.username", "submit", **number)
        self.assertIn("an e-mail with a link is on its way", answers["markup"].text)

    def test_password_of_turning_off(self):
        accounts = self.portal.acl_users.smsauth.accounts
        self.owner.open("@@smsauth-disable")
        token, before = self.owner.token(), self.records()
        for kind, value in VALUES.items():
            with self.subTest(kind):
                sent = f"form.widgets.password={value}&form.buttons.disable=x&token={token}".encode()
                answer = self.owner.post("@@smsauth-disable", sent)
                self.assertIn(self.account().failures, (0, 1))
                accounts.save("anna", before["anna"])
                transaction.commit()
                self.check(answer, before)

    def test_tokens(self):
        self.bert.open("@@smsauth-setup")
        self.try_field(self.anna, "@@smsauth-verify", "token", "verify", **{"form.widgets.code": testing.last_code()})
        self.try_field(self.bert, "@@smsauth-setup", "token", "send", **{"form.widgets.mobile_number": OTHER_PHONE})
        self.assertFalse(self.anna.is_signed_in())

    def test_bodies_that_are_no_forms(self):
        before = self.records()
        bodies = {
            "JSON": (b'{"form.widgets.code": "1"}', "application/json"),
            "an array": (b"[1, 2]", "application/json"),
            "XML": (b"<?xml version='1.0'?><methodCall><methodName>x</methodName></methodCall>", "text/plain"),
            "cut multipart": (
                b"--xx\r\nContent-Disposition: form-data; name=token",
                "multipart/form-data; boundary=xx",
            ),
            "binary": (bytes(range(256)), FORM),
            "a strange charset": (b"form.widgets.code=1", f"{FORM}; charset=utf-7"),
        }
        for path in ("@@smsauth-verify", "@@smsauth-setup", "@@smsauth-reset-request", "@@smsauth-reset"):
            for kind, (body, content_type) in bodies.items():
                with self.subTest(f"{path} {kind}"):
                    answer = self.anna.request(path, method="POST", body=body, **{"Content-Type": content_type})
                    self.check(answer, before)

    def test_other_methods_are_answered_as_on_any_page_of_plone(self):
        before = self.records()
        stock = {method: self.anna.request(STOCK, method=method).status_int for method in METHODS}
        for path in (
            "@@smsauth-verify",
            "@@smsauth-setup",
            "@@smsauth-confirm",
            "@@smsauth-disable",
            "@@smsauth-contacts",
            "@@smsauth-contact",
            "@@smsauth-problem",
            "@@smsauth-reset",
            "@@smsauth-status",
            "@@smsauth-twilio-status",
            "@@smsauth-vonage-status",
        ):
            for method in METHODS:
                with self.subTest(f"{method} {path}"):
                    answer = self.anna.request(path, method=method)
                    self.assertEqual(stock[method], answer.status_int)
                    self.assertEqual(before, self.records())

    def test_what_zope_refuses_by_itself_is_answered_as_on_any_page_of_plone(self):
        token, before = self.anna.token(), self.records()
        bodies = {suffix: f"form.widgets.code{suffix}={value}" for suffix, value in REFUSED_BY_ZOPE.items()}
        for kind, body in bodies.items():
            with self.subTest(kind):
                sent = f"{body}&form.buttons.verify=x&token={token}".encode()
                stock, answer = self.anna.post(STOCK, sent), self.anna.post("@@smsauth-verify", sent)
                self.assertEqual(stock.status_int, answer.status_int)
                self.assertEqual(before, self.records())

    def reset_link(self):
        visitor = self.visitor()
        visitor.open("@@smsauth-reset-request")
        visitor.fill(username="anna", mobile_number=OTHER_PHONE)
        visitor.click("submit")
        return self.link()

    def signature(self):
        return parse_qs(urlsplit(self.link()).query)["signature"][0]


class TestLogin(BadInputTest):
    """The sign-in forms, as far as they lead to the second step."""

    def test_addresses_to_come_back_to(self):
        before = self.records()
        for kind, value in {**VALUES, **{f"with {s}": v for s, v in CONVERTERS.items()}}.items():
            suffix = kind.removeprefix("with ") if kind.startswith("with ") else ""
            query = f"came_from{suffix}={value[:4000]}"
            for path in ("login", "@@smsauth-verify", "failsafe_login"):
                with self.subTest(f"{path} {kind}"):
                    self.check(self.visitor().request(f"{path}?{query}"), before)

    def test_referrers(self):
        before = self.records()
        for referrer in ("http://[nohost/plone", "http://nohost/plone/\xff", "javascript:alert(1)", "x" * 5000, SCRIPT):
            with self.subTest(referrer[:40]):
                self.check(self.visitor().request("login", Referer=referrer), before)


class TestCookies(BadInputTest):
    """The cookie of a pending sign-in."""

    def test_odd_cookies_are_no_pending_sign_in(self):
        genuine, before = self.anna.cookie("smsauth_pending"), self.records()
        name = wiring.cookie_name("smsauth_pending")
        keys = wiring.keys("signing")
        value = signed_values.unsign(keys, Usage.PENDING, genuine)
        cookies = {
            "empty": "",
            "quotes": '""',
            "an open quote": '"' + genuine,
            "cut": genuine[:-2],
            "edited": ("A" if genuine[0] != "A" else "B") + genuine[1:],
            "twice": genuine + genuine,
            "huge": "A" * 60_000,
            "dots": "...",
            "percent": "%00%ff%zz",
            "latin": "\xe9\xff",
            "markup": SCRIPT.replace('"', ""),
            "of another usage": signed_values.sign(keys, Usage.FORM, value),
            "of another member": signed_values.sign(keys, Usage.PENDING, {**value, "u": "bert"}),
            "for nobody": signed_values.sign(keys, Usage.PENDING, {**value, "u": "nobody"}),
            "with another secret": signed_values.sign(keys, Usage.PENDING, {**value, "p": "x"}),
            "under another key": signed_values.sign([b"0" * 32], Usage.PENDING, value),
        }
        for kind, cookie in cookies.items():
            for path in ("@@smsauth-verify", "@@smsauth-setup", "@@smsauth-confirm"):
                with self.subTest(f"{path} {kind}"):
                    answer = self.visitor().request(path, Cookie=f"{name}={cookie}")
                    self.check(answer, before)
                    self.assertNotIn("form.widgets.code", answer.text)

    def test_a_cookie_in_quotes_is_the_same_cookie(self):
        name, genuine = wiring.cookie_name("smsauth_pending"), self.anna.cookie("smsauth_pending")
        answer = self.visitor().request("@@smsauth-verify", Cookie=f'{name}="{genuine}"')
        self.assertIn("form.widgets.code", answer.text)

    def test_cookies_named_like_fields_are_not_read(self):
        code = testing.last_code(PHONE)
        self.anna.set_cookie("form.widgets.code", code)
        self.anna.set_cookie("form.buttons.verify", "x")
        self.anna.set_cookie("token", self.anna.token())
        before = self.records()
        self.check(self.anna.request("@@smsauth-verify"), before)
        self.check(self.anna.post("@@smsauth-verify", {}), before)
        self.assertFalse(self.anna.is_signed_in())


class TestSignature(BadInputTest):
    """The parameter of the reset link."""

    def test_odd_signatures_are_no_link(self):
        before = self.records()
        for kind, value in VALUES.items():
            with self.subTest(kind):
                answer = self.anna.request(f"@@smsauth-reset?signature={value[:8000]}")
                self.check(answer, before)
                self.assertIn("This link does not work", answer.text)
        for suffix, value in CONVERTERS.items():
            with self.subTest(suffix):
                self.check(self.anna.request(f"@@smsauth-reset?signature{suffix}={value}"), before)

    def test_paths_below_the_pages_are_not_there(self):
        before = self.records()
        for path in (
            "@@smsauth-reset/x",
            "@@smsauth-verify/update",
            "@@smsauth-setup/token",
            "@@smsauth-verify/handlers",
        ):
            with self.subTest(path):
                answer = self.anna.request(path)
                self.check(answer, before)
                self.assertGreaterEqual(answer.status_int, 300)


def _upload(field, rest):
    """Return a multipart body in which a file is sent for ``field``."""
    parts = [
        f'--xx\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n' for k, v in rest.items() if k != field
    ]
    head = f'--xx\r\nContent-Disposition: form-data; name="{field}"; filename="code.txt"\r\nContent-Type: text/plain\r\n\r\n'
    return "".join(parts).encode() + head.encode() + b"123456\xff\r\n--xx--\r\n"
