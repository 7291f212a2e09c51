"""What another process committed, with a real ZEO server, and with storages that have one process only."""

from collective.smsauth.storage import other_processes
from collective.smsauth.storage.own_transaction import committed
from contextlib import ExitStack
from persistent.mapping import PersistentMapping
from tempfile import TemporaryDirectory
from transaction import TransactionManager
from unittest import mock
from ZEO.ClientStorage import ClientStorage
from ZODB import DB
from ZODB.FileStorage import FileStorage
from ZODB.MappingStorage import MappingStorage

import os
import unittest
import ZEO


class ServerTest(unittest.TestCase):
    """Two clients of one server, of which the second is told nothing before it asks."""

    @classmethod
    def setUpClass(cls):
        cls.address, stop = ZEO.server()
        cls.addClassCleanup(stop)

    def client(self, **options):
        database = DB(ClientStorage(self.address, **options))
        self.addCleanup(database.close)
        return database

    def setUp(self):
        self.here, self.there = self.client(), self.client()
        self.manager, self.others = TransactionManager(), TransactionManager()
        self.connection = self.there.open(self.manager)
        self.addCleanup(self.connection.close)
        self.addCleanup(self.manager.abort)

    def write(self, value):
        """Commit a value by the first client, and have the second one told of it only when it asks."""
        held = []
        adapter = self.there._mvcc_storage
        storage, hear = adapter._storage, adapter.invalidate
        known = storage.lastTransaction()
        ask, stack = storage.ping, ExitStack()
        self.addCleanup(stack.close)

        def ping():
            ask()
            stack.close()
            for told in held:
                hear(*told)

        stack.enter_context(mock.patch.object(adapter, "invalidate", lambda *told: held.append(told)))
        stack.enter_context(mock.patch.object(storage, "lastTransaction", lambda: known))
        stack.enter_context(mock.patch.object(storage, "ping", ping))
        connection = self.here.open(self.others)
        connection.root()["value"] = value
        self.others.commit()
        connection.close()

    def seen(self):
        return self.connection.root().get("value")

    def test_a_connection_sees_it_once_it_has_caught_up(self):
        self.write(2)
        self.manager.begin()
        self.assertNotEqual(2, self.seen())
        self.assertTrue(other_processes.catch_up(self.connection))
        self.assertEqual(2, self.seen())

    def test_one_through_which_something_was_written_goes_on_with_what_it_saw(self):
        self.manager.begin()
        before = self.seen()
        self.connection.root()["mine"] = 1
        self.write(3)
        self.assertFalse(other_processes.catch_up(self.connection))
        self.assertEqual(before, self.seen())

    def test_work_in_a_transaction_of_its_own_sees_it(self):
        committed(self.there, lambda connection: connection.root().get("value"))
        self.write(4)
        self.assertEqual(4, committed(self.there, lambda connection: connection.root().get("value")))

    def test_with_server_sync_every_transaction_has_asked_already(self):
        self.assertFalse(other_processes.can_be_ahead(self.client(server_sync=True)))

    def test_an_id_that_a_restarted_server_has_given_out_twice_costs_another_try(self):
        def add(name):
            def work(connection):
                first = connection.root().get("first")
                connection.root()[name] = PersistentMapping()
                return dict(first or {})

            committed(self.here, work)
            with self.here.transaction() as connection:
                return connection.root()[name]._p_oid

        taken = add("first")
        # ids are fetched in advance, and the last one of the list is taken
        self.here.storage._oids.append(taken)
        self.assertNotEqual(taken, add("second"))


class OneProcessTest(unittest.TestCase):
    def test_a_storage_that_one_process_has_to_itself_is_not_asked(self):
        with TemporaryDirectory() as folder:
            for storage in (MappingStorage(), FileStorage(os.path.join(folder, "Data.fs"))):
                database = DB(storage)
                connection = database.open(TransactionManager())
                with mock.patch.object(connection, "newTransaction") as begun:
                    self.assertFalse(other_processes.can_be_ahead(database))
                    self.assertFalse(other_processes.catch_up(connection))
                    begun.assert_not_called()
                connection.close()
                database.close()
