"""What becomes of texts on their way when a server is told to stop: real processes, a real provider on this machine."""

from collective.smsauth.tests.support.fake_twilio import config
from collective.smsauth.tests.support.fake_twilio import HANG
from collective.smsauth.tests.support.fake_twilio import running

import json
import os
import signal
import subprocess
import sys
import time
import unittest

#: A server as ``runwsgi`` starts it: the process is told that it starts, waitress runs in the main thread, and the database is closed when
#: it returns. Says what is on record of the texts before that.
SERVER = """
import json, signal, sys
# as a terminal has it, also where the tests run in the background
signal.signal(signal.SIGINT, signal.default_int_handler)
from collective.smsauth.delivery import pool, process_end
from collective.smsauth.delivery.dispatcher import Dispatcher
from collective.smsauth.delivery.gateways.twilio.gateway import TwilioGateway
from collective.smsauth.delivery.status_recorder import DeliveryRecorder
from collective.smsauth.domain.account import Account
from collective.smsauth.domain.challenge import Challenge, Purpose
from collective.smsauth.domain.delivery import Text
from collective.smsauth.interfaces import ConfiguredGateway
from collective.smsauth.plugin import SMSAuthPlugin
from waitress import create_server
from ZODB import DB
from ZODB.MappingStorage import MappingStorage
from zope.processlifetime import ProcessStarting
import logging, signal, time, transaction

logging.disable(logging.CRITICAL)
config, number, grace, own = json.loads(sys.argv[1])
process_end.GRACE = grace
heard = []
if own:
    signal.signal(signal.SIGTERM, lambda *args: (heard.append("own"), sys.exit(0)))
process_end.wait_for_what_is_on_its_way(ProcessStarting())
database = DB(MappingStorage())
connection = database.open()
plugin = connection.root()["plugin"] = SMSAuthPlugin("smsauth")
names = [f"member {n}" for n in range(number)]
dispatcher, gateway = Dispatcher(), ConfiguredGateway(gateway=TwilioGateway(), config=config)
for name in names:
    challenge = Challenge(id=name, purpose=Purpose.SIGN_IN, to="+31612345678", digest="d", issued=1.0, expires=time.time() + 300)
    plugin.accounts.save(name, Account(number="+31612345678").with_challenge(challenge))
transaction.commit()
for name in names:
    challenge = plugin.accounts.get(name).challenges[Purpose.SIGN_IN]
    text = Text(to=challenge.to, body=name, expires=challenge.expires)
    recorder = DeliveryRecorder(plugin, name, challenge)
    dispatcher.dispatch(text, [gateway], recorder, recorder.never_left)
transaction.commit()
server = create_server(lambda environ, start: [], host="127.0.0.1", port=0)
try:
    print("ready", flush=True)
    server.run()
except (SystemExit, KeyboardInterrupt):
    pass
transaction.begin()
print(json.dumps([plugin.accounts.get(name).challenges[Purpose.SIGN_IN].delivery for name in names] + heard), flush=True)
transaction.abort()
connection.close()
database.close()
"""


class TestProcessEnd(unittest.TestCase):
    """A server with texts on their way to a provider that takes its time."""

    def start(self, provider, number, *, grace=20.0, own=False):
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
        arguments = json.dumps([config(provider.url), number, grace, own])
        process = subprocess.Popen(
            [sys.executable, "-W", "ignore", "-c", SERVER, arguments],
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.wait, 60)
        self.addCleanup(process.kill)
        self.assertEqual("ready\n", process.stdout.readline())
        return process

    def stop(self, process, number):
        process.send_signal(number)
        said, _ = process.communicate(timeout=60)
        return json.loads(said)

    def test_all_texts_leave_and_it_is_on_record_whichever_signal_stops_it(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            with self.subTest(number), running() as provider:
                provider.delay = 0.3
                process = self.start(provider, 12)
                self.assertEqual(["sent"] * 12, self.stop(process, number))
                self.assertEqual(12, len({request.form["Body"] for request in provider.requests}))
                self.assertEqual(0, process.returncode)

    def test_what_could_not_leave_in_time_is_recorded_as_failed(self):
        with running() as provider:
            provider.answers += [HANG] * 12
            process = self.start(provider, 6, grace=0.5)
            started = time.monotonic()
            self.assertEqual(["try-later"] * 6, self.stop(process, signal.SIGTERM))
            self.assertLess(time.monotonic() - started, 9, "the provider is not waited for")

    def test_the_handlers_of_others_are_left_alone(self):
        with running() as provider:
            process = self.start(provider, 0, own=True)
            self.assertEqual(["own"], self.stop(process, signal.SIGTERM))

    def test_with_nothing_on_its_way_it_ends_at_once(self):
        with running() as provider:
            process = self.start(provider, 0)
            started = time.monotonic()
            self.assertEqual([], self.stop(process, signal.SIGTERM))
            self.assertLess(time.monotonic() - started, 9)
