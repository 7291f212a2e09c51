"""The code that proves a contact point for one member and one form: sent, sent again, answered."""

from collective.smsauth import wiring
from collective.smsauth.domain import channels
from collective.smsauth.domain import contact_points
from collective.smsauth.domain.account import Account
from collective.smsauth.domain.challenge import Challenge
from collective.smsauth.domain.challenge import Purpose
from collective.smsauth.domain.channels import Channel
from collective.smsauth.domain.channels import Route
from collective.smsauth.domain.right_answer import RightAnswer
from collective.smsauth.domain.unproved_number import UnprovedNumber
from collective.smsauth.verification.issuer import route_to
from collective.smsauth.verification.results import Receipt
from collective.smsauth.verification.results import SendRefusal
from collective.smsauth.verification.results import Verdict
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class AddressProof:
    """One contact point at a time. ``purpose`` is SET_UP (the primary number) or CONTACT (any other).

    ``binding`` names what the code belongs to besides the member: the pending sign-in of a set-up, the form that embeds this, or ''.
    ``client_address`` is for the limits; ``parts`` are those of the request. What another process sent or judged a moment ago is looked for
    first: nothing but the member's being there tells that there is any.
    """

    user_id: str
    client_address: str
    parts: wiring.Parts
    purpose: Purpose = Purpose.CONTACT
    binding: str = ""

    @property
    def challenge(self) -> Challenge | None:
        """The last code that was sent here, even when it can no longer be answered."""
        self.parts.gate.catch_up()
        challenge = self.parts.verifier.open_challenge(self.user_id, self.purpose)
        return challenge if challenge is not None and challenge.binding == self.binding else None

    @property
    def answered(self) -> RightAnswer | None:
        """The right answer that was given here, while it may be sent again."""
        self.parts.gate.catch_up()
        return self.parts.verifier.answered(self.user_id, self.purpose, self.binding)

    @property
    def unproved(self) -> UnprovedNumber | None:
        """The number that is proved here, claimed or asked for, whether or not a code is on its way to it; None if there is none."""
        account = self.parts.accounts.get(self.user_id) or Account()
        unproved = contact_points.unproved_of(account, now=self.parts.now)
        if unproved is None or self.binding:
            return None
        is_here = contact_points.purpose_of_proof(account, listed=unproved.listed) is self.purpose
        return unproved if is_here else None

    @property
    def contact_point(self) -> str:
        """What is to be proved, or was just now; '' if there is nothing. A number is to be as long as it is pending."""
        asked = self.challenge or self.answered
        if asked is not None:
            return asked.to
        unproved = self.unproved
        return unproved.number if unproved is not None and unproved.is_pending(now=self.parts.now) else ""

    def is_underway(self, contact_point: str) -> bool:
        """Tell whether a code that can still be answered went to ``contact_point``."""
        challenge = self.challenge
        if challenge is None or challenge.to != contact_point:
            return False
        return challenge.is_open(now=self.parts.now, max_tries=self.parts.policy.max_tries)

    def send(self, contact_point: str, *, channel: Channel | None = None, listed: bool = False) -> Receipt:
        """Send a code to a number (E.164) or e-mail address by ``channel``, or else by the usual one of the channels that are on.

        ``listed`` tells that the first number of a member was asked for as one of several.
        """
        route = self._route(contact_point, channel)
        if route is None:
            return Receipt(sent=False, refusal=SendRefusal.NO_CHANNEL)
        verifier, common = self.parts.verifier, {"client_address": self.client_address, "binding": self.binding}
        if self.purpose is Purpose.SET_UP:
            return verifier.begin_set_up(self.user_id, contact_point, channel=route.channel, listed=listed, **common)
        return verifier.begin_contact(self.user_id, route, **common)

    def refusal(self, contact_point: str) -> Receipt | None:
        """Return why no code could be sent now, None if one could."""
        route, client = self._route(contact_point), self.client_address
        if route is None:
            return Receipt(sent=False, refusal=SendRefusal.NO_CHANNEL)
        refused = self.parts.verifier.refusal(self.user_id, self.purpose, route, client_address=client)
        return None if refused is None else Receipt(sent=False, refusal=refused[0], wait=refused[1])

    def send_again(self) -> Receipt:
        """Send a new code to the same contact point; the first one to a number that was only claimed."""
        if self.challenge is not None:
            return self.parts.verifier.resend(self.user_id, self.purpose, client_address=self.client_address)
        unproved = self.unproved
        if unproved is None:
            return Receipt(sent=False, refusal=SendRefusal.NONE_OPEN)
        return self.send(unproved.number, listed=unproved.listed)

    def was_judged(self, code: object, *, by_other: bool = False) -> bool:
        """Tell whether this request has judged that code already, in an attempt that ended in a conflict."""
        verifier, by_other = self.parts.verifier, by_other and self.purpose is Purpose.SET_UP
        return verifier.was_judged(self.user_id, self.purpose, code, binding=self.binding, by_other=by_other)

    def answer(self, code: object, *, once: bool = False, by_other: bool = False) -> Verdict:
        """Judge a typed code; with ``once``, the right one of a set-up cannot be sent again.

        ``by_other`` tells that not the member entered it: then no session of theirs goes on with it.
        """
        if self.purpose is Purpose.SET_UP:
            return self.parts.verifier.verify_set_up(
                self.user_id, code, binding=self.binding, once=once, by_other=by_other
            )
        return self.parts.verifier.verify_contact(self.user_id, code, binding=self.binding)

    def _route(self, contact_point: str, channel: Channel | None = None) -> Route | None:
        if channel is None:
            return route_to(contact_point, self.parts.policy)
        possible = channels.channels_of(contact_point, self.parts.policy.channels)
        return Route(to=contact_point, channel=channel) if channel in possible else None

    def settle(self) -> None:
        """Note that what the proof was for has been done."""
        self.parts.verifier.settle_contact(self.user_id, binding=self.binding)
