"""How a second step ends without an answer."""

from collective.smsauth.domain.account import Account
from collective.smsauth.domain.challenge import Outcome
from collective.smsauth.domain.challenge import Purpose
from collective.smsauth.tests.support.parts import NUMBER
from collective.smsauth.tests.support.parts import VerifierTest
from collective.smsauth.verification import lifecycle
from collective.smsauth.verification import lockout
from collective.smsauth.verification.backup_codes import BackupCodes
from dataclasses import replace


class LifecycleTest(VerifierTest):
    def setUp(self):
        super().setUp()
        self.proof = self.signed_in()
        self.events.clear()

    def signed_in(self):
        secret, _ = self.office.begin()
        verdict = self.office.verifier.verify_sign_in("jane", self.office.code, pending=secret)
        self.assertTrue(verdict.accepted)
        return verdict.proof

    def stands(self, proof):
        return self.office.account().session(proof, now=self.office.now, fingerprint="first password") is not None


class UnbindTest(LifecycleTest):
    def test_turning_off_ends_number_proofs_codes_and_links(self):
        pending, _ = self.office.begin()
        self.office.begin_reset()
        code = self.office.posted[-2].text.body.split()[-1]
        lifecycle.unbind(self.office.accounts, "jane")
        account = self.office.account()
        kept = Account(sent_at=account.sent_at, reset_sent_at=account.reset_sent_at, sign_in_begun_at=self.office.now)
        self.assertEqual(account, replace(kept, ended_at=account.ended_at, endings=account.endings, pending_round=2))
        self.assertFalse(self.stands(self.proof))
        verdict = self.office.verifier.verify_sign_in("jane", code, pending=pending)
        self.assertIs(verdict.outcome, Outcome.NONE_OPEN)

    def test_turning_off_and_on_again_does_not_renew_the_texts(self):
        self.office.begin()
        before = self.office.account().sent_at
        lifecycle.unbind(self.office.accounts, "jane")
        self.assertEqual(self.office.account().sent_at, before)
        self.assertEqual(len(before), 1)

    def test_it_is_told_once(self):
        lifecycle.unbind(self.office.accounts, "jane")
        self.assertEqual(self.fired(), ["SessionsEnded", "AuthenticatorUnbound"])

    def test_who_has_no_number_has_nothing_to_turn_off(self):
        self.office.begin_set_up("joe")
        self.events.clear()
        for user_id in ("joe", "nobody"):
            lifecycle.unbind(self.office.accounts, user_id)
        self.assertEqual(self.fired(), [])
        self.assertIn(Purpose.SET_UP, self.office.account("joe").challenges)


class EndSessionsTest(LifecycleTest):
    def test_all_proofs_pending_sign_ins_codes_and_links_end_and_the_number_stays(self):
        pending, _ = self.office.begin()
        self.office.begin_reset()
        lifecycle.end_sessions(self.office.accounts, "jane")
        account = self.office.account()
        self.assertEqual(account.number, NUMBER)
        self.assertEqual((account.sessions, account.challenges, account.earlier, account.reset), ({}, {}, (), None))
        self.assertIsNone(self.office.verifier.pending("jane", pending))
        self.assertEqual(self.fired().count("SessionsEnded"), 1)

    def test_the_session_that_changed_the_password_goes_on_alone(self):
        other = self.signed_in()
        session = self.office.account().session(self.proof, now=self.office.now, fingerprint="first password")
        renewed = replace(session, fingerprint="second password")
        lifecycle.end_sessions(self.office.accounts, "jane", keep=self.proof, session=renewed)
        account = self.office.account()
        self.assertEqual(len(account.sessions), 1)
        self.assertEqual(account.session(self.proof, now=self.office.now, fingerprint="second password"), renewed)
        self.assertIsNone(account.session(other, now=self.office.now, fingerprint="first password"))

    def test_failures_stay_counted(self):
        self.office.fail(7)
        lifecycle.end_sessions(self.office.accounts, "jane")
        self.assertEqual(self.office.account().failures, 7)

    def test_a_name_without_a_record_to_go_on_keeps_nothing(self):
        lifecycle.end_sessions(self.office.accounts, "jane", keep=self.proof)
        self.assertEqual(self.office.account().sessions, {})

    def test_who_has_no_record_gets_none(self):
        lifecycle.end_sessions(self.office.accounts, "nobody")
        self.assertIsNone(self.office.accounts.get("nobody"))
        self.assertEqual(self.fired(), [])

    def test_a_member_who_is_there_gets_one_that_remembers_it(self):
        lifecycle.end_all_sessions(self.office.accounts, "joe")
        account = self.office.account("joe")
        self.assertEqual(Account(ended_at=account.ended_at, endings=1), account)
        self.assertEqual(self.fired(), ["SessionsEnded"])

    def test_each_ending_is_counted_also_where_nothing_is_on_record(self):
        before = self.office.account().endings
        for ending in (lifecycle.end_sessions, lifecycle.end_all_sessions, lifecycle.disown, lifecycle.unbind):
            ending(self.office.accounts, "jane")
            before += 1
            self.assertEqual(before, self.office.account().endings)
        self.assertGreater(self.office.account().ended_at, 0)

    def test_of_a_member_whom_nothing_protects_those_without_a_record_go_on(self):
        before = self.office.account().endings
        lifecycle.end_sessions(self.office.accounts, "jane", unrecorded=False)
        self.assertEqual(({}, before), (self.office.account().sessions, self.office.account().endings))


class EndSessionTest(LifecycleTest):
    def test_signing_out_ends_that_session_alone(self):
        other = self.signed_in()
        lifecycle.end_session(self.office.accounts, "jane", self.proof)
        self.assertEqual((self.stands(self.proof), self.stands(other)), (False, True))

    def test_signing_out_of_a_session_that_is_not_there_changes_nothing(self):
        before = self.office.account()
        lifecycle.end_session(self.office.accounts, "jane", "another")
        lifecycle.end_session(self.office.accounts, "nobody", "another")
        self.assertEqual(self.office.account(), before)
        self.assertIsNone(self.office.accounts.get("nobody"))


class FailureTest(LifecycleTest):
    def test_wrong_passwords_count_like_wrong_codes(self):
        pending, _ = self.office.begin()
        for _ in range(10):
            self.assertEqual(Outcome.WRONG, self.office.verifier.verify_password("jane", lambda: False).outcome)
        self.assertEqual(self.office.policy.pause(self.office.account(), now=self.office.now), 60)
        verdict = self.office.verifier.verify_sign_in("jane", self.office.code, pending=pending)
        self.assertEqual((verdict.outcome, verdict.wait), (Outcome.PAUSED, 60))

    def test_they_count_for_a_member_without_a_record(self):
        self.office.verifier.verify_password("joe", lambda: False)
        self.assertEqual(self.office.account("joe").failures, 1)

    def test_a_right_password_is_accepted_and_writes_nothing(self):
        before = self.office.account()
        self.assertTrue(self.office.verifier.verify_password("jane", lambda: True).accepted)
        self.assertEqual(before, self.office.account())

    def test_no_password_is_compared_during_a_pause_nor_once_the_number_is_locked(self):
        def compare():
            raise AssertionError("compared")

        for failures, outcome in ((10, Outcome.PAUSED), (100, Outcome.LOCKED)):
            with self.subTest(failures=failures):
                self.office.accounts.save("jane", replace(self.office.account(), failures=0))
                self.office.fail(failures)
                self.assertEqual(outcome, self.office.verifier.verify_password("jane", compare).outcome)

    def test_an_administrator_ends_pause_and_lock_and_is_announced_once(self):
        for failures in (10, 100):
            with self.subTest(failures=failures):
                self.events.clear()
                self.office.fail(failures)
                lockout.release(self.office.accounts, "jane")
                self.assertEqual(self.fired(), ["FailuresReleased"])
                self.assertEqual(self.office.account().failures, 0)

    def test_where_nothing_is_counted_nothing_is_released(self):
        lockout.release(self.office.accounts, "jane")
        lockout.release(self.office.accounts, "nobody")
        self.assertEqual(self.fired(), [])


class PutOffTest(LifecycleTest):
    def test_when_the_reminder_was_put_off_is_kept_beside_all_else(self):
        for user_id in ("jane", "joe"):
            with self.subTest(user_id=user_id):
                before = self.office.account(user_id)
                lifecycle.put_off(self.office.accounts, user_id, now=self.office.now)
                self.assertEqual(replace(before, reminder_put_off_at=self.office.now), self.office.account(user_id))


class DeletedTest(LifecycleTest):
    def test_nothing_is_kept_of_a_member_of_the_site(self):
        lifecycle.deleted(self.office.accounts, "jane")
        self.assertIsNone(self.office.accounts.get("jane"))

    def keep_elsewhere(self):
        """Sign in once while the site keeps no password of jane."""
        self.office.elsewhere.add("jane")
        self.office.wait(3600)
        self.proof = self.signed_in()
        self.office.elsewhere.clear()

    def test_a_code_given_while_the_site_keeps_no_password_is_noted_for_good(self):
        self.assertFalse(self.office.account().password_kept_elsewhere)
        self.keep_elsewhere()
        self.assertTrue(self.office.account().password_kept_elsewhere)
        self.office.wait(3600)
        self.signed_in()
        self.assertTrue(self.office.account().password_kept_elsewhere)

    def test_a_number_set_up_while_the_site_keeps_no_password_is_noted(self):
        self.office.elsewhere.add("joe")
        self.office.begin_set_up("joe")
        self.office.verifier.verify_set_up("joe", self.office.code)
        self.assertTrue(self.office.account("joe").password_kept_elsewhere)

    def test_one_who_is_kept_elsewhere_keeps_the_phone_and_nothing_that_lets_in_without_it(self):
        BackupCodes(accounts=self.office.accounts, key=self.office.keys[0], now=self.office.now).prepare(
            "jane", lifetime=3600, made_by="admin", reason="lost phone"
        )
        self.keep_elsewhere()
        self.events.clear()
        for _ in range(2):
            lifecycle.deleted(self.office.accounts, "jane")
        account = self.office.account()
        self.assertFalse(self.stands(self.proof))
        self.assertFalse(account.prepared and account.prepared.is_open(now=self.office.now, max_tries=5))
        self.assertEqual(NUMBER, account.number)
        self.assertEqual(["SessionsEnded"], self.fired(), "it is told once")

    def test_who_never_had_a_phone_leaves_nothing_wherever_he_is_kept(self):
        self.office.elsewhere.add("joe")
        self.office.begin_set_up("joe")
        lifecycle.deleted(self.office.accounts, "joe")
        self.assertIsNone(self.office.accounts.get("joe"))

    def test_where_he_is_kept_outlasts_another_number_and_ends_with_turning_off(self):
        self.keep_elsewhere()
        self.assertTrue(self.office.account().bind("+31687654321", now=self.office.now).password_kept_elsewhere)
        lifecycle.unbind(self.office.accounts, "jane")
        self.assertFalse(self.office.account().password_kept_elsewhere)

    def test_of_nobody_nothing_is_noted(self):
        lifecycle.deleted(self.office.accounts, "nobody")
        self.assertIsNone(self.office.accounts.get("nobody"))


class ForgetTest(LifecycleTest):
    def test_nothing_is_kept_of_a_deleted_user(self):
        lifecycle.forget(self.office.accounts, "jane")
        lifecycle.forget(self.office.accounts, "nobody")
        self.assertIsNone(self.office.accounts.get("jane"))

    def test_a_new_user_of_the_same_id_inherits_no_proof(self):
        lifecycle.forget(self.office.accounts, "jane")
        self.office.protect("jane")
        self.assertFalse(self.stands(self.proof))
