"""Signing in by REST in two steps: what each service takes and answers. The doors are in security/test_doors_rest_sign_in.py."""

from base64 import urlsafe_b64decode
from collective.smsauth.domain.delivery import DeliveryStatus
from collective.smsauth.flows.trusted_browsers import COOKIE
from collective.smsauth.testing import last_code
from collective.smsauth.tests.support.doors import commit
from collective.smsauth.tests.support.doors import NUMBER
from collective.smsauth.tests.support.doors import sent
from collective.smsauth.tests.support.doors import TICKET
from collective.smsauth.tests.support.post_office import PostOffice
from collective.smsauth.tests.support.rest import ALWAYS
from collective.smsauth.tests.support.rest import RestTest
from dataclasses import replace
from datetime import date
from datetime import datetime
from datetime import timedelta
from urllib.parse import parse_qs
from urllib.parse import urlsplit

NEW_NUMBER = "+31687654329"


class LoginTest(RestTest):
    """POST @login."""

    def test_who_owes_nothing_gets_a_token_as_ever(self):
        answer = self.login("bert")
        self.assertEqual((200, {"token"}), (answer.status_int, set(answer.json)))
        self.assertTrue(self.bears("bert", answer.json["token"]))

    def test_the_right_password_of_a_protected_member_is_answered_with_the_next_step(self):
        before = sent()
        answer = self.login()
        found = self.assert_refused(answer, 401, "second-factor-required")
        self.assertEqual("Second factor required", found["error"]["type"])
        self.assertEqual("no-store, private", answer.headers["Cache-Control"])
        self.assertNotIn("Set-Cookie", answer.headers)
        step = found["second_step"]
        self.assertEqual(before + 1, sent())
        self.assertTrue(set(step) >= ALWAYS, step)
        expected = {
            "action": "code",
            "channel": "text",
            "digits": 6,
            "expires_in": 300,
            "tries_left": 5,
            "resend_in": 30,
            "sent": True,
            "prepared": False,
            "recovery_codes": False,
            "trust_days": 0,
        }
        self.assertEqual(expected, {name: step[name] for name in expected})
        self.assertTrue(step["reference"])
        self.assertTrue(step["to"].endswith("78"))
        self.assertNotIn(NUMBER[1:-2], answer.text)
        self.assertIn(step["delivery"], ("queued", "sent", "delivered"))
        self.assertEqual([("text", step["to"])], [(one["channel"], one["to"]) for one in step["routes"]])
        self.assertEqual({"name", "channel", "to"}, set(step["routes"][0]))

    def test_the_flow_cannot_be_read(self):
        flow = self.flow()
        for part in flow.split("."):
            raw = urlsafe_b64decode(part + "=" * (-len(part) % 4)) if part else b""
            self.assertNotIn(b"anna", raw)
            self.assertNotIn(b"{", raw[:1])

    def test_a_wrong_password_has_a_reason_and_is_plones_answer_besides(self):
        for user_id in ("anna", "bert", "nobody"):
            found = self.assert_refused(self.login(user_id, "a guess"), 401, "wrong")
            self.assertEqual({"error"}, set(found))
            self.assertEqual("Invalid credentials", found["error"]["type"])

    def test_what_is_missing_or_of_another_type_is_named(self):
        self.assert_refused(self.post("@login", {"login": "anna"}), 400, "bad-request")
        found = self.assert_refused(self.post("@login", {"login": ["anna"], "password": "x"}), 400, "bad-request")
        self.assertEqual("login", found["error"]["field"])
        for body in (b"{", b"login=anna", b"\xff"):
            self.assert_refused(self.post("@login", body), 400, "not-json")
        for body in (b"[]", b"null", b'"anna"'):
            self.assert_refused(self.post("@login", body), 400, "bad-request")

    def test_a_second_login_a_moment_later_sends_no_other_text_and_says_so(self):
        self.login()
        before = sent()
        step = self.step()
        self.assertEqual((before, False, "too-soon"), (sent(), step["sent"], step["reason"]))
        self.assertTrue(step["advice"])
        self.assertEqual(200, self.verify(step["flow"], last_code()).status_int)

    def test_a_body_that_another_site_can_have_sent_begins_nothing(self):
        before = sent()
        answer = self.login(Content_Type="text/plain")
        found = self.assert_refused(answer, 401, "second-factor-required")
        self.assertEqual(({"error"}, before), (set(found), sent()))

    def test_while_a_requirement_is_upcoming_it_says_until_when_the_password_is_enough(self):
        self.configure(enforcement="required", grace_everyone=date.fromtimestamp(self.clock.time) + timedelta(days=30))
        answer = self.login("bert").json
        self.assertEqual({"token", "reminder_until"}, set(answer))
        until = datetime.fromisoformat(answer["reminder_until"]).timestamp()
        self.assertGreater(until, self.clock.time + 29 * 86400)


class VerifyTest(RestTest):
    """POST @login-verify."""

    def test_the_right_code_signs_in(self):
        client = self.client()
        answer = self.verify(self.flow(), last_code(), client=client)
        self.assertEqual((200, {"token", "means"}), (answer.status_int, set(answer.json)))
        self.assertEqual("code", answer.json["means"])
        self.assertEqual("no-store, private", answer.headers["Cache-Control"])
        self.assertTrue(self.bears("anna", answer.json["token"]))
        self.assertIn(TICKET, client.cookies)
        self.assertTrue(self.is_signed_in(client, "anna"))
        self.assertEqual([], client.named(COOKIE))

    def test_token_and_ticket_of_one_answer_are_one_session(self):
        client = self.client()
        token = self.verify(self.flow(), last_code(), client=client).json["token"]
        self.assertTrue(self.is_signed_in(client, "anna"))
        self.assertEqual(204, self.post("@logout", token=token).status_int)
        self.assertFalse(self.bears("anna", token))
        self.assertFalse(self.is_signed_in(client, "anna"))

    def test_the_session_is_a_real_one(self):
        token = self.token()
        found = self.client().get(self.path("@smsauth"), Accept="application/json", Authorization=f"Bearer {token}")
        self.assertEqual(("code", True), (found.json["session"]["means"], found.json["session"]["is_real"]))

    def test_a_wrong_code_is_told_with_the_tries_that_are_left(self):
        flow = self.flow()
        for left in (4, 3):
            found = self.assert_refused(self.verify(flow, self.wrong_code()), 422, "wrong")
            self.assertEqual(left, found["second_step"]["tries_left"])
        self.assertEqual(200, self.verify(found["second_step"]["flow"], last_code()).status_int)

    def test_codes_that_cannot_be_codes(self):
        flow = self.flow()
        for code in ("", " ", "12345", "1234567", "abcdef", "é" * 6, "\0"):
            found = self.assert_refused(self.verify(flow, code), 422, "malformed")
            self.assertEqual(5, found["second_step"]["tries_left"])

    def test_an_expired_code(self):
        flow = self.flow()
        self.clock.advance(301)
        found = self.assert_refused(self.verify(flow, last_code()), 422, "expired")
        self.assertEqual((0, 0), (found["second_step"]["expires_in"], found["second_step"]["tries_left"]))

    def test_the_code_of_an_earlier_message_is_told_with_the_letters_of_the_newest(self):
        flow = self.flow()
        earlier = last_code()
        self.clock.advance(31)
        again = self.post("@login-resend", {"flow": flow})
        self.assertEqual(202, again.status_int)
        found = self.assert_refused(self.verify(flow, earlier), 422, "earlier-code")
        self.assertIn(again.json["second_step"]["reference"], found["error"]["message"])
        self.assertNotIn("${", found["error"]["message"])

    def test_too_many_tries_and_a_pause(self):
        flow = self.flow()
        wrong = self.wrong_code()
        for _ in range(5):
            self.assert_refused(self.verify(flow, wrong), 422, "wrong")
        self.assert_refused(self.verify(flow, wrong), 422, "too-many-tries")
        self.clock.advance(31)
        flow = self.post("@login-resend", {"flow": flow}).json["second_step"]["flow"]
        wrong = self.wrong_code()
        for _ in range(5):
            self.verify(flow, wrong)
        found = self.assert_refused(self.verify(flow, last_code()), 429, "paused")
        self.assertIn("second_step", found)

    def test_a_recovery_code(self):
        codes = self.recovery_codes()
        step = self.step()
        self.assertTrue(step["recovery_codes"])
        answer = self.verify(step["flow"], codes[0])
        self.assertEqual(
            (200, "recovery-code", 9), (answer.status_int, *(answer.json[n] for n in ("means", "recovery_codes_left")))
        )
        self.assertTrue(self.bears("anna", answer.json["token"]))
        found = self.assert_refused(self.verify(self.flow(), codes[0]), 422, "wrong")
        self.assertIn("recovery code", found["error"]["message"])

    def test_a_prepared_code(self):
        code, before = self.prepare(), sent()
        step = self.step()
        self.assertEqual((True, False, "code", before), (step["prepared"], step["sent"], step["action"], sent()))
        self.assertEqual((3600, 5), (step["expires_in"], step["tries_left"]))
        answer = self.verify(step["flow"], code)
        self.assertEqual((200, "prepared-code"), (answer.status_int, answer.json["means"]))
        self.assertTrue(self.bears("anna", answer.json["token"]))
        self.assert_refused(self.verify(self.flow(), code), 422, "none-open")

    def test_trust_spares_the_next_code_and_is_no_real_step(self):
        self.configure(trust_days=30)
        client = self.client()
        step = self.step(client=client)
        self.assertEqual(30, step["trust_days"])
        self.verify(step["flow"], last_code(), client=client, trust=True)
        (name,) = client.named(COOKIE)
        trusting, before = self.client(**{name: client.cookies[name]}), sent()
        answer = self.login(client=trusting)
        self.assertEqual((200, {"token"}, before), (answer.status_int, set(answer.json), sent()))
        token = answer.json["token"]
        self.assertTrue(self.bears("anna", token) and self.is_signed_in(trusting, "anna"))
        found = self.client().get(self.path("@smsauth"), Accept="application/json", Authorization=f"Bearer {token}")
        self.assertEqual(("trusted-browser", False), (found.json["session"]["means"], found.json["session"]["is_real"]))

    def test_trust_is_asked_for_in_vain_where_the_site_does_not_allow_it(self):
        client = self.client()
        self.assertEqual(200, self.verify(self.flow(), last_code(), client=client, trust=True).status_int)
        self.assertFalse(client.named(COOKIE))

    def test_trust_is_not_taken_from_who_did_not_ask_for_it(self):
        self.configure(trust_days=30)
        for more in ({}, {"trust": False}, {"trust": None}):
            client = self.client()
            flow = self.flow()
            self.verify(flow, last_code(), client=client, **more)
            self.assertFalse(client.named(COOKIE))
        self.assert_refused(self.verify(self.flow(), last_code(), trust="true"), 400, "bad-request")

    def test_without_the_plugin_for_tokens_no_code_is_sent(self):
        flow = self.flow()
        self.users._delObject("jwt_auth")
        commit()
        before = sent()
        self.assertEqual({"error"}, set(self.assert_refused(self.login(), 401, "second-factor-required")))
        self.assertEqual(before, sent())
        self.assertEqual(501, self.verify(flow, last_code()).status_int)


class ResendTest(RestTest):
    """POST @login-resend."""

    def setUp(self):
        super().setUp()
        self.configure(channel_voice=True)

    def resend(self, flow, **more):
        return self.post("@login-resend", {"flow": flow, **more})

    def test_another_code_is_on_its_way_and_the_one_before_is_worth_nothing(self):
        flow = self.flow()
        former = last_code()
        self.clock.advance(31)
        answer = self.resend(flow)
        self.assertEqual((202, {"second_step"}), (answer.status_int, set(answer.json)))
        self.assertTrue(answer.json["second_step"]["sent"])
        self.assertNotEqual(200, self.verify(flow, former).status_int)
        self.assertEqual(200, self.verify(flow, last_code()).status_int)

    def test_too_soon(self):
        flow, before = self.flow(), sent()
        answer = self.resend(flow)
        found = self.assert_refused(answer, 429, "too-soon")
        self.assertEqual(("30", before), (answer.headers["Retry-After"], sent()))
        self.assertEqual(30, found["second_step"]["resend_in"])

    def test_another_way(self):
        step = self.step()
        self.assertEqual(["text", "voice"], [one["channel"] for one in step["routes"]])
        self.clock.advance(31)
        found = self.resend(step["flow"], route=step["routes"][1]["name"]).json["second_step"]
        self.assertEqual(("voice", ""), (found["channel"], found["reference"]))

    def test_a_way_that_there_is_not(self):
        self.bind("edith", "+31687654321")
        theirs = self.step("edith")["routes"][0]["name"]
        flow = self.flow()
        self.clock.advance(31)
        before = sent()
        for route in ("", "x", theirs, NUMBER):
            self.assert_refused(self.resend(flow, route=route), 409, "not-yours")
        self.assert_refused(self.resend(flow, route=[theirs]), 400, "bad-request")
        self.assertEqual(before, sent())


class FlowTest(RestTest):
    """POST @login-flow."""

    def look(self, flow):
        return self.post("@login-flow", {"flow": flow})

    def test_it_tells_how_things_stand_and_sends_and_writes_nothing(self):
        flow, before = self.flow(), sent()
        self.clock.advance(10)
        answers = []
        self.assertFalse(self.changed(lambda: answers.append(self.look(flow))))
        step = answers[0].json["second_step"]
        self.assertEqual((200, 290, 20, before), (answers[0].status_int, step["expires_in"], step["resend_in"], sent()))
        self.assertEqual(200, self.verify(step["flow"], last_code()).status_int)

    def test_what_became_of_the_code(self):
        flow = self.flow()
        challenge = self.gate.accounts.get("anna").challenges
        (purpose,) = challenge
        for status, expected, action in (
            (DeliveryStatus.SENT, "sent", "code"),
            (DeliveryStatus.DELIVERED, "delivered", "code"),
            (DeliveryStatus.UNREACHABLE, "failed", "problem"),
        ):
            account = self.gate.accounts.get("anna")
            told = replace(account.challenges[purpose], delivery=status.value)
            self.gate.accounts.save("anna", replace(account, challenges={purpose: told}))
            commit()
            step = self.look(flow).json["second_step"]
            self.assertEqual((expected, action), (step["delivery"], step["action"]))
            self.assertTrue(step["advice"])
        self.assertEqual("unreachable", step["reason"])

    def test_a_flow_is_over_after_fifteen_minutes(self):
        flow = self.flow()
        self.clock.advance(899)
        self.assertEqual(200, self.look(flow).status_int)
        self.clock.advance(1)
        self.assert_over(self.look(flow))


class ProblemTest(RestTest):
    """Who cannot be sent anything."""

    def test_while_no_codes_are_sent_a_recovery_code_still_does(self):
        codes = self.recovery_codes()
        self.configure(generate_codes=False)
        step, before = self.step(), sent()
        self.assertEqual(("problem", "generation-disabled"), (step["action"], step["reason"]))
        self.assertIn("switched codes off", step["advice"])
        self.assertEqual((False, "unknown", before), (step["sent"], step["delivery"], sent()))
        self.assert_refused(self.post("@login-resend", {"flow": step["flow"]}), 409, "generation-disabled")
        self.assertEqual(200, self.verify(step["flow"], codes[0]).status_int)

    def test_no_way_leads_to_the_member(self):
        self.configure(channel_text=False, channel_email=True)
        step = self.step()
        self.assertEqual(("problem", "no-channel", []), (step["action"], step["reason"], step["routes"]))


class SetUpTest(RestTest):
    """POST @login-setup: who has to set up a number first."""

    def setUp(self):
        super().setUp()
        self.require()

    def set_up(self, flow, number=NEW_NUMBER, **more):
        return self.post("@login-setup", {"flow": flow, "mobile_number": number, **more})

    def test_before_a_number_is_there(self):
        before = sent()
        step = self.step("bert")
        self.assertEqual(
            ("set-up", "", "", 0, 0, before),
            (*(step[n] for n in ("action", "to", "reference", "expires_in", "tries_left")), sent()),
        )
        self.assertFalse(step["sent"])
        self.assert_refused(self.post("@login-resend", {"flow": step["flow"]}), 409, "no-number")
        self.assert_refused(self.verify(step["flow"], "123456"), 422, "none-open")

    def test_the_code_that_was_sent_to_the_number_binds_it_and_signs_in(self):
        answer = self.set_up(self.flow("bert"))
        step = answer.json["second_step"]
        self.assertEqual((202, "code", True), (answer.status_int, step["action"], step["sent"]))
        self.assertTrue(step["to"].endswith("29") and NEW_NUMBER not in answer.text)
        found = self.verify(step["flow"], last_code(NEW_NUMBER))
        self.assertEqual((200, "code"), (found.status_int, found.json["means"]))
        self.assertTrue(self.bears("bert", found.json["token"]))
        self.app._p_jar.sync()
        self.assertEqual(NEW_NUMBER, self.gate.accounts.get("bert").number)
        self.assert_over(self.verify(step["flow"], last_code(NEW_NUMBER)))

    def test_wrong_codes_and_another_code(self):
        flow = self.set_up(self.flow("bert")).json["second_step"]["flow"]
        found = self.assert_refused(self.verify(flow, self.wrong_code()), 422, "wrong")
        self.assertEqual(("code", 4), (found["second_step"]["action"], found["second_step"]["tries_left"]))
        self.assert_refused(self.post("@login-resend", {"flow": flow}), 429, "too-soon")
        self.clock.advance(31)
        self.assertEqual(202, self.post("@login-resend", {"flow": flow}).status_int)
        self.assertEqual(200, self.verify(flow, last_code(NEW_NUMBER)).status_int)

    def test_numbers_of_no_use(self):
        flow, before = self.flow("bert"), sent()
        for number in ("", " ", "bert", "+31", "112", "+4930123456"):
            found = self.assert_refused(self.set_up(flow, number), 422, "unusable")
            self.assertEqual("mobile_number", found["error"]["field"])
        self.assert_refused(self.set_up(flow, 31687654329), 400, "bad-request")
        for channel in ("voice", "email", "pigeon", ""):
            found = self.assert_refused(self.set_up(flow, channel=channel), 422, "unusable")
            self.assertEqual("channel", found["error"]["field"])
        self.assertEqual(before, sent())

    def test_the_browser_is_trusted_if_that_is_asked_for(self):
        self.configure(trust_days=30)
        client = self.client()
        step = self.set_up(self.flow("bert")).json["second_step"]
        self.assertEqual(30, step["trust_days"])
        self.verify(step["flow"], last_code(NEW_NUMBER), client=client, trust=True)
        self.assertEqual(1, len(client.named(COOKIE)))

    def test_a_number_that_is_under_way_already_is_told_as_such(self):
        flow, before = self.flow("bert"), sent()
        self.set_up(flow)
        answer = self.set_up(flow)
        self.assertEqual((202, before + 1), (answer.status_int, sent()))
        self.assertEqual(("code", 300), tuple(answer.json["second_step"][name] for name in ("action", "expires_in")))

    def test_another_number_a_moment_later(self):
        flow = self.flow("bert")
        former = self.set_up(flow, "+31687654320").json["second_step"]
        self.assertTrue(former["to"].endswith("20"))
        step = self.set_up(flow).json["second_step"]
        self.assertTrue(step["to"].endswith("29"))
        self.assertEqual(200, self.verify(flow, last_code(NEW_NUMBER)).status_int)

    def test_a_set_up_that_another_sign_in_has_begun_is_none_here(self):
        self.set_up(self.flow("bert"))
        code = last_code(NEW_NUMBER)
        other = self.flow("bert")
        self.assertEqual("set-up", self.post("@login-flow", {"flow": other}).json["second_step"]["action"])
        self.assert_refused(self.verify(other, code), 422, "none-open")

    def test_by_a_call(self):
        self.configure(channel_voice=True)
        step = self.set_up(self.flow("bert"), channel="voice").json["second_step"]
        self.assertEqual(("voice", "code"), (step["channel"], step["action"]))

    def test_who_has_a_number_sets_up_none(self):
        before = self.step(), sent()
        found = self.assert_refused(self.set_up(before[0]["flow"]), 409, "not-allowed")
        self.assertIn("second_step", found)
        self.assertEqual(before[1], sent())


class StepUpTest(RestTest):
    """POST @smsauth/step-up and below."""

    def setUp(self):
        super().setUp()
        self.configure(trust_days=30)
        client = self.client()
        self.verify(self.flow(), last_code(), client=client, trust=True)
        (name,) = client.named(COOKIE)
        self.trusting = self.client(**{name: client.cookies[name]})
        self.spared = self.login(client=self.trusting).json["token"]

    def confirm(self, code, token=None, **more):
        return self.post("@smsauth/step-up/verify", {"code": code, **more}, token=token or self.spared)

    def is_real(self, token):
        answer = self.client().get(self.path("@smsauth"), Accept="application/json", Authorization=f"Bearer {token}")
        return answer.status_int == 200 and answer.json["session"]["is_real"]

    def test_the_right_code_makes_the_session_a_real_one_and_the_token_before_worth_nothing(self):
        before = sent()
        answer = self.post("@smsauth/step-up", token=self.spared)
        self.assertEqual((202, before + 1), (answer.status_int, sent()), answer.text)
        self.assertTrue(set(answer.json) >= ALWAYS, answer.json)
        self.assertFalse(self.is_real(self.spared))
        found = self.confirm(last_code())
        self.assertEqual((200, {"token"}), (found.status_int, set(found.json)))
        self.assertTrue(self.is_real(found.json["token"]))
        self.assertFalse(self.bears("anna", self.spared))

    def test_wrong_codes_are_counted(self):
        self.post("@smsauth/step-up", token=self.spared)
        for left in (4, 3):
            found = self.assert_refused(self.confirm(self.wrong_code()), 422, "wrong")
            self.assertEqual(left, found["second_step"]["tries_left"])
        self.assertEqual(200, self.confirm(last_code()).status_int)

    def test_nothing_was_asked_for(self):
        self.assert_refused(self.confirm("123456"), 409, "none-open")

    def test_a_code_that_was_sent_for_another_sign_in_is_none_here(self):
        self.clock.advance(31)
        self.login()
        self.assertNotEqual(200, self.confirm(last_code()).status_int)

    def test_too_soon(self):
        self.post("@smsauth/step-up", token=self.spared)
        self.assert_refused(self.post("@smsauth/step-up", token=self.spared), 429, "too-soon")
        self.assertEqual(200, self.confirm(last_code()).status_int)

    def test_a_recovery_code_does_as_well(self):
        codes = self.recovery_codes()
        self.post("@smsauth/step-up", token=self.spared)
        self.assertTrue(self.is_real(self.confirm(codes[0]).json["token"]))

    def test_who_has_no_number(self):
        self.assert_refused(self.post("@smsauth/step-up", client=self.signed_in("bert"), body={}), 409, "no-number")

    def test_who_is_not_there(self):
        self.assert_refused(self.post("@smsauth/step-up", {}), 401, "not-allowed")
        self.assert_refused(self.post("@smsauth/step-up/verify", {"code": "123456"}), 401, "not-allowed")
        owing = self.client(self.ticket("anna"))
        self.assert_refused(self.post("@smsauth/step-up", {}, client=owing), 401, "second-factor-required")

    def test_names_that_stand_for_nothing(self):
        for name in ("@smsauth/step-up/x", "@smsauth/step-up/verify/x"):
            self.assert_refused(self.post(name, {}, token=self.spared), 404, "not-found")

    def test_a_member_of_whom_it_is_not_asked_steps_up(self):
        self.configure(exempt_users=("anna",))
        token = self.login().json["token"]
        self.clock.advance(31)
        answer = self.post("@smsauth/step-up", token=token)
        self.assertEqual(202, answer.status_int, answer.text)
        found = self.confirm(last_code(), token=token)
        self.assertTrue(self.is_real(found.json["token"]))


class RenewTest(RestTest):
    """POST @login-renew."""

    def test_the_renewed_token_ends_with_the_one_before(self):
        token = self.token()
        answer = self.post("@login-renew", token=token)
        self.assertEqual((200, {"token"}), (answer.status_int, set(answer.json)))
        renewed = answer.json["token"]
        self.assertTrue(self.bears("anna", renewed))
        self.assertEqual(204, self.post("@logout", token=renewed).status_int)
        self.assertFalse(self.bears("anna", renewed) or self.bears("anna", token))

    def test_who_owes_the_step_and_who_is_not_there(self):
        answer = self.post("@login-renew", token=self.jwt("anna"))
        self.assertEqual("no-store, private", answer.headers["Cache-Control"])
        self.assertEqual(
            "Second factor required", self.assert_refused(answer, 401, "second-factor-required")["error"]["type"]
        )
        self.assert_refused(self.post("@login-renew"), 401, "not-allowed")


class ResetTest(RestTest):
    """POST @smsauth-reset and below."""

    def setUp(self):
        super().setUp()
        self.post_office = PostOffice()
        self.addCleanup(self.post_office.close)
        self.post_office.serve()
        commit()

    def ask(self, username="anna", number=NEW_NUMBER):
        return self.post("@smsauth-reset", {"username": username, "mobile_number": number})

    def link(self):
        return parse_qs(urlsplit(self.post_office.last_link()).query)["signature"][0]

    def test_the_answer_is_the_same_for_everybody(self):
        answers = [self.ask(name) for name in ("anna", "bert", "nobody", "a\u0301" * 50)]
        self.assertEqual({202}, {one.status_int for one in answers})
        self.assertEqual(1, len({one.text for one in answers}))

    def test_the_link_and_the_code_put_the_new_number_in_place(self):
        self.ask()
        signed = self.link()
        self.assert_refused(
            self.post("@smsauth-reset/confirm", {"signed": signed, "code": self.wrong_code()}), 422, "wrong"
        )
        answer = self.post("@smsauth-reset/confirm", {"signed": signed, "code": last_code(NEW_NUMBER)})
        self.assertEqual(200, answer.status_int, answer.text)
        self.assertNotIn("token", answer.json)
        self.app._p_jar.sync()
        self.assertEqual(NEW_NUMBER, self.gate.accounts.get("anna").number)
        again = self.post("@smsauth-reset/confirm", {"signed": signed, "code": last_code(NEW_NUMBER)})
        self.assert_refused(again, 410, "none-open")

    def test_links_that_are_none(self):
        self.ask()
        signed = self.link()
        for one in ("", "x", signed[:-1], signed + "A", self.flow()):
            self.assert_refused(
                self.post("@smsauth-reset/confirm", {"signed": one, "code": "123456"}), 410, "none-open"
            )
        theirs = self.post(
            "@smsauth-reset/confirm", {"signed": signed, "code": "123456"}, client=self.signed_in("bert")
        )
        self.assert_refused(theirs, 403, "not-allowed")
        self.clock.advance(601)
        self.assert_refused(
            self.post("@smsauth-reset/confirm", {"signed": signed, "code": last_code(NEW_NUMBER)}), 410, "none-open"
        )

    def test_what_is_of_no_use_is_named_whoever_it_is_about(self):
        for username in ("anna", "nobody"):
            found = self.assert_refused(self.ask(username, "bert"), 422, "unusable")
            self.assertEqual("mobile_number", found["error"]["field"])
        for username in ("", " ", "x" * 201):
            self.assertEqual("username", self.assert_refused(self.ask(username), 422, "unusable")["error"]["field"])
        self.assert_refused(self.post("@smsauth-reset", {"username": "anna"}), 400, "bad-request")


class AccessTest(RestTest):
    """POST @smsauth-access and below."""

    def setUp(self):
        super().setUp()
        self.post_office = PostOffice()
        self.addCleanup(self.post_office.close)
        self.post_office.serve()
        self.configure(access_page=True)

    def ask(self, username="anna"):
        answer = self.post("@smsauth-access", {"username": username})
        sent()
        return answer

    def confirm(self, flow, code):
        return self.post("@smsauth-access/confirm", {"flow": flow, "code": code})

    def test_the_answer_is_of_the_same_kind_for_everybody(self):
        answers = [self.ask(name) for name in ("anna", "bert", "nobody")]
        self.assertEqual({202}, {one.status_int for one in answers})
        self.assertEqual({("digits", "expires_in", "flow")}, {tuple(sorted(one.json)) for one in answers})
        self.assertEqual(1, len({len(one.json["flow"]) for one in answers}))

    def test_the_right_code_has_plones_e_mail_sent(self):
        flow = self.ask().json["flow"]
        self.assertEqual([], self.post_office.mails())
        self.assert_refused(self.confirm(flow, self.wrong_code()), 422, "wrong")
        answer = self.confirm(flow, last_code())
        self.assertEqual((204, b""), (answer.status_int, answer.body))
        self.assertEqual(["anna@example.org"], [mail["To"] for mail in self.post_office.mails()])

    def test_flows_that_are_none(self):
        self.ask()
        for flow in ("", "x", self.flow()):
            self.assert_refused(self.confirm(flow, last_code()), 409, "none-open")

    def test_a_decoy_is_answered_like_a_code(self):
        flow = self.ask("nobody").json["flow"]
        self.assert_refused(self.confirm(flow, "123456"), 422, "wrong")

    def test_where_the_site_asks_for_no_code_there_is_nothing(self):
        self.configure(access_page=False)
        self.assert_refused(self.post("@smsauth-access", {"username": "anna"}), 404, "not-found")
        self.assert_refused(self.confirm("x", "123456"), 404, "not-found")

    def test_who_is_signed_in_has_not_forgotten_it(self):
        answer = self.post("@smsauth-access", {"username": "anna"}, client=self.signed_in("bert"))
        self.assert_refused(answer, 403, "not-allowed")
