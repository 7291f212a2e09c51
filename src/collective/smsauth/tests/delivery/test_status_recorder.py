"""The outcome of a text is written by a connection of its own, whatever the request's does."""

from collective.smsauth.delivery.status import report
from collective.smsauth.delivery.status_recorder import DeliveryRecorder
from collective.smsauth.delivery.status_recorder import NoticeRecorder
from collective.smsauth.domain.account import Account
from collective.smsauth.domain.challenge import Challenge
from collective.smsauth.domain.challenge import Purpose
from collective.smsauth.domain.delivery import DeliveryStatus
from collective.smsauth.interfaces import IDeliveryReported
from collective.smsauth.plugin import SMSAuthPlugin
from collective.smsauth.storage.counters import UsageCounters
from collective.smsauth.storage.gateway_counters import GatewayCounters
from dataclasses import replace
from transaction import TransactionManager
from ZODB import DB
from ZODB.MappingStorage import MappingStorage

import unittest
import zope.event

CHALLENGE = Challenge(id="first", purpose=Purpose.SIGN_IN, to="+31612345678", digest="d", issued=1.0, expires=301.0)


class TestRecorder(unittest.TestCase):
    """A database with a plugin, and the connection of a request."""

    def setUp(self):
        database = DB(MappingStorage())
        self.addCleanup(database.close)
        self.manager = TransactionManager()
        self.connection = database.open(transaction_manager=self.manager)
        self.addCleanup(self.connection.close)
        self.addCleanup(self.manager.abort)
        self.plugin = self.connection.root()["plugin"] = SMSAuthPlugin("smsauth")
        self.plugin.accounts.save("anna", Account(number="+31612345678").with_challenge(CHALLENGE))
        self.manager.commit()
        self.recorder = DeliveryRecorder(self.plugin, "anna", CHALLENGE)

    def stored(self):
        """Return what a new transaction sees."""
        self.manager.begin()
        return self.plugin.accounts.get("anna")

    def test_the_outcome_is_stored_with_the_challenge(self):
        for status in DeliveryStatus:
            with self.subTest(status):
                self.plugin.accounts.save("anna", self.stored().with_challenge(CHALLENGE))
                self.manager.commit()
                self.recorder(status, "detail")
                self.assertEqual(status.value, self.stored().challenges[Purpose.SIGN_IN].delivery)

    def test_news_of_a_text_that_is_gone_of_a_member_without_a_number_count_for_no_country(self):
        by_email = replace(CHALLENGE, id="second", to="anna@example.org", channel="email")
        account = Account().bind_email("anna@example.org", now=1.0).with_challenge(by_email)
        self.plugin.accounts.save("anna", account)
        self.assertFalse(report(self.plugin, "anna", Purpose.SIGN_IN, "gone", DeliveryStatus.UNREACHABLE))
        self.assertEqual([], list(UsageCounters(self.plugin).counts("0000-00-00", "9999-99-99")))

    def test_nothing_else_changes(self):
        before = self.stored()
        self.recorder(DeliveryStatus.SENT)
        challenge = replace(CHALLENGE, delivery=DeliveryStatus.SENT.value)
        self.assertEqual(before.with_challenge(challenge), self.stored())

    def test_what_gateways_did_is_counted_with_it(self):
        notice = NoticeRecorder(self.plugin, "+31612345678", "2026-11-30")
        for recorder in (self.recorder, notice):
            recorder.tried("vonage", DeliveryStatus.TRY_LATER, 1.5)
            recorder.tried("http", DeliveryStatus.SENT, 0.25)
            recorder(DeliveryStatus.SENT)
        self.manager.begin()
        http, vonage = GatewayCounters(self.plugin).counts()
        self.assertEqual(("http", 2, {}, 0.5), (http.name, http.sent, http.failed, http.seconds))
        self.assertEqual((0, {DeliveryStatus.TRY_LATER: 2}, 3.0), (vonage.sent, vonage.failed, vonage.seconds))
        self.assertEqual([], [*UsageCounters(self.plugin).counts("0", "9")], "none failed in the end")

    def test_what_gateways_did_with_a_text_that_never_left_is_counted_too(self):
        for recorder in (self.recorder, NoticeRecorder(self.plugin, "+31612345678", "2026-11-30")):
            recorder.tried("http", DeliveryStatus.BAD_NUMBER, 0.5)
            recorder.never_left(DeliveryStatus.BAD_NUMBER)
        self.manager.begin()
        [http] = GatewayCounters(self.plugin).counts()
        self.assertEqual(({DeliveryStatus.BAD_NUMBER: 2}, 1.0), (http.failed, http.seconds))

    def test_the_connection_of_the_request_is_left_alone(self):
        self.manager.begin()
        self.plugin.title = "not committed"
        self.recorder(DeliveryStatus.SENT)
        self.assertEqual("not committed", self.plugin.title)
        self.manager.abort()
        self.assertEqual("", self.plugin.title)
        self.assertEqual("sent", self.stored().challenges[Purpose.SIGN_IN].delivery)

    def test_what_the_provider_reported_meanwhile_is_not_taken_back(self):
        challenge = replace(CHALLENGE, delivery=DeliveryStatus.DELIVERED.value)
        self.plugin.accounts.save("anna", self.stored().with_challenge(challenge))
        self.manager.commit()
        for late in (DeliveryStatus.SENT, DeliveryStatus.TRY_LATER):
            self.recorder(late)
            self.assertEqual("delivered", self.stored().challenges[Purpose.SIGN_IN].delivery)

    def test_a_change_is_told_once_with_the_plugin_that_is_being_written_to(self):
        told = []
        zope.event.subscribers.append(told.append)
        self.addCleanup(zope.event.subscribers.remove, told.append)
        self.recorder(DeliveryStatus.SENT)
        self.recorder(DeliveryStatus.SENT)
        self.recorder(DeliveryStatus.QUEUED)
        [event] = [event for event in told if IDeliveryReported.providedBy(event)]
        self.assertEqual(("anna", Purpose.SIGN_IN, DeliveryStatus.SENT), (event.user_id, event.purpose, event.status))
        self.assertEqual(self.plugin._p_oid, event.gate._p_oid)
        self.assertIsNot(self.plugin, event.gate, "a connection of its own")

    def test_a_challenge_that_was_replaced_keeps_its_own_outcome(self):
        second = replace(CHALLENGE, id="second")
        self.plugin.accounts.save("anna", self.stored().with_challenge(second))
        self.manager.commit()
        self.recorder(DeliveryStatus.BAD_NUMBER)
        self.assertEqual("queued", self.stored().challenges[Purpose.SIGN_IN].delivery)

    def test_a_challenge_that_was_answered_does_not_come_back(self):
        self.plugin.accounts.save("anna", self.stored().without_challenge(Purpose.SIGN_IN))
        self.manager.commit()
        self.recorder(DeliveryStatus.SENT)
        self.assertEqual({}, self.stored().challenges)

    def test_a_member_who_was_deleted_does_not_come_back(self):
        self.manager.begin()
        self.plugin.accounts.drop("anna")
        self.manager.commit()
        self.recorder(DeliveryStatus.SENT)
        self.assertIsNone(self.stored())

    def test_a_plugin_that_was_uninstalled_is_nothing_to_record_in(self):
        self.manager.begin()
        del self.connection.root()["plugin"]
        self.manager.commit()
        self.connection.db().pack()
        self.recorder(DeliveryStatus.SENT)
        self.manager.begin()
        self.assertNotIn("plugin", self.connection.root())

    def test_a_plugin_that_is_in_no_database_records_nothing(self):
        plugin = SMSAuthPlugin("smsauth")
        plugin.accounts.save("anna", Account(number="+31612345678").with_challenge(CHALLENGE))
        DeliveryRecorder(plugin, "anna", CHALLENGE)(DeliveryStatus.SENT)
        self.assertEqual("queued", plugin.accounts.get("anna").challenges[Purpose.SIGN_IN].delivery)

    def test_after_a_conflict_it_is_tried_again(self):
        record = DeliveryRecorder._record
        conflicts = []

        class Interrupted(DeliveryRecorder):
            def _record(recorder, gate, status):
                record(recorder, gate, status)
                if not conflicts:
                    conflicts.append(True)
                    self.plugin.accounts.save("anna", self.stored().with_failure(5.0))
                    self.manager.commit()

        Interrupted(self.plugin, "anna", CHALLENGE)(DeliveryStatus.SENT)
        account = self.stored()
        self.assertEqual((1, "sent"), (account.failures, account.challenges[Purpose.SIGN_IN].delivery))
