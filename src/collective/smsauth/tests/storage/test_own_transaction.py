"""Work in connections of its own."""

from collective.smsauth.storage.own_transaction import committed_in_background
from collective.smsauth.storage.own_transaction import MOST_IN_BACKGROUND
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from threading import BrokenBarrierError
from ZODB import DB
from ZODB.MappingStorage import MappingStorage

import unittest


class BackgroundTest(unittest.TestCase):
    def test_no_more_work_is_done_at_once_than_the_database_is_told_to_keep_connections_for(self):
        database, full, one_more = DB(MappingStorage()), Barrier(MOST_IN_BACKGROUND), Barrier(MOST_IN_BACKGROUND + 1)
        self.addCleanup(database.close)
        alone = []

        def work(connection):
            full.wait(20)
            try:
                one_more.wait(0.2)
            except BrokenBarrierError:
                alone.append(connection)
            full.wait(20)

        times = 4 * MOST_IN_BACKGROUND
        with ThreadPoolExecutor(times) as pool:
            list(pool.map(lambda _: committed_in_background(database, work), range(times)))
        self.assertEqual(times, len(alone))
