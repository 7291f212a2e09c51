"""Generated histories of one member, judged by a second, simpler account of the rules.

The model below is written from the rules (tries, pauses, waits, limits, single use, one purpose) in plain numbers and
calls nothing of the package; after each step the verifier and the model must agree on every answer, refusal and wait.
"""

from collective.smsauth.domain.challenge import Purpose
from collective.smsauth.tests.support.generated import run_histories
from collective.smsauth.tests.support.generated import st
from collective.smsauth.tests.support.parts import ADDRESS
from collective.smsauth.tests.support.parts import NOON
from collective.smsauth.tests.support.parts import NUMBER
from collective.smsauth.tests.support.parts import Office
from collective.smsauth.tests.support.parts import OTHER_NUMBER
from collective.smsauth.verification import lifecycle
from collective.smsauth.verification import lockout
from dataclasses import dataclass
from dataclasses import field
from hypothesis.stateful import initialize
from hypothesis.stateful import invariant
from hypothesis.stateful import rule
from hypothesis.stateful import RuleBasedStateMachine

import math
import unittest

SIGN_IN, SET_UP, RESET = "sign-in", "set-up", "reset"
LIFETIMES = {SIGN_IN: 300, SET_UP: 300, RESET: 600}
PAUSES = {10: 60, 11: 120, 12: 240, 13: 480}
HALF_HOUR = 1800


@dataclass
class Slip:
    """A code as the model knows it."""

    code: str
    number: str
    issued: float
    row: int
    link: str = ""
    wrong: int = 0
    told: set = field(default_factory=set)


@dataclass
class Model:
    """The rules once more, for one member, in the clear."""

    now: float = NOON
    number: str = ""
    failures: int = 0
    last: float = 0.0
    slips: dict = field(default_factory=dict)
    earlier: dict = field(default_factory=dict)
    asked: object = None
    pending: list = field(default_factory=list)
    link: tuple = ("", 0.0)
    right: dict = field(default_factory=dict)
    again: bool = False
    texts: dict = field(default_factory=lambda: {"own": [], "reset": []})

    def held(self):
        """Return why nothing is judged or sent now, with the seconds, or None."""
        if self.failures >= 100:
            return "locked", 0
        if self.failures >= 10:
            left = math.ceil(self.last + PAUSES.get(self.failures, 900) - self.now)
            if left > 0:
                return "paused", left
        return None

    def refusal(self, purpose, number):
        """Return why no text may go to that number now, with the seconds, or None."""
        if not number:
            return "no-number", 0
        if purpose != RESET and self.held():
            return self.held()
        lately = [time for time in self.texts["reset" if purpose == RESET else "own"] if self.now - time < HALF_HOUR]
        slip, left = self.slips.get(purpose), 0
        if slip and slip.number == number and self.now - slip.issued < HALF_HOUR:
            left = math.ceil(slip.issued + [30, 60, 120, 300][min(slip.row, 3)] - self.now)
        if len(lately) >= 5:
            return "member-limit", max(left, math.ceil(lately[-5] + HALF_HOUR - self.now))
        return ("too-soon", left) if left > 0 else None

    def sent(self, purpose, number, code, link=""):
        """Note a text."""
        former = self.slips.get(purpose)
        same_row = former and former.number == number and self.now - former.issued < HALF_HOUR
        row = former.row + 1 if same_row else 0
        if former and purpose != RESET:
            self.earlier.setdefault(purpose, []).append(former)
        self.slips[purpose] = Slip(code=code, number=number, issued=self.now, row=row, link=link)
        self.texts["reset" if purpose == RESET else "own"].append(self.now)

    def judge(self, purpose, code, link="", secret=None):
        """Judge an answer to the form of that link or sign-in; return the outcome, and note whether it was given before."""
        self.again = False
        if purpose == SIGN_IN and not self.stands(secret):
            return self.judge_again(purpose, secret, code)
        if purpose == RESET and not (link == self.link[0] and self.now < self.link[1]):
            return self.judge_again(purpose, link, code)
        outcome = self.judge_slip(purpose, code, secret or link)
        if outcome == "none-open":
            return self.judge_again(purpose, link, code)
        if outcome == "accepted":
            self.right[purpose, secret or link] = code, self.now + 120
            self.right = dict(list(self.right.items())[-5:])
        return outcome

    def judge_again(self, purpose, form, code):
        """Judge an answer to a form for which there is no code: it may be the right one of the last two minutes."""
        right, end = self.right.get((purpose, form), ("", 0.0))
        if self.now >= end:
            return "none-open"
        if len(code) != 6 or not code.isdecimal():
            return "malformed"
        self.again = True
        if code == right:
            return "accepted"
        del self.right[purpose, form]
        if purpose != RESET:
            self.failures, self.last = self.failures + 1, self.now
        return "wrong"

    def judge_slip(self, purpose, code, link=""):
        """Judge an answer by the code that was sent; return the outcome."""
        if purpose != RESET and self.held():
            return self.held()[0]
        if len(code) != 6 or not code.isdecimal():
            return "malformed"
        *before, slip = [None, *self.sent_for(purpose, link)]
        if slip is None:
            return "none-open"
        self.asked = slip
        if self.now >= slip.issued + LIFETIMES[purpose]:
            return "expired"
        if slip.wrong >= 5:
            return "too-many-tries"
        if code != slip.code:
            for one in before[1:]:
                if one.code == code:
                    one.wrong = 5
                    return "earlier"
            slip.wrong += 1
            if purpose != RESET:
                self.failures, self.last = self.failures + 1, self.now
            return "wrong"
        del self.slips[purpose]
        self.earlier.pop(purpose, None)
        self.failures = 0
        kind = "reset" if purpose == RESET else "own"
        led = [time for time in self.texts[kind] if time <= slip.issued]
        self.texts[kind] = led[: -slip.row - 1] + [time for time in self.texts[kind] if time > slip.issued]
        if purpose != SIGN_IN:
            self.number = slip.number
            self.end()
        return "accepted"

    def sent_for(self, purpose, form):
        """Return the codes that a form asks for, the one that counts last: of a sign-in those sent for it, or that it was told to use."""
        last = self.slips.get(purpose)
        if last and self.now >= last.issued + LIFETIMES[purpose] + HALF_HOUR:
            last = None
        earlier = [one for one in self.earlier.get(purpose, ()) if self.now < one.issued + LIFETIMES[purpose]]
        sent = [*earlier, *([last] if last else [])]
        if purpose == SIGN_IN:
            return [one for one in sent if one.link == form or form in one.told]
        return sent if last and last.link == form else []

    def end(self):
        """End all that was opened."""
        self.slips, self.earlier, self.pending, self.link, self.right = {}, {}, [], ("", 0.0), {}

    def last_right(self, purpose):
        """Return the right answer given last for that purpose: purpose, code and form."""
        return next(
            (purpose, code, form) for (name, form), (code, _) in reversed(self.right.items()) if name == purpose
        )

    def stands(self, secret):
        """Tell whether a pending sign-in stands."""
        return any(name == secret and self.now < end for name, end in self.pending)


class History(RuleBasedStateMachine):
    """One member, everything that can happen to the second step, in any order."""

    @initialize(number=st.sampled_from(["", NUMBER]))
    def begin(self, number):
        """Start with or without a bound number."""
        self.office = Office(texts_per_number=1000, texts_per_address=10_000)
        self.model = Model(number=number)
        self.dead = ["000000"]
        self.links = ["never signed"]
        self.secrets = ["never handed out"]
        self.given = []
        self.proofs = []
        self.tokens = {}
        if number:
            self.office.protect(number=number)

    @rule(seconds=st.sampled_from([1, 7, 29, 30, 60, 61, 119, 240, 300, 480, 600, 900, 1800, 2100, 90_000]))
    def wait(self, seconds):
        self.office.wait(seconds)
        self.model.now += seconds

    @rule()
    def password_given(self):
        secret, receipt = self.office.begin()
        self.secrets.append(secret)
        self.model.pending = [(name, end) for name, end in self.model.pending if self.model.now < end]
        self.model.pending = [*self.model.pending, (secret, self.model.now + 900)]
        self.check_receipt(receipt, SIGN_IN, self.model.number, secret)

    @rule(number=st.sampled_from([NUMBER, OTHER_NUMBER]))
    def set_up_asked_for(self, number):
        self.check_receipt(self.office.begin_set_up(number=number), SET_UP, number)

    @rule(number=st.sampled_from([NUMBER, OTHER_NUMBER]))
    def reset_asked_for(self, number):
        link = f"link {len(self.links)}"
        self.links.append(link)
        receipt = self.office.begin_reset(number=number, signature=link, link_id=link)
        self.check_receipt(receipt, RESET, number, link)
        if receipt.sent:
            self.model.link = (link, self.model.now + 600)

    @rule(known=st.booleans())
    def sign_in_code_resent(self, known):
        secret = self.model.pending[-1][0] if known and self.model.pending else "unknown"
        token = self.tokens.get(secret, secret)
        receipt = self.office.verifier.resend("jane", Purpose.SIGN_IN, client_address=ADDRESS, pending=token)
        self.tokens[secret] = receipt.pending or token
        if self.model.stands(secret):
            self.check_receipt(receipt, SIGN_IN, self.model.number, secret)
        else:
            assert (receipt.sent, receipt.refusal.value) == (False, "none-open")

    @rule()
    def set_up_code_resent(self):
        slip = self.model.slips.get(SET_UP)
        known = slip is not None and self.model.now < slip.issued + 300 + HALF_HOUR
        receipt = self.office.verifier.resend("jane", Purpose.SET_UP, client_address=ADDRESS)
        self.check_receipt(receipt, SET_UP, slip.number if known else "")

    @rule(kind=st.sampled_from(["right", "right", "wrong", "wrong", "malformed", "dead", "lifted"]), data=st.data())
    def sign_in_answered(self, kind, data):
        secret = data.draw(st.sampled_from(self.secrets[-7:]))
        self.sign_in_with(self.typed(SIGN_IN, kind), secret)

    @rule(wrong=st.integers(0, 6))
    def sign_in_finished(self, wrong):
        secret = self.secrets[-1]
        for kind in (*["wrong"] * wrong, "right"):
            self.sign_in_with(self.typed(SIGN_IN, kind), secret)

    def sign_in_with(self, code, secret):
        verdict = self.office.verifier.verify_sign_in("jane", code, pending=self.tokens.get(secret, secret))
        expected = self.model.judge(SIGN_IN, code, secret=secret)
        self.check_verdict(verdict, expected, SIGN_IN)
        if expected == "accepted":
            self.model.pending = [(name, end) for name, end in self.model.pending if name != secret]

    @rule(kind=st.sampled_from(["right", "right", "wrong", "malformed", "dead", "lifted"]))
    def set_up_answered(self, kind):
        code = self.typed(SET_UP, kind)
        verdict = self.office.verifier.verify_set_up("jane", code)
        self.check_verdict(verdict, self.model.judge(SET_UP, code), SET_UP)

    @rule(kind=st.sampled_from(["right", "right", "wrong", "malformed", "dead", "lifted"]), newest=st.booleans())
    def reset_answered(self, kind, newest):
        link = self.links[-1] if newest else self.model.link[0] or self.links[0]
        code = self.typed(RESET, kind)
        verdict = self.office.answer_reset(code, signature=link, link_id=link)
        self.check_verdict(verdict, self.model.judge(RESET, code, link), RESET)

    @rule(newest=st.booleans())
    def last_answer_sent_again(self, newest):
        if not self.given:
            return
        purpose, code, form = self.given[-1 if newest else 0]
        if purpose == SIGN_IN:
            self.sign_in_with(code, form)
        elif purpose == SET_UP:
            self.check_verdict(self.office.verifier.verify_set_up("jane", code), self.model.judge(SET_UP, code), SET_UP)
        else:
            verdict = self.office.answer_reset(code, signature=form, link_id=form)
            self.check_verdict(verdict, self.model.judge(RESET, code, form), RESET)

    @rule()
    def session_used(self):
        if self.proofs:
            lifecycle.note_use(self.office.accounts, "jane", self.proofs[-1][0])
            self.model.right.pop(self.proofs[-1][1], None)

    @rule(times=st.sampled_from([1, 4, 9, 60, 90, 100]))
    def wrong_passwords_given(self, times):
        for _ in range(times):
            verdict = self.office.verifier.verify_password("jane", lambda: False)
            held = self.model.held()
            assert (verdict.outcome.value, verdict.wait) == (held or ("wrong", 0)), (verdict, held)
            if not held:
                self.model.failures, self.model.last = self.model.failures + 1, self.model.now

    @rule()
    def released(self):
        lockout.release(self.office.accounts, "jane")
        self.model.failures = 0

    @rule()
    def password_changed(self):
        lifecycle.end_sessions(self.office.accounts, "jane")
        self.model.end()

    def typed(self, purpose, kind):
        slip = self.model.slips.get(purpose)
        others = [one.code for name, one in self.model.slips.items() if name != purpose]
        if kind == "right" and slip:
            return slip.code
        if kind == "wrong" and slip:
            return slip.code[:-1] + str((int(slip.code[-1]) + 1) % 10)
        if kind == "lifted" and others:
            return others[-1]
        return "12 34" if kind == "malformed" else self.dead[-1]

    def check_receipt(self, receipt, purpose, number, link=""):
        expected = self.model.refusal(purpose, number)
        if expected is None:
            assert receipt.sent and receipt.refusal is None, receipt
            letter = self.office.posted[-1]
            assert letter.text.to == number
            if purpose in self.model.slips:
                self.dead.append(self.model.slips[purpose].code)
            self.model.sent(purpose, number, self.office.code, link)
            assert letter.text.expires == self.model.now + LIFETIMES[purpose]
            assert receipt.wait == self.model.refusal(purpose, number)[1]
        else:
            assert not receipt.sent
            assert (receipt.refusal.value, receipt.wait) == expected, (receipt, expected)
            last = self.model.slips.get(SIGN_IN)
            is_open = last and last.wrong < 5 and self.model.now < last.issued + LIFETIMES[SIGN_IN]
            if purpose == SIGN_IN and is_open and expected[0] in ("too-soon", "member-limit"):
                last.told.add(link)

    def check_verdict(self, verdict, expected, purpose):
        assert verdict.outcome.value == expected, (verdict, expected)
        assert bool(verdict.proof) == (expected == "accepted" and purpose != RESET)
        if expected == "wrong":
            assert verdict.tries_left == (0 if self.model.again else 5 - self.model.asked.wrong)
        if expected == "accepted":
            assert verdict.again == self.model.again
            self.dead.append(self.office.code)
            self.given.append(self.model.last_right(purpose))
            account = self.office.account()
            if verdict.proof:
                self.proofs.append((verdict.proof, (purpose, self.given[-1][2])))
                assert account.session(verdict.proof, now=self.office.now, fingerprint="first password")

    @invariant()
    def the_verifier_and_the_model_agree_on_the_member(self):
        account = self.office.account()
        assert (account.number, account.failures) == (self.model.number, self.model.failures)
        held = self.model.held()
        paused = held[1] if held and held[0] == "paused" else 0
        if self.model.failures < 100:
            assert self.office.policy.pause(account, now=self.office.now) == paused
        for purpose, name in ((Purpose.SIGN_IN, SIGN_IN), (Purpose.SET_UP, SET_UP), (Purpose.RESET, RESET)):
            challenge, slip = self.office.verifier.open_challenge("jane", purpose), self.model.slips.get(name)
            is_open = slip is not None and self.model.now < slip.issued + LIFETIMES[name] and slip.wrong < 5
            seen = challenge is not None and challenge.is_open(now=self.office.now, max_tries=5)
            assert seen == is_open, (name, challenge, slip)

    @invariant()
    def a_pending_sign_in_stands_as_long_as_the_model_says(self):
        for secret in self.secrets[-7:]:
            assert (self.office.verifier.pending("jane", secret) is not None) == self.model.stands(secret)

    @invariant()
    def the_record_stays_small(self):
        account = self.office.account()
        assert len(account.earlier) <= 10 and len(account.sessions) <= 20 and len(account.challenges) <= 3
        assert len(account.pending_over) <= 20
        assert len(account.sent_at) <= 10 and len(account.reset_sent_at) <= 10


class HistoryTest(unittest.TestCase):
    def test_in_every_history_the_verifier_does_what_the_rules_say(self):
        run_histories(History, max_examples=150, stateful_step_count=40)
