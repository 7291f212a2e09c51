"""Two processes and no sticky sessions: what one wrote a moment ago, the other has not been told yet when the next request reaches it."""

from collective.smsauth.domain import signed_values
from collective.smsauth.domain.signed_values import Usage
from collective.smsauth.testing import last_code
from collective.smsauth.testing import PASSWORD
from collective.smsauth.tests.support import wired as wiring
from collective.smsauth.tests.support.contexts import entered
from collective.smsauth.tests.support.doors import basic
from collective.smsauth.tests.support.doors import commit
from collective.smsauth.tests.support.doors import DoorTest
from collective.smsauth.tests.support.doors import fields_of
from collective.smsauth.tests.support.doors import SECRET
from collective.smsauth.tests.support.doors import sent
from collective.smsauth.tests.support.doors import sign_in_form
from collective.smsauth.tests.support.other_process import OtherProcess
from collective.smsauth.verification import lifecycle
from unittest import mock
from ZPublisher.HTTPRequest import HTTPRequest

import re

VERIFY, SET_UP, CONFIRM = "@@smsauth-verify", "@@smsauth-setup", "@@smsauth-confirm"
NEW = "+31687654321"
SEND = {"form__widgets__password": PASSWORD, "form__buttons__send": "1"}


class TwoProcesses(DoorTest):
    def setUp(self):
        super().setUp()
        # Plone makes a new key at the first log-in of a week
        self.client().post(self.path("login"), form=sign_in_form("bert"))
        commit()
        self.other = OtherProcess(self.layer["zodbDB"])
        self.addCleanup(self.other.close)

    def elsewhere(self, method, client, *args, **options):
        """Send a request that the other process answers."""
        before = self.other.pings
        with self.other.answering():
            answer = getattr(client, method)(*args, **options)
        self.asked = self.other.pings - before
        return answer

    def signed_in_elsewhere(self, client, user_id):
        page = self.elsewhere("get", client, self.path(f"of-{user_id}/@@secret"))
        return page.status_int == 200 and SECRET in page.text

    def begin(self, user_id="anna"):
        client = self.client()
        client.post(self.path("login"), form=sign_in_form(user_id))
        return client

    def form_of(self, client, page, **fields):
        return fields_of(client.get(self.path(page)), **fields)

    def answer_form(self, client):
        return self.form_of(client, VERIFY, form__widgets__code=last_code(), form__buttons__verify="1")

    def set_up_form(self, client, number=NEW):
        return self.form_of(client, SET_UP, **SEND, form__widgets__mobile_number=number)


class SignInTest(TwoProcesses):
    def test_the_page_for_the_code_says_that_one_was_sent(self):
        anna = self.begin()
        page = self.elsewhere("get", anna, self.path(VERIFY)).text
        self.assertIn("form.widgets.code", page)
        self.assertNotIn("No code was sent", page)
        self.assertIn("the phone number ending in 78", page)
        self.assertEqual(1, self.asked)

    def test_the_second_sign_in_of_a_browser_has_its_page_name_the_newest_code(self):
        self.elsewhere("get", self.begin(), self.path(VERIFY))
        self.clock.advance(31)
        anna = self.begin()
        self.gate._p_jar.sync()
        newest = next(iter(self.gate.accounts.get("anna").challenges.values()))
        self.assertIn(newest.reference, self.elsewhere("get", anna, self.path(VERIFY)).text)

    def test_the_right_code_signs_in(self):
        anna = self.begin()
        form = self.answer_form(anna)
        self.assertEqual(302, self.elsewhere("post", anna, self.path(VERIFY), form=form).status_int)
        self.assertTrue(self.is_signed_in(anna, "anna"))

    def test_a_code_that_was_asked_for_a_moment_ago_is_judged(self):
        anna = self.begin()
        self.elsewhere("get", anna, self.path(VERIFY))
        self.clock.advance(120)
        anna.post(self.path(VERIFY), form=self.form_of(anna, VERIFY, form__buttons__resend="1"))
        form = self.answer_form(anna)
        self.elsewhere("post", anna, self.path(VERIFY), form=form)
        self.assertTrue(self.is_signed_in(anna, "anna"))

    def test_a_wrong_code_is_counted_once(self):
        anna = self.begin()
        form = self.answer_form(anna)
        form["form.widgets.code"] = "".join(str(9 - int(digit)) for digit in form["form.widgets.code"])
        self.elsewhere("post", anna, self.path(VERIFY), form=form)
        commit()
        self.assertEqual(1, self.gate.accounts.get("anna").failures)

    def test_the_member_is_signed_in_everywhere_at_once(self):
        anna = self.begin()
        form = self.answer_form(anna)
        anna.post(self.path(VERIFY), form=form)
        self.assertTrue(self.signed_in_elsewhere(anna, "anna"))
        # once for the proof, and once for the transaction in which its first use is noted
        self.assertEqual(2, self.asked)
        self.assertTrue(self.signed_in_elsewhere(anna, "anna"))
        self.assertEqual(0, self.asked)

    def test_the_form_that_was_sent_twice_gets_the_same_result(self):
        anna = self.begin()
        form, cookies = self.answer_form(anna), dict(anna.cookies)
        anna.post(self.path(VERIFY), form=form)
        again = self.client(**cookies)
        self.elsewhere("post", again, self.path(VERIFY), form=form)
        self.assertTrue(self.is_signed_in(again, "anna"))

    def test_a_browser_that_was_trusted_a_moment_ago_is_not_asked_for_a_code(self):
        self.configure(trust_days=30)
        self.other.hear()
        anna = self.begin()
        form = {**self.answer_form(anna), "form.widgets.trust:list": "selected"}
        anna.post(self.path(VERIFY), form=form)
        del anna.cookies["__ac"]
        self.assertTrue(anna.named("smsauth_trusted"))
        before = sent()
        self.elsewhere("post", anna, self.path("login"), form=sign_in_form("anna"))
        self.assertEqual(before, sent())
        self.assertTrue(self.is_signed_in(anna, "anna"))

    def test_a_token_with_a_proof_is_good_everywhere_at_once(self):
        token = self.proven_token("anna")
        header = {"Authorization": f"Bearer {token}", "Accept": "application/json"}
        answer = self.elsewhere("get", self.client(), self.path("of-anna"), **header)
        self.assertIn(SECRET, answer.text)

    def test_a_new_password_and_the_session_that_set_it(self):
        anna = self.proven("anna")
        self.signed_in_elsewhere(anna, "anna")
        page = anna.get(self.path("@@change-password"))
        authenticator = re.search(r'name="_authenticator"[^>]*value="([^"]+)"', page.text)[1]
        another = "another 1 Horse"
        fields = {"current_password": PASSWORD, "new_password": another, "new_password_ctl": another}
        form = {f"form.widgets.{name}": value for name, value in fields.items()}
        form |= {"_authenticator": authenticator, "form.buttons.reset_passwd": "1"}
        anna.post(self.path("@@change-password"), form=form)
        self.assertEqual(302, self.client().post(self.path("login"), form=sign_in_form("anna", another)).status_int)
        self.assertTrue(self.is_signed_in(anna, "anna"))
        self.assertTrue(self.signed_in_elsewhere(anna, "anna"))


class SetUpTest(TwoProcesses):
    def test_the_page_for_the_code_asks_for_it_and_takes_it(self):
        bert = self.signed_in("bert")
        form = self.set_up_form(bert)
        bert.post(self.path(SET_UP), form=form)
        page = self.elsewhere("get", bert, self.path(CONFIRM))
        self.assertIn("form.widgets.code", page.text)
        form = fields_of(page, form__widgets__code=last_code(NEW), form__buttons__verify="1")
        self.elsewhere("post", bert, self.path(CONFIRM), form=form)
        commit()
        self.assertEqual(NEW, self.gate.accounts.get("bert").number)
        self.assertTrue(self.is_signed_in(bert, "bert"))

    def test_a_right_answer_is_known_everywhere_at_once(self):
        bert = self.signed_in("bert")
        bert.post(self.path(SET_UP), form=self.set_up_form(bert))
        form = self.form_of(bert, CONFIRM, form__widgets__code=last_code(NEW), form__buttons__verify="1")
        bert.post(self.path(CONFIRM), form=form)
        page = self.elsewhere("get", bert, self.path(SET_UP)).text
        self.assertIn("Two-step verification is on", page)
        self.assertTrue(self.signed_in_elsewhere(bert, "bert"))

    def test_who_has_to_set_up_a_phone_first(self):
        self.require()
        bert = self.begin("bert")
        self.assertIn(SET_UP, self.elsewhere("get", bert, self.path(VERIFY)).location)
        bert = self.begin("bert")
        bert.post(self.path(SET_UP), form=self.set_up_form(bert))
        page = self.elsewhere("get", bert, self.path(CONFIRM))
        form = fields_of(page, form__widgets__code=last_code(NEW), form__buttons__verify="1")
        self.elsewhere("post", bert, self.path(CONFIRM), form=form)
        self.assertTrue(self.is_signed_in(bert, "bert"))

    def test_another_number_than_before_is_the_one_that_the_page_names(self):
        bert = self.signed_in("bert")
        bert.post(self.path(SET_UP), form=self.set_up_form(bert))
        self.elsewhere("get", bert, self.path(CONFIRM))
        self.clock.advance(120)
        bert.post(self.path(SET_UP), form=self.set_up_form(bert, "+31612340099"))
        self.assertIn("0099", self.elsewhere("get", bert, self.path(CONFIRM)).text)

    def test_who_turned_it_off_goes_on(self):
        anna = self.proven("anna")
        self.signed_in_elsewhere(anna, "anna")
        form = self.form_of(anna, "@@smsauth-disable", form__widgets__password=PASSWORD, form__buttons__disable="1")
        anna.post(self.path("@@smsauth-disable"), form=form)
        self.assertTrue(self.signed_in_elsewhere(anna, "anna"))


class BoundTest(TwoProcesses):
    """What stays refused, and what asks the server nothing."""

    def stays_out(self, client, *, asked):
        self.assertFalse(self.signed_in_elsewhere(client, "anna"))
        self.assertEqual(asked, self.asked)

    def test_a_session_that_was_ended_a_moment_ago(self):
        anna = self.proven("anna")
        lifecycle.end_all_sessions(self.gate.accounts, "anna")
        commit()
        self.stays_out(anna, asked=1)

    def test_a_session_that_turns_out_to_be_ended_while_its_request_catches_up(self):
        entered(self, mock.patch.multiple(HTTPRequest, retry_max_count=3, delay_retry=lambda request: None))
        bert = self.signed_in("bert")
        bert.post(self.path(SET_UP), form=self.set_up_form(bert))
        self.other.hear()
        self.assertIn("form.widgets.code", self.elsewhere("get", bert, self.path(CONFIRM)).text)
        lifecycle.end_all_sessions(self.gate.accounts, "bert")
        commit()
        self.assertNotIn("form.widgets.code", self.elsewhere("get", bert, self.path(CONFIRM)).text)
        # it was run again: what it had begun was a member's
        self.assertEqual(2, self.asked)

    def test_a_proof_that_never_was(self):
        self.stays_out(self.client(self.ticket("anna", "smsauth-proof-none")), asked=1)

    def test_a_ticket_of_before_the_last_minute_asks_nothing(self):
        self.stays_out(self.client(self.ticket("anna", "smsauth-proof-none", age=61)), asked=0)

    def test_a_ticket_that_nobody_signed_asks_nothing(self):
        self.stays_out(self.client("bm90IGEgdGlja2V0"), asked=0)

    def test_a_password_asks_nothing(self):
        answer = self.elsewhere("get", self.client(), self.path("of-anna/@@secret"), Authorization=basic("anna"))
        self.assertNotIn(SECRET, answer.text)
        self.assertEqual(0, self.asked)

    def test_a_visitor_and_a_member_without_it_ask_nothing(self):
        self.elsewhere("get", self.client(), self.path())
        self.assertEqual(0, self.asked)
        self.assertTrue(self.signed_in_elsewhere(self.signed_in("bert"), "bert"))
        self.assertEqual(0, self.asked)

    def test_a_session_on_record_asks_nothing(self):
        anna = self.proven("anna")
        self.signed_in_elsewhere(anna, "anna")
        form = {"came_from": ""}
        self.elsewhere("get", anna, self.path(), query=form)
        self.assertEqual(0, self.asked)

    def test_a_cookie_of_a_sign_in_that_nobody_signed_asks_nothing(self):
        anna = self.begin()
        (name,) = anna.named("smsauth_pending")
        anna.cookies[name] = anna.cookies[name][:-2]
        self.elsewhere("get", anna, self.path(VERIFY))
        self.assertEqual(0, self.asked)

    def test_a_sign_in_on_record_asks_nothing_even_if_no_code_was_sent(self):
        self.configure(texts_per_user=1)
        self.begin()
        self.clock.advance(6 * 60)
        anna = self.begin()
        self.elsewhere("get", anna, self.path(VERIFY))
        page = self.elsewhere("get", anna, self.path(VERIFY)).text
        self.assertIn("form.widgets.code", page)
        self.assertEqual(0, self.asked)


class LostAccessTest(TwoProcesses):
    def test_a_link_that_was_sent_a_moment_ago_is_open(self):
        parts, name = wiring.parts(), "a-link"
        value = {"u": "anna", "i": name, "x": parts.now + parts.policy.reset_link_lifetime}
        signature = signed_values.sign(parts.keys("signing"), Usage.RESET, value)
        parts.verifier.begin_reset("anna", NEW, signature=signature, link_id=name, client_address="192.0.2.1")
        commit()
        page = self.elsewhere("get", self.client(), self.path("@@smsauth-reset"), query={"signature": signature})
        self.assertIn("form.widgets.code", page.text)
        self.assertEqual(1, self.asked)
