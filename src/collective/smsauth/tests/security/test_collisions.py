"""A request that judges a secret collides with somebody else's when it is committed, and is run again: its client notices nothing.

The answer was judged, and that committed, before the collision. Each service that judges meets one, with a wrong answer and the right one.
"""

from collections.abc import Callable
from collective.smsauth.domain import signed_values
from collective.smsauth.domain.account import Account
from collective.smsauth.domain.policy import FRESH_SESSION
from collective.smsauth.domain.signed_values import Usage
from collective.smsauth.events import ChallengeAnswered
from collective.smsauth.interfaces import IDispatcher
from collective.smsauth.interfaces import ITwoStepEvent
from collective.smsauth.testing import last_code
from collective.smsauth.testing import PASSWORD
from collective.smsauth.tests.security.test_count_first import CountFirstTest
from collective.smsauth.tests.support import wired as wiring
from collective.smsauth.tests.support.doors import basic
from collective.smsauth.tests.support.doors import commit
from collective.smsauth.tests.support.doors import NUMBER
from collective.smsauth.tests.support.doors import sent
from collective.smsauth.tests.support.post_office import PostOffice
from collective.smsauth.tests.support.rest import RestTest
from collective.smsauth.verification import lifecycle
from dataclasses import dataclass
from dataclasses import field
from plone import api
from ZODB.POSException import ConflictError
from zope.component import getUtility
from ZPublisher.interfaces import IPubAfterTraversal
from ZPublisher.interfaces import IPubBeforeCommit

import re
import transaction

OTHER, THIRD, FRANKS = "+31687654321", "+4915112345678", "+31655555555"
#: No service gives one of these as an answer that is right.
REFUSED = (401, 403, 409, 410, 422, 429)


class Loser:
    """A data manager whose transaction collides with somebody else's, who then does ``meanwhile``."""

    transaction_manager = transaction.manager

    def __init__(self, meanwhile: Callable[[], None]) -> None:
        self.meanwhile = meanwhile

    def sortKey(self):
        """Be asked first: nothing is held yet that the other one needs."""
        return ""

    def tpc_begin(self, transaction):
        """Lose."""
        self.meanwhile()
        raise ConflictError("somebody was faster")

    def abort(self, transaction):
        """Nothing was begun."""

    tpc_abort = abort


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A secret that a service asks for: whose it is, who sends it to where, and what is right."""

    owner: str
    name: str
    right: object
    wrong: object
    key: str = "code"
    body: dict = field(default_factory=dict)
    client: object = None
    headers: dict = field(default_factory=dict)


class CollisionTest(CountFirstTest, RestTest):
    """anna with a number, bert without one, and frank, an administrator with a number."""

    def setUp(self):
        super().setUp()
        with api.env.adopt_roles(["Manager"]):
            api.user.create(username="frank", email="frank@example.org", password=PASSWORD)
            api.user.grant_roles(username="frank", roles=["Site Administrator"])
        self.bind("frank", FRANKS)
        self.franks = self.gate.accounts.get("frank")
        self.post_office = PostOffice()
        self.addCleanup(self.post_office.close)
        self.post_office.serve()
        commit()
        self.clients = {}

    def begin_again(self) -> None:
        """Put all back as it was, an hour later."""
        self.require(False)
        self.configure(exempt_users=(), access_page=False, channel_email=True, trust_days=30)
        self.gate.accounts.save("frank", self.franks)
        super().begin_again()

    # What is asked

    def asked(self, owner, name, right=None, **more) -> Asked:
        right = right or last_code()
        return Asked(owner=owner, name=name, right=right, wrong=self.other(right), **more)

    def tokened(self, user_id) -> dict:
        """Return the headers of a session by token, of a member who needs no code for it."""
        return {"Authorization": f"Bearer {self.login(user_id).json['token']}"}

    def do(self, client, name, body, **headers) -> dict:
        answer = client.post(self.path(name), json=body, Accept="application/json", **headers)
        self.assertIn(answer.status_int, (200, 201, 202, 204), answer.text)
        return answer.json if answer.body else {}

    def log_in(self, code=None, **more) -> Asked:
        flow = self.flow()
        return self.asked("anna", "@login-verify", code, body={"flow": flow, **more})

    def log_in_by_recovery_code(self):
        return self.log_in(self.recovery_codes()[0])

    def log_in_by_prepared_code(self):
        return self.log_in(self.prepare())

    def log_in_and_trust(self):
        return self.log_in(trust=True)

    def log_in_with_a_first_number(self):
        self.require()
        flow = self.flow("bert")
        self.do(self.client(), "@login-setup", {"flow": flow, "mobile_number": OTHER})
        return self.asked("bert", "@login-verify", last_code(OTHER), body={"flow": flow})

    def step_up(self, **headers):
        self.configure(exempt_users=("anna",))
        headers = headers or self.tokened("anna")
        self.flow_of_step_up = self.do(self.client(), "@smsauth/step-up", {}, **headers)["flow"]
        return self.asked("anna", "@smsauth/step-up/verify", headers=headers)

    def step_up_by_password(self):
        return self.step_up(Authorization=basic("anna"))

    def step_up_by_recovery_code(self):
        code, asked = self.recovery_codes()[0], self.step_up()
        return self.asked("anna", asked.name, code, headers=asked.headers)

    def step_up_by_its_flow(self):
        headers = self.step_up().headers
        return self.asked("anna", "@login-verify", headers=headers, body={"flow": self.flow_of_step_up})

    def confirm(self):
        anna = self.proven("anna")
        self.do(anna, "@smsauth/set-up", {"mobile_number": OTHER})
        return self.asked("anna", "@smsauth/confirm", last_code(OTHER), client=anna)

    def confirm_by_token(self):
        headers = {"Authorization": f"Bearer {self.proven_token('anna')}"}
        self.do(self.client(), "@smsauth/set-up", {"mobile_number": OTHER}, **headers)
        return self.asked("anna", "@smsauth/confirm", last_code(OTHER), headers=headers)

    def confirm_a_first_number(self):
        headers = self.tokened("bert")
        self.do(self.client(), "@smsauth/set-up", {"mobile_number": OTHER}, **headers)
        return self.asked("bert", "@smsauth/confirm", last_code(OTHER), headers=headers)

    def validate(self):
        anna = self.proven("anna")
        self.do(anna, "@smsauth/set-up", {"mobile_number": OTHER})
        return self.asked("anna", "@smsauth/validate-code", last_code(OTHER), client=anna)

    def validate_a_first_number(self):
        asked = self.confirm_a_first_number()
        return self.asked("bert", "@smsauth/validate-code", asked.right, headers=asked.headers)

    def validate_a_further_number(self):
        anna = self.proven("anna")
        self.do(anna, "@smsauth/contacts", {"address": OTHER})
        return self.asked("anna", "@smsauth/validate-code", last_code(OTHER), client=anna)

    def validate_for_another(self):
        asked = self.validate()
        return self.asked("anna", asked.name, asked.right, client=self.proven("frank"), body=self.of("anna"))

    def validate_a_further_number_for_another(self):
        asked = self.validate_a_further_number()
        return self.asked("anna", asked.name, asked.right, client=self.proven("frank"), body=self.of("anna"))

    def validate_as_an_administrator_who_names_themselves(self):
        frank = self.proven("frank")
        self.do(frank, "@smsauth/set-up", {"mobile_number": OTHER})
        return self.asked("frank", "@smsauth/validate-code", last_code(OTHER), client=frank, body=self.of("frank"))

    def of(self, login):
        return {"user": {"username": login}}

    def contact(self):
        anna = self.proven("anna")
        name = self.do(anna, "@smsauth/contacts", {"address": OTHER})["name"]
        return self.asked("anna", f"@smsauth/contacts/{name}/confirm", last_code(OTHER), client=anna)

    def contact_in_the_primary_ones_place(self):
        anna = self.proven("anna")
        self.do(anna, "@smsauth/set-up", {"mobile_number": OTHER})
        items = anna.get(self.path("@smsauth/contacts"), Accept="application/json").json["items"]
        (name,) = [one["name"] for one in items if one["address"] == OTHER]
        return self.asked("anna", f"@smsauth/contacts/{name}/confirm", last_code(OTHER), client=anna)

    def contact_by_email(self):
        anna = self.proven("anna")
        name = self.do(anna, "@smsauth/contacts", {"address": "anna@example.org"})["name"]
        code = re.search(r"\b\d{6}\b", self.post_office.mails()[-1].get_content())[0]
        return self.asked("anna", f"@smsauth/contacts/{name}/confirm", code, client=anna)

    def reset(self):
        now = wiring.now()
        value = {"u": "anna", "i": f"link {now}", "x": now + 600}
        signed = signed_values.sign(wiring.keys("signing"), Usage.RESET, value)
        wiring.verifier().begin_reset("anna", OTHER, signature=signed, link_id=value["i"], client_address="192.0.2.1")
        commit()
        return self.asked("anna", "@smsauth-reset/confirm", last_code(OTHER), body={"signed": signed})

    def access(self):
        self.configure(access_page=True)
        flow = self.do(self.client(), "@smsauth-access", {"username": "anna"})["flow"]
        sent()
        return self.asked("anna", "@smsauth-access/confirm", body={"flow": flow})

    def password(self, name, client=None, **more):
        right = {"right": PASSWORD, "wrong": "not " + PASSWORD, "key": "current_password"}
        return Asked(owner=more.pop("owner", "anna"), name=name, client=client or self.proven("anna"), **right, **more)

    def password_to_turn_off(self):
        return self.password("@smsauth/turn-off")

    def password_for_recovery_codes(self):
        anna = self.proven("anna")
        self.clock.advance(FRESH_SESSION + 1)
        return self.password("@smsauth/recovery-codes", anna)

    def password_to_set_up(self):
        bert = self.client(self.ticket("bert", age=FRESH_SESSION + 5))
        return self.password("@smsauth/set-up", bert, owner="bert", body={"mobile_number": OTHER})

    def services(self):
        """Return what makes each service that judges ready to be asked, by its name."""
        makers = (
            *(self.log_in, self.log_in_by_recovery_code, self.log_in_by_prepared_code, self.log_in_and_trust),
            *(self.log_in_with_a_first_number, self.step_up, self.step_up_by_password, self.step_up_by_recovery_code),
            *(self.step_up_by_its_flow, self.confirm, self.confirm_by_token, self.confirm_a_first_number),
            *(self.validate, self.validate_a_first_number, self.validate_a_further_number, self.validate_for_another),
            *(self.validate_a_further_number_for_another, self.validate_as_an_administrator_who_names_themselves),
            *(self.contact, self.contact_in_the_primary_ones_place, self.contact_by_email, self.reset, self.access),
            *(self.password_to_turn_off, self.password_for_recovery_codes, self.password_to_set_up),
        )
        return {maker.__name__: maker for maker in makers}

    # What comes of it

    def send(self, asked, answer):
        client = asked.client or self.client()
        body = {**asked.body, asked.key: getattr(asked, answer)}
        return client, client.post(self.path(asked.name), json=body, Accept="application/json", **asked.headers)

    def collide(self, meanwhile=lambda: None):
        """Have the next request collide once; return a list of how often it was run."""
        runs = []

        def lose(event):
            runs.append(event)
            if len(runs) == 1:
                transaction.get().join(Loser(meanwhile))

        return runs, self.subscribed(lose, IPubBeforeCommit)

    def account(self, user_id) -> Account:
        return self.recorded(lambda gate: gate.accounts.get(user_id)) or Account()

    def outcome(self, make, answer, *, collides) -> dict:
        """Return all that came of one request, in a form that does not depend on secrets and on the time."""
        self.begin_again()
        asked, told = make(), []
        texts, mails = sent(), len(self.post_office.mails())
        runs, colliding = self.collide()
        with self.listening(told.append):
            if collides:
                with colliding:
                    client, response = self.send(asked, answer)
                self.assertEqual(2, len(runs), "it was run again")
            else:
                client, response = self.send(asked, answer)
            self.assertTrue(getUtility(IDispatcher).drain(10), "what follows the answer is done")
        body = response.json if response.body else {}
        account = self.account(asked.owner)
        found = {
            "status": response.status_int,
            "body": sorted(body),
            "reason": body.get("error", {}).get("reason"),
            "tries": body.get("second_step", {}).get("tries_left"),
            "numbers": (body.get("mobile_number"), body.get("address"), body.get("standing"), body.get("primary")),
            "cookies": sorted(header.partition("=")[0] for header in response.headers.getall("Set-Cookie")),
            "texts": sent() - texts,
            "mails": [mail["Subject"] for mail in self.post_office.mails()[mails:]],
            "judged": sum(isinstance(event, ChallengeAnswered) for event in told),
            "events": {type(event).__name__ for event in told if ITwoStepEvent.providedBy(event)},
            "record": (account.number, sorted(account.contacts), account.failures),
            "unproved": account.unproved.number if account.unproved is not None else "",
            "kept": (len(account.sessions), len(account.trusted), len(account.recovery), account.endings),
            "bears": [name for name in ("anna", "bert") if "token" in body and self.bears(name, body["token"])],
            "in effect": [name for name in ("anna", "bert") if self.is_signed_in(client, name)],
        }
        # the token before, or none, is worth as much as without a collision
        again = self.send(asked, answer)[1]
        return {**found, "again": (again.status_int, "token" in (again.json if again.body else {}))}


class ServiceTest(CollisionTest):
    def test_the_answer_is_as_without_it_and_nothing_is_counted_or_sent_twice(self):
        for name, make in self.services().items():
            for answer in ("wrong", "right"):
                with self.subTest(service=name, answer=answer):
                    expected = self.outcome(make, answer, collides=False)
                    self.assertEqual(answer == "wrong", expected["status"] in REFUSED, expected)
                    self.assertEqual(expected, self.outcome(make, answer, collides=True))

    def test_who_ends_all_sessions_meanwhile_has_ended_the_one_that_would_come_of_it(self):
        for name, make in self.services().items():
            with self.subTest(service=name):
                self.begin_again()
                asked = make()
                runs, colliding = self.collide(lambda owner=asked.owner: self.end_all(owner))
                with colliding:
                    client, response = self.send(asked, "right")
                self.assertEqual(2, len(runs))
                body = response.json if response.body else {}
                for member in ("anna", "bert"):
                    self.assertFalse(self.is_signed_in(client, member))
                    self.assertFalse("token" in body and self.bears(member, body["token"]))

    def end_all(self, user_id) -> None:
        manager = transaction.TransactionManager()
        connection = self.app._p_jar.db().open(manager)
        try:
            lifecycle.end_all_sessions(connection.get(self.gate._p_oid).accounts, user_id, tell=lambda event: None)
            manager.commit()
        finally:
            connection.close()


class OverTest(CollisionTest):
    """What was over before the answer was judged is not judged because the request is run again."""

    def test_a_flow_that_was_ended_before_the_answer_was_judged_is_over(self):
        for make in (self.log_in, self.log_in_with_a_first_number, self.log_in_by_recovery_code):
            with self.subTest(service=make.__name__):
                self.begin_again()
                asked, runs = make(), []

                def end(event, asked=asked, runs=runs):
                    runs.append(event)
                    if len(runs) == 1:
                        self.end_pending(asked)
                        raise ConflictError("before anything was judged")

                with self.subscribed(end, IPubAfterTraversal):
                    response = self.send(asked, "right")[1]
                self.assertEqual(2, len(runs))
                self.assert_over(response)
                self.assertEqual(NUMBER if asked.owner == "anna" else "", self.account(asked.owner).number)

    def end_pending(self, asked) -> None:
        flow = signed_values.unsign(wiring.keys("signing"), Usage.FLOW, asked.body["flow"])
        pending = wiring.verifier().begun(asked.owner, flow["p"])
        manager = transaction.TransactionManager()
        connection = self.app._p_jar.db().open(manager)
        try:
            lifecycle.end_pending(connection.get(self.gate._p_oid).accounts, pending, now=self.clock())
            manager.commit()
        finally:
            connection.close()

    def test_a_session_that_was_ended_before_the_answer_was_judged_proves_nothing(self):
        for make in (self.confirm, self.validate, self.validate_a_further_number, self.contact):
            with self.subTest(service=make.__name__):
                self.begin_again()
                asked, runs = make(), []

                def end(event, runs=runs):
                    runs.append(event)
                    if len(runs) == 1:
                        ServiceTest.end_all(self, "anna")
                        raise ConflictError("before anything was judged")

                with self.subscribed(end, IPubAfterTraversal):
                    response = self.send(asked, "right")[1]
                self.assertEqual((2, 401), (len(runs), response.status_int))
                self.assertEqual((NUMBER, {}), (self.account("anna").number, dict(self.account("anna").contacts)))
