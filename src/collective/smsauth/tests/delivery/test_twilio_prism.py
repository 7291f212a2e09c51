"""Twilio's own description of its interface judges our requests, through Prism.

Prism is found in the folder that SMSAUTH_NODE_MODULES names, else in ``node_modules`` of the repository. The
description is the file that SMSAUTH_TWILIO_API names, else in a folder ``shared`` beside the repository or its parent.
"""

from collective.smsauth.delivery.gateways.twilio.gateway import TwilioGateway
from collective.smsauth.domain.channels import Channel
from collective.smsauth.domain.delivery import Text
from collective.smsauth.tests.support.fake_twilio import ACCOUNT
from collective.smsauth.tests.support.fake_twilio import closed_port
from collective.smsauth.tests.support.fake_twilio import config
from collective.smsauth.tests.support.fake_twilio import without_proxies
from pathlib import Path
from plone.testing import Layer

import os
import queue
import requests
import subprocess
import threading
import unittest

ROOT = Path(__file__).resolve().parents[5]
#: Seconds after which the test gives up on Prism.
PATIENCE = 60


def prism():
    """Return the command of Prism, or None."""
    modules = Path(os.environ.get("SMSAUTH_NODE_MODULES") or ROOT / "node_modules")
    command = modules / ".bin" / "prism"
    return command if command.exists() else None


def description():
    """Return the file that describes Twilio's interface, or None."""
    named = os.environ.get("SMSAUTH_TWILIO_API")
    beside = [folder / "shared" / "twilio" / "twilio_api_v2010.json" for folder in (ROOT.parent, ROOT.parent.parent)]
    return next((file for file in ([Path(named)] if named else beside) if file.exists()), None)


class PrismLayer(Layer):
    """Runs Prism for the time of the tests, if it and the description are there."""

    url = None

    def setUp(self):
        """Start Prism on a port of its own and wait until it listens."""
        command, file = prism(), description()
        if command is None or file is None:
            return
        self.environment = without_proxies()
        self.environment.start()
        port = closed_port()
        self.process = subprocess.Popen(
            [command, "mock", "--host", "127.0.0.1", "--port", str(port), file],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        lines = queue.Queue()
        self.reader = threading.Thread(target=lambda: [*map(lines.put, self.process.stdout)], daemon=True)
        self.reader.start()
        while "is listening" not in lines.get(timeout=PATIENCE):
            pass
        self.url = f"http://127.0.0.1:{port}"

    def tearDown(self):
        """End Prism."""
        if self.url:
            self.environment.stop()
            self.process.terminate()
            self.process.wait(PATIENCE)
            self.reader.join(PATIENCE)
            self.process.stdout.close()


PRISM = PrismLayer()


class TestRequests(unittest.TestCase):
    layer = PRISM

    def setUp(self):
        if PRISM.url is None:
            missing = "Prism (npm install @stoplight/prism-cli)" if prism() is None else "Twilio's API description"
            raise unittest.SkipTest(f"optional: {missing} is not there")
        self.url = PRISM.url

    def send(self, callback="", **changes):
        text = Text(
            to="+31612345678", body="Site: your code is 123456\n@host #123456", expires=2e9, status_url=callback
        )
        return TwilioGateway(clock=lambda: 2e9 - 300).send(text, config(self.url, **changes))

    def call(self, callback="", **changes):
        text = Text(
            to="+31201234567", body="Your code is 1 2 3.", expires=2e9, channel=Channel.VOICE, status_url=callback
        )
        return TwilioGateway(clock=lambda: 2e9 - 300).call(text, config(self.url, **changes))

    def test_a_request_with_a_number_as_sender_is_as_described(self):
        self.assertRegex(self.send(), "^SM[0-9a-f]{32}$")

    def test_a_request_with_a_name_as_sender_is_as_described(self):
        self.assertRegex(self.send(**{"from": "Plone"}), "^SM[0-9a-f]{32}$")

    def test_a_request_with_a_messaging_service_is_as_described(self):
        self.assertRegex(self.send(messaging_service_sid="MG" + "a" * 32), "^SM[0-9a-f]{32}$")

    def test_a_request_with_an_api_key_is_as_described(self):
        self.assertRegex(self.send(api_key_sid="SK" + "a" * 32, api_key_secret="secret"), "^SM[0-9a-f]{32}$")

    def test_a_request_for_a_call_is_as_described(self):
        self.assertRegex(self.call(), "^CA[0-9a-fA-F]{32}$")
        self.assertRegex(self.call(**{"from": "Plone", "voice_from": "+15005550006"}), "^CA[0-9a-fA-F]{32}$")

    def test_requests_with_an_address_for_reports_are_as_described(self):
        address = "https://site.example.org/@@smsauth-twilio-status?ref=eyJ1IjoiamFuZSJ9.sig-na_ture"
        self.assertRegex(self.send(address), "^SM[0-9a-f]{32}$")
        self.assertRegex(self.call(address), "^CA[0-9a-fA-F]{32}$")

    def test_the_judge_refuses_a_call_that_is_not_as_described(self):
        address, login = f"{self.url}/2010-04-01/Accounts/{ACCOUNT}/Calls.json", (ACCOUNT, "token")
        right = {"To": "+31612345678", "From": "+15005550006", "Twiml": "<Response/>"}
        for form, expected in (
            ({"To": "+31612345678"}, 422),
            ({**right, "StatusCallback": "no address"}, 422),
            (right, 201),
        ):
            with self.subTest(form=form):
                answer = requests.post(address, data=form, auth=login, timeout=PATIENCE)
                self.assertEqual(answer.status_code, expected)

    def test_the_judge_refuses_what_is_not_as_described(self):
        address = f"{self.url}/2010-04-01/Accounts/{ACCOUNT}/Messages.json"
        right, login = {"To": "+31612345678", "Body": "Hello"}, (ACCOUNT, "token")
        cases = [
            (right, None, 401),
            ({"Body": "Hello"}, login, 422),
            ({**right, "MessagingServiceSid": "MG1"}, login, 422),
            (right, login, 201),
        ]
        for form, credentials, expected in cases:
            with self.subTest(form=form, credentials=credentials):
                answer = requests.post(address, data=form, auth=credentials, timeout=PATIENCE)
                self.assertEqual(answer.status_code, expected)
