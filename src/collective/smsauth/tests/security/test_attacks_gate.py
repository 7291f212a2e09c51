"""Ways past the rules of the gate, its trusted browsers and its pages that a third reader found, each closed since."""

from collective.smsauth.domain.throttle import MOST_FAILURES
from collective.smsauth.flows.trusted_browsers import COOKIE
from collective.smsauth.testing import last_code
from collective.smsauth.tests.support import wired as wiring
from collective.smsauth.tests.support.doors import commit
from collective.smsauth.tests.support.doors import DoorTest
from collective.smsauth.tests.support.doors import fields_of
from collective.smsauth.tests.support.doors import sign_in_form
from collective.smsauth.tests.support.doors import TICKET
from collective.smsauth.tests.support.visitor import PageTest
from collective.smsauth.verification import lifecycle
from dataclasses import replace


class TrustOfferTest(DoorTest):
    """Plone's role plugin leaves roles out as a request says, and a request says what its sender likes."""

    NARROWING = {"__ignore_direct_roles__": "1", "__ignore_group_roles__": "1"}

    def setUp(self):
        super().setUp()
        self.configure(trust_days=30)

    def trusts(self, **more) -> bool:
        """Tell whether anna's sign-in in a browser that she trusted before is spared the code."""
        client = self.client(**self.cookies)
        client.post(self.path("login"), form=sign_in_form("anna", **more))
        return self.is_signed_in(client, "anna")

    def test_a_member_whose_role_forbids_it_is_spared_no_code(self):
        client = self.client()
        client.post(self.path("login"), form=sign_in_form("anna"))
        page = client.get(self.path("@@smsauth-verify"))
        answer = {"form__widgets__code": last_code(), "form__widgets__trust:list": "selected"}
        client.post(self.path("@@smsauth-verify"), form=fields_of(page, form__buttons__verify="Verify", **answer))
        self.cookies = {name: client.cookies[name] for name in client.named(COOKIE)}
        self.assertTrue(self.trusts(), "the browser is not trusted: the test proves nothing")
        self.configure(untrusted_roles=("Member",))
        self.assertFalse(self.trusts())
        self.assertFalse(self.trusts(**self.NARROWING))

    def test_neither_is_a_browser_of_his_trusted(self):
        self.configure(untrusted_roles=("Member",))
        client = self.client()
        client.post(self.path("login"), form=sign_in_form("anna"))
        page = client.get(self.path("@@smsauth-verify"))
        answer = {"form__widgets__code": last_code(), "form__widgets__trust:list": "selected"}
        fields = fields_of(page, form__buttons__verify="Verify", **answer)
        client.post(self.path("@@smsauth-verify"), form={**fields, **self.NARROWING})
        self.assertTrue(self.is_signed_in(client, "anna"))
        self.assertEqual([], client.named(COOKIE))


class AuthenticatedTest(DoorTest):
    """Zope gives everybody who signs in one more role, and it can be named in the rules like each other one."""

    def test_whoever_must_be_asked_because_he_signs_in_is_asked(self):
        self.configure(enforcement="selected", required_roles=("Authenticated",))
        self.assertFalse(self.is_signed_in(self.client(self.ticket("bert")), "bert"))

    def test_and_no_browser_of_his_is_trusted(self):
        self.configure(trust_days=30, untrusted_roles=("Authenticated",))
        client = self.client()
        client.post(self.path("login"), form=sign_in_form("anna"))
        self.assertNotIn("form.widgets.trust", client.get(self.path("@@smsauth-verify")).text)


class SteppedUpTest(DoorTest):
    """A session that gave its second step later is still one session, in the same browser: all of it ends at once."""

    def stepped_up(self):
        """Return a client that was spared the code and has given one since, and the ticket that it had before."""
        self.configure(trust_days=30)
        secret = wiring.trust().begin("anna", self.prove("anna"), browser="Firefox")
        commit()
        proof = wiring.trust().sign_in("anna", secret)
        commit()
        self.clock.advance(3600)
        client = self.client(self.ticket("anna", proof))
        before = client.cookies[TICKET]
        page = client.get(self.path("@@smsauth-verify"))
        fields = fields_of(page, form__widgets__code=last_code(), form__buttons__verify="Verify")
        client.post(self.path("@@smsauth-verify"), form=fields)
        self.assertNotEqual(client.cookies[TICKET], before)
        self.assertTrue(self.is_signed_in(client, "anna"))
        return client, before

    def test_what_the_session_was_before_does_not_outlive_it(self):
        client, before = self.stepped_up()
        after = client.cookies[TICKET]
        client.get(self.path("logout"))
        self.assertFalse(self.is_signed_in(self.client(after), "anna"))
        self.assertFalse(self.is_signed_in(self.client(before), "anna"))

    def test_it_ends_when_its_browser_is_forgotten(self):
        client, _before = self.stepped_up()
        lifecycle.forget_browsers(self.gate.accounts, "anna")
        commit()
        self.assertFalse(self.is_signed_in(client, "anna"))


class WarningTest(PageTest):
    """Recovery codes are not held back by a lock; wrong ones must not have an e-mail sent each time."""

    def test_guesses_at_recovery_codes_while_locked_do_not_fill_the_letter_box(self):
        self.protected()
        accounts = self.portal.acl_users.smsauth.accounts
        for change in ({"failures": MOST_FAILURES}, {"failures": 10, "wrong_codes_in_a_row": 3}):
            with self.subTest(change):
                visitor = self.pending()
                accounts.save("anna", replace(self.account(), failed_at=wiring.now(), **change))
                commit()
                self.forget_mails()
                for _guess in range(3):
                    visitor.answer("ABCD-EFGH-JKMN-PQRS")
                    self.assertIn("recovery", visitor.errors)
                self.assertEqual([], self.mails())
                self.clock.advance(3600)
