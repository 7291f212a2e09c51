"""A step-up belongs to its session: what it hands out ends with that, and is worth nothing anywhere else."""

from collective.smsauth.testing import last_code
from collective.smsauth.tests.support import wired as wiring
from collective.smsauth.tests.support.doors import basic
from collective.smsauth.tests.support.doors import commit
from collective.smsauth.tests.support.doors import sent
from collective.smsauth.tests.support.rest import RestTest
from collective.smsauth.verification import lifecycle

NETWORK, OUTSIDE = "203.0.113.0/24", "198.51.100.9"


class StepUpDoorTest(RestTest):
    """anna is let in without a code in one network, and asked for one in all others."""

    def setUp(self):
        super().setUp()
        self.configure(exempt_networks=(NETWORK,))
        self.session = self.login().json["token"]
        self.outside = self.client()
        self.outside.address = OUTSIDE

    def begin(self, token=None, **headers):
        return self.post("@smsauth/step-up", token=self.session if token is None else token, **headers)

    def assert_worth_nothing(self, flow):
        before = sent()
        for name, more in (("@login-flow", {}), ("@login-resend", {}), ("@login-verify", {"code": last_code()})):
            self.assert_over(self.post(name, {"flow": flow, **more}, client=self.outside))
        self.assertEqual(before, sent())

    def test_no_refusal_hands_out_a_flow(self):
        refused = [self.post("@smsauth/step-up/verify", {"code": "000000"}, token=self.session)]
        self.begin()
        refused.append(self.begin())
        refused.append(self.post("@smsauth/step-up/verify", {"code": self.wrong_code()}, token=self.session))
        self.assertEqual([409, 429, 422], [answer.status_int for answer in refused])
        for answer in refused:
            self.assertEqual("", answer.json["second_step"]["flow"])

    def test_its_flow_ends_with_what_ends_all_sessions(self):
        accounts = self.gate.accounts
        for end in (
            lambda: lifecycle.end_all_sessions(accounts, "anna"),
            lambda: lifecycle.disown(accounts, "anna"),
            lambda: self.bind("anna", "+31687654321"),
            lambda: accounts.save("anna", accounts.get("anna").without_session_named(*accounts.get("anna").sessions)),
        ):
            self.clock.advance(3600)
            self.session = self.login().json["token"]
            flow = self.begin().json["flow"]
            self.assertEqual(200, self.post("@login-flow", {"flow": flow}, client=self.outside).status_int)
            self.app._p_jar.sync()
            end()
            commit()
            self.assert_worth_nothing(flow)

    def test_its_flow_ends_when_its_session_logs_out_and_that_of_another_session_does_not(self):
        other = self.login().json["token"]
        flow = self.begin().json["flow"]
        self.clock.advance(61)
        others = self.begin(other).json["flow"]
        self.assertEqual(204, self.post("@logout", token=self.session).status_int)
        self.assert_worth_nothing(flow)
        self.assertEqual(200, self.post("@login-flow", {"flow": others}, client=self.outside).status_int)

    def test_so_it_does_where_the_session_has_no_record(self):
        token = self.jwt("anna")
        flow = self.begin(token).json["flow"]
        self.assertEqual(204, self.post("@logout", token=token).status_int)
        self.assert_worth_nothing(flow)

    def test_what_the_server_makes_for_an_answer_ends_as_well(self):
        for session in (next(iter(self.secrets())), "no record"):
            token = wiring.verifier().step_up("anna", session)
            self.assertIsNotNone(wiring.verifier().pending("anna", token))
            lifecycle.end_all_sessions(self.gate.accounts, "anna")
            self.assertIsNone(wiring.verifier().pending("anna", token))

    def secrets(self):
        claims = self.users.jwt_auth._decode_token(self.session)
        return [value for value in claims.values() if isinstance(value, str) and len(value) > 20]


class PasswordTest(StepUpDoorTest):
    """Name and password in each request are no session: a step-up by them gives a token."""

    def step_up(self):
        headers = {"Authorization": basic("anna")}
        begun = self.begin("", **headers)
        self.assertEqual(202, begun.status_int, begun.text)
        answer = self.post("@smsauth/step-up/verify", {"code": last_code()}, **headers)
        self.assertEqual(200, answer.status_int, answer.text)
        self.assertTrue(self.bears("anna", answer.json["token"]))
        again = self.post("@smsauth/step-up/verify", {"code": last_code()}, **headers)
        self.assert_refused(again, 409, "none-open")
        return begun.json["flow"]

    def test_it_can_be_done_twice_and_each_ends_its_flow(self):
        flows = []
        for _ in range(3):
            flows.append(self.step_up())
            for flow in flows:
                self.assert_worth_nothing(flow)
            self.clock.advance(120)

    def test_a_recovery_code_does_after_another_one(self):
        for code in self.recovery_codes()[:2]:
            answer = self.post("@smsauth/step-up/verify", {"code": code}, Authorization=basic("anna"))
            self.assertEqual(200, answer.status_int, answer.text)
            self.clock.advance(1)
