from collective.smsauth.delivery.gateways.outbox import NAME
from collective.smsauth.delivery.gateways.outbox import OutboxGateway
from collective.smsauth.delivery.gateways.outbox import OutboxMessage
from collective.smsauth.delivery.gateways.outbox import path
from collective.smsauth.delivery.gateways.outbox import read
from collective.smsauth.delivery.gateways.outbox import TAIL
from collective.smsauth.domain.channels import Channel
from collective.smsauth.domain.delivery import DeliveryStatus
from collective.smsauth.domain.delivery import Text
from collective.smsauth.interfaces import GatewayError
from collective.smsauth.interfaces import ISMSGateway
from collective.smsauth.interfaces import IVoiceGateway
from hypothesis import given
from hypothesis import strategies as st
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace
from unittest import mock
from zope.interface.verify import verifyObject

import App.config
import fcntl
import hypothesis
import json
import os
import stat
import threading
import unittest

NUMBER = "+31612345678"


class OutboxTestCase(unittest.TestCase):
    def setUp(self):
        folder = TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.file = self.folder / "outbox.jsonl"
        self.environ = mock.patch.dict("os.environ", {"SMSAUTH_OUTBOX": str(self.file)})
        self.environ.start()
        self.addCleanup(self.environ.stop)
        self.now = 1_700_000_000.25
        self.gateway = OutboxGateway(clock=lambda: self.now)

    def send(self, body, to=NUMBER):
        return self.gateway.send(Text(to=to, body=body, expires=0), {})

    def bodies(self, limit=100):
        return [message.body for message in read(limit)]


class TestWriting(OutboxTestCase):
    def test_the_outbox_is_a_gateway_that_waits_for_nobody(self):
        self.assertTrue(verifyObject(ISMSGateway, self.gateway))
        self.assertTrue(self.gateway.local)

    def test_the_outbox_can_call_with_whatever_it_can_write(self):
        self.assertTrue(verifyObject(IVoiceGateway, self.gateway))
        self.assertEqual(self.gateway.voice_problems({}), self.gateway.problems({}))

    def test_a_call_is_a_line_that_says_so(self):
        call = Text(to=NUMBER, body="Your code is 1 2 3 4 5 6.", expires=0, channel=Channel.VOICE)
        self.assertEqual(self.gateway.call(call, {}), "")
        [line] = self.file.read_text().splitlines()
        self.assertEqual(
            json.loads(line),
            {
                "time": "2023-11-14T22:13:20.250+00:00",
                "to": NUMBER,
                "body": "Your code is 1 2 3 4 5 6.",
                "channel": "voice",
            },
        )

    def test_calls_and_texts_are_read_apart(self):
        self.gateway.call(Text(to=NUMBER, body="said", expires=0, channel=Channel.VOICE), {})
        self.send("written")
        self.assertEqual(
            [("written", Channel.TEXT), ("said", Channel.VOICE)],
            [(message.body, message.channel) for message in read(10)],
        )

    def test_a_channel_that_nobody_knows_is_read_as_a_text(self):
        for strange in (7, None, [], "pigeon"):
            line = {"time": "now", "to": NUMBER, "body": "x", "channel": strange}
            self.file.write_text(json.dumps(line) + "\n")
            self.assertEqual([Channel.TEXT], [message.channel for message in read(10)])

    def test_a_text_is_one_line_of_json(self):
        self.assertEqual(self.send("Code: 123456\n@host #123456"), "")
        [line] = self.file.read_text().splitlines()
        self.assertEqual(
            json.loads(line),
            {"time": "2023-11-14T22:13:20.250+00:00", "to": NUMBER, "body": "Code: 123456\n@host #123456"},
        )

    def test_only_the_owner_of_the_process_may_read_it(self):
        self.addCleanup(os.umask, os.umask(0))
        self.send("one")
        self.assertEqual(stat.S_IMODE(self.file.stat().st_mode), 0o600)

    def test_missing_folders_are_made(self):
        self.file = self.folder / "deep" / "down" / "outbox.jsonl"
        os.environ["SMSAUTH_OUTBOX"] = str(self.file)
        self.send("one")
        self.assertEqual(self.bodies(), ["one"])

    def test_writers_at_the_same_time_spoil_no_line(self):
        def write(writer):
            for number in range(25):
                OutboxGateway().send(Text(to=NUMBER, body=f"{writer}-{number}" + "x" * 500, expires=0), {})

        writers = [threading.Thread(target=write, args=(writer,)) for writer in range(4)]
        for writer in writers:
            writer.start()
        for writer in writers:
            writer.join(20)
        self.assertEqual(len({message.body for message in read(1000)}), 100)
        self.assertEqual(len(self.file.read_bytes().splitlines()), 100)

    def test_no_other_writer_comes_between_the_look_at_the_end_and_the_line(self):
        write = os.write

        def try_to_come_between(descriptor, line):
            with self.file.open("ab") as other, self.assertRaises(BlockingIOError):
                fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return write(descriptor, line)

        with mock.patch("os.write", try_to_come_between):
            self.send("one")
        self.assertEqual(self.bodies(), ["one"])

    def test_a_line_that_was_broken_off_spoils_no_other(self):
        self.send("one")
        with self.file.open("ab") as file:
            file.write(b'{"time": "20')
        self.send("two")
        self.assertEqual(self.bodies(), ["two", "one"])

    def test_a_file_that_cannot_be_written_is_a_failure_of_the_configuration(self):
        self.file.mkdir()
        with self.assertRaises(GatewayError) as caught:
            self.send("one")
        self.assertEqual(caught.exception.status, DeliveryStatus.CONFIGURATION)
        self.assertEqual(caught.exception.detail, "the outbox: Is a directory")

    def test_a_line_that_was_not_written_whole_is_a_failure(self):
        with mock.patch("os.write", return_value=3), self.assertRaises(GatewayError) as caught:
            self.send("one")
        self.assertEqual(caught.exception.detail, "the outbox: only a part of the line was written")


class TestReading(OutboxTestCase):
    def test_there_is_nothing_before_the_first_text(self):
        self.assertEqual(read(10), ())

    def test_the_newest_comes_first_and_no_more_than_asked_for(self):
        for body in ("one", "two", "three"):
            self.send(body)
        self.assertEqual(self.bodies(2), ["three", "two"])
        self.assertEqual(read(0), ())

    def test_what_is_not_a_text_is_passed_over(self):
        self.send("one")
        broken = [b"", b"{", b"\xff\xfe", b"[]", b'{"time": 1, "to": "", "body": ""}', b"{}", b"[" * 100_000, b"null"]
        with self.file.open("ab") as file:
            file.write(b"\n".join(broken) + b"\n")
        self.send("two")
        self.assertEqual(self.bodies(), ["two", "one"])

    def test_only_the_end_of_a_huge_file_is_read(self):
        self.send("out of sight")
        with self.file.open("r+b") as file:
            file.truncate(8 * 1024**3)
        self.send("at the end")
        self.assertEqual(self.bodies(), ["at the end"])

    def test_a_line_cut_by_the_window_is_passed_over(self):
        self.send("cut")
        filler = json.dumps({"time": "", "to": "", "body": "x" * (TAIL - 100)})
        with self.file.open("a") as file:
            file.write(filler + "\n")
        self.assertGreater(self.file.stat().st_size, TAIL)
        self.assertEqual([len(body) for body in self.bodies()], [TAIL - 100])

    def test_a_file_that_cannot_be_read_has_no_texts_and_a_line_in_the_log(self):
        self.file.mkdir()
        with self.assertLogs("collective.smsauth", "WARNING"):
            self.assertEqual(read(10), ())

    @hypothesis.settings(deadline=None)
    @given(st.lists(st.text(st.characters()), max_size=5))
    def test_any_texts_come_back_as_they_were(self, bodies):
        self.file.unlink(missing_ok=True)
        for body in bodies:
            self.send(body)
        moment = "2023-11-14T22:13:20.250+00:00"
        expected = [OutboxMessage(time=moment, to=NUMBER, body=body) for body in reversed(bodies)]
        self.assertEqual([*read(100)], expected)


class TestThePlace(OutboxTestCase):
    def setUp(self):
        super().setUp()
        del os.environ["SMSAUTH_OUTBOX"]

    def configured(self, **values):
        configuration = mock.patch.object(App.config, "_config", SimpleNamespace(**values))
        configuration.start()
        self.addCleanup(configuration.stop)

    def test_the_environment_names_the_file(self):
        os.environ["SMSAUTH_OUTBOX"] = "/somewhere/else.jsonl"
        self.assertEqual(path(), Path("/somewhere/else.jsonl"))

    def test_otherwise_it_is_in_the_client_home_of_the_instance(self):
        self.configured(clienthome="/instance/var")
        self.assertEqual(path(), Path("/instance/var") / NAME)

    def test_an_instance_without_a_client_home_takes_that_of_the_environment(self):
        self.configured()
        os.environ["CLIENT_HOME"] = "/environment/var"
        self.assertEqual(path(), Path("/environment/var") / NAME)


class TestProblems(OutboxTestCase):
    def test_a_new_file_in_a_new_folder_is_no_problem(self):
        os.environ["SMSAUTH_OUTBOX"] = str(self.folder / "new" / "outbox.jsonl")
        self.assertEqual(self.gateway.problems({}), ())

    def test_a_folder_in_the_place_of_the_file_is_a_problem(self):
        self.file.mkdir()
        self.assertEqual(self.gateway.problems({}), ("problem_outbox",))

    def test_a_file_without_the_right_to_write_is_a_problem(self):
        self.send("one")
        with mock.patch("os.access", return_value=False):
            self.assertEqual(self.gateway.problems({}), ("problem_outbox",))
