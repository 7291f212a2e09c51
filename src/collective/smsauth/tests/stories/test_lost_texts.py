"""Texts that fail: those that certainly did not leave cost nobody anything, those that may have left do, and all failures are counted."""

from collective.smsauth.delivery import mailer
from collective.smsauth.delivery.dispatcher import Dispatcher
from collective.smsauth.delivery.status import report
from collective.smsauth.domain import budget
from collective.smsauth.domain.budget import Kind
from collective.smsauth.domain.challenge import Purpose
from collective.smsauth.domain.delivery import DeliveryStatus
from collective.smsauth.flows.acts import ACTS_WINDOW
from collective.smsauth.interfaces import GatewayError
from collective.smsauth.interfaces import IDispatcher
from collective.smsauth.interfaces import IRateLimiter
from collective.smsauth.interfaces import ISMSGateway
from collective.smsauth.tests.support import wired as wiring
from collective.smsauth.tests.support.administrator import Administrator
from collective.smsauth.tests.support.visitor import PageTest
from collective.smsauth.tests.support.visitor import PHONE
from dataclasses import replace
from email.message import EmailMessage
from zope.component import getGlobalSiteManager
from zope.component import getUtility
from zope.interface import implementer

import transaction

OTHER = "+31687654321"


@implementer(ISMSGateway)
class FailingGateway:
    """A provider that fails as it is told, and notes what it was sent."""

    title = "Failing"
    settings = None
    status_view = ""
    local = False

    def __init__(self) -> None:
        self.error: Exception | None = None
        self.sent: list[str] = []

    def problems(self, config):
        return ()

    def send(self, text, config):
        self.sent.append(text.body)
        if self.error is not None:
            raise self.error
        return ""


class LostTextsTest(PageTest):
    """Anna's phone is set up; the provider fails from then on."""

    def setUp(self):
        super().setUp()
        self.protected()
        self.gateway = FailingGateway()
        manager = getGlobalSiteManager()
        manager.registerUtility(self.gateway, ISMSGateway, name="failing")
        self.addCleanup(manager.unregisterUtility, self.gateway, ISMSGateway, name="failing")
        # no pauses between the tries
        dispatcher = Dispatcher(spread=0.0, sleep=lambda seconds: True)
        self.addCleanup(dispatcher.stop, 30)
        manager.registerUtility(dispatcher, IDispatcher)
        self.configure(gateway="failing", budget=1000)

    def provider_fails(self, status=DeliveryStatus.TRY_LATER, *, certain=True):
        self.gateway.error = GatewayError(status, "down", certain=certain)

    def spent(self) -> int:
        self.account()
        return wiring.ledger().spent(budget.day_of(self.clock()))

    def failures(self) -> int:
        self.account()
        return sum(
            number for *_, kind, number in wiring.ledger().counts("0000-00-00", "9999-99-99") if kind is Kind.FAILED
        )

    def windows(self) -> int:
        """Return how much stands in all windows outside of the database."""
        getUtility(IDispatcher).drain(30)
        kept = getUtility(IRateLimiter)._memory._limiter.storage._windows
        now = self.clock()
        texts = [(times, window) for times, window in kept.values() if window != ACTS_WINDOW]
        return sum(now - window < time <= now for times, window in texts for time in times)

    def wait(self, purpose=Purpose.SIGN_IN) -> int:
        self.account()
        return wiring.verifier().seconds_until_resend("anna", purpose)

    def test_one_that_certainly_did_not_leave_is_taken_back_everywhere(self):
        spent, windows = self.spent(), self.windows()
        for status in (DeliveryStatus.TRY_LATER, DeliveryStatus.CONFIGURATION, DeliveryStatus.BAD_NUMBER):
            with self.subTest(status):
                self.provider_fails(status)
                anna = self.pending()
                account = self.account()
                challenge = account.challenges[Purpose.SIGN_IN]
                self.assertEqual((status.value, 0), (challenge.delivery, challenge.resends))
                self.assertEqual(((), 0), (account.sent_at, self.wait()))
                self.assertEqual((spent, windows), (self.spent(), self.windows()))
                anna.click("resend")
                self.assertEqual(0, self.account().challenges[Purpose.SIGN_IN].resends)
        self.assertEqual(6, self.failures())

    def test_one_that_may_have_left_stays_counted(self):
        spent, windows = self.spent(), self.windows()
        self.provider_fails(certain=False)
        self.pending()
        account = self.account()
        self.assertEqual("try-later", account.challenges[Purpose.SIGN_IN].delivery)
        self.assertEqual((1, 30), (len(account.sent_at), self.wait()))
        self.assertEqual((spent + 1, windows + 4, 1), (self.spent(), self.windows(), self.failures()))

    def test_a_provider_that_breaks_down_may_have_sent_it(self):
        self.gateway.error = RuntimeError("no idea")
        self.pending()
        self.assertEqual((1, 30), (len(self.account().sent_at), self.wait()))

    def test_after_an_outage_of_a_minute_the_next_text_leaves_at_once(self):
        self.provider_fails()
        anna = self.pending()
        for _ in range(8):
            self.account()
            anna.click("resend")
            self.clock.advance(7)
        self.account()
        self.gateway.error = None
        before = len(self.gateway.sent)
        anna.click("resend")
        self.assertEqual("sent", self.account().challenges[Purpose.SIGN_IN].delivery)
        self.assertEqual((1, 30), (len(self.gateway.sent) - before, self.wait()), "as after a first one")

    def test_a_resend_that_failed_is_none_and_the_next_waits_as_it_would_have(self):
        anna = self.pending()
        self.clock.advance(30)
        self.provider_fails()
        anna.click("resend")
        self.assertEqual(0, self.wait())
        self.gateway.error = None
        anna.click("resend")
        self.assertEqual((1, 60), (self.account().challenges[Purpose.SIGN_IN].resends, self.wait()))

    def test_a_code_by_e_mail_that_certainly_did_not_leave_starts_no_wait_either(self):
        self.configure(channel_email=True)
        accounts = self.portal.acl_users.smsauth.accounts
        accounts.save("anna", self.account())
        transaction.commit()

        told = []
        mailer.post(EmailMessage(), told.append, lambda status: told.append((status, "never left")))
        transaction.commit()
        self.assertEqual([(DeliveryStatus.CONFIGURATION, "never left")], told)

    def test_what_strangers_can_cause_stays_in_the_windows_that_strangers_share(self):
        self.provider_fails()
        verifier = wiring.verifier()
        before = self.windows(), self.spent()
        verifier.begin_reset("anna", OTHER, signature="s", link_id="l", client_address="192.0.2.7")
        transaction.commit()
        self.assertEqual((before[0] + 4, before[1]), (self.windows(), self.spent()))

    def test_numbers_that_every_text_fails_to_send_no_member_more_links_than_others(self):
        self.provider_fails(DeliveryStatus.BAD_NUMBER)
        receipts = []
        for number in range(8):
            self.account()
            common = {"signature": "s", "link_id": "l", "client_address": f"192.0.2.{number}"}
            receipts.append(wiring.verifier().begin_reset("anna", f"+3161234567{number}", **common))
            transaction.commit()
            if number < 4:
                self.assertEqual(0, self.wait(Purpose.RESET), "a text that failed starts no wait")
        self.assertEqual(5, sum(receipt.sent for receipt in receipts), "each of them leads to an e-mail")

    def test_a_failure_of_a_text_that_was_superseded_is_counted_once(self):
        anna = self.pending()
        self.account()
        plugin = self.portal.acl_users.smsauth
        former = self.account().challenges[Purpose.SIGN_IN]
        self.clock.advance(30)
        anna.click("resend")

        self.account()
        before = self.failures()
        for _ in range(3):
            report(plugin, "anna", Purpose.SIGN_IN, former.id, DeliveryStatus.UNREACHABLE, lost=True)
            transaction.commit()
        report(plugin, "anna", Purpose.SIGN_IN, "another", DeliveryStatus.DELIVERED)
        transaction.commit()
        self.assertEqual(before + 1, self.failures())
        self.assertEqual("sent", self.account().challenges[Purpose.SIGN_IN].delivery)

    def test_a_failure_that_the_provider_reports_later_starts_no_wait_but_stays_counted(self):
        self.pending()
        plugin, challenge = self.portal.acl_users.smsauth, self.account().challenges[Purpose.SIGN_IN]

        self.assertEqual(30, self.wait())
        report(plugin, "anna", Purpose.SIGN_IN, challenge.id, DeliveryStatus.LANDLINE, lost=True)
        transaction.commit()
        self.assertEqual((0, 1, 1), (self.wait(), len(self.account().sent_at), self.failures()))

    def test_a_test_text_that_failed_is_counted_and_costs_nothing(self):
        self.provider_fails(DeliveryStatus.CONFIGURATION)
        spent = self.spent()
        administrator = Administrator(self.layer)
        administrator.open("@@smsauth-controlpanel")
        administrator.fill(test_number=PHONE)
        administrator.press("test")
        self.assertEqual((1, spent), (self.failures(), self.spent()))
        self.provider_fails(certain=False)
        administrator.open("@@smsauth-controlpanel")
        administrator.fill(test_number=PHONE)
        administrator.press("test")
        self.assertEqual((2, spent + 1), (self.failures(), self.spent()))

    def test_a_notice_to_a_former_number_that_failed_is_counted_and_costs_nothing(self):
        for certain, cost in ((True, 0), (False, 1)):
            with self.subTest(certain=certain):
                spent, failures = self.spent(), self.failures()
                self.provider_fails(certain=certain)
                wiring.verifier().issuer.tell_former("anna", OTHER)
                transaction.commit()
                self.assertEqual((failures + 1, spent + cost), (self.failures(), self.spent()))

    def test_what_still_waits_after_twenty_seconds_may_not_have_left(self):
        anna = self.pending()
        plugin, account = self.portal.acl_users.smsauth, self.account()

        queued = replace(account.challenges[Purpose.SIGN_IN], delivery="queued")
        plugin.accounts.save("anna", account.with_challenge(queued))
        transaction.commit()
        anna.open("@@smsauth-status?for=sign-in")
        self.assertIn("is on its way", str(anna.browser.contents))
        self.clock.advance(20)
        anna.open("@@smsauth-status?for=sign-in")
        self.assertIn("may not have left. Have a new one sent", str(anna.browser.contents))
        anna.open("@@smsauth-verify")
        self.assertIn("may not have left. Have a new one sent", anna.page)
