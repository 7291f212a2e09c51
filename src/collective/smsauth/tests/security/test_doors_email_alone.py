"""The doors again, for a member who has the second step by e-mail alone: the password opens none, whatever is switched off."""

from collective.smsauth.domain.account import Account
from collective.smsauth.domain.session import new_session
from collective.smsauth.testing import PASSWORD
from collective.smsauth.tests.security import test_doors_credentials as credentials
from collective.smsauth.tests.support import wired as wiring
from collective.smsauth.tests.support.doors import basic
from collective.smsauth.tests.support.doors import commit
from collective.smsauth.tests.support.doors import DoorTest
from collective.smsauth.tests.support.doors import sign_in_form
from collective.smsauth.tests.support.post_office import PostOffice
from plone import api

EMAIL = "anna@example.org"
DAY = 24 * 60 * 60
SWITCHES = (
    {"email_alone": True, "channel_email": True},
    {"email_alone": False, "channel_email": True},
    {"email_alone": True, "channel_email": False},
    {"email_alone": False, "channel_email": False},
    {"email_alone": True, "channel_email": True, "generate_codes": False},
)


class ByEmail(DoorTest):
    """Anna has no number; her address was proved two days ago."""

    def setUp(self):
        super().setUp()
        self.office = PostOffice()
        self.addCleanup(self.office.close)
        self.office.serve()
        self.configure(**SWITCHES[0])
        wiring.plugin().accounts.save("anna", Account().bind_email(EMAIL, now=self.clock() - 2 * DAY))
        commit()

    def prove(self, user_id: str) -> str:
        """Return the secret of a proof; that of anna is put on record without the e-mail."""
        if user_id != "anna":
            return super().prove(user_id)
        fingerprint = wiring.verifier().fingerprint(user_id)
        secret, session = new_session(now=self.clock(), lifetime=DAY, fingerprint=fingerprint)
        accounts = wiring.plugin().accounts
        accounts.save(user_id, accounts.get(user_id).with_session(secret, session))
        commit()
        return secret


class BasicTest(ByEmail, credentials.BasicTest):
    """HTTP Basic."""


class JSONTest(ByEmail, credentials.JSONTest):
    """JSON bodies."""


class TokenTest(ByEmail, credentials.TokenTest):
    """JSON web tokens."""


class SubrequestTest(ByEmail, credentials.SubrequestTest):
    """Requests within a request."""


class SwitchesTest(ByEmail):
    """What the site allows decides where codes go, not who is asked for one."""

    def doors(self):
        """Return ways in with nothing but the first factor, by name."""
        return {
            "basic": lambda user_id: self.reads(user_id, Authorization=basic(user_id)),
            "form": lambda user_id: self.reads(user_id, method="POST", form=sign_in_form(user_id)),
            "JSON": lambda user_id: self.reads(user_id, method="POST", json={"login": user_id, "password": PASSWORD}),
            "ticket": lambda user_id: self.reads(user_id, self.client(self.ticket(user_id))),
            "token": lambda user_id: self.reads(user_id, Authorization=f"Bearer {self.jwt(user_id)}"),
        }

    def test_no_switch_opens_a_door(self):
        for switches in SWITCHES:
            self.configure(**{"generate_codes": True, **switches})
            for door, enter in self.doors().items():
                with self.subTest(door, **switches):
                    self.assert_closed(enter)

    def test_rest_gives_no_token(self):
        for switches in SWITCHES:
            self.configure(**{"generate_codes": True, **switches})
            body = {"login": "anna", "password": PASSWORD}
            answer = self.client().post(self.path("@login"), json=body, Accept="application/json")
            self.office.mails()  # the worker is done
            self.assertNotIn("token", answer.json)
            self.assertEqual("problem" if switches != SWITCHES[0] else "code", answer.json["second_step"]["action"])

    def test_another_address_in_the_profile_opens_nothing(self):
        for email in ("thief@example.com", ""):
            api.user.get("anna").setMemberProperties({"email": email})
            commit()
            for door, enter in self.doors().items():
                with self.subTest(door, email=email):
                    self.assert_closed(enter)

    def test_a_session_in_which_the_code_was_given_goes_on(self):
        client = self.proven("anna")
        for switches in SWITCHES:
            self.configure(**{"generate_codes": True, **switches})
            self.assertTrue(self.is_signed_in(client, "anna"))
