"""Many answers by REST at once: what is counted, spent and proved, happens once."""

from collective.smsauth.domain.challenge import Outcome
from collective.smsauth.domain.challenge import Purpose
from collective.smsauth.interfaces import IChallengeAnswered
from collective.smsauth.interfaces import IChallengeIssued
from collective.smsauth.testing import last_code
from collective.smsauth.testing import PASSWORD
from collective.smsauth.testing import texts
from collective.smsauth.tests.security.test_concurrency import ConcurrencyTest
from collective.smsauth.tests.security.test_concurrency import GUESSES
from collective.smsauth.tests.security.test_concurrency import MAX_TRIES
from collective.smsauth.tests.security.test_concurrency import Meeting
from collective.smsauth.tests.support.crowd import at_once
from collective.smsauth.tests.support.crowd import TIMEOUT
from dataclasses import dataclass

import requests
import transaction


@dataclass(frozen=True, kw_only=True)
class Call:
    """A request to a service, ready to be sent once or more."""

    url: str
    body: dict

    def send(self) -> requests.Response:
        """Send it."""
        return requests.post(self.url, json=self.body, headers={"Accept": "application/json"}, timeout=TIMEOUT)


class RestConcurrencyTest(ConcurrencyTest):
    def setUp(self):
        super().setUp()
        self.protect()

    def call(self, name: str, **body) -> Call:
        return Call(url=f"{self.site}/{name}", body=body)

    @property
    def login(self) -> Call:
        return self.call("@login", login="anna", password=PASSWORD)

    def flow(self) -> str:
        return self.login.send().json()["second_step"]["flow"]

    def bears(self, answer) -> bool:
        headers = {"Accept": "application/json", "Authorization": f"Bearer {answer.json()['token']}"}
        return requests.get(f"{self.site}/@smsauth", headers=headers, timeout=TIMEOUT).status_code == 200

    def test_forty_guesses_at_once_are_as_many_as_one_code_allows_and_each_is_counted(self):
        flow = self.flow()
        collision = self.collide(8)
        answers = at_once([self.call("@login-verify", flow=flow, code=self.wrong_code())] * GUESSES)
        self.assertTrue(collision.took_place.is_set())
        self.assertEqual(MAX_TRIES, len(self.committed.of(IChallengeAnswered, Outcome.WRONG)))
        account = self.account()
        self.assertEqual((MAX_TRIES, MAX_TRIES), (account.failures, account.challenges[Purpose.SIGN_IN].tries))
        reasons = [answer.json()["error"]["reason"] for answer in answers]
        self.assertEqual(MAX_TRIES, reasons.count("wrong"))
        self.assertEqual(set(), set(reasons) - {"wrong", "too-many-tries", "busy"})
        told = sorted(
            one.json()["second_step"]["tries_left"] for one in answers if one.json()["error"]["reason"] == "wrong"
        )
        self.assertEqual([0, 1, 2, 3, 4], told)
        last = self.call("@login-verify", flow=flow, code=last_code()).send()
        self.assertEqual((422, "too-many-tries"), (last.status_code, last.json()["error"]["reason"]))

    def test_right_answers_at_once_give_one_session(self):
        call = self.call("@login-verify", flow=self.flow(), code=last_code())
        collision = self.collide(4)
        answers = at_once([call] * 8)
        self.assertTrue(collision.took_place.is_set())
        self.assertEqual([200] + [401] * 7, sorted(answer.status_code for answer in answers))
        self.assertEqual(1, len(self.account().sessions))
        self.assertEqual(1, len(self.committed.of(IChallengeAnswered, Outcome.ACCEPTED)))
        (right,) = [answer for answer in answers if answer.status_code == 200]
        self.assertTrue(self.bears(right))
        self.assertEqual(0, self.account().failures)

    def test_passwords_at_once_send_one_text_and_each_flow_takes_its_code(self):
        meeting = self.subscribe(Meeting(IChallengeIssued, 6))
        answers = at_once([self.login] * 12)
        self.assertTrue(meeting.took_place.is_set())
        self.assertEqual({401}, {answer.status_code for answer in answers})
        self.assertEqual((1, 1), (len(texts()), len(self.committed.of(IChallengeIssued))))
        steps = [answer.json()["second_step"] for answer in answers]
        self.assertEqual(1, [step["sent"] for step in steps].count(True))
        answer = self.call("@login-verify", flow=steps[-1]["flow"], code=last_code()).send()
        self.assertEqual(200, answer.status_code, answer.text)

    def test_requests_for_another_code_at_once_send_one(self):
        flow = self.flow()
        self.layer["clock"].advance(31)
        transaction.begin()
        answers = at_once([self.call("@login-resend", flow=flow)] * 8)
        self.assertEqual([202] + [429] * 7, sorted(answer.status_code for answer in answers))
        self.assertEqual(2, len(texts()))
