"""The public event contract: each event exactly once, when what it says is stored, with neither number nor code."""

from collective.smsauth import events
from collective.smsauth import interfaces
from collective.smsauth.domain.challenge import Outcome
from collective.smsauth.domain.challenge import Purpose
from collective.smsauth.domain.delivery import DeliveryStatus
from collective.smsauth.tests.support.parts import ADDRESS
from collective.smsauth.tests.support.parts import NUMBER
from collective.smsauth.tests.support.parts import OTHER_NUMBER
from collective.smsauth.tests.support.parts import VerifierTest
from zope.interface.interfaces import IObjectEvent
from zope.interface.verify import verifyObject

import zope.event

CONTRACT = {
    events.ChallengeIssued: interfaces.IChallengeIssued,
    events.ChallengeAnswered: interfaces.IChallengeAnswered,
    events.AuthenticatorBound: interfaces.IAuthenticatorBound,
    events.AuthenticatorUnbound: interfaces.IAuthenticatorUnbound,
    events.SessionsEnded: interfaces.ISessionsEnded,
    events.FailuresReleased: interfaces.IFailuresReleased,
    events.BrowserTrusted: interfaces.IBrowserTrusted,
    events.BrowsersForgotten: interfaces.IBrowsersForgotten,
    events.SignInSuspected: interfaces.ISignInSuspected,
    events.SignInDisowned: interfaces.ISignInDisowned,
    events.NewPasswordWithheld: interfaces.INewPasswordWithheld,
    events.EmailChanged: interfaces.IEmailChanged,
    events.RecoveryCodesMade: interfaces.IRecoveryCodesMade,
    events.CodePrepared: interfaces.ICodePrepared,
    events.BypassGiven: interfaces.IBypassGiven,
    events.BypassWithdrawn: interfaces.IBypassWithdrawn,
    events.ReserveCodeUsed: interfaces.IReserveCodeUsed,
}


class EventsTest(VerifierTest):
    def facts(self):
        return [(type(event).__name__, event.user_id, event.purpose, event.outcome) for event in self.events]

    def test_each_event_keeps_its_interface_and_can_be_subscribed_to_like_an_object_event(self):
        for factory, interface in CONTRACT.items():
            with self.subTest(factory.__name__):
                event = factory("jane", purpose=Purpose.RESET)
                self.assertTrue(verifyObject(interface, event))
                self.assertTrue(IObjectEvent.providedBy(event))
                self.assertEqual((event.object, event.user_id), ("jane", "jane"))

    def test_what_became_of_a_text_is_told_with_its_status_and_the_plugin(self):
        gate = object()
        event = events.DeliveryReported("jane", purpose=Purpose.SIGN_IN, status=DeliveryStatus.SENT, gate=gate)
        self.assertTrue(verifyObject(interfaces.IDeliveryReported, event))
        self.assertEqual((event.object, event.status, event.outcome), ("jane", DeliveryStatus.SENT, None))
        self.assertIs(gate, event.gate)

    def test_a_code_that_was_issued_is_told_once(self):
        self.office.begin()
        self.assertEqual(self.facts(), [("ChallengeIssued", "jane", Purpose.SIGN_IN, None)])

    def test_a_code_that_was_refused_is_not_told(self):
        self.office.begin()
        self.events.clear()
        self.office.begin()
        self.office.begin_set_up(number="")
        self.office.verifier.resend("jane", Purpose.SIGN_IN, client_address=ADDRESS, pending="")
        self.assertEqual(self.facts(), [])

    def test_a_resent_code_is_told_once(self):
        pending, _ = self.office.begin()
        self.office.wait(30)
        self.events.clear()
        self.office.verifier.resend("jane", Purpose.SIGN_IN, client_address=ADDRESS, pending=pending)
        self.assertEqual(self.facts(), [("ChallengeIssued", "jane", Purpose.SIGN_IN, None)])

    def test_each_judged_answer_is_told_once_with_its_outcome(self):
        pending, _ = self.office.begin()
        right, wrong = self.office.code, self.office.wrong_code
        self.events.clear()
        for answer in ("", wrong, right, right):
            self.office.verifier.verify_sign_in("jane", answer, pending=pending)
        outcomes = (Outcome.MALFORMED, Outcome.WRONG, Outcome.ACCEPTED)
        self.assertEqual(
            self.facts(), [("ChallengeAnswered", "jane", Purpose.SIGN_IN, outcome) for outcome in outcomes]
        )

    def test_an_answer_without_pending_sign_in_or_link_is_not_judged_and_not_told(self):
        self.office.verifier.verify_sign_in("jane", "123456", pending="none")
        self.office.answer_reset("123456")
        self.assertEqual(self.facts(), [])

    def test_binding_a_number_tells_the_answer_the_end_of_sessions_and_the_binding(self):
        self.office.begin_set_up("joe", OTHER_NUMBER)
        self.events.clear()
        self.office.verifier.verify_set_up("joe", self.office.code)
        self.assertEqual(
            self.facts(),
            [
                ("ChallengeAnswered", "joe", Purpose.SET_UP, Outcome.ACCEPTED),
                ("SessionsEnded", "joe", Purpose.SET_UP, None),
                ("AuthenticatorBound", "joe", Purpose.SET_UP, Outcome.ACCEPTED),
            ],
        )

    def test_a_reset_tells_the_same_once_with_its_own_purpose(self):
        self.office.begin_reset()
        self.office.answer_reset(self.office.wrong_code)
        self.office.answer_reset(self.office.code)
        self.assertEqual(
            self.fired(),
            ["ChallengeIssued", "ChallengeAnswered", "ChallengeAnswered", "SessionsEnded", "AuthenticatorBound"],
        )
        self.assertEqual({event.purpose for event in self.events}, {Purpose.RESET})

    def test_when_an_event_is_fired_what_it_says_is_stored(self):
        seen = []

        def look(event):
            if isinstance(event, events.AuthenticatorBound):
                seen.append(self.office.account("joe").number)

        zope.event.subscribers.append(look)
        self.addCleanup(zope.event.subscribers.remove, look)
        self.office.begin_set_up("joe", OTHER_NUMBER)
        self.office.verifier.verify_set_up("joe", self.office.code)
        self.assertEqual(seen, [OTHER_NUMBER])

    def test_no_event_carries_a_number_or_a_code(self):
        self.office.begin_set_up("jane", OTHER_NUMBER)
        code = self.office.code
        self.office.verifier.verify_set_up("jane", code)
        for event in self.events:
            for hidden in (NUMBER, OTHER_NUMBER, f"'{code}'"):
                self.assertNotIn(hidden, f"{vars(event)} {event!r}")
            self.assertIn("jane", repr(event))
