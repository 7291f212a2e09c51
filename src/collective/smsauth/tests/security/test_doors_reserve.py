"""Prepared and recovery codes at every door: each opens one sign-in of one member, and nothing else."""

from collective.smsauth.domain.session import Means
from collective.smsauth.domain.session import new_session
from collective.smsauth.pas.passwords import fingerprint
from collective.smsauth.testing import last_code
from collective.smsauth.testing import PASSWORD
from collective.smsauth.tests.support import wired as wiring
from collective.smsauth.tests.support.doors import basic
from collective.smsauth.tests.support.doors import commit
from collective.smsauth.tests.support.doors import DoorTest
from collective.smsauth.tests.support.doors import fields_of
from collective.smsauth.tests.support.doors import NUMBER
from collective.smsauth.tests.support.doors import sign_in_form
from collective.smsauth.verification import backup_codes
from collective.smsauth.verification import lifecycle

VERIFY = "@@smsauth-verify"
HOUR = 60 * 60


class ReserveDoorTest(DoorTest):
    """Anna has recovery codes and a prepared code; edith is protected, too."""

    def setUp(self):
        super().setUp()
        self.bind("edith", "+31687654321")
        self.proof = self.prove("anna")
        self.codes = self.recovery_codes("anna")
        self.code = self.prepare("anna")

    def recovery_codes(self, user_id):
        codes = wiring.reserve().make_recovery_codes(user_id)
        commit()
        return codes

    def prepare(self, user_id):
        code = wiring.reserve().prepare(user_id, lifetime=HOUR, made_by="frank", reason="phone broken")
        commit()
        return code

    def pending(self, user_id="anna"):
        """Return a client that has given the password."""
        client = self.client()
        client.post(self.path("login"), form=sign_in_form(user_id))
        return client

    def fields(self, client, code, page=VERIFY):
        shown = client.get(self.path(page))
        return fields_of(shown, form__widgets__code=code, form__buttons__verify="Verify")

    def enters(self, code, user_id="anna"):
        """Tell whether a code completes a sign-in of that member."""
        client = self.pending(user_id)
        client.post(self.path(VERIFY), form=self.fields(client, code))
        return self.is_signed_in(client, user_id)

    def both(self):
        return {"prepared": self.code, "recovery": self.codes[0]}.items()


class OnceTest(ReserveDoorTest):
    def test_a_code_that_was_used_is_worth_nothing(self):
        for kind, code in (("recovery", self.codes[0]), ("prepared", self.prepare("anna"))):
            with self.subTest(kind):
                code = self.prepare("anna") if kind == "prepared" else code
                self.assertTrue(self.enters(code))
                self.assertFalse(self.enters(code))

    def test_the_form_that_was_sent_cannot_be_sent_again(self):
        client = self.pending()
        fields, cookies = self.fields(client, self.codes[0]), dict(client.cookies)
        client.post(self.path(VERIFY), form=fields)
        self.assertTrue(self.is_signed_in(client, "anna"))
        again = self.client(**cookies)
        again.post(self.path(VERIFY), form=fields)
        self.assertFalse(self.is_signed_in(again, "anna"))

    def test_a_prepared_code_that_ended_was_replaced_or_withdrawn(self):
        other = self.prepare("anna")
        self.assertFalse(self.enters(self.code), "replaced")
        backup_codes.withdraw(self.gate.accounts, "anna")
        commit()
        self.assertFalse(self.enters(other), "withdrawn")
        late = self.prepare("anna")
        self.clock.advance(HOUR)
        self.assertFalse(self.enters(late), "ended")

    def test_recovery_codes_from_before_new_ones_or_before_turning_off_and_on(self):
        fresh = self.recovery_codes("anna")
        self.assertFalse(self.enters(self.codes[0]), "new ones were made")
        lifecycle.unbind(self.gate.accounts, "anna")
        commit()
        self.bind("anna")
        self.assertFalse(self.enters(fresh[0]), "turned off and on")
        self.assertTrue(self.enters(self.recovery_codes("anna")[0]))


class OwnerTest(ReserveDoorTest):
    def test_another_member_cannot_use_it_and_it_stays_good(self):
        for kind, code in self.both():
            with self.subTest(kind):
                self.assertFalse(self.enters(code, "edith"))
        self.assertTrue(self.enters(self.codes[0]))

    def test_an_own_one_does_not_complete_the_sign_in_of_another_member(self):
        mine = self.recovery_codes("edith")[0]
        client = self.pending("anna")
        client.post(self.path(VERIFY), form=self.fields(client, mine))
        self.assertFalse(self.is_signed_in(client, "anna") or self.is_signed_in(client, "edith"))


class PurposeTest(ReserveDoorTest):
    def test_it_binds_no_number(self):
        client = self.client(self.ticket("anna", self.proof))
        wiring.verifier().begin_set_up("anna", "+31611111111", client_address="192.0.2.9")
        commit()
        for kind, code in self.both():
            with self.subTest(kind):
                client.post(self.path("@@smsauth-confirm"), form=self.fields(client, code, "@@smsauth-confirm"))
                self.assertEqual(NUMBER, self.gate.accounts.get("anna").number)
        self.assertEqual(10, len(self.gate.accounts.get("anna").recovery))

    def test_it_is_no_password_and_no_part_of_one(self):
        for kind, code in self.both():
            with self.subTest(kind):
                for credentials in (("anna", code), ("anna", f"correct horse 42{code}")):
                    self.assertFalse(self.reads("anna", Authorization=basic(*credentials)))
                    answer = self.client().post(
                        self.path("@login"),
                        json={"login": credentials[0], "password": credentials[1]},
                        Accept="application/json",
                    )
                    self.assertEqual(401, answer.status_int)

    def test_rest_takes_none_beside_the_password(self):
        before = self.gate.accounts.get("anna")
        for kind, code in self.both():
            for name in ("code", "token", "form.widgets.code", "smsauth", "recovery_code"):
                with self.subTest(kind, name=name):
                    body = {"login": "anna", "password": "correct horse 42", name: code}
                    answer = self.client().post(self.path("@login"), json=body, Accept="application/json")
                    self.assertEqual(401, answer.status_int)
                    self.assertNotIn("token", answer.json)
                    bearer = self.client().get(
                        self.path("of-anna"), Authorization=f"Bearer {code}", Accept="application/json"
                    )
                    self.assertNotEqual(200, bearer.status_int)
        commit()
        after = self.gate.accounts.get("anna")
        self.assertEqual(
            (before.recovery, before.prepared, before.sessions), (after.recovery, after.prepared, after.sessions)
        )

    def test_it_names_no_session_and_no_pending_sign_in(self):
        for kind, code in self.both():
            with self.subTest(kind):
                self.assertFalse(self.is_signed_in(self.client(self.ticket("anna", code)), "anna"))
                stranger = self.client(**{wiring.cookie_name("smsauth_pending"): code})
                self.assertNotIn("form.widgets.code", stranger.get(self.path(VERIFY)).text)


class DemandTest(ReserveDoorTest):
    def session(self, means):
        """Return a client whose session passed the second step by ``means``."""
        password = fingerprint(self.users, "anna")
        secret, session = new_session(now=self.clock(), lifetime=HOUR, fingerprint=password, means=means)
        self.gate.accounts.save("anna", self.gate.accounts.get("anna").with_session(secret, session))
        commit()
        return self.client(self.ticket("anna", secret))

    def test_recovery_codes_are_made_only_in_a_session_with_a_second_factor(self):
        for means in (Means.CODE, Means.PREPARED_CODE, Means.RECOVERY_CODE):
            with self.subTest(means.value):
                self.assertIn("form.buttons.make", self.session(means).get(self.path("@@smsauth-recovery")).text)
        for means in (Means.NETWORK, Means.EXEMPT, Means.TRUSTED_BROWSER):
            with self.subTest(means.value):
                client, before = self.session(means), self.gate.accounts.get("anna").recovery
                self.assertNotIn("form.buttons.make", client.get(self.path("@@smsauth-recovery")).text)
                fields = {"form.buttons.make": "x", "form.widgets.password": PASSWORD}
                answer = client.post(self.path("@@smsauth-recovery"), form=fields)
                self.assertNotIn("smsauth-codes", answer.text)
                commit()
                self.assertEqual(before, self.gate.accounts.get("anna").recovery)


class HeldBackTest(ReserveDoorTest):
    def test_without_the_password_it_is_not_asked_for(self):
        self.assertNotIn("form.widgets.code", self.client().get(self.path(f"{VERIFY}?letters=1")).text)

    def test_beside_the_session_of_another_member_it_is_not_looked_at(self):
        client = self.pending()
        fields = self.fields(client, self.codes[0])
        client.cookies["__ac"] = self.ticket("bert")
        client.post(self.path(VERIFY), form=fields)
        commit()
        self.assertEqual(10, len(self.gate.accounts.get("anna").recovery))

    def test_a_link_does_not_use_it(self):
        client = self.pending()
        fields = self.fields(client, self.codes[0])
        client.get(self.path(VERIFY), query=fields)
        commit()
        self.assertEqual(10, len(self.gate.accounts.get("anna").recovery))

    def test_a_recovery_code_opens_while_the_number_is_locked_and_the_number_stays_so(self):
        account = self.gate.accounts.get("anna")
        for _ in range(100):
            account = account.with_failure(self.clock())
        self.gate.accounts.save("anna", account)
        commit()
        self.assertFalse(self.enters(self.code), "a prepared code is held back")
        self.assertTrue(self.enters(self.codes[0]))
        self.assertEqual(100, self.gate.accounts.get("anna").failures)

    def test_a_code_that_was_sent_meanwhile_ends_with_the_sign_in(self):
        backup_codes.withdraw(self.gate.accounts, "anna")
        commit()
        client, other = self.pending(), self.pending()
        sent = last_code(NUMBER)
        client.post(self.path(VERIFY), form=self.fields(client, self.codes[0]))
        self.assertTrue(self.is_signed_in(client, "anna"))
        other.post(self.path(VERIFY), form=self.fields(other, sent))
        self.assertFalse(self.is_signed_in(other, "anna"))
