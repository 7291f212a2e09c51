"""The address for reports: whether there is one, what is in it, and what a report that comes there may change."""

from base64 import urlsafe_b64decode
from collective.smsauth.delivery import status_callback
from collective.smsauth.delivery.gateways.twilio.status_reports import VIEW
from collective.smsauth.domain import signed_values
from collective.smsauth.domain.challenge import Challenge
from collective.smsauth.domain.challenge import Purpose
from collective.smsauth.domain.delivery import DeliveryStatus
from collective.smsauth.domain.signed_values import Usage
from collective.smsauth.interfaces import IDeliveryReported
from collective.smsauth.tests.support.generated import given
from collective.smsauth.tests.support.generated import st
from collective.smsauth.tests.support.parts import KEY
from collective.smsauth.tests.support.parts import NUMBER
from collective.smsauth.tests.support.parts import OTHER_NUMBER
from collective.smsauth.tests.support.parts import VerifierTest
from urllib.parse import parse_qs
from urllib.parse import urlsplit

import unittest
import zope.event

ROOT = "https://site.example.org"
KEYS = [KEY]


class AddressTest(unittest.TestCase):
    challenge = Challenge(
        id="c" * 32, purpose=Purpose.SIGN_IN, to=NUMBER, digest="d" * 64, issued=1.0, expires=301.0, binding="secret"
    )

    def address(self, root=ROOT, user_id="jane"):
        return status_callback.url(root, VIEW, KEYS, user_id=user_id, challenge=self.challenge)

    def test_it_is_that_of_the_view_on_the_site_with_a_reference(self):
        parts = urlsplit(self.address())
        self.assertEqual((ROOT, "/@@smsauth-twilio-status"), (f"{parts.scheme}://{parts.netloc}", parts.path))
        self.assertEqual(["ref"], [*parse_qs(parts.query)])

    def test_the_reference_names_member_purpose_challenge_and_end_and_nothing_else(self):
        reference = parse_qs(urlsplit(self.address()).query)["ref"][0]
        value = signed_values.unsign(KEYS, Usage.STATUS, reference)
        self.assertEqual({"u": "jane", "p": "sign-in", "c": "c" * 32, "x": 301.0}, value)

    def test_neither_number_nor_digest_nor_binding_can_be_read_from_it(self):
        reference = parse_qs(urlsplit(self.address()).query)["ref"][0]
        payload = reference.partition(".")[0]
        plain = urlsafe_b64decode(payload + "=" * (-len(payload) % 4))
        for hidden in (NUMBER[1:], self.challenge.digest, "secret"):
            self.assertNotIn(hidden.encode(), plain)
            self.assertNotIn(hidden, self.address())

    def test_a_reference_is_of_no_other_use(self):
        reference = parse_qs(urlsplit(self.address()).query)["ref"][0]
        for usage in set(Usage) - {Usage.STATUS}:
            self.assertIsNone(signed_values.unsign(KEYS, usage, reference))

    def test_a_user_id_too_long_to_travel_has_none(self):
        self.assertEqual("", self.address(user_id="".join(map(str, range(1000)))))

    def test_sites_that_no_provider_can_reach_have_none(self):
        private = [
            *(
                "http://localhost:8080/Plone",
                "http://nohost/plone",
                "http://intranet",
                "http://127.0.0.1",
                "http://[::1]:80",
            ),
            *(
                "https://10.1.2.3",
                "https://192.168.1.1/x",
                "https://172.16.0.1",
                "https://169.254.1.1",
                "https://[fd00::1]",
            ),
            *(
                "https://plone.local",
                "https://cms.internal",
                "https://a.test",
                "https://a.localhost",
                "https://x.home.arpa",
            ),
            *(
                "https://under_score.example.org",
                "https://-x.example.org",
                "https://",
                "ftp://site.example.org",
                "site.org",
            ),
            *("http://[", "https://exa mple.org", "https://site.example.org.", "https://100.64.0.1", "https://0.0.0.0"),
        ]
        for root in private:
            with self.subTest(root):
                self.assertFalse(status_callback.is_public(root))
                self.assertEqual("", self.address(root))

    def test_sites_on_the_internet_have_one(self):
        for root in (
            "https://example.org",
            "http://www.example.org:8080/Plone",
            "https://xn--mnchen-3ya.de",
            "https://a-b.c.museum",
            "https://8.8.8.8",
            "https://[2001:4860:4860::8888]",
            "https://EXAMPLE.ORG",
        ):
            with self.subTest(root):
                self.assertTrue(status_callback.is_public(root))

    @given(st.text())
    def test_any_address_is_one_or_the_other(self, root):
        self.assertIsInstance(status_callback.is_public(root), bool)


class RecordTest(VerifierTest):
    """Jane has an open sign-in code; reports of it come."""

    def setUp(self):
        super().setUp()
        self.office.begin()
        self.reference = self.refer()
        self.told = []
        zope.event.subscribers.append(self._tell)
        self.addCleanup(zope.event.subscribers.remove, self._tell)

    def _tell(self, event):
        if IDeliveryReported.providedBy(event):
            self.told.append((event.user_id, event.purpose, event.status, event.gate))

    @property
    def challenge(self):
        """What is stored of the open code."""
        return self.office.account().challenges.get(Purpose.SIGN_IN)

    def refer(self, user_id="jane"):
        """Return the reference to a member's last code."""
        challenge = self.office.posted[-1].challenge
        address = status_callback.url(ROOT, VIEW, KEYS, user_id=user_id, challenge=challenge)
        return parse_qs(urlsplit(address).query)["ref"][0]

    def record(self, status=DeliveryStatus.DELIVERED, reference=None, keys=KEYS):
        return status_callback.record(
            self.office,
            keys,
            self.reference if reference is None else reference,
            status,
            now=self.office.now,
            max_tries=self.office.policy.max_tries,
        )

    def test_a_report_is_kept_with_the_open_code_and_told(self):
        before = self.office.account()
        self.assertIs(True, self.record())
        self.assertEqual("delivered", self.challenge.delivery)
        self.assertEqual(before, self.office.account().with_challenge(before.challenges[Purpose.SIGN_IN]))
        self.assertEqual([("jane", Purpose.SIGN_IN, DeliveryStatus.DELIVERED, self.office)], self.told)

    def test_a_replay_changes_and_tells_nothing(self):
        self.record()
        before = self.office.account()
        self.assertIs(False, self.record())
        self.assertEqual(before, self.office.account())
        self.assertEqual(1, len(self.told))

    def test_reports_in_another_order_end_the_same(self):
        for status in (DeliveryStatus.SENT, DeliveryStatus.DELIVERED, DeliveryStatus.QUEUED, DeliveryStatus.SENT):
            self.record(status)
        self.assertEqual("delivered", self.challenge.delivery)
        self.assertEqual([DeliveryStatus.SENT, DeliveryStatus.DELIVERED], [told[2] for told in self.told])

    def test_a_report_about_an_earlier_code_is_kept_with_that_one(self):
        earlier = self.challenge
        self.office.wait(30)
        self.office.begin()
        self.assertIs(True, self.record())
        self.assertEqual(("queued", 1), (self.challenge.delivery, len(self.told)))
        [kept] = self.office.account().earlier
        self.assertEqual((earlier.id, "delivered"), (kept.id, kept.delivery))
        self.office.wait(300)
        self.assertFalse(self.record(), "it can no longer be answered")

    def test_a_report_about_an_answered_code_is_of_no_account(self):
        pending, _ = self.office.begin()
        self.office.verifier.verify_sign_in("jane", self.office.code, pending=pending)
        self.assertIs(False, self.record())
        self.assertEqual((None, []), (self.challenge, self.told))

    def test_a_report_about_a_code_that_was_tried_too_often_is_of_no_account(self):
        pending, _ = self.office.begin()
        for _ in range(self.office.policy.max_tries):
            self.office.verifier.verify_sign_in("jane", self.office.wrong_code, pending=pending)
        self.assertIs(False, self.record())
        self.assertEqual("queued", self.challenge.delivery)

    def test_a_report_about_a_member_who_is_gone_brings_nobody_back(self):
        self.office.accounts.drop("jane")
        self.assertIs(False, self.record())
        self.assertIsNone(self.office.accounts.get("jane"))

    def test_a_reference_ends_with_its_code(self):
        self.office.wait(self.office.policy.code_lifetime)
        self.assertIsNone(self.record())

    def test_the_reference_of_another_member_is_about_him_only(self):
        self.office.protect("joe", OTHER_NUMBER)
        self.office.begin("joe")
        self.assertIs(True, self.record(reference=self.refer("joe")))
        self.assertEqual("queued", self.challenge.delivery)
        self.assertEqual("delivered", self.office.account("joe").challenges[Purpose.SIGN_IN].delivery)

    def test_the_code_of_one_member_is_not_reported_under_the_name_of_another(self):
        self.office.protect("joe", OTHER_NUMBER)
        self.office.begin("joe")
        self.assertIs(False, self.record(reference=self.refer("jane")))
        self.assertEqual([], self.told)

    def test_what_is_not_our_reference_is_refused(self):
        edited = self.reference[:-1] + ("A" if self.reference[-1] != "A" else "B")
        form = signed_values.sign(KEYS, Usage.FORM, signed_values.unsign(KEYS, Usage.STATUS, self.reference))
        for reference in ("", "x", edited, form, None, 7, b"x", self.reference * 50, "é"):
            with self.subTest(str(reference)[:20]):
                wrong = status_callback.record(
                    self.office, KEYS, reference, DeliveryStatus.SENT, now=self.office.now, max_tries=5
                )
                self.assertIsNone(wrong)
        self.assertIsNone(self.record(keys=[b"other" * 8]))
        self.assertEqual([], self.told)

    @given(st.lists(st.sampled_from(DeliveryStatus), max_size=8))
    def test_each_change_is_told_once_and_nothing_else_is(self, statuses):
        self.office.wait(30)
        self.office.begin()
        self.reference = self.refer()
        self.told.clear()
        changes = [self.record(status) for status in statuses]
        self.assertEqual(changes.count(True), len(self.told))
        self.assertLessEqual(len(self.told), 2)
