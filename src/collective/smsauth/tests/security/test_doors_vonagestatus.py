"""The door for Vonage's reports: only what bears both signatures comes in, by whichever way the account reports."""

from collective.smsauth.delivery import status_callback
from collective.smsauth.delivery.gateways.vonage.status_reports import VIEW
from collective.smsauth.domain.challenge import Purpose
from collective.smsauth.tests.support import wired as wiring
from collective.smsauth.tests.support.doors import commit
from collective.smsauth.tests.support.doors import DoorTest
from collective.smsauth.tests.support.doors import sign_in_form
from collective.smsauth.tests.support.fake_vonage import KEY
from collective.smsauth.tests.support.fake_vonage import MESSAGE
from collective.smsauth.tests.support.fake_vonage import SIGNATURE_SECRET
from collective.smsauth.tests.support.fake_vonage import signed
from collective.smsauth.tests.support.fake_vonage import token
from plone import api
from Products.SiteAccess.VirtualHostMonster import manage_addVirtualHostMonster
from urllib.parse import urlencode

import json

HOST = "www.example.org"
ROOT = f"https://{HOST}"
PREFIX = f"/VirtualHostBase/https/{HOST}:443/plone/VirtualHostRoot"
RECEIPT = {
    "msisdn": "31612345678",
    "messageId": MESSAGE,
    "status": "delivered",
    "err-code": "0",
    "api-key": KEY,
    "nonce": "a",
}


class VonageStatusTest(DoorTest):
    """Anna has given her password at https://www.example.org and waits for the code; Vonage reports."""

    def setUp(self):
        super().setUp()
        manage_addVirtualHostMonster(self.app)
        with api.env.adopt_roles(["Manager"]):
            for name, value in (("vonage_api_key", KEY), ("vonage_signature_secret", SIGNATURE_SECRET)):
                api.portal.set_registry_record(f"collective.smsauth.{name}", value)
        commit()
        self.client().post(f"{PREFIX}/login", form=sign_in_form("anna"))
        commit()
        url = status_callback.url(ROOT, VIEW, wiring.keys("signing"), user_id="anna", challenge=self.challenge())
        self.path = PREFIX + url.removeprefix(ROOT)

    def challenge(self):
        self.app._p_jar.sync()
        return self.gate.accounts.get("anna").challenges.get(Purpose.SIGN_IN)

    def get(self, fields, path=""):
        return self.client().get(f"{path or self.path}&{urlencode(fields)}")

    def post_form(self, fields):
        return self.client().post(self.path, form=fields)

    def post_json(self, fields, **headers):
        body = fields if isinstance(fields, bytes) else json.dumps(fields).encode()
        return self.client().post(self.path, body=body, content_type="application/json", **headers)

    def assert_kept(self, response, status="delivered"):
        self.assertEqual((204, ""), (response.status_int, response.text))
        self.assertEqual(status, self.challenge().delivery)

    def assert_refused(self, act, status=403):
        answers = []
        self.assertFalse(self.changed(lambda: answers.append(act())))
        [response] = answers
        self.assertEqual((status, ""), (response.status_int, response.text))
        self.assertNotIn("Set-Cookie", response.headers)

    def test_by_get(self):
        self.assert_kept(self.get(signed(RECEIPT)))

    def test_by_get_with_the_reference_signed_too(self):
        reference = self.path.partition("?ref=")[2]
        fields = signed({**RECEIPT, "ref": reference})
        del fields["ref"]
        self.assert_kept(self.get(fields))

    def test_by_a_form(self):
        self.assert_kept(self.post_form(signed({**RECEIPT, "status": "failed", "err-code": "2"})), "unreachable")

    def test_by_json(self):
        self.assert_kept(self.post_json(signed(RECEIPT)))

    def test_by_json_with_a_token(self):
        body = json.dumps(RECEIPT).encode()
        self.assert_kept(self.post_json(body, Authorization=f"Bearer {token(body)}"))

    def test_what_is_not_signed_or_signed_by_others_is_refused(self):
        other = signed(RECEIPT, secret="other")
        body = json.dumps(RECEIPT).encode()
        for act in (
            lambda: self.get(RECEIPT),
            lambda: self.get(other),
            lambda: self.post_form(other),
            lambda: self.post_json(RECEIPT),
            lambda: self.post_json({**signed(RECEIPT), "status": "failed"}),
            lambda: self.post_json(body, Authorization=f"Bearer {token(body, secret='other')}"),
            lambda: self.post_json(body + b" ", Authorization=f"Bearer {token(body)}"),
            lambda: self.client().get(f"{self.path}&{urlencode(RECEIPT)}", Authorization=f"Bearer {token(b'')}"),
        ):
            self.assert_refused(act)

    def test_a_reference_that_is_not_ours_is_refused(self):
        for path in (self.path[:-1], f"{PREFIX}/@@{VIEW}?ref=abc", f"{PREFIX}/@@{VIEW}?a=b"):
            self.assert_refused(lambda path=path: self.get(signed(RECEIPT), path))

    def test_what_cannot_be_read_is_refused(self):
        for body, status in (
            (b"{", 400),
            (b"[]", 400),
            (b"\xff", 400),
            (b"7", 400),
            (b" " * 20000, 413),
        ):
            with self.subTest(body[:9]):
                self.assert_refused(lambda body=body: self.post_json(body), status)
        self.assert_refused(lambda: self.client().get(f"{self.path}&sig=a&sig=b"), 400)

    def test_a_replay_changes_nothing(self):
        self.get(signed(RECEIPT))
        self.assert_refused(lambda: self.get(signed(RECEIPT)), 204)

    def test_without_a_secret_nothing_is_accepted(self):
        with api.env.adopt_roles(["Manager"]):
            api.portal.set_registry_record("collective.smsauth.vonage_signature_secret", "")
        commit()
        self.assert_refused(lambda: self.get(signed(RECEIPT, secret="")))
        self.assert_refused(lambda: self.post_json(signed(RECEIPT)))

    def test_other_methods_are_refused(self):
        self.assert_refused(lambda: self.client().send("HEAD", self.path), 405)
