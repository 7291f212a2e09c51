"""The records in a real database: what goes in comes out, two changes at once are a conflict, nothing grows."""

from BTrees.OOBTree import OOBTree
from collective.smsauth.domain.account import Account
from collective.smsauth.domain.account import MOST_SESSIONS
from collective.smsauth.domain.account import newest
from collective.smsauth.domain.challenge import Purpose
from collective.smsauth.domain.session import Means
from collective.smsauth.domain.session import Session
from collective.smsauth.storage.accounts import Accounts
from collective.smsauth.storage.accounts import load
from collective.smsauth.tests.domain.test_account import full
from collective.smsauth.tests.support.parts import NOON
from collective.smsauth.tests.support.parts import NUMBER
from collective.smsauth.tests.support.parts import Office
from dataclasses import replace
from random import Random
from transaction import TransactionManager
from ZODB import DB
from ZODB.POSException import ConflictError

import pickle
import unittest

HOUR = 3600


class StoreTest(unittest.TestCase):
    def setUp(self):
        self.records = OOBTree()
        self.accounts = Accounts(self.records)

    def test_who_never_had_a_record_has_none(self):
        self.assertIsNone(self.accounts.get("jane"))

    def test_an_account_comes_out_as_it_went_in(self):
        account = full()
        self.accounts.save("jane", account)
        self.assertEqual(self.accounts.get("jane"), account)

    def test_members_are_kept_apart(self):
        self.accounts.save("jane", Account(number=NUMBER))
        self.accounts.save("joe", Account(failures=2))
        self.assertEqual(self.accounts.get("jane"), Account(number=NUMBER))
        self.assertEqual(self.accounts.get("joe"), Account(failures=2))

    def test_a_record_is_made_of_builtins_alone(self):
        self.accounts.save("jane", full())
        stored = pickle.dumps(dict(self.records["jane"]))
        self.assertNotIn(b"collective", stored)

    def test_sessions_that_are_tied_to_one_password_come_back_as_they_were(self):
        fingerprint = "0123456789abcdef" * 4
        sessions = {f"s{place}": Session(issued=NOON, expires=NOON, fingerprint=fingerprint) for place in range(9)}
        self.accounts.save("jane", Account(number=NUMBER, sessions=sessions))
        self.assertEqual(self.accounts.get("jane").sessions, sessions)

    def test_what_is_not_known_is_not_stored(self):
        self.accounts.save("jane", Account(number=NUMBER))
        self.assertEqual({"v", "n"}, set(self.records["jane"]))

    def test_what_was_saved_is_what_is_read_after_any_history_of_sessions(self):
        random = Random(11)
        for number in range(40):
            account, moment = Account(number=NUMBER), 0.0
            for step in range(70):
                moment += random.choice((0.0, 1.0, 60.0))
                sessions = dict(account.sessions)
                way = random.random()
                if way < 0.7 or not sessions:
                    sessions[f"s{number}-{step}"] = Session(issued=moment, expires=moment + 3600, fingerprint="0f")
                    sessions = newest(sessions, MOST_SESSIONS)
                elif way < 0.9:
                    del sessions[random.choice(sorted(sessions))]
                else:
                    kept = random.choice(sorted(sessions))
                    sessions = {kept: sessions[kept]}
                account = replace(account, sessions=sessions)
                self.accounts.save("jane", account)
                self.assertEqual(sessions, load(self.records["jane"]).sessions, (number, step))

    def test_a_session_that_gave_way_does_not_come_back_when_another_ends(self):
        sessions = {f"s{place}": Session(issued=place, expires=NOON, fingerprint="0f") for place in range(25)}
        for place in range(1, 26):
            first = {name: sessions[name] for name in list(sessions)[:place]}
            self.accounts.save("jane", Account(number=NUMBER, sessions=newest(first, MOST_SESSIONS)))
        left = {name: sessions[name] for name in list(sessions)[5:24]}
        self.accounts.save("jane", Account(number=NUMBER, sessions=left))
        self.assertEqual(set(left), set(load(self.records["jane"]).sessions))

    def test_a_blank_account_leaves_no_record(self):
        self.accounts.save("jane", full())
        self.accounts.save("jane", Account())
        self.accounts.save("joe", Account())
        self.assertEqual(list(self.records), [])

    def test_a_dropped_record_is_gone_and_dropping_none_does_nothing(self):
        self.accounts.save("jane", full())
        self.accounts.drop("jane")
        self.accounts.drop("joe")
        self.assertIsNone(self.accounts.get("jane"))


class MeansTest(unittest.TestCase):
    def test_how_each_means_is_written_stays_as_it_is(self):
        written = {
            Means.CODE: 0,
            Means.PREPARED_CODE: 1,
            Means.RECOVERY_CODE: 2,
            Means.TRUSTED_BROWSER: 3,
            Means.NETWORK: 4,
            Means.EXEMPT: 5,
        }
        self.assertEqual(set(Means), set(written))
        for means, number in written.items():
            session = Session(issued=NOON, expires=NOON, fingerprint="0f", means=means)
            records = OOBTree()
            Accounts(records).save("jane", Account(number=NUMBER, sessions={"0a": session}))
            [raw] = records["jane"]["s"][0].values()
            self.assertEqual(number, raw[3] if len(raw) > 3 else 0, means)


class DatabaseTest(unittest.TestCase):
    """Two requests at once: two connections to one database in memory."""

    def setUp(self):
        database = DB(None)
        self.addCleanup(database.close)
        self.managers = [TransactionManager(), TransactionManager()]
        self.jars = [database.open(manager) for manager in self.managers]
        for manager, jar in zip(self.managers, self.jars, strict=True):
            self.addCleanup(jar.close)
            self.addCleanup(manager.abort)
        root = self.jars[0].root()
        root["records"], root["windows"] = OOBTree(), OOBTree()
        self.store(0).save("jane", full())
        self.store(0).save("joe", Account(number=NUMBER))
        self.commit(0)
        self.managers[1].begin()

    def store(self, which):
        root = self.jars[which].root()
        return Accounts(root["records"])

    def commit(self, which):
        self.managers[which].commit()

    def test_two_failures_at_once_are_a_conflict_and_after_the_retry_two_failures(self):
        for which in (0, 1):
            self.store(which).save("jane", self.store(which).get("jane").with_failure(NOON))
        self.commit(0)
        with self.assertRaises(ConflictError):
            self.commit(1)
        self.managers[1].abort()
        self.store(1).save("jane", self.store(1).get("jane").with_failure(NOON))
        self.commit(1)
        self.assertEqual(self.store(1).get("jane").failures, 3 + 2)

    def test_two_members_at_once_are_no_conflict(self):
        self.store(0).save("jane", self.store(0).get("jane").with_failure(NOON))
        self.store(1).save("joe", self.store(1).get("joe").with_failure(NOON))
        self.commit(0)
        self.commit(1)
        self.managers[0].begin()
        self.assertEqual((self.store(0).get("jane").failures, self.store(0).get("joe").failures), (4, 1))

    def test_one_code_used_twice_at_once_is_a_conflict(self):
        for which in (0, 1):
            self.store(which).save("jane", self.store(which).get("jane").without_challenge(Purpose.SIGN_IN))
        self.commit(0)
        with self.assertRaises(ConflictError):
            self.commit(1)

    def test_a_session_that_ends_is_in_conflict_with_a_change_to_the_record(self):
        for first, second in ((0, 1), (1, 0)):
            with self.subTest(committed_first=first):
                sessions = {f"s{place}": Session(issued=NOON, expires=NOON, fingerprint="0f") for place in range(3)}
                self.managers[0].begin()
                self.store(0).save("joe", Account(number=NUMBER, sessions=sessions))
                self.commit(0)
                self.managers[1].begin()
                left = {name: session for name, session in sessions.items() if name != "s1"}
                self.store(0).save("joe", replace(self.store(0).get("joe"), sessions=left))
                self.store(1).save("joe", self.store(1).get("joe").with_failure(NOON))
                self.commit(first)
                with self.assertRaises(ConflictError):
                    self.commit(second)
                self.managers[second].abort()

    def test_the_first_records_of_one_member_at_once_are_a_conflict(self):
        for which in (0, 1):
            self.store(which).save("new", Account(failures=1))
        self.commit(0)
        with self.assertRaises(ConflictError):
            self.commit(1)

    def test_a_change_to_a_record_that_is_removed_at_the_same_time_is_a_conflict(self):
        for first, second in ((0, 1), (1, 0)):
            with self.subTest(committed_first=first):
                self.managers[0].begin()
                self.store(0).save("joe", Account(number=NUMBER))
                self.commit(0)
                self.managers[1].begin()
                self.store(0).drop("joe")
                self.store(1).save("joe", self.store(1).get("joe").with_failure(NOON))
                self.commit(first)
                with self.assertRaises(ConflictError):
                    self.commit(second)
                self.managers[second].abort()

    def test_saving_what_is_there_already_writes_nothing(self):
        self.store(0).save("jane", self.store(0).get("jane"))
        self.store(0).save("nobody", Account())
        self.store(0).drop("nobody")
        self.assertFalse(self.jars[0]._registered_objects)

    def test_reading_an_account_loads_one_object_and_its_own_alone(self):
        self.jars[0].cacheMinimize()
        root = self.jars[0].root()
        self.store(0).get("jane")
        self.assertIsNotNone(root["records"]["jane"]._p_serial)
        self.assertIsNone(root["records"]["joe"]._p_changed)

    def test_a_record_does_not_grow_with_the_number_of_sign_ins(self):
        sizes = {}
        account = Account(number=NUMBER)
        for count in range(1, 1001):
            now = NOON + count * HOUR
            session = Session(issued=now, expires=now + 12 * HOUR, fingerprint="f" * 64)
            account = replace(account, sent_at=(*account.sent_at, now)).with_session(str(count), session)
            account = account.swept(now=now, window=1800)
            self.store(0).save("jane", account)
            if count in (20, 100, 1000):
                self.commit(0)
                record = self.jars[0].root()["records"]["jane"]
                sizes[count] = len(self.jars[0]._storage.load(record._p_oid)[0])
        self.assertLess(sizes[1000], sizes[100] + 64)
        self.assertLess(sizes[100], sizes[20] + 64)
        self.assertLess(sizes[1000], 8192)


class SignInsTest(unittest.TestCase):
    def test_a_thousand_whole_sign_ins_leave_a_small_record_and_no_counters(self):
        office = Office()
        office.protect()
        for _ in range(1000):
            office.wait(3 * HOUR)
            secret, _ = office.begin()
            self.assertTrue(office.verifier.verify_sign_in("jane", office.code, pending=secret).accepted)
        account = office.account()
        self.assertEqual((len(account.challenges), len(account.pending_over), len(account.sent_at)), (0, 1, 0))
        self.assertLessEqual(len(account.sessions), 5)
        self.assertLessEqual(len(office.counted), 6)
