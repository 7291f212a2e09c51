"""The real parts in memory, for tests that need no site: a verifier with a store, a letter box and a clock to set."""

from BTrees.OOBTree import OOBTree
from collective.smsauth.domain.account import Account
from collective.smsauth.domain.challenge import Challenge
from collective.smsauth.domain.challenge import Purpose
from collective.smsauth.domain.channels import Channel
from collective.smsauth.domain.delivery import Text
from collective.smsauth.domain.policy import Policy
from collective.smsauth.interfaces import ITwoStepEvent
from collective.smsauth.storage.accounts import Accounts
from collective.smsauth.storage.counters import UsageCounters
from collective.smsauth.storage.number_blocks import NumberBlocks
from collective.smsauth.storage.password_access import PasswordAttempts
from collective.smsauth.storage.rate_limiter import RateLimiter
from collective.smsauth.verification.fraud_guard import FraudGuard
from collective.smsauth.verification.results import Receipt
from collective.smsauth.verification.results import Records
from collective.smsauth.verification.results import Verdict
from collective.smsauth.verification.verifier import Verifier
from dataclasses import dataclass
from zope.event import notify

import unittest
import zope.event

NOON = 1_800_000_000.0
NUMBER = "+31612345678"
OTHER_NUMBER = "+12025550123"
ADDRESS = "192.0.2.1"
KEY = b"k" * 32
FORMER_KEY = b"f" * 32


class PlainWording:
    """Texts that are easy to read in a test: the purpose and the code, nothing else."""

    language = "en"

    def code(self, purpose: Purpose, code: str, channel: Channel = Channel.TEXT, reference: str = "") -> str:
        """Return the text that carries ``code``."""
        return f"{purpose.value} {code}"

    def number_changed(self) -> str:
        """Return the text for a former number."""
        return "number changed"


@dataclass(frozen=True, kw_only=True)
class Letter:
    """One text as it was posted."""

    text: Text
    user_id: str
    challenge: Challenge | None


class AtOnce:
    """Judges in memory, where there are no transactions."""

    def __init__(self, office: "Office") -> None:
        self._office = office

    def run(self, name: object, work):
        """Return what ``work`` returns."""
        office = self._office
        records = Records(
            accounts=office.accounts,
            counters=office.counters,
            number_blocks=office.number_blocks,
            password_attempts=PasswordAttempts(office),
        )
        return work(records)

    def has_run(self, name: object) -> bool:
        """Nothing is run again."""
        return False

    def tell(self, event: object) -> None:
        """Fire an event."""
        notify(event)

    def go_on(self) -> bool:
        """There is no other transaction to catch up with."""
        return True


class Office:
    """Everything a verifier needs, for one site; keyword arguments are those of the policy."""

    def __init__(self, **rules: object) -> None:
        self.records = OOBTree()
        self.accounts = Accounts(self.records)
        self.rate_limiter = RateLimiter(lambda: self.now)
        self.counters, self.number_blocks = UsageCounters(self), NumberBlocks(self)
        self.policy = Policy(**rules)
        self.keys = [KEY]
        self.now = NOON
        self.posted: list[Letter] = []
        self.passwords: dict[str, str] = {}
        self.emails: dict[str, str] = {}
        self.elsewhere: set[str] = set()

    @property
    def verifier(self) -> Verifier:
        """A verifier of this moment, as each request makes one."""
        return Verifier(
            accounts=self.accounts,
            rate_limiter=self.rate_limiter,
            fraud_guard=self.fraud_guard,
            policy=self.policy,
            keys=self.keys,
            now=self.now,
            wording=PlainWording(),
            post=self._post,
            fingerprint=lambda user_id: self.passwords.get(user_id, "first password"),
            email=lambda user_id: self.emails.get(user_id, ""),
            keeps_password=lambda user_id: user_id not in self.elsewhere,
            judgements=AtOnce(self),
        )

    @property
    def fraud_guard(self) -> FraudGuard:
        """The fraud guard of this moment."""
        return FraudGuard(
            policy=self.policy, counters=self.counters, number_blocks=self.number_blocks, key=self.keys[0], now=self.now
        )

    def _post(self, text: Text, *, user_id: str, challenge: Challenge | None) -> None:
        self.posted.append(Letter(text=text, user_id=user_id, challenge=challenge))

    @property
    def counted(self) -> dict[str, object]:
        """All that is kept in windows, by name."""
        return self.rate_limiter._memory._limiter.storage._windows

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self.now += seconds

    def account(self, user_id: str = "jane") -> Account:
        """Return what is stored of a member."""
        return self.accounts.get(user_id) or Account()

    @property
    def code(self) -> str:
        """The code of the last text."""
        return self.posted[-1].text.body.split()[-1]

    @property
    def wrong_code(self) -> str:
        """A code that differs from that of the last text in its last digit."""
        return self.code[:-1] + str((int(self.code[-1]) + 1) % 10)

    def begin(self, user_id: str = "jane", *, client_address: str = ADDRESS) -> tuple[str, Receipt]:
        """Do what follows a correct password."""
        return self.verifier.begin_sign_in(user_id, client_address=client_address)

    def begin_set_up(self, user_id: str = "jane", number: str = NUMBER, *, client_address: str = ADDRESS) -> Receipt:
        """Ask for a code to bind a number."""
        return self.verifier.begin_set_up(user_id, number, client_address=client_address)

    def begin_reset(
        self,
        user_id: str = "jane",
        number: str = OTHER_NUMBER,
        *,
        signature: str = "signature",
        link_id: str = "link",
        client_address: str = ADDRESS,
    ) -> Receipt:
        """Ask for a reset link and its code."""
        return self.verifier.begin_reset(
            user_id, number, signature=signature, link_id=link_id, client_address=client_address
        )

    def answer_reset(
        self, code: object, user_id: str = "jane", *, signature: str = "signature", link_id: str = "link"
    ) -> Verdict:
        """Answer on the page of the reset link."""
        return self.verifier.verify_reset(user_id, code, signature=signature, link_id=link_id)

    def protect(self, user_id: str = "jane", number: str = NUMBER) -> None:
        """Bind a number by the whole set-up, well before now: its text counts in no window and its proof is gone."""
        self.now -= 2 * 24 * 60 * 60
        self.begin_set_up(user_id, number, client_address=f"the home of {user_id}")
        verdict = self.verifier.verify_set_up(user_id, self.code)
        if not verdict.accepted:
            raise AssertionError(f"set-up failed: {verdict}")
        self.now += 2 * 24 * 60 * 60
        self.posted.clear()

    def fail(self, times: int, user_id: str = "jane") -> None:
        """Count failures as wrong passwords on a page of the second step do."""
        account = self.account(user_id)
        for _ in range(times):
            account = account.with_failure(self.now)
        self.accounts.save(user_id, account)


class VerifierTest(unittest.TestCase):
    """A test with an office in which jane is protected, and with the events that are fired."""

    rules: dict[str, object] = {}

    def setUp(self) -> None:
        """Open the office."""
        self.office = Office(**self.rules)
        self.office.protect()
        self.events: list[object] = []
        zope.event.subscribers.append(self._note)
        self.addCleanup(zope.event.subscribers.remove, self._note)

    def _note(self, event: object) -> None:
        if ITwoStepEvent.providedBy(event):
            self.events.append(event)

    def fired(self) -> list[str]:
        """Return the names of the events fired so far, in order."""
        return [type(event).__name__ for event in self.events]
