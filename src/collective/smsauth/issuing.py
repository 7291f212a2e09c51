"""Issues codes: whether one may be sent now, where it may go, and the challenge that then awaits its answer."""

from collective.smsauth.allowance import Allowance
from collective.smsauth.allowance import Refusal
from collective.smsauth.brake import Brake
from collective.smsauth.domain import challenge as challenges
from collective.smsauth.domain import codes
from collective.smsauth.domain import contact
from collective.smsauth.domain.account import Account
from collective.smsauth.domain.challenge import Purpose
from collective.smsauth.domain.contact import Channel
from collective.smsauth.domain.contact import Route
from collective.smsauth.domain.delivery import Text
from collective.smsauth.domain.policy import NOTICE_LIFETIME
from collective.smsauth.domain.policy import Policy
from collective.smsauth.judging import hold
from collective.smsauth.verdicts import Post
from collective.smsauth.verdicts import Receipt
from collective.smsauth.verdicts import Wording
from dataclasses import dataclass
from dataclasses import field


@dataclass(frozen=True, kw_only=True)
class Issuer:
    """Issues codes for one site at one moment. ``key`` signs; ``now`` is seconds since the epoch."""

    allowance: Allowance
    brake: Brake
    policy: Policy
    key: bytes = field(repr=False)
    now: float
    wording: Wording
    post: Post

    def issue(
        self,
        account: Account,
        user_id: str,
        purpose: Purpose,
        route: Route | None,
        *,
        address: str,
        binding: str = "",
    ) -> tuple[Account, Receipt]:
        """Send a code by ``route`` and return the account with its challenge, or as it was, and the receipt.

        ``address`` is the client's. An empty ``user_id`` stands for nobody: the same is counted, and nothing sent.
        """
        refusal = self._refusal(account, purpose, route, address)
        if route is not None and refusal is None:
            refusal = self.allowance.take(purpose, route, address)
        if route is None or refusal is not None:
            reason, wait = refusal or (Refusal.NO_CHANNEL, 0)
            return account, Receipt(sent=False, wait=wait, refusal=reason)
        code = codes.generate(self.policy.code_length)
        challenge = challenges.issue(
            key=self.key,
            user_id=user_id,
            purpose=purpose,
            route=route,
            code=code,
            now=self.now,
            lifetime=self.policy.lifetime_of(purpose),
            binding=binding,
            resends=self.allowance.resends(account, purpose, route.to),
        )
        if user_id:
            self.brake.sent(account, route)
        account = self.allowance.count(account.with_challenge(challenge), purpose)
        if user_id:
            text = Text(
                to=route.to,
                body=self.wording.code(purpose, code, route.channel),
                expires=challenge.expires,
                channel=route.channel,
                language=self.wording.language,
            )
            self.post(text, user_id=user_id, challenge=challenge)
        return account, Receipt(sent=True, wait=self.allowance.until_next(account, purpose))

    def tell_former(self, user_id: str, number: str) -> None:
        """Tell a former number (E.164) that it no longer counts, if a channel that is on leads there."""
        route = route_to(number, self.policy)
        if route is None:
            return
        notice = Text(
            to=number,
            body=self.wording.number_changed(),
            expires=self.now + NOTICE_LIFETIME,
            channel=route.channel,
            language=self.wording.language,
        )
        self.brake.spend(number)
        self.post(notice, user_id=user_id, challenge=None)

    def _refusal(
        self, account: Account, purpose: Purpose, route: Route | None, address: str
    ) -> tuple[Refusal, int] | None:
        if route is None:
            return (Refusal.NO_CHANNEL if account.number else Refusal.NO_NUMBER), 0
        if not route.to:
            return Refusal.NO_NUMBER, 0
        if purpose is Purpose.SIGN_IN and not self.policy.generate_codes:
            return Refusal.GENERATION_DISABLED, 0
        if held := hold(self.policy, account, purpose, now=self.now):
            return Refusal(held.outcome.value), held.wait
        if stopped := self.brake.refusal(account, route):
            return stopped, 0
        return self.allowance.refusal(account, purpose, route, address)


def route_to(address: str, policy: Policy) -> Route | None:
    """Return the usual way to an address among the channels that are on, or None if none of them leads there; '' leads nowhere."""
    if not address:
        return Route(to="", channel=Channel.TEXT)
    channel = next(iter(contact.channels_of(address, policy.channels)), None)
    return Route(to=address, channel=channel) if channel is not None else None


def routes_of(account: Account, policy: Policy, email: str) -> tuple[Route, ...]:
    """Return by which ways codes may reach a member, the usual one first: verified contact points by channels that are on.

    ``email`` is the address in the profile: one that was verified and is no longer there does not count.
    """
    addresses = [account.number, *(address for address in account.contacts if not contact.is_email(address))]
    addresses += [address for address in account.contacts if contact.same_email(address, email)]
    return tuple(
        Route(to=address, channel=channel)
        for address in addresses
        for channel in contact.channels_of(address, policy.channels)
    )
