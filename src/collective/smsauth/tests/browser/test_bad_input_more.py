"""Nonsense in the pages around the second step: for members, for whoever forgot a password, for administrators, for programs."""

from collective.smsauth import testing
from collective.smsauth.domain import signed_values
from collective.smsauth.domain.signed_values import Usage
from collective.smsauth.domain.sms_pumping import Alarm
from collective.smsauth.flows import disown
from collective.smsauth.tests.browser.test_bad_input import BadInputTest
from collective.smsauth.tests.browser.test_bad_input import CONVERTERS
from collective.smsauth.tests.browser.test_bad_input import METHODS
from collective.smsauth.tests.browser.test_bad_input import SCRIPT
from collective.smsauth.tests.browser.test_bad_input import STOCK
from collective.smsauth.tests.browser.test_bad_input import VALUES
from collective.smsauth.tests.support import wired as wiring
from collective.smsauth.tests.support.administrator import add_site_administrator
from collective.smsauth.tests.support.administrator import Administrator
from collective.smsauth.tests.support.visitor import FORM
from datetime import date
from datetime import timedelta
from urllib.parse import parse_qs
from urllib.parse import urlencode
from urllib.parse import urlsplit

import transaction

BLOCK = "b" * 32
#: The kinds of values and suffixes that are worth trying where nothing is typed.
ODD = ("long", "NUL", "lone surrogate", "invalid UTF-8", "markup", "JSON")
SUFFIXES = (":list", ":int", ":bytes", ".x:record")
#: Bytes in cookies and headers, as a server hands them on.
NOISE = {
    "percent surrogate": "%ED%A0%80",
    "surrogate": b"\xed\xa0\x80".decode("latin-1"),
    "invalid UTF-8": "\xff\xfe\xc3",
    "huge": "A" * 60_000,
    "markup": SCRIPT.replace('"', ""),
}
#: Bodies that are no forms, with their content types.
BODIES = {
    "JSON": (b'{"form.widgets.code": "1"}', "application/json"),
    "an array": (b"[1, 2]", "application/json"),
    "bytes as JSON": (b"\xff\xfe\xed\xa0\x80", "application/json"),
    "cut multipart": (b"--xx\r\nContent-Disposition: form-data; name=token", "multipart/form-data; boundary=xx"),
    "binary": (bytes(range(256)), FORM),
    "a megabyte": (b"form.widgets.code=" + b"9" * 1_000_000, FORM),
    "names of bytes": (b"%ED%A0%80=1&%FF=2&form.widgets.code%C3=3", FORM),
}
#: Lone surrogates as name and password in JSON: Plone itself stumbles over them, before any page or plugin is asked.
SURROGATES = (b'{"login": "\\ud800", "password": "\\ud800"}', "application/json")
PAGES = (
    "@@smsauth-access",
    "@@smsauth-access-code",
    "@@smsauth-browsers",
    "@@smsauth-contact",
    "@@smsauth-contacts",
    "@@smsauth-disable",
    "@@smsauth-not-me",
    "@@smsauth-problem",
    "@@smsauth-recovery",
    "@@smsauth-reminder",
    "@@smsauth-status",
    "@@smsauth-twilio-status",
    "@@smsauth-vonage-status",
)
ADMINISTRATION = ("@@smsauth-alarms", "@@smsauth-controlpanel", "@@smsauth-counters", "@@smsauth-members")


class MoreBadInputTest(BadInputTest):
    """All that is off at first is switched on."""

    def setUp(self):
        super().setUp()
        self.configure(access_page=True, trust_days=30, channel_voice=True, channel_email=True)

    def try_query(self, path, name, visitor):
        """Ask for a page with nonsense in one parameter of its address."""
        before, mark = self.records(), "&" if "?" in path else "?"
        for kind, parameter in odd(name).items():
            with self.subTest(f"{path} {name} {kind}"):
                self.check(visitor.request(f"{path}{mark}{parameter[:8000]}"), before)


def odd(name):
    """Return odd forms of one parameter, already encoded, by their kinds."""
    found = {kind: f"{name}={VALUES[kind]}" for kind in ODD}
    return found | {suffix: f"{name}{suffix}={CONVERTERS[suffix]}" for suffix in SUFFIXES}


class TestFields(MoreBadInputTest):
    """Fields of forms."""

    def test_login_of_the_access_page(self):
        visitor = self.visitor()
        visitor.open("@@smsauth-access")
        answers = self.try_field(visitor, "@@smsauth-access", "form.widgets.username", "submit")
        self.assertIn("Required input is missing", answers["lone surrogate"].text)
        self.assertEqual([], self.mails())

    def test_code_and_token_of_the_access_page(self):
        visitor = self.visitor()
        visitor.open("@@smsauth-access")
        visitor.fill(username="anna")
        visitor.click("submit")
        answers = self.try_field(visitor, "@@smsauth-access-code", "form.widgets.code", "verify")
        self.assertIn("A code has 6 digits", answers["full-width digits"].text)
        code = {"form.widgets.code": testing.last_code()}
        self.try_field(visitor, "@@smsauth-access-code", "token", "verify", **code)
        self.assertEqual([], self.mails())

    def test_codes_to_save_as_a_file(self):
        self.owner.open("@@smsauth-recovery")
        answers = self.try_field(self.owner, "@@smsauth-recovery", "codes", "download")
        self.assertFalse([kind for kind, answer in answers.items() if "Content-Disposition" in answer.headers])

    def test_token_and_goal_of_the_recovery_codes(self):
        self.owner.open("@@smsauth-recovery")
        password = {"form.widgets.password": testing.PASSWORD}
        self.try_field(self.owner, "@@smsauth-recovery", "token", "make", **password)
        self.try_query("@@smsauth-recovery", "came_from", self.owner)

    def test_passwords_of_the_recovery_codes_and_of_the_contact_points(self):
        accounts = self.portal.acl_users.smsauth.accounts
        number = {"form.widgets.address": "+31201234567"}
        for path, button, rest in (("@@smsauth-recovery", "make", {}), ("@@smsauth-contacts", "send", number)):
            self.owner.open(path)
            token, before = self.owner.token(), self.records()
            for kind, value in VALUES.items():
                with self.subTest(f"{path} {kind}"):
                    more = urlencode({**rest, f"form.buttons.{button}": "x", "token": token})
                    answer = self.owner.post(path, f"form.widgets.password={value}&{more}".encode())
                    self.assertIn(self.account().failures, (0, 1))
                    accounts.save("anna", before["anna"])
                    transaction.commit()
                    self.check(answer, before)

    def test_name_of_a_trusted_browser(self):
        self.clock.advance(60)
        owner = self.visitor()
        owner.sign_in("anna")
        owner.browser.getControl(name="form.widgets.trust:list").value = ["selected"]
        owner.answer(testing.last_code())
        owner.open("@@smsauth-browsers")
        token, before = owner.token(), self.records()
        self.assertEqual(1, len(before["anna"].trusted))
        for kind, parameter in odd("form.buttons.forget").items():
            with self.subTest(kind):
                self.check(owner.post("@@smsauth-browsers", f"{parameter}&token={token}".encode()), before)

    def test_tick_of_the_trusted_browser(self):
        code = {"form.widgets.code": "x", "form.widgets.trust-empty-marker": "1"}
        self.try_field(self.anna, "@@smsauth-verify", "form.widgets.trust:list", "verify", **code)
        self.try_field(self.anna, "@@smsauth-verify", "form.widgets.trust", "verify", **code)

    def test_choice_on_the_page_of_trouble(self):
        self.configure(channel_text=False)
        self.anna.open("@@smsauth-problem")
        self.try_field(self.anna, "@@smsauth-problem", "form.buttons.another", "another")

    def test_goal_and_token_of_the_reminder(self):
        self.configure(enforcement="required", grace_everyone=date.fromtimestamp(self.clock.time) + timedelta(days=30))
        bert = self.visitor()
        bert.sign_in("bert")
        bert.open("@@smsauth-reminder")
        self.assertIn("Remind me later", bert.page)
        self.try_field(bert, "@@smsauth-reminder", "token", "later")
        self.try_query("@@smsauth-reminder", "came_from", bert)
        self.try_field(bert, "@@smsauth-reminder", "came_from", "set_up")

    def test_link_and_token_of_the_disowned_sign_in(self):
        path = f"@@smsauth-not-me?{urlsplit(disown.url('anna')).query}"
        visitor = self.visitor()
        visitor.open(path)
        kept = {"warning": parse_qs(urlsplit(path).query)["warning"][0]}
        self.try_field(visitor, "@@smsauth-not-me", "warning", "disown", **kept)
        self.try_field(visitor, "@@smsauth-not-me", "token", "disown", **kept)
        self.try_query("@@smsauth-not-me", "warning", visitor)


class TestQueries(MoreBadInputTest):
    """Parameters of addresses."""

    def test_of_pages_for_whoever_is_not_signed_in(self):
        for path, name in (
            ("@@smsauth-verify", "letters"),
            ("@@smsauth-problem", "came_from"),
            ("@@smsauth-status", "for"),
            ("@@smsauth-twilio-status", "ref"),
            ("@@smsauth-vonage-status", "ref"),
            ("@@smsauth-access", "form.widgets.username"),
            ("@@smsauth-access-code", "form.widgets.code"),
            ("mail_password_form", "userid"),
            ("mail_password", "userid"),
            ("login-help", "form.widgets.reset_password"),
        ):
            self.try_query(path, name, self.anna)

    def test_of_pages_for_members(self):
        for path, name in (
            ("@@smsauth-setup", "came_from"),
            ("@@smsauth-contact", "point"),
            ("@@smsauth-browsers", "form.buttons.forget"),
            ("@@smsauth-status", "for"),
        ):
            self.try_query(path, name, self.owner)

    def test_names_that_are_no_text(self):
        before = self.records()
        for path in (*PAGES, "@@smsauth-verify", "@@smsauth-setup", "@@smsauth-reset"):
            for query in ("%ED%A0%80=1&%FF", "a%00b=1", "=&&;;", ":list="):
                with self.subTest(f"{path} {query}"):
                    self.check(self.owner.request(f"{path}?{query}"), before)

    def test_what_zope_cannot_read_is_answered_as_on_any_page_of_plone(self):
        query = ":list=&:record=1"
        stock = self.owner.request(f"{STOCK}?{query}").status_int
        self.assertGreaterEqual(stock, 400)
        for path in PAGES:
            with self.subTest(path):
                self.assertEqual(stock, self.owner.request(f"{path}?{query}").status_int)


class TestWhatIsNoForm(MoreBadInputTest):
    """Other bodies, other methods, other headers."""

    def test_bodies(self):
        before = self.records()
        stock = self.send(self.owner, STOCK, SURROGATES).status_int
        for path in PAGES:
            for kind, body in BODIES.items():
                with self.subTest(f"{path} {kind}"):
                    self.check(self.send(self.owner, path, body), before)
            with self.subTest(f"{path} surrogates"):
                self.assertEqual(stock, self.send(self.owner, path, SURROGATES).status_int)
                self.assertEqual(before, self.records())

    def test_methods_are_answered_as_on_any_page_of_plone(self):
        before = self.records()
        stock = {method: self.anna.request(STOCK, method=method).status_int for method in METHODS}
        for path in PAGES:
            for method in METHODS:
                with self.subTest(f"{method} {path}"):
                    self.assertEqual(stock[method], self.anna.request(path, method=method).status_int)
        self.assertEqual(before, self.records())

    def test_headers(self):
        before = self.records()
        for path in PAGES:
            for kind, value in NOISE.items():
                headers = dict.fromkeys(
                    ("User-Agent", "Accept", "Accept-Language", "X-Requested-With", "Referer"), value
                )
                with self.subTest(f"{path} {kind}"):
                    self.check(self.owner.request(path, **headers), before)

    def send(self, visitor, path, body):
        content, content_type = body
        return visitor.request(path, method="POST", body=content, **{"Content-Type": content_type})


class TestCookies(MoreBadInputTest):
    """Cookies of this package that are none."""

    def test_noise(self):
        keys, before = wiring.keys("signing"), self.records()
        access = signed_values.sign(keys, Usage.ACCESS, {"s": "x" * 32, "x": self.clock.time + 600})
        trusts, pending = wiring.cookie_name("smsauth_trusted", "anna"), wiring.cookie_name("smsauth_pending")
        trusted = signed_values.sign(keys, Usage.TRUSTED, {"n": trusts, "t": "x" * 32, "b": 0})
        for name, genuine, paths in (
            (wiring.cookie_name("smsauth_access"), access, ("@@smsauth-access", "@@smsauth-access-code")),
            (trusts, trusted, ("login", "@@smsauth-browsers")),
            (pending, self.anna.cookie("smsauth_pending"), ("@@smsauth-problem", "@@smsauth-status")),
        ):
            cookies = {**NOISE, "noise before": "\xed\xa0\x80" + genuine, "noise behind": genuine + "%ED%A0%80"}
            for path in paths:
                for kind, cookie in cookies.items():
                    with self.subTest(f"{path} {name} {kind}"):
                        self.check(self.visitor().request(path, Cookie=f"{name}={cookie}"), before)

    def test_noise_beside_the_right_password_leads_to_the_code_form(self):
        fields = {"__ac_name": "anna", "__ac_password": testing.PASSWORD, "buttons.login": "Log in"}
        name = wiring.cookie_name("smsauth_trusted", "anna")
        for kind, cookie in NOISE.items():
            with self.subTest(kind):
                self.clock.advance(3600)
                answer = self.visitor().post("login", fields, Cookie=f"{name}={cookie}")
                self.assertEqual(302, answer.status_int)
                self.assertIn("@@smsauth-verify", answer.headers["Location"])


class TestAdministration(MoreBadInputTest):
    """Pages of administrators."""

    def setUp(self):
        super().setUp()
        add_site_administrator()
        self.frank = Administrator(self.layer, "frank", testing.PASSWORD)
        alarm = Alarm(shown="+3161234••••", region="NL", at=self.clock(), asked=12, confirmed=1)
        wiring.neighbours().stop(BLOCK, alarm)
        transaction.commit()

    def send(self, path, body, content_type=FORM):
        return self.frank._send("POST", path, body=body, headers={**self.frank._headers, "Content-Type": content_type})

    def check(self, answer, before):
        super().check(answer, before)
        transaction.begin()
        self.assertEqual([BLOCK], [block for block, _ in wiring.neighbours().alarms()])

    def test_parameters(self):
        for path, name in (
            ("@@smsauth-members", "search"),
            ("@@smsauth-members", "user_id"),
            ("@@smsauth-counters", "month"),
            ("@@smsauth-alarms", "block"),
            ("@@smsauth-controlpanel", "form.widgets.budget"),
        ):
            before = self.records()
            for kind, parameter in odd(name).items():
                with self.subTest(f"{path} {name} {kind}"):
                    self.check(self.frank.get(f"{path}?{parameter[:8000]}"), before)

    def test_fields_and_tokens(self):
        genuine = f"_authenticator={self.frank.token}"
        for path, button, name, rest in (
            ("@@smsauth-members", "turn_off", "user_id", "search=anna"),
            ("@@smsauth-members", "turn_off", "search", "user_id=nobody"),
            ("@@smsauth-members", "forget_browsers", "user_id", "search=anna"),
            ("@@smsauth-members", "prepare", "user_id", "search=anna&reason=x&prepare_token=x"),
            ("@@smsauth-members", "prepare", "prepare_token", "search=anna&user_id=anna&reason=x"),
            ("@@smsauth-members", "prepare", "reason", "search=anna&user_id=anna&prepare_token=x"),
            ("@@smsauth-members", "turn_off", "_authenticator", "search=anna&user_id=anna"),
            ("@@smsauth-alarms", "lift", "block", ""),
            ("@@smsauth-alarms", "lift", "_authenticator", f"block={BLOCK}"),
        ):
            before = self.records()
            for kind, body in odd(name).items():
                with self.subTest(f"{path} {button} {name} {kind}"):
                    token = "" if name == "_authenticator" else genuine
                    sent = f"{body}&{rest}&form.buttons.{button}=1&{token}".encode()
                    self.check(self.send(path, sent), before)

    def test_bodies(self):
        before = self.records()
        for path in ADMINISTRATION:
            for kind, (body, content_type) in BODIES.items():
                with self.subTest(f"{path} {kind}"):
                    self.check(self.send(path, body, content_type), before)
