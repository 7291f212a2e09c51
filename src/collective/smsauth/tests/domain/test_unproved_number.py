"""Histories of the numbers of one member, judged by a second, simpler account of the rules: claimed, pending, verified, primary.

The model is written from the rules in plain sets and calls nothing of the package. Commands come in any order.
"""

from collective.smsauth.domain import contact_points
from collective.smsauth.domain.account import Account
from collective.smsauth.domain.challenge import Purpose
from collective.smsauth.domain.channels import Channel
from collective.smsauth.domain.channels import Route
from collective.smsauth.domain.channels import Standing
from collective.smsauth.domain.unproved_number import UnprovedNumber
from collective.smsauth.storage.accounts import dump
from collective.smsauth.storage.accounts import load
from collective.smsauth.tests.support.generated import given
from collective.smsauth.tests.support.generated import run_histories
from collective.smsauth.tests.support.generated import st
from collective.smsauth.tests.support.parts import ADDRESS
from collective.smsauth.tests.support.parts import NOON
from collective.smsauth.tests.support.parts import Office
from collective.smsauth.verification import contact_points as changes
from collective.smsauth.verification import lifecycle
from dataclasses import dataclass
from dataclasses import field
from hypothesis.stateful import initialize
from hypothesis.stateful import invariant
from hypothesis.stateful import rule
from hypothesis.stateful import RuleBasedStateMachine

import unittest

NUMBERS = tuple(f"+316123456{last}" for last in range(70, 79))
SET_UP, CONTACT = Purpose.SET_UP, Purpose.CONTACT
DAY = 24 * 60 * 60


@dataclass
class Model:
    """What is known of the numbers, in plain words. ``codes`` are (code, number, end) of those that can still prove their number."""

    now: float = NOON
    primary: str = ""
    since: float = NOON - 2 * DAY
    further: dict = field(default_factory=dict)
    said: str = ""
    claimed: bool = False
    listed: bool = False
    asked: float = 0.0
    code: tuple = ("", "", 0.0)

    def forget(self):
        """Nobody says anything of a number."""
        self.said, self.claimed, self.listed, self.asked, self.code = "", False, False, 0.0, ("", "", 0.0)

    def settle(self):
        """Let go what has lapsed."""
        if self.said and not self.claimed and self.now >= self.asked + 30 * DAY:
            self.forget()

    def standing(self):
        """Return how far the number has come that is not proved, '' if there is none to show."""
        if not self.said or self.said == self.primary or self.said in self.further:
            return ""
        return "pending" if self.asked and self.now < self.asked + 30 * DAY else "claimed"

    def bind(self, number):
        """A number is proved to be the primary one, now."""
        self.primary, self.since = number, self.now
        self.further.pop(number, None)

    def end_codes(self):
        """No code that was sent proves anything."""
        self.code = ("", "", 0.0)


class Numbers(RuleBasedStateMachine):
    """One member, and all that can be done about their numbers."""

    @initialize(primary=st.sampled_from(["", NUMBERS[0]]))
    def begin(self, primary):
        self.office = Office(texts_per_user=100, texts_per_number=1000, texts_per_address=10_000, resend_waits=(5,))
        self.model = Model(primary=primary)
        self.dead = ["000000"]
        if primary:
            self.office.protect(number=primary)

    @property
    def verifier(self):
        return self.office.verifier

    @rule(seconds=st.sampled_from([60, 299, 300, 2 * DAY, 15 * DAY, 30 * DAY - 6, 30 * DAY]))
    def wait(self, seconds):
        self.pass_time(seconds)

    @rule(number=st.sampled_from(NUMBERS))
    def claimed(self, number):
        known = number == self.model.primary or number in self.model.further
        assert changes.claim(self.office.accounts, "jane", number, now=self.office.now) is not known
        if known:
            return
        if self.model.said != number:
            self.bury()
            self.model.forget()
        self.model.said, self.model.claimed = number, True

    @rule(number=st.sampled_from(NUMBERS), listed=st.booleans())
    def asked_for(self, number, listed):
        self.pass_time(6)
        if listed and self.model.primary:
            receipt = self.verifier.begin_contact(
                "jane", Route(to=number, channel=Channel.TEXT), client_address=ADDRESS
            )
            known = number == self.model.primary or number in self.model.further
            assert receipt.sent is (not known and len(self.model.further) < 5), receipt
        else:
            receipt = self.verifier.begin_set_up("jane", number, client_address=ADDRESS, listed=listed)
            assert receipt.sent, receipt
        if receipt.sent:
            self.note_asked(number, listed)

    @rule()
    def sent_again(self):
        self.pass_time(6)
        purpose = self.purpose()
        if self.verifier.open_challenge("jane", purpose) is None:
            return
        full = purpose is CONTACT and len(self.model.further) >= 5
        receipt = self.verifier.resend("jane", purpose, client_address=ADDRESS)
        assert receipt.sent, (receipt, full)
        self.note_asked(self.model.said, self.model.listed)

    @rule(kind=st.sampled_from(["right", "right", "right", "dead"]), by_other=st.booleans(), crossed=st.booleans())
    def answered(self, kind, by_other, crossed):
        code, number, end = self.model.code
        purpose = self.purpose()
        typed = code if kind == "right" and code else self.dead[-1]
        if crossed:
            purpose = CONTACT if purpose is SET_UP else SET_UP
        if purpose is SET_UP:
            verdict = self.verifier.verify_set_up("jane", typed, by_other=by_other)
        else:
            verdict = self.verifier.verify_contact("jane", typed)
        is_right = kind == "right" and bool(code) and self.model.now < end and not crossed
        is_right = is_right and (purpose is SET_UP or len(self.model.further) < 5)
        if verdict.again:
            return  # the right answer of the last two minutes: nothing is done again
        assert verdict.accepted is is_right, (verdict, self.model)
        self.office.accounts.save("jane", self.office.account().released())
        if not is_right:
            return
        assert verdict.to == number
        assert bool(verdict.proof) is (purpose is SET_UP and not by_other)
        self.dead.append(code)
        self.model.forget()
        if purpose is SET_UP:
            self.model.bind(number)
        else:
            self.model.further[number] = self.model.now

    @rule()
    def withdrawn(self):
        changes.withdraw(self.office.accounts, "jane")
        self.bury()
        self.model.forget()

    @rule(number=st.sampled_from(NUMBERS))
    def removed(self, number):
        assert changes.remove(self.office.accounts, "jane", number) is (number in self.model.further)
        if number in self.model.further:
            del self.model.further[number]
            if self.model.said == number:
                self.bury()
                self.model.forget()

    @rule(number=st.sampled_from(NUMBERS))
    def made_primary(self, number):
        made = changes.make_primary(self.office.accounts, "jane", number, keep="", session=None)
        assert made is (number in self.model.further)
        if made:
            proved = self.model.further.pop(number)
            self.model.further[self.model.primary] = self.model.since
            self.model.primary, self.model.since = number, proved
            self.bury()
            self.model.end_codes()
            if self.model.said == number:
                self.model.forget()

    @rule(number=st.sampled_from(NUMBERS))
    def set_up_while_logging_in(self, number):
        if self.model.primary:
            return
        self.pass_time(6)
        assert self.verifier.begin_set_up("jane", number, client_address=ADDRESS, binding="a sign-in").sent
        code = self.office.code
        self.bury()
        assert self.verifier.verify_set_up("jane", code, binding="a sign-in").accepted
        self.model.end_codes()
        self.model.bind(number)
        if self.model.said == number:
            self.model.forget()

    @rule(number=st.sampled_from(NUMBERS))
    def reset(self, number):
        self.pass_time(6)
        self.bury()
        assert self.office.begin_reset(number=number).sent
        assert self.office.answer_reset(self.office.code).accepted
        recent = self.model.now - 72 * 60 * 60
        self.model.further = {one: at for one, at in self.model.further.items() if at <= recent}
        if self.model.said == number or (self.model.asked > recent and not self.model.claimed):
            self.model.forget()
        elif self.model.asked > recent:
            self.model.asked, self.model.listed = 0.0, False
        self.model.end_codes()
        self.model.bind(number)

    @rule()
    def password_changed(self):
        lifecycle.end_sessions(self.office.accounts, "jane")
        self.bury()
        self.model.end_codes()

    @rule()
    def turned_off(self):
        lifecycle.unbind(self.office.accounts, "jane")
        if self.model.primary:
            self.bury()
            self.model.forget()
            self.model.primary, self.model.further = "", {}

    def purpose(self):
        return CONTACT if self.model.listed and self.model.primary else SET_UP

    def pass_time(self, seconds):
        self.office.wait(seconds)
        self.model.now += seconds
        self.model.settle()

    def note_asked(self, number, listed):
        self.bury()
        claimed = self.model.claimed and self.model.said == number
        assert self.office.posted[-1].text.to == number
        self.model.said, self.model.claimed, self.model.listed = number, claimed, listed
        self.model.asked, self.model.code = self.model.now, (self.office.code, number, self.model.now + 300)

    def bury(self):
        if self.model.code[0]:
            self.dead.append(self.model.code[0])

    @invariant()
    def they_agree_on_every_number(self):
        account = self.office.account()
        points = contact_points.points_of(account, "", now=self.office.now)
        found = {point.address: point.standing.value for point in points}
        expected = dict.fromkeys([*filter(None, [self.model.primary]), *self.model.further], "verified")
        if self.model.standing():
            expected[self.model.said] = self.model.standing()
        assert found == expected, (found, expected)
        assert [point.address for point in points if point.primary] == [n for n in [self.model.primary] if n]
        assert set(contact_points.numbers_of(account)) == {
            *filter(None, [self.model.primary]),
            *self.model.further,
        }

    @invariant()
    def no_code_to_log_in_goes_to_a_number_that_is_not_proved(self):
        proved = {self.model.primary, *self.model.further}
        assert {route.to for route in self.verifier.routes("jane")} <= proved

    @invariant()
    def the_record_is_read_as_it_was_written(self):
        account = self.office.account()
        record = dump(account)
        assert load(record).unproved == account.unproved
        assert ("u" in record) is (account.unproved is not None)


class NumbersTest(unittest.TestCase):
    def test_in_every_history_the_numbers_are_what_the_rules_say(self):
        run_histories(Numbers, max_examples=150, stateful_step_count=40)

    @given(
        st.builds(
            UnprovedNumber,
            number=st.sampled_from(NUMBERS),
            asked=st.sampled_from([0.0, NOON]),
            listed=st.booleans(),
            claimed=st.booleans(),
        )
    )
    def test_it_is_kept_as_it_is(self, unproved):
        self.assertEqual(unproved, load(dump(Account(unproved=unproved))).unproved)
        self.assertNotIn(unproved.number, repr(unproved))

    def test_a_claim_that_nobody_asked_for_never_lapses_and_one_that_was_asked_for_alone_does(self):
        claimed, asked = UnprovedNumber(number=NUMBERS[0], claimed=True), UnprovedNumber(number=NUMBERS[0], asked=NOON)
        self.assertIs(Standing.CLAIMED, claimed.standing(now=NOON + 1000 * DAY))
        self.assertIs(Standing.PENDING, asked.standing(now=NOON + 30 * DAY - 1))
        self.assertIsNone(asked.standing(now=NOON + 30 * DAY))
