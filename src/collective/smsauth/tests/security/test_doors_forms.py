"""The doors that are forms, and names and passwords that arrive as form values at any address."""

from base64 import b64encode
from collective.smsauth.domain.policy import PENDING_LIFETIME
from collective.smsauth.testing import last_code
from collective.smsauth.testing import PASSWORD
from collective.smsauth.tests.support.doors import basic
from collective.smsauth.tests.support.doors import commit
from collective.smsauth.tests.support.doors import DoorTest
from collective.smsauth.tests.support.doors import fields_of
from collective.smsauth.tests.support.doors import sent
from collective.smsauth.tests.support.doors import sign_in_form
from collective.smsauth.tests.support.doors import TICKET
from urllib.parse import quote

import re

FORMS = ("login", "login_form", "failsafe_login", "failsafe_login_form")
BOUNDARY = "a-boundary"
#: Headers that vary with the time and the length of the name that was typed; names of cookies are compared by themselves.
VARYING = ("Content-Length", "Date", "Last-Modified", "Set-Cookie")


class SignInFormsTest(DoorTest):
    """The four names of Plone's sign-in form."""

    def enter(self, form: str, user_id: str, **more: str) -> bool:
        client = self.client()
        response = client.post(self.path(form), form=sign_in_form(user_id), **more)
        self.assertEqual(response.status_int, 302)
        self.assertEqual("@@smsauth-verify" in response.location, user_id == "anna")
        self.assertEqual(TICKET in client.cookies, user_id != "anna")
        return self.is_signed_in(client, user_id)

    def test_the_sign_in_form_asks_for_the_code(self):
        self.assert_closed(lambda user_id: self.enter("login", user_id))

    def test_the_old_name_of_the_sign_in_form_asks_for_the_code(self):
        self.assert_closed(lambda user_id: self.enter("login_form", user_id))

    def test_the_failsafe_form_asks_for_the_code(self):
        self.assert_closed(lambda user_id: self.enter("failsafe_login", user_id))

    def test_the_old_name_of_the_failsafe_form_asks_for_the_code(self):
        self.assert_closed(lambda user_id: self.enter("failsafe_login_form", user_id))

    def test_the_sign_in_modal_asks_for_the_code(self):
        ajax = {"X_Requested_With": "XMLHttpRequest"}
        self.assert_closed(lambda user_id: self.enter("login?ajax_load=1", user_id, **ajax))

    def test_the_form_called_on_a_page_asks_for_the_code(self):
        self.assert_closed(lambda user_id: self.enter("@@login", user_id))

    def test_a_get_with_the_name_of_the_button_neither_signs_in_nor_sends_a_text(self):
        for form in FORMS:
            with self.subTest(form=form):
                bert, anna = self.client(), self.client()
                bert.get(self.path(form), query=sign_in_form("bert"))
                self.assertTrue(self.is_signed_in(bert, "bert"))
                before = sent()
                response = anna.get(self.path(form), query=sign_in_form("anna"))
                self.assertEqual(sent(), before)
                self.assertEqual([], anna.named("smsauth_pending"))
                self.assertNotIn("@@smsauth-verify", response.location or "")
                self.assertFalse(self.is_signed_in(anna, "anna"))

    def test_a_hidden_field_of_an_other_method_does_not_make_a_get_a_post(self):
        client = self.client()
        before = sent()
        client.get(self.path("login"), query={**sign_in_form("anna"), "REQUEST_METHOD": "POST", "method": "POST"})
        self.assertEqual(sent(), before)

    def test_the_password_and_the_code_sign_in(self):
        client = self.client()
        response = client.post(self.path("login"), form=sign_in_form("anna"))
        form = client.follow(response)
        client.post(
            self.path("@@smsauth-verify"),
            form=fields_of(form, form__widgets__code=last_code(), form__buttons__verify="Verify"),
        )
        self.assertTrue(self.is_signed_in(client, "anna"))

    def test_the_code_of_one_member_does_not_complete_the_sign_in_of_another(self):
        self.bind("edith", "+31687654321")
        anna, edith = self.client(), self.client()
        anna.post(self.path("login"), form=sign_in_form("anna"))
        edith.post(self.path("login"), form=sign_in_form("edith"))
        page = anna.get(self.path("@@smsauth-verify"))
        code = last_code("+31687654321")
        anna.post(
            self.path("@@smsauth-verify"),
            form=fields_of(page, form__widgets__code=code, form__buttons__verify="Verify"),
        )
        self.assertFalse(self.is_signed_in(anna, "anna"))
        self.assertFalse(self.is_signed_in(anna, "edith"))

    def test_the_pending_cookie_opens_nothing_and_ends(self):
        client = self.client()
        client.post(self.path("login"), form=sign_in_form("anna"))
        self.assertEqual(1, len(client.named("smsauth_pending")))
        self.assertFalse(self.is_signed_in(client, "anna"))
        self.assertIn("form.widgets.code", client.get(self.path("@@smsauth-verify")).text)
        self.clock.advance(PENDING_LIFETIME)
        self.assertNotIn("form.widgets.code", client.get(self.path("@@smsauth-verify")).text)


class FormValuesTest(DoorTest):
    """A name and a password at any address, in whatever part of the request."""

    def test_in_the_query(self):
        def enter(user_id):
            return self.reads(user_id, query={"__ac_name": user_id, "__ac_password": PASSWORD})

        self.assert_closed(enter)

    def test_in_a_form(self):
        def enter(user_id):
            return self.reads(user_id, method="POST", form={"__ac_name": user_id, "__ac_password": PASSWORD})

        self.assert_closed(enter)

    def test_in_a_multipart_form(self):
        def enter(user_id):
            values = {"__ac_name": user_id, "__ac_password": PASSWORD}
            parts = [
                f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
                for name, value in values.items()
            ]
            body = ("".join(parts) + f"--{BOUNDARY}--\r\n").encode()
            kind = f"multipart/form-data; boundary={BOUNDARY}"
            return self.reads(user_id, method="POST", body=body, Content_Type=kind)

        self.assert_closed(enter)

    def test_in_upper_case(self):
        self.users.login_transform = "lower"

        def enter(user_id):
            return self.reads(user_id, query={"__ac_name": user_id.upper(), "__ac_password": PASSWORD})

        commit()
        self.assert_closed(enter)

    def test_converted_values_open_nothing_and_break_nothing(self):
        for kind in ("json", "bytes", "list", "tuple", "text", "lines", "tokens", "record", "utf8:bytes", "ustring"):
            with self.subTest(kind=kind):
                name = '"anna"' if kind == "json" else "anna"
                word = f'"{PASSWORD}"' if kind == "json" else PASSWORD
                both = {f"__ac_name:{kind}": name, f"__ac_password:{kind}": word}
                self.assertFalse(self.reads("anna", query=both))
                self.assertFalse(self.reads("anna", query={f"__ac_name:{kind}": name, "__ac_password": PASSWORD}))
                self.assertFalse(self.reads("anna", query={"__ac_name": "anna", f"__ac_password:{kind}": word}))
                client = self.client()
                client.post(self.path("login"), form={**both, "buttons.login": "Log in"})
                self.assertNotIn(TICKET, client.cookies)
                self.assertFalse(self.is_signed_in(client, "anna"))

    def test_converted_values_that_sign_in_stock_plone(self):
        def enter(user_id):
            return self.reads(user_id, query={"__ac_name:json": f'"{user_id}"', "__ac_password:json": f'"{PASSWORD}"'})

        self.assert_closed(enter)

    def test_a_password_of_bytes(self):
        def enter(user_id):
            return self.reads(user_id, query={"__ac_name": user_id, "__ac_password:bytes": PASSWORD})

        self.assert_closed(enter)

    def test_several_names_at_once(self):
        query = f"?__ac_name=bert&__ac_name=anna&__ac_password={quote(PASSWORD)}"
        self.assertFalse(self.reads("anna", suffix=query))
        self.assertFalse(self.reads("anna", suffix=query + f"&__ac_password={quote(PASSWORD)}"))

    def test_the_cookie_of_the_old_format(self):
        def enter(user_id):
            word = b64encode(f"{user_id.encode().hex()}:{PASSWORD.encode().hex()}".encode()).decode()
            return self.reads(user_id, self.client(word))

        self.assert_closed(enter)

    def test_the_old_format_in_the_query(self):
        def enter(user_id):
            word = b64encode(f"{user_id.encode().hex()}:{PASSWORD.encode().hex()}".encode()).decode()
            return self.reads(user_id, query={TICKET: word})

        self.assert_closed(enter)

    def test_a_password_for_a_page_sends_no_text(self):
        before = sent()
        self.assertFalse(
            self.changed(lambda: self.reads("anna", query={"__ac_name": "anna", "__ac_password": PASSWORD}))
        )
        self.assertEqual(sent(), before)


class WrongPasswordTest(DoorTest):
    """Before a correct password nothing tells the unknown, the unprotected, the protected and the locked member apart."""

    def setUp(self):
        super().setUp()
        self.bind("edith", "+31687654321")
        account = self.gate.accounts.get("edith")
        for _ in range(100):
            account = account.with_failure(self.clock())
        self.gate.accounts.save("edith", account)
        commit()

    def answers(self, ask) -> list:
        found = []
        for user_id in ("nobody", "bert", "anna", "edith"):
            client = self.client()
            response = ask(client, user_id)
            names = sorted(client.cookies)
            kept = [(name, value) for name, value in response.headers.items() if name not in VARYING]
            headers = sorted((name, value.replace(user_id, "somebody")) for name, value in kept)
            body = re.sub(r'value="[0-9a-f]{40,}"', "", response.text.replace(user_id, "somebody"))
            found.append((response.status, headers, names, body))
        return found

    def assert_alike(self, ask) -> None:
        unknown, *others = self.answers(ask)
        for other in others:
            self.assertEqual(unknown, other)

    def test_in_the_sign_in_forms(self):
        for form in FORMS:
            with self.subTest(form=form):
                self.assert_alike(lambda c, u, form=form: c.post(self.path(form), form=sign_in_form(u, "wrong")))

    def test_in_the_rest_sign_in(self):
        self.assert_alike(
            lambda c, u: c.post(self.path("@login"), json={"login": u, "password": "wrong"}, Accept="application/json")
        )

    def test_in_a_page(self):
        self.assert_alike(
            lambda c, u: c.get(self.path("@@overview-controlpanel"), query={"__ac_name": u, "__ac_password": "wrong"})
        )

    def test_in_basic(self):
        self.assert_alike(lambda c, u: c.get(self.path("@@overview-controlpanel"), Authorization=basic(u, "wrong")))

    def test_a_right_password_tells_more(self):
        # So that the comparison above is one that could fail.
        answers = self.answers(lambda c, u: c.post(self.path("login"), form=sign_in_form(u)))
        self.assertNotEqual(answers[1], answers[2])
