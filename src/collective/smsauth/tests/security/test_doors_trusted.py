"""The cookie of a trusted browser at every door: it spares the code after a first factor, and opens nothing else."""

from collective.smsauth.domain import signed_values
from collective.smsauth.domain.session import hashed
from collective.smsauth.domain.signed_values import Usage
from collective.smsauth.flows.trusted_browsers import COOKIE
from collective.smsauth.testing import last_code
from collective.smsauth.tests.support import wired as wiring
from collective.smsauth.tests.support.doors import basic
from collective.smsauth.tests.support.doors import commit
from collective.smsauth.tests.support.doors import DAY
from collective.smsauth.tests.support.doors import DoorTest
from collective.smsauth.tests.support.doors import fields_of
from collective.smsauth.tests.support.doors import SECRET
from collective.smsauth.tests.support.doors import sign_in_form
from collective.smsauth.verification import lifecycle
from dataclasses import replace
from plone import api
from plone.keyring.interfaces import IKeyManager
from zope.component import getUtility


class TrustedDoorTest(DoorTest):
    def setUp(self):
        super().setUp()
        self.configure(trust_days=30)

    def configure(self, **settings):
        for name, value in settings.items():
            api.portal.set_registry_record(f"collective.smsauth.{name}", value)
        commit()

    def secret(self, user_id="anna"):
        """Return the secret of a browser that a member trusts."""
        secret = wiring.trust().begin(user_id, self.prove(user_id), browser="Firefox")
        commit()
        return secret

    def cookie(self, secret, user_id="anna", usage=Usage.TRUSTED, keys=None, **more):
        name = wiring.cookie_name(COOKIE, user_id)
        return signed_values.sign(keys or wiring.keys("signing"), usage, {"n": name, "t": secret, "b": 0, **more})

    def signs_in(self, cookie, user_id="anna", password=None):
        """Tell whether the password and that cookie sign a member in by the form."""
        client = self.client(**{wiring.cookie_name(COOKIE, user_id): cookie})
        form = sign_in_form(user_id, **({"password": password} if password else {}))
        client.post(self.path("login"), form=form)
        return self.is_signed_in(client, user_id)


class TestForm(TrustedDoorTest):
    def test_it_spares_the_code_after_the_password(self):
        self.assertTrue(self.signs_in(self.cookie(self.secret())))
        self.assertFalse(self.signs_in(""))

    def test_it_is_good_more_than_once_until_it_is_forgotten(self):
        secret = self.secret()
        cookie = self.cookie(secret)
        self.assertTrue(self.signs_in(cookie) and self.signs_in(cookie))
        lifecycle.forget_browsers(self.gate.accounts, "anna", name=hashed(secret))
        commit()
        self.assertFalse(self.signs_in(cookie))

    def test_it_does_nothing_without_the_password(self):
        cookie = self.cookie(self.secret())
        self.assertFalse(self.signs_in(cookie, password="a guess"))
        client = self.client(**{wiring.cookie_name(COOKIE, "anna"): cookie})
        for path in ("", "@@smsauth-verify", "login", "of-anna"):
            client.get(self.path(path))
            self.assertFalse(self.is_signed_in(client, "anna"))

    def test_that_of_another_member_does_nothing(self):
        self.bind("edith", "+31687654321")
        secret = self.secret("edith")
        for user_id in ("edith", "anna"):
            self.assertFalse(self.signs_in(self.cookie(secret, user_id)), "even signed for anna")
        self.assertTrue(self.signs_in(self.cookie(secret, "edith"), "edith"))

    def test_replayed_after_a_new_password(self):
        cookie = self.cookie(self.secret())
        self.users.source_users.updateUserPassword("anna", "another secret 77")
        commit()
        self.assertFalse(self.signs_in(cookie, password="another secret 77"))
        self.users.source_users.updateUserPassword("anna", "correct horse 42")
        commit()
        self.assertFalse(self.signs_in(cookie), "a new hash, although the same password")

    def test_replayed_after_another_number(self):
        cookie = self.cookie(self.secret())
        self.bind("anna", "+31687654321")
        self.assertFalse(self.signs_in(cookie))

    def test_replayed_after_turning_off_and_on(self):
        cookie = self.cookie(self.secret())
        lifecycle.unbind(self.gate.accounts, "anna")
        commit()
        self.bind("anna")
        self.assertFalse(self.signs_in(cookie))

    def test_replayed_after_that_was_not_me(self):
        cookie = self.cookie(self.secret())
        lifecycle.disown(self.gate.accounts, "anna")
        commit()
        self.assertFalse(self.signs_in(cookie))

    def test_replayed_after_its_time(self):
        cookie = self.cookie(self.secret())
        self.clock.advance(30 * DAY)
        self.assertFalse(self.signs_in(cookie))

    def test_replayed_for_an_account_of_the_same_name(self):
        cookie = self.cookie(self.secret())
        with api.env.adopt_roles(["Manager"]):
            api.user.delete("anna")
            api.user.create(username="anna", email="other@example.org", password="correct horse 42")
        commit()
        self.bind("anna")
        self.assertFalse(self.signs_in(cookie))

    def test_with_the_policy_turned_off_or_against_this_member(self):
        cookie = self.cookie(self.secret())
        for settings in ({"trust_days": 0}, {"untrusted_roles": ("Member",)}):
            with self.subTest(settings):
                self.configure(**settings)
                self.assertFalse(self.signs_in(cookie))
                self.configure(trust_days=30, untrusted_roles=())

    def test_for_a_number_that_is_locked(self):
        cookie = self.cookie(self.secret())
        self.gate.accounts.save(
            "anna", replace(self.gate.accounts.get("anna"), failures=100, failed_at=self.clock.time)
        )
        commit()
        self.assertFalse(self.signs_in(cookie))

    def test_cookies_that_are_none(self):
        secret = self.secret()
        good, keys = self.cookie(secret), wiring.keys("signing")
        table = {
            "empty": "",
            "the bare secret": secret,
            "cut": good[:-1],
            "edited": ("A" if good[0] != "A" else "B") + good[1:],
            "more": good + "A",
            "huge": good + "A" * 4000,
            "bytes": b"\xff\xfe\x00".decode("latin-1"),
            "another usage": self.cookie(secret, usage=Usage.PENDING),
            "another site": self.cookie(secret, keys=[b"another key"]),
            "a list": signed_values.sign(keys, Usage.TRUSTED, ["anna", secret]),
            "other names under another usage": signed_values.sign(
                keys, Usage.FORM, {"v": "anna", "s": secret, "x": 9e9}
            ),
            "numbers": signed_values.sign(keys, Usage.TRUSTED, {"n": wiring.cookie_name(COOKIE, "anna"), "t": ""}),
        }
        for kind, cookie in table.items():
            with self.subTest(kind):
                self.assertFalse(self.signs_in(cookie.replace("\x00", "")))
        self.assertTrue(self.signs_in(good))

    def test_the_key_that_was_rotated_out_of_use_still_verifies_and_one_that_is_gone_does_not(self):
        cookie, manager = self.cookie(self.secret()), getUtility(IKeyManager)
        manager.rotate("_system")
        commit()
        self.assertTrue(self.signs_in(cookie))
        manager.clear("_system")
        manager.rotate("_system")
        commit()
        self.assertFalse(self.signs_in(cookie))


class TestOtherDoors(TrustedDoorTest):
    """Only where somebody signs in it is looked at; for REST's sign-in see test_doors_rest_sign_in."""

    def test_basic(self):
        cookie = self.cookie(self.secret())
        self.assert_closed(
            lambda user_id: self.reads(
                user_id, self.client(**{wiring.cookie_name(COOKIE, "anna"): cookie}), Authorization=basic(user_id)
            )
        )

    def test_a_json_body_of_name_and_password_at_any_other_address(self):
        cookie = self.cookie(self.secret())

        def enter(user_id):
            client = self.client(**{wiring.cookie_name(COOKIE, "anna"): cookie})
            body = {"login": user_id, "password": "correct horse 42"}
            answer = client.post(self.path("@login-renew"), json=body, Accept="application/json")
            return "token" in answer.json

        self.assert_closed(enter)

    def test_names_and_passwords_at_any_address(self):
        cookie = self.cookie(self.secret())

        def enter(user_id):
            client = self.client(**{wiring.cookie_name(COOKIE, "anna"): cookie})
            form = {"__ac_name": user_id, "__ac_password": "correct horse 42"}
            return self.reads(user_id, client, "POST", form=form)

        self.assertFalse(enter("anna"))

    def test_a_get_of_the_sign_in_form(self):
        client = self.client(**{wiring.cookie_name(COOKIE, "anna"): self.cookie(self.secret())})
        client.get(self.path("login"), query=sign_in_form("anna"))
        self.assertFalse(self.is_signed_in(client, "anna"))


class TestTickets(TrustedDoorTest):
    """Sessions without a proof, at the code form."""

    def lands(self, *tokens, cookie=None, user_id="anna"):
        """Tell whether a ticket with those tokens and the cookie come in by the code form without a code."""
        secret = self.secret() if cookie is None else ""
        client = self.client(
            self.ticket(user_id, *tokens), **{wiring.cookie_name(COOKIE, user_id): cookie or self.cookie(secret)}
        )
        client.get(self.path("@@smsauth-verify"))
        return self.is_signed_in(client, user_id)

    def test_one_from_elsewhere_is_spared_the_code(self):
        self.assertTrue(self.lands())

    def test_one_from_elsewhere_is_led_on(self):
        client = self.client(self.ticket("anna"), **{wiring.cookie_name(COOKIE, "anna"): self.cookie(self.secret())})
        answer = client.get(self.path("of-anna"), Accept="text/html")
        for _ in range(3):
            if answer.status_int == 302:
                answer = client.follow(answer)
        self.assertIn(SECRET, answer.text)

    def test_one_of_ours_that_has_ended_is_not(self):
        proof = self.prove("anna")
        lifecycle.end_session(self.gate.accounts, "anna", proof)
        commit()
        self.assertFalse(self.lands(proof))
        self.assertFalse(self.lands("smsauth-since-1"))

    def test_the_sliding_ticket_of_a_trusted_browser_does_not_outlive_its_proof(self):
        secret = self.secret()
        proof = wiring.trust().sign_in("anna", secret)
        commit()
        client = self.client(self.ticket("anna", proof), **{wiring.cookie_name(COOKIE, "anna"): self.cookie(secret)})
        self.assertTrue(self.is_signed_in(client, "anna"))
        self.clock.advance(wiring.policy().session_lifetime)
        client.get(self.path("@@smsauth-verify"))
        self.assertFalse(self.is_signed_in(client, "anna"))

    def test_forgetting_ends_the_sessions_at_once(self):
        secret = self.secret()
        proof = wiring.trust().sign_in("anna", secret)
        commit()
        client = self.client(self.ticket("anna", proof))
        self.assertTrue(self.is_signed_in(client, "anna"))
        lifecycle.forget_browsers(self.gate.accounts, "anna")
        commit()
        self.assertFalse(self.is_signed_in(client, "anna"))

    def test_the_cookie_of_another_member_does_nothing(self):
        self.bind("edith", "+31687654321")
        self.assertFalse(self.lands(cookie=self.cookie(self.secret("edith"), "edith")))

    def test_a_code_form_that_was_opened_without_trust_goes_on_as_ever(self):
        client = self.client(self.ticket("anna"))
        form = client.get(self.path("@@smsauth-verify"))
        fields = fields_of(form, form__widgets__code=last_code(), form__buttons__verify="1")
        client.post(self.path("@@smsauth-verify"), form=fields)
        self.assertTrue(self.is_signed_in(client, "anna"))
