"""An answer is counted and judged before the request goes on: nothing that fails afterwards undoes it, for wrong answers and right ones.

Each place where a secret is judged meets each fault, with a wrong answer and with the right one. What is on record afterwards is read by
another connection to the database.
"""

from collective.smsauth.domain import signed_values
from collective.smsauth.domain.account import Account
from collective.smsauth.domain.challenge import Purpose
from collective.smsauth.domain.channels import Channel
from collective.smsauth.domain.channels import Route
from collective.smsauth.domain.session import hashed
from collective.smsauth.domain.signed_values import Usage
from collective.smsauth.flows import disown
from collective.smsauth.flows import phone_reset
from collective.smsauth.interfaces import ISMSAuthLayer
from collective.smsauth.interfaces import ITwoStepEvent
from collective.smsauth.storage.password_access import PasswordAttempts
from collective.smsauth.testing import last_code
from collective.smsauth.testing import PASSWORD
from collective.smsauth.testing import SERVER
from collective.smsauth.tests.support import wired as wiring
from collective.smsauth.tests.support.crowd import Visitor
from collective.smsauth.tests.support.doors import commit
from collective.smsauth.tests.support.doors import DoorTest
from collective.smsauth.tests.support.doors import fields_of
from collective.smsauth.tests.support.doors import sign_in_form
from contextlib import contextmanager
from contextlib import nullcontext
from contextlib import suppress
from dataclasses import dataclass
from plone import api
from plone.transformchain.interfaces import ITransform
from transaction import TransactionManager
from z3c.form.interfaces import IActionEvent
from ZODB.POSException import ConflictError
from zope.component import getGlobalSiteManager
from zope.interface import Interface
from zope.publisher.interfaces.browser import IBrowserRequest
from ZPublisher.HTTPRequest import HTTPRequest
from ZPublisher.interfaces import IPubAfterTraversal
from ZPublisher.interfaces import IPubBeforeCommit

import requests
import socket
import threading
import transaction
import unittest
import zope.event

OTHER = "+31687654321"
SECRET = "the secret of a visit"


@dataclass(frozen=True, kw_only=True)
class Place:
    """A form that is ready to be sent: by whom, what with, and where what came of it is to be found.

    ``counted`` and ``done`` are asked with the plugin as another connection sees it: how many wrong answers were counted, and whether the
    right one had its effect.
    """

    client: object
    path: str
    right: dict
    wrong: dict
    counted: object
    done: object


def failures(gate) -> int:
    """Return how many failures of anna are counted."""
    return (gate.accounts.get("anna") or Account()).failures


class Broken(Exception):
    """What other packages raise."""


class BrokenView:
    """A page, a viewlet or a transform of another package that always fails."""

    order = 1

    def __init__(self, *args) -> None:
        pass

    def __getattr__(self, name):
        raise Broken(name)

    def __call__(self, *args):
        raise Broken


class NoRoom:
    """A data manager that never lets a transaction be committed."""

    transaction_manager = transaction.manager

    def sortKey(self):
        """Be asked first."""
        return ""

    def tpc_begin(self, transaction):
        """Conflict."""
        raise ConflictError

    def abort(self, transaction):
        """Nothing was begun."""

    tpc_abort = abort


class CountFirstTest(DoorTest):
    """Anna has a phone, and no limit holds her back."""

    def setUp(self):
        super().setUp()
        limits = ("texts_per_user", "texts_per_number", "texts_per_address")
        self.configure(failures_before_pause=20, **dict.fromkeys(limits, 100))
        self.start = self.gate.accounts.get("anna")
        # as the server is configured; in other tests requests are run once
        for name, value in {"retry_max_count": 3, "delay_retry": lambda request: None}.items():
            self.addCleanup(setattr, HTTPRequest, name, getattr(HTTPRequest, name))
            setattr(HTTPRequest, name, value)

    # Places

    def begin_again(self) -> None:
        """Put anna's record back, an hour later, and forget bert's."""
        self.clock.advance(60 * 60)
        self.gate.accounts.save("anna", self.start)
        self.gate.accounts.drop("bert")
        commit()

    def place(self, client, path, counted=failures, *, done, button="verify", wrong, right, field="code", **more):
        """Return a place whose form is asked for now."""
        query = dict(more.pop("query", {}))
        shown = client.get(self.path(path), query=query)
        values = {f"form.widgets.{name}": value for name, value in more.items()}
        fields = {**fields_of(shown), f"form.buttons.{button}": "1", **query, **values}
        fill = {} if field is None else {f"form.widgets.{field}": right}
        spoil = {} if field is None else {f"form.widgets.{field}": wrong}
        return Place(
            client=client, path=path, right={**fields, **fill}, wrong={**fields, **spoil}, counted=counted, done=done
        )

    def pending(self, name="anna"):
        """Return a client that has given the password."""
        client = self.client()
        client.post(self.path("login"), form=sign_in_form(name))
        return client

    def other(self, code: str) -> str:
        """Return a code that differs in its last character."""
        return code[:-1] + ("0" if code[-1] != "0" else "1")

    def sign_in_place(self, code=None):
        client = self.pending()
        code = code or last_code()
        return self.place(
            client,
            "@@smsauth-verify",
            done=lambda gate: len(gate.accounts.get("anna").sessions) == 1,
            right=code,
            wrong=self.other(code),
        )

    def recovery_code_place(self):
        code = wiring.reserve().make_recovery_codes("anna")[0]
        commit()
        return self.sign_in_place(code)

    def prepared_code_place(self):
        code = wiring.reserve().prepare("anna", lifetime=3600, made_by="frank", reason="phone broken")
        commit()
        return self.sign_in_place(code)

    def step_up_place(self):
        self.configure(exempt_users=("anna",))
        client = self.pending()
        self.assertTrue(self.is_signed_in(client, "anna"))
        client.get(self.path("@@smsauth-verify"))
        code = last_code()
        return self.place(
            client,
            "@@smsauth-verify",
            done=lambda gate: any(s.is_real for s in gate.accounts.get("anna").sessions.values()),
            right=code,
            wrong=self.other(code),
        )

    def set_up_place(self):
        client = self.proven("anna")
        wiring.verifier().begin_set_up("anna", OTHER, client_address="192.0.2.1")
        commit()
        code = last_code(OTHER)
        done = lambda gate: gate.accounts.get("anna").number == OTHER  # noqa: E731
        return self.place(client, "@@smsauth-confirm", done=done, right=code, wrong=self.other(code))

    def required_set_up_place(self):
        self.require()
        client = self.pending("bert")
        shown = client.get(self.path("@@smsauth-setup"))
        fields = fields_of(shown, form__widgets__mobile_number=OTHER, form__buttons__send="1")
        client.post(self.path("@@smsauth-setup"), form=fields)
        self.require(False)
        code = last_code(OTHER)
        return self.place(
            client,
            "@@smsauth-confirm",
            lambda gate: (gate.accounts.get("bert") or Account()).failures,
            done=lambda gate: gate.accounts.get("bert").number == OTHER,
            right=code,
            wrong=self.other(code),
        )

    def reset_place(self):
        link_id, now = "link", wiring.now()
        value = {"u": "anna", "n": OTHER, "i": link_id, "x": now + 600}
        signature = signed_values.sign(wiring.keys("signing"), Usage.RESET, value)
        wiring.verifier().begin_reset("anna", OTHER, signature=signature, link_id=link_id, client_address="192.0.2.1")
        commit()
        code = last_code(OTHER)
        return self.place(
            self.client(),
            "@@smsauth-reset",
            lambda gate: gate.accounts.get("anna").challenges[Purpose.RESET].tries,
            done=lambda gate: gate.accounts.get("anna").number == OTHER,
            right=code,
            wrong=self.other(code),
            query={phone_reset.SIGNATURE: signature},
        )

    def contact_place(self):
        client = self.proven("anna")
        wiring.verifier().begin_contact("anna", Route(to=OTHER, channel=Channel.TEXT), client_address="192.0.2.1")
        commit()
        code = last_code(OTHER)
        done = lambda gate: OTHER in gate.accounts.get("anna").contacts  # noqa: E731
        return self.place(client, "@@smsauth-contacts", done=done, right=code, wrong=self.other(code))

    def access_place(self):
        self.configure(access_page=True)
        secret = f"{SECRET} {wiring.now()}"
        wiring.access().begin("anna", secret, login=secret, client_address="192.0.2.1")
        commit()
        value = {"s": secret, "x": wiring.now() + 300}
        visit = signed_values.sign(wiring.keys("signing"), Usage.ACCESS, value)
        client = self.client(**{wiring.cookie_name("smsauth_access"): visit})
        code, name = last_code(), hashed(secret)
        return self.place(
            client,
            "@@smsauth-access-code",
            lambda gate: len(PasswordAttempts(gate).wrong_answers(name)),
            done=lambda gate: PasswordAttempts(gate).get(name).answered is not None,
            right=code,
            wrong=self.other(code),
        )

    def password_place(self, path, button, **more):
        client = self.proven("anna")
        self.clock.advance(11 * 60)
        right = {"right": PASSWORD, "wrong": "not " + PASSWORD, "field": "password"}
        return self.place(client, path, button=button, done=lambda gate: True, **right, **more)

    def places(self):
        """Return what makes each place ready, by its name."""
        return {
            "sign-in": self.sign_in_place,
            "sign-in, recovery code": self.recovery_code_place,
            "sign-in, prepared code": self.prepared_code_place,
            "step-up": self.step_up_place,
            "set-up": self.set_up_place,
            "required set-up": self.required_set_up_place,
            "reset": self.reset_place,
            "contact point": self.contact_place,
            "access": self.access_place,
            "password, set-up": lambda: self.password_place("@@smsauth-setup", "send", mobile_number=OTHER),
            "password, turning off": lambda: self.password_place("@@smsauth-disable", "disable"),
            "password, recovery codes": lambda: self.password_place("@@smsauth-recovery", "make"),
            "password, contact point": lambda: self.password_place("@@smsauth-contacts", "send", address=OTHER),
        }

    # What is on record

    def recorded(self, question):
        """Ask the plugin as another connection sees it."""
        connection = self.app._p_jar.db().open(TransactionManager())
        try:
            return question(connection.get(self.gate._p_oid))
        finally:
            connection.close()

    def assert_counted_and_judged(self, break_it, **more) -> None:
        """Assert that each place counts a wrong answer and spends a right one, whatever ``break_it`` breaks afterwards."""
        for name, prepare in self.places().items():
            for kind in ("wrong", "right"):
                with self.subTest(place=name, answer=kind):
                    self.begin_again()
                    place = prepare()
                    before = self.recorded(place.counted)
                    with break_it(), suppress(AssertionError, Broken, ConflictError):  # a 500 is allowed to be one
                        place.client.post(self.path(place.path), form={**getattr(place, kind), **more})
                    if kind == "wrong":
                        self.assertEqual(before + 1, self.recorded(place.counted))
                    else:
                        self.assertTrue(self.recorded(place.done), "the right answer is judged")

    # Faults

    @contextmanager
    def adapted(self, factory, required, provided, name=""):
        components = getGlobalSiteManager()
        components.registerAdapter(factory, required, provided, name)
        try:
            yield
        finally:
            components.unregisterAdapter(factory, required, provided, name)

    @contextmanager
    def subscribed(self, handler, interface):
        components = getGlobalSiteManager()
        components.registerHandler(handler, (interface,))
        try:
            yield
        finally:
            components.unregisterHandler(handler, (interface,))

    @contextmanager
    def listening(self, listen):
        zope.event.subscribers.append(listen)
        try:
            yield
        finally:
            zope.event.subscribers.remove(listen)


class FaultTest(CountFirstTest):
    def test_nothing_is_broken(self):
        self.assert_counted_and_judged(nullcontext)

    def test_a_subscriber_of_our_events_fails(self):
        def fail(event):
            if ITwoStepEvent.providedBy(event):
                raise Broken

        self.assert_counted_and_judged(lambda: self.listening(fail))

    def test_the_form_fails_after_its_handler(self):
        def fail(event):
            raise Broken

        self.assert_counted_and_judged(lambda: self.subscribed(fail, IActionEvent))

    def test_the_page_cannot_be_rendered(self):
        page = ((Interface, ISMSAuthLayer), Interface, "main_template")
        self.assert_counted_and_judged(lambda: self.adapted(BrokenView, *page))

    def test_a_macro_of_every_page_fails(self):
        self.assert_counted_and_judged(
            lambda: self.adapted(BrokenView, (Interface, IBrowserRequest), Interface, "plone_layout")
        )

    def test_a_transform_fails(self):
        transform = ((Interface, ISMSAuthLayer), ITransform, "broken")
        self.assert_counted_and_judged(lambda: self.adapted(BrokenView, *transform))

    def test_the_transaction_is_aborted_behind_the_page(self):
        self.assert_counted_and_judged(lambda: self.subscribed(lambda event: transaction.abort(), IPubBeforeCommit))

    def test_the_request_fails_before_its_commit(self):
        def fail(event):
            raise Broken

        self.assert_counted_and_judged(lambda: self.subscribed(fail, IPubBeforeCommit))

    def test_the_request_conflicts_each_time_it_is_run(self):
        runs = []

        def conflict(event):
            runs.append(event)
            transaction.get().join(NoRoom())

        @contextmanager
        def conflicting():
            runs.clear()
            with self.subscribed(conflict, IPubBeforeCommit):
                yield
            self.assertEqual(4, len(runs))

        self.assert_counted_and_judged(conflicting)

    def test_names_that_zope_keeps_come_as_fields(self):
        for more in ({"URL:list": "x"}, {"PARENTS:list": "x"}, {"SERVER_URL.a:record": "x"}, {"URL": "\0"}):
            with self.subTest(more=more):
                self.assert_counted_and_judged(nullcontext, **more)

    def test_a_cookie_of_status_messages_cannot_be_read(self):
        places = self.places
        try:
            self.places = lambda: {name: self.spoiled(prepare) for name, prepare in places().items()}
            self.assert_counted_and_judged(nullcontext)
        finally:
            del self.places

    def spoiled(self, prepare):
        """Return what makes a place ready whose browser has that cookie."""

        def make():
            place = prepare()
            place.client.cookies["statusmessages"] = "\xff"
            return place

        return make


class RequestTest(CountFirstTest):
    """What else the request does is its own."""

    def test_nothing_else_of_the_request_is_committed(self):
        def write(event):
            api.portal.get().title = "Written by another package"

        def fail(event):
            raise Broken

        place = self.sign_in_place()
        with (
            self.subscribed(write, IPubAfterTraversal),
            self.subscribed(fail, IPubBeforeCommit),
            suppress(AssertionError, Broken),
        ):
            place.client.post(self.path(place.path), form=place.wrong)
        self.assertEqual(1, self.recorded(failures))
        self.app._p_jar.sync()
        self.assertNotEqual("Written by another package", self.portal.title)

    def test_a_request_that_had_written_already_completes_the_sign_in(self):
        def write(event):
            api.portal.get().title = f"Written at {event.request['URL']}"

        place = self.sign_in_place()
        with self.subscribed(write, IPubAfterTraversal):
            place.client.post(self.path(place.path), form=place.right)
        self.assertTrue(self.is_signed_in(place.client, "anna"))
        self.app._p_jar.sync()
        self.assertIn("smsauth-verify", self.portal.title)

    def test_a_wrong_answer_writes_nothing_in_the_transaction_of_the_request(self):
        written = []

        def look(event):
            written.extend(event.request["PARENTS"][-1]._p_jar._registered_objects)

        place = self.sign_in_place()
        with self.subscribed(look, IPubBeforeCommit):
            place.client.post(self.path(place.path), form=place.wrong)
        self.assertEqual([], written)

    def test_events_are_fired_once_though_the_request_is_run_again(self):
        told, runs = [], []

        def conflict(event):
            runs.append(event)
            if len(runs) < 3:
                transaction.get().join(NoRoom())

        place = self.sign_in_place()
        with self.subscribed(conflict, IPubBeforeCommit), self.listening(told.append):
            response = place.client.post(self.path(place.path), form=place.right)
        self.assertEqual(302, response.status_int)
        self.assertEqual(3, len(runs))
        ours = [type(event).__name__ for event in told if ITwoStepEvent.providedBy(event)]
        self.assertEqual(["ChallengeAnswered"], ours)
        self.assertTrue(self.is_signed_in(place.client, "anna"))

    def test_a_subscriber_may_write_and_is_run_again_after_a_conflict(self):
        seen = []

        def write(event):
            if ITwoStepEvent.providedBy(event):
                seen.append(event)
                api.portal.get().title = f"{event.user_id} answered {len(seen)}"
                if len(seen) == 1:
                    raise ConflictError

        place = self.sign_in_place()
        with self.listening(write):
            place.client.post(self.path(place.path), form=place.wrong)
        self.app._p_jar.sync()
        self.assertEqual("anna answered 2", self.portal.title)

    def test_the_warning_leaves_though_each_page_fails(self):
        told = []

        def fail(event):
            raise Broken

        place = self.sign_in_place()
        with self.subscribed(fail, IPubBeforeCommit), self.listening(told.append):
            for _ in range(3):
                with suppress(AssertionError, Broken):
                    place.client.post(self.path(place.path), form=place.wrong)
        self.assertIn("SignInSuspected", [type(event).__name__ for event in told])

    def test_the_old_sessions_end_though_the_page_fails(self):
        self.prove("anna")
        url = disown.url("anna")
        client = self.client()
        shown = client.get(url.replace(self.portal.absolute_url(), self.path()))
        self.assertTrue(self.gate.accounts.get("anna").sessions)
        with self.subscribed(_fail, IPubBeforeCommit), suppress(AssertionError, Broken):
            client.post(self.path("@@smsauth-not-me"), form=_all_fields(shown, form__buttons__disown="1"))
        self.assertEqual({}, self.recorded(lambda gate: gate.accounts.get("anna").sessions))


def _fail(event):
    raise Broken


def _all_fields(response, **values):
    from lxml import html

    form = next(form for form in html.fromstring(response.text).forms if "token" in form.fields)
    return {**dict(form.form_values()), **{name.replace("__", "."): value for name, value in values.items()}}


class LostAnswerTest(CountFirstTest):
    """The code was right, and the page that follows did not reach the browser."""

    def lose(self, place, answer=None):
        """Send the form, and lose what comes back."""
        client, cookies = place.client, dict(place.client.cookies)
        response = client.post(self.path(place.path), form=answer or place.right)
        client.cookies = cookies
        return response

    def fail(self, place):
        """Send the right answer to a site that fails after it was judged."""
        with self.subscribed(_fail, IPubBeforeCommit), suppress(AssertionError, Broken):
            place.client.post(self.path(place.path), form=place.right)

    def sessions(self):
        return self.recorded(lambda gate: gate.accounts.get("anna").sessions)

    def test_a_failed_request_leaves_the_browser_its_cookies(self):
        place = self.sign_in_place()
        cookies = dict(place.client.cookies)
        self.fail(place)
        self.assertEqual(cookies, place.client.cookies)

    def test_the_same_form_sent_once_more_signs_in(self):
        for lose in (self.lose, self.fail):
            for make in (self.sign_in_place, self.recovery_code_place, self.prepared_code_place):
                with self.subTest(lose=lose.__name__, place=make.__name__):
                    self.begin_again()
                    place = make()
                    lose(place)
                    self.assertFalse(self.is_signed_in(place.client, "anna"))
                    place.client.post(self.path(place.path), form=place.right)
                    self.assertTrue(self.is_signed_in(place.client, "anna"))
                    self.assertEqual(1, len(self.sessions()))

    def test_the_page_says_so_and_takes_the_code_again(self):
        place = self.sign_in_place()
        self.fail(place)
        shown = place.client.get(self.path(place.path))
        self.assertIn("Your answer was right", shown.text)
        self.assertNotIn("form.buttons.resend", shown.text)
        fields = fields_of(shown, form__widgets__code=place.right["form.widgets.code"], form__buttons__verify="1")
        place.client.post(self.path(place.path), form=fields)
        self.assertTrue(self.is_signed_in(place.client, "anna"))

    def test_the_first_session_is_worth_nothing_then(self):
        place = self.sign_in_place()
        cookies = dict(place.client.cookies)
        place.client.post(self.path(place.path), form=place.right)
        first = dict(place.client.cookies)
        place.client.cookies = cookies
        place.client.post(self.path(place.path), form=place.right)
        self.assertTrue(self.is_signed_in(place.client, "anna"))
        self.assertFalse(self.is_signed_in(self.client(**first), "anna"))

    def test_once_a_session_was_used_a_replay_gets_nothing(self):
        place = self.sign_in_place()
        cookies = dict(place.client.cookies)
        place.client.post(self.path(place.path), form=place.right)
        self.assertTrue(self.is_signed_in(place.client, "anna"))
        replay = self.client(**cookies)
        replay.post(self.path(place.path), form=place.right)
        self.assertFalse(self.is_signed_in(replay, "anna"))
        self.assertTrue(self.is_signed_in(place.client, "anna"))

    def test_after_two_minutes_a_replay_gets_nothing(self):
        place = self.sign_in_place()
        self.lose(place)
        self.clock.advance(120)
        place.client.post(self.path(place.path), form=place.right)
        self.assertFalse(self.is_signed_in(place.client, "anna"))

    def test_another_browser_gets_nothing_by_the_same_code(self):
        other = self.sign_in_place()
        place = self.sign_in_place()
        self.lose(place)
        other.client.post(
            self.path(place.path), form={**other.right, "form.widgets.code": place.right["form.widgets.code"]}
        )
        self.assertFalse(self.is_signed_in(other.client, "anna"))

    def test_another_code_is_counted_and_ends_it(self):
        place = self.sign_in_place()
        self.lose(place)
        self.lose(place, place.wrong)
        self.assertEqual(1, self.recorded(failures))
        place.client.post(self.path(place.path), form=place.right)
        self.assertFalse(self.is_signed_in(place.client, "anna"))

    def test_ending_all_sessions_ends_it(self):
        place = self.sign_in_place()
        self.lose(place)
        self.users.source_users.updateUserPassword("anna", "another password 1")
        commit()
        place.client.post(self.path(place.path), form=place.right)
        self.assertFalse(self.is_signed_in(place.client, "anna"))

    def test_a_step_up_goes_on(self):
        place = self.step_up_place()
        self.lose(place)
        place.client.post(self.path(place.path), form=place.right)
        self.assertTrue(self.is_signed_in(place.client, "anna"))
        self.assertEqual([True], [session.is_real for session in self.sessions().values()])

    def test_whoever_set_up_a_phone_goes_on_in_the_same_session(self):
        for lose in (self.lose, self.fail):
            with self.subTest(lose=lose.__name__):
                self.begin_again()
                place = self.set_up_place()
                lose(place)
                self.assertFalse(self.is_signed_in(place.client, "anna"), "the ticket is one from before")
                place.client.post(self.path(place.path), form=place.right)
                self.assertTrue(self.is_signed_in(place.client, "anna"))

    def test_whoever_set_up_a_phone_in_a_session_of_an_exempt_member_goes_on(self):
        self.configure(exempt_users=("bert",))
        client = self.pending("bert")
        wiring.verifier().begin_set_up("bert", OTHER, client_address="192.0.2.1")
        commit()
        code = last_code(OTHER)
        place = self.place(client, "@@smsauth-confirm", done=None, right=code, wrong=self.other(code))
        self.fail(place)
        response = client.post(self.path(place.path), form=place.right)
        self.assertEqual(302, response.status_int)
        self.assertIn("smsauth-recovery", response.location)
        self.assertEqual(
            [True], [s.is_real for s in self.recorded(lambda gate: gate.accounts.get("bert").sessions).values()]
        )
        self.assertEqual(200, client.get(self.path("@@smsauth-recovery")).status_int)

    def test_whoever_had_to_set_up_a_phone_is_signed_in(self):
        place = self.required_set_up_place()
        self.fail(place)
        place.client.post(self.path(place.path), form=place.right)
        self.assertTrue(self.is_signed_in(place.client, "bert"))

    def test_a_stolen_ticket_binds_nothing_by_a_guess(self):
        place = self.set_up_place()
        cookies = dict(place.client.cookies)
        place.client.post(self.path(place.path), form=place.right)
        thief = self.client(**cookies)
        thief.post(self.path(place.path), form=place.wrong)
        self.assertFalse(self.is_signed_in(thief, "anna"))
        self.assertEqual(1, self.recorded(failures))
        thief.post(self.path(place.path), form=place.right)
        self.assertFalse(self.is_signed_in(thief, "anna"), "one wrong guess has ended it")

    def test_a_number_that_was_reset_is_told_again(self):
        place = self.reset_place()
        self.fail(place)
        response = place.client.post(self.path(place.path), form=place.right)
        self.assertEqual(302, response.status_int)
        self.assertIn("login", response.location)

    def test_the_mail_for_a_new_password_leaves_though_the_page_fails_and_once(self):
        place = self.access_place()
        sent = []

        def mail(event):
            if type(event).__name__ == "ChallengeAnswered":
                sent.append(event.outcome.value)

        with self.listening(mail):
            self.fail(place)
            shown = place.client.post(self.path(place.path), form=place.right)
        self.assertIn("An e-mail with a link", shown.text)
        self.assertEqual(["accepted"], sent)


class ClosedConnectionTest(unittest.TestCase):
    """The browser hangs up before the answer comes; by a real server."""

    layer = SERVER

    def test_a_wrong_answer_is_counted(self):
        gate = self.layer["portal"].acl_users.smsauth
        gate.accounts.save("anna", Account().bind("+31612345678", now=self.layer["clock"]() - 86400))
        transaction.commit()
        guesser = Visitor(f"http://localhost:{self.layer['port']}/plone").sign_in("anna")
        code = last_code()
        form = guesser.form("verify").filled(code=code[:-1] + ("0" if code[-1] != "0" else "1"))
        for expected in (1, 2):
            request = requests.Request("POST", form.url, data=form.data, cookies=form.cookies).prepare()
            head = "".join(f"{name}: {value}\r\n" for name, value in request.headers.items())
            with socket.create_connection(("localhost", self.layer["port"])) as line:
                line.sendall(
                    f"POST {request.path_url} HTTP/1.1\r\nHost: localhost\r\n{head}\r\n{request.body}".encode()
                )
            for _ in range(200):
                transaction.begin()
                if gate.accounts.get("anna").failures == expected:
                    break
                threading.Event().wait(0.05)
            self.assertEqual(expected, gate.accounts.get("anna").failures)


class BarePageTest(CountFirstTest):
    """The page of a judged answer cannot be made."""

    def post(self, place, fields):
        page = ((Interface, ISMSAuthLayer), Interface, "main_template")
        with self.adapted(BrokenView, *page):
            return place.client.post(self.path(place.path), form=fields)

    def test_a_bare_one_tells_the_verdict(self):
        place = self.sign_in_place()
        response = self.post(place, place.wrong)
        self.assertEqual(200, response.status_int)
        self.assertIn("This code is not right. Tries left for this code: 4.", response.text)
        self.assertIn("no-store", response.headers["Cache-Control"])
        self.assertIn("@@smsauth-verify", response.text)

    def test_it_tells_that_what_follows_a_right_answer_has_to_be_asked_for_again(self):
        place = self.sign_in_place()
        cookies = dict(place.client.cookies)
        with self.subscribed(_fail, IActionEvent):
            response = place.client.post(self.path(place.path), form=place.right)
        self.assertEqual(200, response.status_int)
        self.assertIn("Your answer was right", response.text)
        self.assertEqual(cookies, place.client.cookies)
        place.client.post(self.path(place.path), form=place.right)
        self.assertTrue(self.is_signed_in(place.client, "anna"))

    def test_before_an_answer_is_judged_a_fault_is_a_fault(self):
        place = self.sign_in_place()
        page = ((Interface, ISMSAuthLayer), Interface, "main_template")
        with self.adapted(BrokenView, *page), self.assertRaises((AssertionError, Broken)):
            place.client.get(self.path(place.path))

    def test_it_is_in_the_language_of_the_visitor_and_escapes_what_it_says(self):
        place = self.sign_in_place()
        response = self.post(place, {**place.wrong, "form.widgets.code": "<script>"})
        self.assertNotIn("<script>", response.text)
