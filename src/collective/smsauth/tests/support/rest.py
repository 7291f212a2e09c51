"""What tests of the services share: JSON that is posted, and the sign-in in two steps."""

from collective.smsauth.testing import last_code
from collective.smsauth.testing import PASSWORD
from collective.smsauth.tests.support import wired as wiring
from collective.smsauth.tests.support.doors import Client
from collective.smsauth.tests.support.doors import commit
from collective.smsauth.tests.support.doors import DoorTest

JSON = "application/json"
#: What a step has in any case.
ALWAYS = {
    *("flow", "action", "channel", "to", "reference", "digits", "expires_in", "tries_left", "resend_in"),
    *("sent", "prepared", "delivery", "routes", "recovery_codes", "trust_days"),
}


class RestTest(DoorTest):
    """Asks services as programs do."""

    def post(self, name: str, body=None, *, client: Client | None = None, token: str = "", **headers: str):
        """Post a body to a service of the site."""
        if token:
            headers["Authorization"] = f"Bearer {token}"
        return (client or self.client()).post(self.path(name), json=body, Accept=JSON, **headers)

    def login(self, user_id: str = "anna", password: str = PASSWORD, client: Client | None = None, **headers: str):
        """Give name and password."""
        return self.post("@login", {"login": user_id, "password": password}, client=client, **headers)

    def step(self, user_id: str = "anna", client: Client | None = None) -> dict:
        """Give name and password, and return what is asked for next."""
        return self.login(user_id, client=client).json["second_step"]

    def flow(self, user_id: str = "anna") -> str:
        """Give name and password, and return the flow."""
        return self.step(user_id)["flow"]

    def verify(self, flow: object, code: object, client: Client | None = None, **more):
        """Answer with a code."""
        return self.post("@login-verify", {"flow": flow, "code": code, **more}, client=client)

    def token(self, user_id: str = "anna") -> str:
        """Sign in in two steps, and return the token."""
        return self.verify(self.flow(user_id), last_code()).json["token"]

    def wrong_code(self) -> str:
        """Return a code that is not the one that was sent last."""
        return "000000" if last_code() != "000000" else "111111"

    def bears(self, user_id: str, token: str) -> bool:
        """Tell whether a token opens the page of that member."""
        return self.reads(user_id, suffix="/@@secret", Authorization=f"Bearer {token}")

    def recovery_codes(self, user_id: str = "anna") -> tuple[str, ...]:
        """Return new recovery codes of a member."""
        codes = wiring.reserve().make_recovery_codes(user_id)
        commit()
        return codes

    def prepare(self, user_id: str = "anna") -> str:
        """Return a prepared code of a member."""
        code = wiring.reserve().prepare(user_id, lifetime=60 * 60, made_by="frank", reason="phone broken")
        commit()
        return code

    def assert_refused(self, answer, status: int, reason: str) -> dict:
        """Assert that an answer is that refusal, and return its body."""
        found = answer.json
        self.assertEqual((status, reason), (answer.status_int, found["error"]["reason"]), found)
        self.assertTrue(found["error"]["type"] and found["error"]["message"])
        self.assertEqual(status == 429, "Retry-After" in answer.headers)
        return found

    def assert_over(self, answer) -> None:
        """Assert that a sign-in is over."""
        self.assert_refused(answer, 401, "none-open")
        self.assertNotIn("second_step", answer.json)
        self.assertNotIn("token", answer.json)
        self.assertNotIn("Set-Cookie", answer.headers)
