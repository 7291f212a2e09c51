"""What a reader of contact points and limits found, each closed since."""

from collective.smsauth.delivery.after_response import after_answer
from collective.smsauth.domain.channels import Channel
from collective.smsauth.domain.channels import Route
from collective.smsauth.domain.policy import NUMBER_WINDOW
from collective.smsauth.domain.policy import USER_WINDOW
from collective.smsauth.domain.sms_pumping import Alarm
from collective.smsauth.domain.throttle import MOST_FAILURES
from collective.smsauth.interfaces import IDispatcher
from collective.smsauth.testing import FUNCTIONAL
from collective.smsauth.tests.security.test_doors_demand import DemandTest
from collective.smsauth.tests.security.test_doors_demand import PANEL
from collective.smsauth.tests.support import wired as wiring
from collective.smsauth.tests.support.doors import commit
from collective.smsauth.tests.support.parts import ADDRESS
from collective.smsauth.tests.support.parts import OTHER_NUMBER
from collective.smsauth.tests.support.parts import VerifierTest
from collective.smsauth.tests.support.visitor import PageTest
from collective.smsauth.verification import contact_points
from collective.smsauth.verification.results import SendRefusal
from collective.smsauth.verification.trusted_browsers import TrustedBrowsers
from dataclasses import replace
from email.utils import getaddresses
from functools import partial
from plone import api
from zope.component import getUtility

import threading
import transaction
import unittest

BLOCK = "b" * 32
DAY = NUMBER_WINDOW


class LockedMailboxTest(PageTest):
    """A member whose number is locked is told so once, however many codes are tried afterwards."""

    def test_recovery_codes_that_are_tried_on_a_locked_member_cause_no_e_mails(self):
        self.protected()
        accounts = self.portal.acl_users.smsauth.accounts
        visitor = self.pending()
        transaction.begin()
        account = replace(self.account(), failures=MOST_FAILURES - 1, failed_at=self.clock() - 60 * 60)
        accounts.save(self.user_id("anna"), account)
        transaction.commit()
        self.forget_mails()
        visitor.answer("0" * 16)
        self.assertEqual([mail["Subject"] for mail in self.mails()], ["Too many wrong codes at your login"])
        for _ in range(5):
            visitor.answer("0" * 16)
            self.assertIn("This recovery code is not right", visitor.errors)
        self.assertEqual(len(self.mails()), 1)
        self.assertEqual(self.account().failures, MOST_FAILURES)


class OddProfileTest(PageTest):
    """Members write what they like into their profiles, past Plone's own forms."""

    ODD = (
        "a@example.org, b@example.org",
        "a@example.org,b@example.org,c@example.org",
        "a@example.org;b@example.org",
        "all: a@example.org, b@example.org;",
        "Your account is closed <a@example.org>",
        "a,b@example.org",
        "a@example.org b@example.org",
        "@,\\@[ ",
        "(" * 5000,
        "a@" + "(" * 5000,
        "a" * 5000 + "@example.org",
    )

    def test_one_profile_causes_e_mails_to_one_plain_address_or_none_and_no_failure(self):
        self.protected()
        self.configure(channel_email=True)
        for address in self.ODD:
            with self.subTest(address[:40]):
                api.user.get(username="anna").setMemberProperties({"email": address})
                transaction.commit()
                self.forget_mails()
                wiring.reserve().make_recovery_codes(self.user_id("anna"))
                receipt = wiring.verifier().begin_contact(
                    self.user_id("anna"), Route(to=address, channel=Channel.EMAIL), client_address=ADDRESS
                )
                transaction.commit()
                self.clock.advance(60 * 60)
                self.assertIn(receipt.refusal, (None, SendRefusal.NOT_YOURS))
                self.assertEqual(self.mails(), [])

    def test_an_address_as_plone_takes_it_still_gets_e_mails(self):
        self.protected()
        for address in ("anna@example.org", "anna.o'neill+codes@mail.example.org", "a!b#c$d%e&f*g@example.org"):
            with self.subTest(address):
                api.user.get(username="anna").setMemberProperties({"email": address})
                transaction.commit()
                self.forget_mails()
                wiring.reserve().make_recovery_codes(self.user_id("anna"))
                transaction.commit()
                [mail] = self.mails()
                self.assertEqual(getaddresses([mail["To"]]), [("", address)])


class SpellingTest(VerifierTest):
    """The limits of an address of e-mail are those of the mailbox, however it is spelled."""

    rules = {"channels": frozenset(Channel), "texts_per_user": 5}

    def begin(self, to, user_id="jane"):
        """Ask for a code in a form that takes any address."""
        route = Route(to=to, channel=Channel.EMAIL)
        return self.office.verifier.begin_contact(user_id, route, client_address=ADDRESS, binding="form")

    def test_small_and_capital_letters_are_one_address(self):
        sent = 0
        for number in range(40):
            name = "".join(letter.upper() if number >> place & 1 else letter for place, letter in enumerate("victim"))
            sent += self.begin(f"{name}@Example.org").sent
            self.office.wait(USER_WINDOW / 4)
        self.assertEqual(sent, self.office.policy.texts_per_number)

    def test_they_do_not_shorten_the_wait_for_another(self):
        self.assertTrue(self.begin("victim@example.org").sent)
        self.assertIs(self.begin("VICTIM@example.org").refusal, SendRefusal.TOO_SOON)


class CrowdedQueueTest(unittest.TestCase):
    """Anybody can have work begun after the answer of a page, as often as he likes. It keeps no e-mail from a member."""

    layer = FUNCTIONAL

    def test_work_that_strangers_cause_takes_no_room_from_notices_and_codes_by_e_mail(self):
        dispatcher, slow, done = getUtility(IDispatcher), threading.Event(), threading.Event()
        self.addCleanup(dispatcher.drain, 30)
        self.addCleanup(slow.set)
        for _ in range(150):
            after_answer(self.layer["portal"], self.layer["request"], partial(slow.wait, 30))
        transaction.commit()
        self.assertTrue(dispatcher.submit(done.set), "the e-mail is dropped")
        self.assertTrue(done.wait(10), "the e-mail waits for strangers")


class AlarmButtonTest(DemandTest):
    """The button of the control panel is as closed as the control panel."""

    def setUp(self):
        """Stop the texts to a block of numbers."""
        super().setUp()
        alarm = Alarm(shown="+3161234••••", region="NL", at=self.clock(), asked=12, confirmed=1)
        wiring.neighbours().stop(BLOCK, alarm)
        commit()

    def lift(self, client):
        """Press the button; tell whether texts go again."""
        token = client.get(self.path("@@authenticator/token")).text
        fields = {"block": BLOCK, "form.buttons.lift": "1", "_authenticator": token}
        client.post(self.path("@@smsauth-alarms"), form=fields)
        commit()
        return not wiring.neighbours().alarms()

    def test_a_session_without_a_code_lifts_no_alarm_and_reads_no_counters(self):
        skipped, real = self.skipped(), self.real()
        self.assertNotEqual(skipped.get(self.path(PANEL)).status_int, 200)
        self.assertNotEqual(skipped.get(self.path("@@smsauth-counters")).status_int, 200)
        self.assertFalse(self.lift(skipped))
        self.assertEqual(real.get(self.path("@@smsauth-counters")).status_int, 200)
        self.assertTrue(self.lift(real), "the button does not work: this proves nothing")


class PrimaryNumberTest(VerifierTest):
    """Who makes another number the primary one stays signed in, also where he had the browser trusted."""

    rules = {"trust_days": 30}

    def test_the_session_in_which_a_code_was_given_goes_on(self):
        office = self.office
        accounts = office.accounts
        accounts.save("jane", replace(office.account(), contacts={OTHER_NUMBER: office.now - DAY}))
        pending, _ = office.begin()
        proof = office.verifier.verify_sign_in("jane", office.code, pending=pending).proof
        trust = TrustedBrowsers(
            accounts=accounts, policy=office.policy, now=office.now, fingerprint=lambda user_id: "first password"
        )
        self.assertTrue(trust.begin("jane", proof, browser="Firefox"))

        def session():
            return office.account().session(proof, now=office.now, fingerprint="first password")

        self.assertTrue(contact_points.make_primary(accounts, "jane", OTHER_NUMBER, keep=proof, session=session()))
        self.assertEqual(dict(office.account().trusted), {})
        self.assertIsNotNone(session())
