"""Many requests at once, by HTTP to a real server with its database: what is counted, bound, sent and proved, happens once.

So that the requests really collide, the first of them wait for each other after they have done their work and before any is committed.
"""

from collective.smsauth.domain.account import Account
from collective.smsauth.domain.budget import day_of
from collective.smsauth.domain.budget import Kind
from collective.smsauth.domain.challenge import Outcome
from collective.smsauth.domain.challenge import Purpose
from collective.smsauth.interfaces import IAuthenticatorBound
from collective.smsauth.interfaces import IChallengeAnswered
from collective.smsauth.interfaces import IChallengeIssued
from collective.smsauth.interfaces import ITwoStepEvent
from collective.smsauth.testing import FIXTURE
from collective.smsauth.testing import last_code
from collective.smsauth.testing import PASSWORD
from collective.smsauth.testing import texts
from collective.smsauth.tests.support import wired as wiring
from collective.smsauth.tests.support.crowd import at_once
from collective.smsauth.tests.support.crowd import Visitor
from collective.smsauth.tests.support.post_office import PostOffice
from plone import api
from plone.app.testing import FunctionalTesting
from plone.testing.zope import WSGIServer
from ZODB.Connection import Connection

import re
import threading
import transaction
import unittest
import zope.event

NUMBER = "+31612345678"
OTHER_NUMBER = "+31687654321"
THREADS = 16
GUESSES = 40
MAX_TRIES = 5


class BusyServer(WSGIServer):
    """A server with more threads than the usual four."""

    def setUpServer(self):
        """Start the threads."""
        super().setUpServer()
        self.server.task_dispatcher.set_thread_count(THREADS)


BUSY_SERVER = FunctionalTesting(bases=(FIXTURE, BusyServer()), name="collective.smsauth:BusyServer")


class Meeting:
    """Holds up the first requests that fire a kind of event until so many are there: all judged, none committed."""

    def __init__(self, interface, parties: int) -> None:
        self._interface = interface
        self._line = threading.Barrier(parties)
        self._places = threading.Semaphore(parties)
        self.took_place = threading.Event()

    def __call__(self, event) -> None:
        if self._interface.providedBy(event) and self._places.acquire(blocking=False):
            self._line.wait(60)
            self.took_place.set()


class Collision:
    """Holds up the first transactions that have something to commit until so many are there."""

    def __init__(self, parties: int) -> None:
        self._line = threading.Barrier(parties)
        self._places = threading.Semaphore(parties)
        self.took_place = threading.Event()
        self._begin = Connection.tpc_begin

    def __call__(self, connection, transaction) -> None:
        if self._places.acquire(blocking=False):
            self._line.wait(60)
            self.took_place.set()
        self._begin(connection, transaction)


class Committed:
    """Keeps the events of the transactions that were committed, and forgets those of all others."""

    def __init__(self) -> None:
        self.events = []

    def __call__(self, event) -> None:
        if ITwoStepEvent.providedBy(event):
            transaction.get().addAfterCommitHook(self._keep, args=(event,))

    def _keep(self, committed, event) -> None:
        if committed:
            self.events.append(event)

    def of(self, interface, outcome=None) -> list:
        """Return the events of one kind, and with one outcome."""
        return [event for event in self.events if interface.providedBy(event) and outcome in (None, event.outcome)]


class ConcurrencyTest(unittest.TestCase):
    """A server with sixteen threads."""

    layer = BUSY_SERVER

    def setUp(self):
        self.site = f"http://localhost:{self.layer['port']}/plone"
        self.committed = self.subscribe(Committed())
        # Python 3.11 cannot compile templates in many threads at once (a 500 for some); the one of an error would come with the crowd
        self.visitor().open("@@smsauth-reset-request").form("submit").send()

    def subscribe(self, subscriber):
        zope.event.subscribers.append(subscriber)
        self.addCleanup(zope.event.subscribers.remove, subscriber)
        return subscriber

    def collide(self, parties):
        """Let the next transactions collide: of answers, those in which they are judged."""
        collision = Collision(parties)
        self.addCleanup(setattr, Connection, "tpc_begin", Connection.tpc_begin)
        Connection.tpc_begin = lambda *args: collision(*args)
        return collision

    def standing(self, answers):
        """Return the answers whose session is one."""
        tickets = [answer.cookies["__ac"] for answer in answers if "__ac" in answer.cookies]
        visitors = [self.visitor() for _ in tickets]
        for visitor, ticket in zip(visitors, tickets, strict=True):
            visitor.session.cookies.set("__ac", ticket)
        return [visitor for visitor in visitors if visitor.is_signed_in]

    def protect(self, name="anna", number=NUMBER):
        accounts = self.layer["portal"].acl_users.smsauth.accounts
        accounts.save(name, (accounts.get(name) or Account()).bind(number, now=self.layer["clock"]() - 86400))
        transaction.commit()

    def account(self, name="anna"):
        transaction.begin()
        return self.layer["portal"].acl_users.smsauth.accounts.get(name) or Account()

    def visitor(self):
        return Visitor(self.site)

    def wrong_code(self):
        code = last_code()
        return code[:-1] + str((int(code[-1]) + 1) % 10)

    def assert_no_server_error(self, answers):
        self.assertEqual([], [answer.status_code for answer in answers if answer.status_code >= 500])


class GuessingTest(ConcurrencyTest):
    """Forty guesses at the one code."""

    def setUp(self):
        super().setUp()
        self.protect()
        self.guesser = self.visitor().sign_in("anna")
        self.form = self.guesser.form("verify")
        self.guess = self.form.filled(code=self.wrong_code())

    def judged(self, answers):
        """Return the answers that tell whether the code was right."""
        said = re.compile(r"This code is not right|This code was tried too often")
        told = [answer for answer in answers if answer.status_code >= 300 or said.search(answer.text)]
        return [answer for answer in told if answer.status_code >= 300 or "is not right" in answer.text]

    def assert_the_code_is_used_up(self):
        answer = self.form.filled(code=last_code()).send()
        self.assertEqual(200, answer.status_code)
        self.assertIn("tried too often", answer.text)
        self.assertEqual({}, self.account().sessions)

    def test_forty_guesses_at_once_are_as_many_as_one_code_allows_and_each_is_counted(self):
        collision = self.collide(8)
        answers = at_once([self.guess] * GUESSES)
        self.assertTrue(collision.took_place.is_set())
        self.assertEqual(MAX_TRIES, len(self.committed.of(IChallengeAnswered, Outcome.WRONG)))
        self.assertEqual(MAX_TRIES - 1, len(self.judged(answers)), "the last of the tries is told as the last")
        account = self.account()
        self.assertEqual(MAX_TRIES, account.failures)
        self.assertEqual(MAX_TRIES, account.challenges[Purpose.SIGN_IN].tries)
        self.assert_the_code_is_used_up()

    def test_guesses_from_several_browsers_share_the_tries_of_the_code(self):
        guesses = [self.guess]
        for _ in range(4):
            guesses.append(self.visitor().sign_in("anna").form("verify").filled(code=self.wrong_code()))
        self.assertEqual(1, len(texts()))
        self.collide(5)
        answers = at_once(guesses * 4)
        self.assertEqual(MAX_TRIES, len(self.committed.of(IChallengeAnswered, Outcome.WRONG)))
        self.assertEqual(MAX_TRIES, self.account().failures)
        self.assertLess(len(self.judged(answers)), MAX_TRIES)
        self.assert_the_code_is_used_up()

    def test_guesses_with_the_session_of_another_member_added_are_not_looked_at(self):
        own = self.visitor().sign_in("bert")
        answers = at_once([self.guess.with_cookies(own.cookies)] * 12)
        self.assert_no_server_error(answers)
        self.assertEqual([], self.judged(answers))
        self.assertEqual([], self.committed.of(IChallengeAnswered))
        self.assertEqual(0, self.account().failures)

    def test_the_right_code_with_the_session_of_another_member_added_signs_nobody_in(self):
        own = self.visitor().sign_in("bert")
        answer = self.form.filled(code=last_code()).with_cookies(own.cookies).send()
        self.assertEqual(200, answer.status_code)
        self.assertEqual({}, self.account().sessions)

    def test_a_session_of_another_member_and_its_authenticator_switch_no_counting_off(self):
        own = self.visitor().sign_in("bert")
        token = re.search(r'name="_authenticator"\s+value="(\w+)"', own.open("@@personal-information").page.text)[1]
        disguised = self.guess.with_cookies(own.cookies).with_authenticator(token)
        self.collide(5)
        answers = at_once([self.guess, disguised, self.guess.with_authenticator(token), self.guess] * 5)
        self.assertEqual(MAX_TRIES, len(self.committed.of(IChallengeAnswered, Outcome.WRONG)))
        self.assertEqual(MAX_TRIES, self.account().failures)
        self.assertEqual([], self.judged(answers[1::4]))
        self.assertLess(len(self.judged(answers)), MAX_TRIES)
        self.assert_the_code_is_used_up()

    def test_guesses_without_the_token_of_the_form_are_not_looked_at(self):
        bare = self.guess.filled()
        del bare.data["token"]
        answers = at_once([bare] * 8)
        self.assertEqual([], self.judged(answers))
        self.assertEqual(0, self.account().failures)

    def test_a_right_answer_among_many_wrong_ones_wins_once_or_not_at_all(self):
        guesses = [self.guess] * 12 + [self.form.filled(code=last_code())] + [self.guess] * 11
        self.collide(8)
        at_once(guesses)
        account = self.account()
        right = self.committed.of(IChallengeAnswered, Outcome.ACCEPTED)
        self.assertLessEqual(len(self.committed.of(IChallengeAnswered, Outcome.WRONG)), MAX_TRIES)
        self.assertEqual(len(right), len(account.sessions))
        self.assertLessEqual(len(right), 1)


class RightAnswersTest(ConcurrencyTest):
    """The right code, more than once at the same moment."""

    def test_two_right_answers_at_once_give_one_session(self):
        self.protect()
        form = self.visitor().sign_in("anna").form("verify").filled(code=last_code())
        collision = self.collide(2)
        answers = at_once([form, form])
        self.assertTrue(collision.took_place.is_set(), "both have to be judged before one is committed")
        self.assertEqual([302, 302], [answer.status_code for answer in answers], "a browser shows the later one")
        self.assertEqual(1, len(self.standing(answers)))
        self.assertEqual(1, len(self.account().sessions))
        self.assertEqual(1, len(self.committed.of(IChallengeAnswered, Outcome.ACCEPTED)))

    def test_two_browsers_with_the_same_code_at_once_give_one_session(self):
        self.protect()
        browsers = [self.visitor().sign_in("anna") for _ in range(2)]
        self.collide(2)
        at_once([browser.form("verify").filled(code=last_code()) for browser in browsers])
        self.assertEqual(1, len(self.account().sessions))
        self.assertEqual(1, len(self.committed.of(IChallengeAnswered, Outcome.ACCEPTED)))

    def test_a_reset_confirmed_many_times_at_once_changes_the_number_once(self):
        self.protect()
        link = self.reset_link()
        form = self.visitor().open(link).form("verify").filled(code=last_code(OTHER_NUMBER))
        self.collide(4)
        answers = at_once([form] * 8)
        self.assertEqual(OTHER_NUMBER, self.account().number)
        self.assertEqual(1, len(self.committed.of(IAuthenticatorBound)))
        self.assertEqual(1, len([text for text in texts() if text.to == NUMBER]), "the former number is told once")
        self.assertEqual([], [answer for answer in answers if "__ac" in answer.cookies])

    def reset_link(self):
        """Ask for a reset and return the link of the e-mail."""
        office = PostOffice()
        self.addCleanup(office.close)
        office.serve()
        transaction.commit()
        request = self.visitor().open("@@smsauth-reset-request").form("submit")
        request.filled(username="anna", mobile_number=OTHER_NUMBER).send()
        return office.last_link()


class SetUpTest(ConcurrencyTest):
    """Two phones set up at the same time."""

    def test_two_numbers_confirmed_at_once_bind_one(self):
        first, second = self.visitor().sign_in("anna"), self.visitor().sign_in("anna")
        numbers = (NUMBER, OTHER_NUMBER)
        asked = [
            visitor.open("@@smsauth-setup").form("send").filled(mobile_number=number)
            for visitor, number in zip((first, second), numbers, strict=True)
        ]
        meeting = self.subscribe(Meeting(IChallengeIssued, 2))
        at_once(asked)
        self.assertTrue(meeting.took_place.is_set())
        self.assertEqual(set(numbers), {text.to for text in texts()})
        confirmed = [
            visitor.open("@@smsauth-confirm").form("verify").filled(code=last_code(number))
            for visitor, number in zip((first, second), numbers, strict=True)
        ]
        answers = at_once([form for form in confirmed for _ in range(3)])
        account = self.account()
        self.assertEqual(1, len(self.committed.of(IAuthenticatorBound)))
        self.assertIn(account.number, numbers)
        self.assertEqual(texts()[0].to, account.number, "the number asked for last is the one that stands")
        self.assertEqual(1, len(account.sessions))
        self.assertEqual(1, len(self.standing(answers)))
        self.assertFalse(first.is_signed_in or second.is_signed_in, "tickets from before owe the second factor")


class StormTest(ConcurrencyTest):
    """Sign-ins that get into each other's way."""

    def test_sign_ins_of_one_member_at_once_send_one_text(self):
        self.protect()
        forms = [self.visitor().login_form("anna") for _ in range(12)]
        meeting = self.subscribe(Meeting(IChallengeIssued, 6))
        at_once(forms)
        self.assertTrue(meeting.took_place.is_set(), "several codes have to be made before one is committed")
        self.assertEqual(1, len(texts()))
        self.assertEqual(1, len(self.committed.of(IChallengeIssued)))
        self.assertEqual(1, len(self.account().sent_at))

    def test_a_sign_in_that_is_run_again_after_a_conflict_keeps_its_place_among_the_texts(self):
        self.protect()
        api.portal.set_registry_record("collective.smsauth.texts_per_number", 1)
        transaction.commit()
        first, second = (self.visitor().login_form("anna") for _ in range(2))
        runs = []

        def get_in_the_way(event):
            if IChallengeIssued.providedBy(event):
                runs.append(event)
                if len(runs) == 1:
                    second.send()  # there is no room left for its text: it changes the member's record, and is done

        self.subscribe(get_in_the_way)
        first.send()
        self.assertEqual(2, len(runs))
        self.assertEqual(1, len(texts()))
        self.assertEqual(1, len(self.committed.of(IChallengeIssued)))

    def many(self):
        """Return the numbers of ten protected members by their names."""
        numbers = {f"member{index}": f"+3161234560{index}" for index in range(10)}
        for name, number in numbers.items():
            api.user.create(username=name, email=f"{name}@example.org", password=PASSWORD)
            self.protect(name, number)
        return numbers

    def test_sign_ins_of_different_members_at_once_do_not_get_into_each_others_way(self):
        self.protect()
        self.visitor().sign_in("anna")  # the first text of a day makes its counters
        forms = [self.visitor().login_form(name) for name in self.many()]
        fired, committed = [], len(self.committed.of(IChallengeIssued))
        self.subscribe(lambda event: fired.append(event) if IChallengeIssued.providedBy(event) else None)
        meeting = self.subscribe(Meeting(IChallengeIssued, 8))
        answers = at_once(forms)
        self.assertTrue(meeting.took_place.is_set())
        self.assertEqual([302] * len(forms), [answer.status_code for answer in answers])
        self.assertEqual(len(forms), len(self.committed.of(IChallengeIssued)) - committed)
        self.assertEqual(len(forms), len(fired), "none of them was run again after a conflict")

    def test_codes_asked_for_at_once_on_the_access_page_all_leave_and_count_once_whatever_gets_into_their_way(self):
        numbers = self.many()
        # whoever were counted again after a conflict would find no room
        for name, value in {"access_page": True, "texts_per_user": 1, "texts_per_number": 1}.items():
            api.portal.set_registry_record(f"collective.smsauth.{name}", value)
        transaction.commit()
        forms = [self.visitor().open("@@smsauth-access").form("submit").filled(username=name) for name in numbers]
        fired = []
        self.subscribe(lambda event: fired.append(event) if IChallengeIssued.providedBy(event) else None)
        meeting = self.subscribe(Meeting(IChallengeIssued, 2))
        at_once(forms)
        self.assertEqual(sorted(numbers.values()), sorted(text.to for text in texts()))
        self.assertTrue(meeting.took_place.is_set())
        self.assertGreater(
            len(fired), len(numbers), "two that make the first counters at once get into each other's way"
        )

    def test_at_the_end_of_the_budget_no_text_too_many_is_sent(self):
        names = self.many()
        transaction.begin()
        ledger, day = wiring.ledger(), day_of(self.layer["clock"]())
        for _ in range(47):
            ledger.count(Kind.SENT, "NL", day=day)
        api.portal.set_registry_record("collective.smsauth.budget", 50)
        transaction.commit()
        forms = [self.visitor().login_form(name) for name in names]
        meeting = self.subscribe(Meeting(IChallengeIssued, 8))
        at_once(forms)
        self.assertTrue(meeting.took_place.is_set(), "eight have to find room in the budget before one is committed")
        transaction.begin()
        self.assertLessEqual(len(texts()), 3)
        self.assertGreaterEqual(len(texts()), 1)
        self.assertEqual(47 + len(texts()), wiring.ledger().spent(day))

    def test_sign_ins_of_many_members_at_once_send_each_his_own_text(self):
        numbers = self.many()
        names = list(numbers)
        forms = [self.visitor().login_form(name) for name in names]
        meeting = self.subscribe(Meeting(IChallengeIssued, 8))
        answers = at_once(forms)
        self.assertTrue(meeting.took_place.is_set())
        through = {name: answer for name, answer in zip(names, answers, strict=True) if answer.status_code == 302}
        self.assertGreater(len(through), len(names) // 2, "who collides too often may have to try again")
        self.assertEqual(sorted(numbers[name] for name in through), sorted(text.to for text in texts()))
        self.assertEqual(sorted(through), sorted(event.user_id for event in self.committed.of(IChallengeIssued)))
        for name, answer in through.items():
            visitor = self.visitor()
            visitor.session.cookies.update(answer.cookies)
            visitor.open("@@smsauth-verify")
            visitor.send(visitor.form("verify").filled(code=last_code(numbers[name])))
            self.assertEqual(1, len(self.account(name).sessions), name)
