"""The code that proves an address for one member and one form: sent, sent again, answered."""

from collective.smsauth import wiring
from collective.smsauth.allowance import Refusal
from collective.smsauth.domain.challenge import Challenge
from collective.smsauth.domain.challenge import Purpose
from collective.smsauth.domain.right_answer import RightAnswer
from collective.smsauth.issuing import route_to
from collective.smsauth.verdicts import Receipt
from collective.smsauth.verdicts import Verdict
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class CodeFlow:
    """One address at a time. ``purpose`` is SET_UP (the primary number) or CONTACT (any other address).

    ``binding`` names what the code belongs to besides the member: the pending sign-in of a set-up, the form that embeds this, or ''.
    ``client`` is the address of the client, for the limits.
    """

    user_id: str
    client: str
    purpose: Purpose = Purpose.CONTACT
    binding: str = ""

    @property
    def challenge(self) -> Challenge | None:
        """The last code that was sent here, even when it can no longer be answered."""
        challenge = wiring.verifier().open_challenge(self.user_id, self.purpose)
        return challenge if challenge is not None and challenge.binding == self.binding else None

    @property
    def answered(self) -> RightAnswer | None:
        """The right answer that was given here, while it may be sent again."""
        return wiring.verifier().answered(self.user_id, self.purpose, self.binding)

    @property
    def address(self) -> str:
        """The address that is to be proved, or was just now; '' if there is none."""
        asked = self.challenge or self.answered
        return asked.to if asked is not None else ""

    def is_underway(self, address: str) -> bool:
        """Tell whether a code that can still be answered went to ``address``."""
        challenge = self.challenge
        if challenge is None or challenge.to != address:
            return False
        return challenge.is_open(now=wiring.now(), max_tries=wiring.policy().max_tries)

    def send(self, address: str) -> Receipt:
        """Send a code to an address (E.164, or of e-mail) by the usual one of the channels that are on."""
        route = route_to(address, wiring.policy())
        if route is None:
            return Receipt(sent=False, refusal=Refusal.NO_CHANNEL)
        verifier, common = wiring.verifier(), {"address": self.client, "binding": self.binding}
        if self.purpose is Purpose.SET_UP:
            return verifier.begin_set_up(self.user_id, address, channel=route.channel, **common)
        return verifier.begin_contact(self.user_id, route, **common)

    def send_again(self) -> Receipt:
        """Send a new code to the same address."""
        if self.challenge is None:
            return Receipt(sent=False, refusal=Refusal.NONE_OPEN)
        return wiring.verifier().resend(self.user_id, self.purpose, address=self.client)

    def answer(self, code: object) -> Verdict:
        """Judge a typed code."""
        verifier = wiring.verifier()
        if self.purpose is Purpose.SET_UP:
            return verifier.verify_set_up(self.user_id, code, binding=self.binding)
        return verifier.verify_contact(self.user_id, code, binding=self.binding)

    def settle(self) -> None:
        """Note that what the proof was for has been done."""
        wiring.verifier().settle_contact(self.user_id, binding=self.binding)
