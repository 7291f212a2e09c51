from collective.smsauth.delivery.dispatcher import Dispatcher
from collective.smsauth.delivery.dispatcher import PAUSES
from collective.smsauth.delivery.dispatcher import SPREAD
from collective.smsauth.delivery.gateways.outbox import OutboxGateway
from collective.smsauth.delivery.gateways.outbox import read
from collective.smsauth.delivery.pool import Pool
from collective.smsauth.domain.channels import Channel
from collective.smsauth.domain.delivery import DeliveryStatus
from collective.smsauth.domain.delivery import Text
from collective.smsauth.interfaces import ConfiguredGateway
from collective.smsauth.interfaces import GatewayError
from collective.smsauth.interfaces import IDispatcher
from collective.smsauth.interfaces import ISMSGateway
from collective.smsauth.interfaces import IVoiceGateway
from pathlib import Path
from tempfile import TemporaryDirectory
from transaction.interfaces import TransientError
from unittest import mock
from ZODB import DB
from ZODB.MappingStorage import MappingStorage
from zope.interface import alsoProvides
from zope.interface import implementer
from zope.interface.verify import verifyObject

import logging
import threading
import transaction
import unittest

#: Seconds after which a test gives up; nothing here takes that long.
PATIENCE = 20
NOW = 1_000_000.0
NUMBER = "+31612345678"
BODY = "Site: your code is 123456"


@implementer(ISMSGateway)
class ScriptedGateway:
    """A provider that answers by a script: None accepts, an exception is raised, anything else is called."""

    title = "Scripted"

    def __init__(self, *script, local=False):
        self.script = list(script)
        self.local = local
        self.sent = []
        self.threads = []

    def problems(self, config):
        """Find nothing wrong."""
        return ()

    def send(self, text, config):
        """Note the text and follow the script."""
        self.sent.append((text, config))
        self.threads.append(threading.current_thread())
        step = self.script.pop(0) if self.script else None
        if isinstance(step, BaseException):
            raise step
        if step is not None:
            step()
        return "SM1"


def carriers(*gateways):
    """Return gateways with the configuration that the tests know, in order."""
    return [ConfiguredGateway(gateway=gateway, config={"token": "geheim"}) for gateway in gateways]


class NotedPool(Pool):
    """A pool that notes for when the jobs were meant."""

    def __init__(self, name, **numbers):
        super().__init__(name, **numbers)
        self.delays = []

    def submit(self, job, *, delay=0.0, always=False):
        """Note the delay."""
        self.delays.append(delay)
        return super().submit(job, delay=delay, always=always)


class DispatcherTestCase(unittest.TestCase):
    def setUp(self):
        transaction.abort()
        self.addCleanup(transaction.abort)
        self.now = NOW
        self.pauses = []
        self.reports = []
        self.go_on = True
        self.texts = Pool("test-texts", threads=1, room=1)
        self.dispatcher = Dispatcher(clock=lambda: self.now, sleep=self.sleep, texts=self.texts)
        self.addCleanup(self.dispatcher.stop, PATIENCE)
        logger = logging.getLogger("collective.smsauth")
        self.addCleanup(logger.setLevel, logger.level)
        self.collect_logs()

    def collect_logs(self):
        """Collect what is logged in ``self.logs``."""
        context = self.assertLogs("collective.smsauth", "DEBUG")
        self.logs = context.__enter__()
        logging.getLogger("collective.smsauth").debug("begun")
        self.addCleanup(context.__exit__, None, None, None)

    def sleep(self, seconds):
        self.pauses.append(seconds)
        self.now += seconds
        return self.go_on

    def report(self, status, detail):
        self.reports.append((status, detail))

    def dispatch(self, gateway, *, lifetime=300, report=None):
        text = Text(to=NUMBER, body=BODY, expires=NOW + lifetime)
        self.dispatcher.dispatch(text, carriers(gateway), report or self.report)
        return text

    def send(self, gateway, **options):
        """Dispatch a text, commit, and wait for the outcome."""
        text = self.dispatch(gateway, **options)
        transaction.commit()
        self.assertTrue(self.dispatcher.drain(PATIENCE))
        return text

    def busy(self):
        """Keep the only worker busy; return the event that frees it."""
        begun, free = threading.Event(), threading.Event()
        self.addCleanup(free.set)
        self.texts.submit(lambda: (begun.set(), free.wait(PATIENCE)))
        self.assertTrue(begun.wait(PATIENCE))
        return free


class TestTheCommit(DispatcherTestCase):
    def test_the_dispatcher_is_what_it_says(self):
        self.assertTrue(verifyObject(IDispatcher, self.dispatcher))

    def test_nothing_leaves_before_the_commit(self):
        gateway = ScriptedGateway()
        self.dispatch(gateway)
        self.assertTrue(self.dispatcher.drain(PATIENCE))
        self.assertEqual(gateway.sent, [])

    def test_the_text_leaves_after_the_commit_with_its_configuration(self):
        gateway = ScriptedGateway()
        text = self.send(gateway)
        self.assertEqual(gateway.sent, [(text, {"token": "geheim"})])
        self.assertEqual(self.reports, [(DeliveryStatus.SENT, "SM1")])

    def test_an_abort_sends_nothing_then_or_later(self):
        gateway = ScriptedGateway()
        self.dispatch(gateway)
        transaction.abort()
        transaction.commit()
        self.assertTrue(self.dispatcher.drain(PATIENCE))
        self.assertEqual((gateway.sent, self.reports), ([], []))

    def test_a_commit_that_fails_sends_nothing(self):
        gateway = ScriptedGateway()
        self.dispatch(gateway)
        transaction.get().join(Unwilling())
        with self.assertRaises(TransientError):
            transaction.commit()
        transaction.abort()
        self.assertTrue(self.dispatcher.drain(PATIENCE))
        self.assertEqual((gateway.sent, self.reports), ([], []))

    def test_a_retried_transaction_sends_once(self):
        gateway = ScriptedGateway()
        for attempt in transaction.attempts(3):
            with attempt as current:
                self.dispatch(gateway)
                if len(transaction.get()._after_commit) and not self.pauses:
                    self.pauses.append("failed once")
                    current.join(Unwilling())
        self.assertTrue(self.dispatcher.drain(PATIENCE))
        self.assertEqual(self.pauses, ["failed once"])
        self.assertEqual(len(gateway.sent), 1)

    def test_a_conflict_in_the_database_sends_once(self):
        database = DB(MappingStorage())
        self.addCleanup(database.close)
        gateway, tries = ScriptedGateway(), []
        connection = database.open()
        self.addCleanup(connection.close)
        self.addCleanup(transaction.abort)
        for attempt in transaction.attempts(3):
            with attempt:
                tries.append(connection.root().get("challenge"))
                connection.root()["challenge"] = "mine"
                self.dispatch(gateway)
                if len(tries) == 1:
                    self.write_meanwhile(database)
        self.assertTrue(self.dispatcher.drain(PATIENCE))
        self.assertEqual(tries, [None, "theirs"])
        self.assertEqual(len(gateway.sent), 1)

    def write_meanwhile(self, database):
        with database.transaction() as other:
            other.root()["challenge"] = "theirs"

    def test_two_texts_of_one_transaction_both_leave(self):
        self.texts = Pool("test-texts", threads=1, room=10)
        self.dispatcher = Dispatcher(clock=lambda: self.now, sleep=self.sleep, texts=self.texts)
        self.addCleanup(self.dispatcher.stop, PATIENCE)
        gateway = ScriptedGateway()
        self.dispatch(gateway)
        self.send(gateway)
        self.assertEqual(len(gateway.sent), 2)

    def test_a_later_change_of_the_configuration_does_not_matter(self):
        gateway, config = ScriptedGateway(), {"token": "old"}
        text = Text(to=NUMBER, body=BODY, expires=NOW + 300)
        self.dispatcher.dispatch(text, [ConfiguredGateway(gateway=gateway, config=config)], self.report)
        config["token"] = "new"
        transaction.commit()
        self.assertTrue(self.dispatcher.drain(PATIENCE))
        self.assertEqual([sent for _text, sent in gateway.sent], [{"token": "old"}])


class Unwilling:
    """A resource manager that refuses to commit."""

    transaction_manager = transaction.manager

    def sortKey(self):
        """Sort anywhere."""
        return "unwilling"

    def abort(self, current):
        """Have nothing to undo."""

    tpc_begin = commit = tpc_abort = tpc_finish = abort

    def tpc_vote(self, current):
        """Refuse."""
        raise TransientError("a conflict")


class TestThreads(DispatcherTestCase):
    def test_a_provider_is_called_in_a_worker_thread(self):
        gateway = ScriptedGateway()
        self.send(gateway)
        self.assertNotEqual(gateway.threads, [threading.current_thread()])

    def test_a_local_gateway_is_called_before_the_commit_returns(self):
        gateway = ScriptedGateway(local=True)
        self.dispatch(gateway)
        transaction.commit()
        self.assertEqual(gateway.threads, [threading.current_thread()])
        self.assertEqual(self.reports, [(DeliveryStatus.SENT, "SM1")])

    def test_a_local_gateway_that_fails_keeps_no_request_waiting(self):
        gateway = ScriptedGateway(GatewayError(DeliveryStatus.TRY_LATER, "full"), local=True)
        self.dispatch(gateway)
        transaction.commit()
        self.assertEqual(self.reports, [(DeliveryStatus.TRY_LATER, "full")])
        self.assertEqual(self.pauses, [])

    def test_the_commit_does_not_wait_for_a_provider_that_hangs(self):
        free = threading.Event()
        self.addCleanup(free.set)
        self.dispatch(ScriptedGateway(lambda: free.wait(PATIENCE)))
        transaction.commit()
        self.assertEqual(self.reports, [])
        free.set()
        self.assertTrue(self.dispatcher.drain(PATIENCE))
        self.assertEqual([status for status, _detail in self.reports], [DeliveryStatus.SENT])

    def test_a_full_queue_is_reported_at_once(self):
        self.busy()
        self.texts.submit(lambda: None)
        gateway = ScriptedGateway()
        self.dispatch(gateway)
        transaction.commit()
        self.assertEqual(self.reports, [(DeliveryStatus.TRY_LATER, "the queue of texts is full")])
        self.assertEqual(gateway.sent, [])

    def test_a_dead_provider_holds_up_no_other_job(self):
        self.busy()
        done = threading.Event()
        self.assertTrue(self.dispatcher.submit(done.set))
        self.assertTrue(done.wait(PATIENCE))

    def test_work_for_strangers_begins_at_some_moment_of_the_next_seconds(self):
        errands = NotedPool("test-errands", threads=1, room=0)
        dispatcher = Dispatcher(errands=errands)
        for _turn in range(200):
            dispatcher.submit(lambda: None, for_strangers=True)
        quarters = [sum(delay // (SPREAD / 4) == quarter for delay in errands.delays) for quarter in range(4)]
        self.assertTrue(all(quarter > 20 for quarter in quarters) and sum(quarters) == 200, quarters)
        self.assertLessEqual(1, SPREAD)

    def test_work_for_members_begins_at_once(self):
        jobs = NotedPool("test-jobs", threads=1, room=0)
        Dispatcher(jobs=jobs).submit(lambda: None)
        self.assertEqual([0.0], jobs.delays)

    def test_a_job_without_room_is_refused(self):
        dispatcher = Dispatcher(jobs=Pool("test-jobs", threads=1, room=0))
        self.assertFalse(dispatcher.submit(lambda: None))

    def test_a_dispatcher_that_was_stopped_reports_at_once(self):
        self.assertTrue(self.dispatcher.stop(PATIENCE))
        self.dispatch(ScriptedGateway())
        transaction.commit()
        self.assertEqual([status for status, _detail in self.reports], [DeliveryStatus.TRY_LATER])

    def test_draining_tells_of_each_kind_of_work(self):
        self.busy()
        self.assertFalse(self.dispatcher.drain(0))


class TestFailures(DispatcherTestCase):
    def later(self, detail=""):
        return GatewayError(DeliveryStatus.TRY_LATER, detail)

    def test_a_transient_failure_is_retried_after_a_pause(self):
        gateway = ScriptedGateway(self.later())
        self.send(gateway)
        self.assertEqual((len(gateway.sent), self.pauses), (2, [PAUSES[0]]))
        self.assertEqual(self.reports, [(DeliveryStatus.SENT, "SM1")])

    def test_the_third_transient_failure_is_the_last(self):
        gateway = ScriptedGateway(self.later("one"), self.later("two"), self.later("three"))
        self.send(gateway)
        self.assertEqual((len(gateway.sent), self.pauses), (3, [*PAUSES]))
        self.assertLess(PAUSES[0], PAUSES[1])
        self.assertEqual(self.reports, [(DeliveryStatus.TRY_LATER, "three")])

    def certainty(self, *errors):
        """Return which of the two was called about a text that met these failures, one after the other."""
        told = []
        text = Text(to=NUMBER, body=BODY, expires=NOW + 300)
        self.dispatcher.dispatch(
            text, carriers(ScriptedGateway(*errors)), lambda *_: told.append("report"), lambda *_: told.append("never")
        )
        transaction.commit()
        self.assertTrue(self.dispatcher.drain(PATIENCE))
        [one] = told
        return one

    def test_a_text_that_certainly_did_not_leave_is_told_as_one(self):
        doubt = GatewayError(DeliveryStatus.TRY_LATER, "no answer", certain=False)
        no = GatewayError(DeliveryStatus.BAD_NUMBER, "no")
        for errors, expected in (
            ([no], "never"),
            ([self.later()] * 3, "never"),
            ([self.later(), no], "never"),
            ([doubt] * 3, "report"),
            ([doubt, self.later(), self.later()], "report"),
            ([self.later(), doubt, no], "report"),
            ([ValueError("no idea")], "report"),
            ([self.later()], "report"),
            ([], "report"),
        ):
            with self.subTest(errors):
                self.assertEqual(expected, self.certainty(*errors))

    def test_a_text_that_was_never_tried_certainly_did_not_leave(self):
        told = []
        text = Text(to=NUMBER, body=BODY, expires=NOW)
        self.dispatcher.dispatch(text, carriers(ScriptedGateway()), self.report, lambda *_: told.append("expired"))
        transaction.commit()
        self.assertTrue(self.dispatcher.drain(PATIENCE))
        self.dispatcher.stop(PATIENCE)
        later = Text(to=NUMBER, body=BODY, expires=NOW + 300)
        self.dispatcher.dispatch(later, carriers(ScriptedGateway()), self.report, lambda *_: told.append("no room"))
        transaction.commit()
        self.assertEqual((["expired", "no room"], []), (told, self.reports))

    def test_a_permanent_failure_is_not_retried(self):
        for status in (status for status in DeliveryStatus if status.failed and status != DeliveryStatus.TRY_LATER):
            with self.subTest(status=status):
                self.reports.clear()
                gateway = ScriptedGateway(GatewayError(status, "no"))
                self.send(gateway)
                self.assertEqual((len(gateway.sent), self.reports, self.pauses), (1, [(status, "no")], []))

    def test_a_permanent_failure_ends_the_tries(self):
        gateway = ScriptedGateway(self.later(), GatewayError(DeliveryStatus.UNSUBSCRIBED, "STOP"))
        self.send(gateway)
        self.assertEqual((len(gateway.sent), self.reports), (2, [(DeliveryStatus.UNSUBSCRIBED, "STOP")]))

    def test_no_try_begins_after_the_code_has_expired(self):
        gateway = ScriptedGateway(self.later("down"), self.later("down"))
        self.send(gateway, lifetime=3)
        self.assertEqual((len(gateway.sent), self.pauses), (2, [PAUSES[0]]))
        self.assertEqual(self.reports, [(DeliveryStatus.TRY_LATER, "down")])

    def test_a_pause_that_took_too_long_ends_the_tries(self):
        def forward():
            self.now += 10
            raise self.later("slow")

        gateway = ScriptedGateway(forward)
        self.dispatcher = Dispatcher(clock=lambda: self.now, sleep=self.oversleep, texts=self.texts)
        self.send(gateway, lifetime=20)
        self.assertEqual((len(gateway.sent), self.reports), (1, [(DeliveryStatus.TRY_LATER, "slow")]))

    def oversleep(self, seconds):
        self.now += 100
        return True

    def test_a_text_that_waited_beyond_its_code_is_not_sent(self):
        free, gateway = self.busy(), ScriptedGateway()
        self.dispatch(gateway, lifetime=60)
        transaction.commit()
        self.now += 60
        free.set()
        self.assertTrue(self.dispatcher.drain(PATIENCE))
        self.assertEqual(gateway.sent, [])
        self.assertEqual([status for status, _detail in self.reports], [DeliveryStatus.TRY_LATER])

    def test_the_end_of_the_process_ends_the_tries(self):
        self.go_on = False
        gateway = ScriptedGateway(self.later("down"))
        self.send(gateway)
        self.assertEqual((len(gateway.sent), self.reports), (1, [(DeliveryStatus.TRY_LATER, "down")]))

    def test_a_gateway_that_breaks_down_is_reported_and_not_tried_again(self):
        gateway = ScriptedGateway(ZeroDivisionError(f"bug at {NUMBER} geheim"))
        self.send(gateway)
        self.assertEqual(len(gateway.sent), 1)
        self.assertEqual(self.reports, [(DeliveryStatus.CONFIGURATION, "ZeroDivisionError: bug at •••• ••••")])
        self.assertIn("in send", self.logs.output[1])

    def test_a_report_that_fails_costs_no_later_text(self):
        def fail(status, detail):
            raise KeyError(BODY)

        self.send(ScriptedGateway(), report=fail)
        self.send(ScriptedGateway())
        self.assertEqual(self.reports, [(DeliveryStatus.SENT, "SM1")])
        self.assertIn("could not be reported: KeyError", "".join(self.logs.output))


class SecondCarrierTestCase(DispatcherTestCase):
    def send_by(self, *gateways, lifetime=300, channel=Channel.TEXT):
        text = Text(to=NUMBER, body=BODY, expires=NOW + lifetime, channel=channel)
        self.dispatcher.dispatch(text, carriers(*gateways), self.report)
        transaction.commit()
        self.assertTrue(self.dispatcher.drain(PATIENCE))
        return [len(gateway.sent) for gateway in gateways]

    def failing(self, *statuses):
        return ScriptedGateway(*(GatewayError(status, f"said {status.value}") for status in statuses))


class TestSecondCarrier(SecondCarrierTestCase):
    """Two gateways: the second takes over where the first one is to blame."""

    def test_the_second_is_left_alone_while_the_first_works(self):
        self.assertEqual([1, 0], self.send_by(ScriptedGateway(), ScriptedGateway()))
        self.assertEqual(self.reports, [(DeliveryStatus.SENT, "SM1")])

    def test_the_second_takes_over_at_once_where_the_provider_is_to_blame(self):
        for status in (status for status in DeliveryStatus if status.blames_provider):
            with self.subTest(status):
                self.reports.clear()
                self.assertEqual([1, 1], self.send_by(self.failing(status), ScriptedGateway()))
                self.assertEqual((self.reports, self.pauses), ([(DeliveryStatus.SENT, "SM1")], []))

    def test_the_second_is_not_asked_where_the_number_is_the_reason(self):
        others = [status for status in DeliveryStatus if status.failed and not status.blames_provider]
        self.assertIn(DeliveryStatus.UNSUBSCRIBED, others)
        for status in others:
            with self.subTest(status):
                self.reports.clear()
                self.assertEqual([1, 0], self.send_by(self.failing(status), ScriptedGateway()))
                self.assertEqual(self.reports, [(status, f"said {status.value}")])

    def test_a_gateway_that_breaks_down_is_taken_over_from(self):
        self.assertEqual([1, 1], self.send_by(ScriptedGateway(ZeroDivisionError("bug")), ScriptedGateway()))
        self.assertEqual(self.reports, [(DeliveryStatus.SENT, "SM1")])

    def test_after_a_pause_both_are_tried_again_in_their_order(self):
        later = [DeliveryStatus.TRY_LATER] * 2
        self.assertEqual([3, 2], self.send_by(self.failing(*later), self.failing(*later)))
        self.assertEqual(self.reports, [(DeliveryStatus.SENT, "SM1")])
        self.assertEqual(self.pauses, [*PAUSES])

    def test_one_that_is_not_configured_is_not_asked_again(self):
        first, second = self.failing(DeliveryStatus.CONFIGURATION), self.failing(DeliveryStatus.TRY_LATER)
        self.assertEqual([1, 2], self.send_by(first, second))
        self.assertEqual(self.reports, [(DeliveryStatus.SENT, "SM1")])

    def test_what_may_pass_is_reported_rather_than_what_does_not(self):
        for first, second in ([DeliveryStatus.CONFIGURATION, DeliveryStatus.TRY_LATER], [DeliveryStatus.TRY_LATER] * 2):
            with self.subTest(first):
                self.reports.clear()
                self.send_by(self.failing(*[first] * 3), self.failing(*[second] * 3))
                self.assertEqual([status for status, _detail in self.reports], [DeliveryStatus.TRY_LATER])

    def test_two_that_are_not_configured_end_at_once_with_the_words_of_the_first(self):
        wrong = DeliveryStatus.CONFIGURATION
        self.assertEqual([1, 1], self.send_by(self.failing(wrong), self.failing(wrong)))
        self.assertEqual((self.reports, self.pauses), ([(wrong, "said configuration")], []))

    def test_the_second_is_not_asked_after_the_code_has_expired(self):
        def hang():
            self.now += 60
            raise GatewayError(DeliveryStatus.TRY_LATER, "no answer")

        self.assertEqual([1, 0], self.send_by(ScriptedGateway(hang), ScriptedGateway(), lifetime=60))
        self.assertEqual(self.reports, [(DeliveryStatus.TRY_LATER, "no answer")])

    def test_a_number_that_the_second_refuses_ends_the_tries(self):
        gateways = self.failing(DeliveryStatus.TRY_LATER), self.failing(DeliveryStatus.BAD_NUMBER)
        self.assertEqual([1, 1], self.send_by(*gateways))
        self.assertEqual([status for status, _detail in self.reports], [DeliveryStatus.BAD_NUMBER])

    def test_the_text_is_reported_once_however_many_were_asked(self):
        self.send_by(self.failing(*[DeliveryStatus.TRY_LATER] * 3), self.failing(*[DeliveryStatus.TRY_LATER] * 3))
        self.assertEqual(1, len(self.reports))

    def test_a_local_gateway_beside_a_provider_is_called_in_a_worker_thread(self):
        local, remote = ScriptedGateway(GatewayError(DeliveryStatus.TRY_LATER, "full"), local=True), ScriptedGateway()
        self.send_by(local, remote)
        self.assertNotIn(threading.current_thread(), local.threads + remote.threads)

    def test_that_one_failed_is_for_the_administrator_to_read_without_secrets(self):
        words = f"{NUMBER} geheim {BODY}"
        self.send_by(ScriptedGateway(GatewayError(DeliveryStatus.CONFIGURATION, words)), ScriptedGateway())
        [record] = [record for record in self.logs.records if record.levelno == logging.ERROR]
        self.assertIn("One of several gateways failed: configuration", record.getMessage())
        for secret in (NUMBER, "geheim", BODY):
            self.assertNotIn(secret, "".join(self.logs.output))


class CallingGateway(ScriptedGateway):
    """A provider that calls, too; ``called`` are the texts it read out."""

    def __init__(self, *script):
        super().__init__(*script)
        alsoProvides(self, IVoiceGateway)
        self.called = []

    def voice_problems(self, config):
        """Find nothing wrong."""
        return ()

    def call(self, text, config):
        """Note the call."""
        self.called.append((text, config))
        return "CA1"


class TestCalls(SecondCarrierTestCase):
    """What is to be read out goes to gateways that call."""

    def test_a_call_is_made_by_a_gateway_that_can(self):
        gateway = CallingGateway()
        self.assertEqual([0], self.send_by(gateway, channel=Channel.VOICE))
        [(text, config)] = gateway.called
        self.assertEqual((Channel.VOICE, {"token": "geheim"}), (text.channel, config))
        self.assertEqual(self.reports, [(DeliveryStatus.SENT, "CA1")])

    def test_a_text_is_not_read_out(self):
        gateway = CallingGateway()
        self.assertEqual([1], self.send_by(gateway))
        self.assertEqual(gateway.called, [])

    def test_a_gateway_that_cannot_call_is_not_configured_for_it(self):
        self.assertEqual([0], self.send_by(ScriptedGateway(), channel=Channel.VOICE))
        self.assertEqual([status for status, _detail in self.reports], [DeliveryStatus.CONFIGURATION])
        self.assertIn("does not know this channel: voice", self.reports[0][1])

    def test_one_that_calls_takes_over_from_one_that_cannot(self):
        second = CallingGateway()
        self.send_by(ScriptedGateway(), second, channel=Channel.VOICE)
        self.assertEqual(1, len(second.called))

    def test_no_gateway_sends_e_mails(self):
        gateway = CallingGateway()
        self.send_by(gateway, channel=Channel.EMAIL)
        self.assertEqual(([], []), (gateway.sent, gateway.called))
        self.assertEqual([status for status, _detail in self.reports], [DeliveryStatus.CONFIGURATION])


class TestTheLog(DispatcherTestCase):
    def logged(self, *script):
        self.send(ScriptedGateway(*script))
        return self.logs.records[-1]

    def test_neither_number_nor_code_nor_token_is_logged_or_reported(self):
        words = f"{NUMBER} cannot get '{BODY}', 123456, by geheim"
        for error in (GatewayError(DeliveryStatus.BAD_NUMBER, words), ValueError(words)):
            self.send(ScriptedGateway(error))
        everything = "".join(self.logs.output) + "".join(detail for _status, detail in self.reports)
        for secret in (NUMBER, NUMBER[1:], "2345678", BODY, "123456", "geheim"):
            with self.subTest(secret=secret):
                self.assertNotIn(secret, everything)
        self.assertIn("•••••••• 78", everything)

    def test_a_text_that_left_is_information_with_its_id(self):
        record = self.logged()
        self.assertEqual(record.levelno, logging.INFO)
        self.assertEqual(record.getMessage(), "Text to •••••••• 78: sent. SM1")

    def test_an_id_that_tells_a_number_a_code_or_a_secret_is_not_logged(self):
        for told in (NUMBER[1:], "id-123456", "x-geheim", "SM1\nforged"):
            gateway = ScriptedGateway()
            gateway.send = lambda text, config, told=told: told
            self.send(gateway)
            self.assertEqual("Text to •••••••• 78: sent. ", self.logs.records[-1].getMessage())
            self.assertEqual((DeliveryStatus.SENT, ""), self.reports[-1])

    def test_a_wrong_number_is_a_warning(self):
        record = self.logged(GatewayError(DeliveryStatus.BAD_NUMBER, "no such number"))
        self.assertEqual(record.levelno, logging.WARNING)

    def test_a_wrong_configuration_is_an_error_for_the_administrator(self):
        record = self.logged(GatewayError(DeliveryStatus.CONFIGURATION, "no money"))
        self.assertEqual(record.levelno, logging.ERROR)
        self.assertIn("no money", record.getMessage())


class TestRealParts(DispatcherTestCase):
    def test_a_text_goes_to_the_outbox_by_the_time_of_the_machine(self):
        folder = TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        environment = {"SMSAUTH_OUTBOX": str(Path(folder.name) / "outbox.jsonl")}
        with mock.patch.dict("os.environ", environment):
            text = Text(to=NUMBER, body=BODY, expires=float("inf"))
            Dispatcher().dispatch(text, [ConfiguredGateway(gateway=OutboxGateway(), config={})], self.report)
            transaction.commit()
            self.assertEqual([(message.to, message.body) for message in read(10)], [(NUMBER, BODY)])
        self.assertEqual(self.reports, [(DeliveryStatus.SENT, "")])
