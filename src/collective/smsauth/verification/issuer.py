"""Issues codes: whether one may be sent now, where it may go, and the challenge that then awaits its answer."""

from collective.smsauth.domain import challenge as challenges
from collective.smsauth.domain import channels
from collective.smsauth.domain import codes
from collective.smsauth.domain import contact_points
from collective.smsauth.domain.account import Account
from collective.smsauth.domain.challenge import OPEN_TO_ALL
from collective.smsauth.domain.challenge import Purpose
from collective.smsauth.domain.channels import Channel
from collective.smsauth.domain.channels import Route
from collective.smsauth.domain.delivery import Text
from collective.smsauth.domain.policy import NOTICE_LIFETIME
from collective.smsauth.domain.policy import Policy
from collective.smsauth.verification.fraud_guard import FraudGuard
from collective.smsauth.verification.lockout import hold
from collective.smsauth.verification.results import Post
from collective.smsauth.verification.results import Receipt
from collective.smsauth.verification.results import SendRefusal
from collective.smsauth.verification.results import Wording
from collective.smsauth.verification.sending_limits import SendingLimits
from dataclasses import dataclass
from dataclasses import field


@dataclass(frozen=True, kw_only=True)
class Issuer:
    """Issues codes for one site at one moment. ``key`` signs; ``now`` is seconds since the epoch."""

    limits: SendingLimits
    fraud_guard: FraudGuard
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
        client_address: str,
        binding: str = "",
    ) -> tuple[Account, Receipt]:
        """Send a code by ``route`` and return the account with its challenge, or as it was, and the receipt.

        An empty ``user_id`` stands for nobody: the same is counted, and nothing sent. What anybody may ask for is counted also if it is
        refused for a reason that lies in the account, since nobody has no such reasons.
        """
        refusal = self.refusal(account, user_id, purpose, route, client_address)
        if route is not None and (refusal is None or purpose in OPEN_TO_ALL):
            refusal = self.limits.take(purpose, route, client_address, user_id) or refusal
        if route is None or refusal is not None:
            reason, wait = refusal or (SendRefusal.NO_CHANNEL, 0)
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
            resends=self.limits.resends(account, purpose, route.to),
            former=account.sent(purpose),
        )
        if user_id:
            self.fraud_guard.record_sent(account, route)
        account = self.limits.count(account.with_challenge(challenge), purpose)
        if user_id:
            text = Text(
                to=route.to,
                body=self.wording.code(purpose, code, route.channel, challenge.reference),
                expires=challenge.expires,
                channel=route.channel,
                language=self.wording.language,
                windows=self.limits.to_give_back(purpose, route, client_address, user_id),
            )
            self.post(text, user_id=user_id, challenge=challenge)
        return account, Receipt(sent=True, wait=self.limits.seconds_until_next(account, purpose))

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
        self.fraud_guard.record_spending(number)
        self.post(notice, user_id=user_id, challenge=None)

    def refusal(
        self, account: Account, user_id: str, purpose: Purpose, route: Route | None, client_address: str
    ) -> tuple[SendRefusal, int] | None:
        """Return why no code may be sent by ``route`` now and the seconds until it may, or None if it may."""
        if route is None:
            return (SendRefusal.NO_CHANNEL if account.is_bound else SendRefusal.NO_NUMBER), 0
        if not route.to:
            return SendRefusal.NO_NUMBER, 0
        if purpose is Purpose.SIGN_IN and not self.policy.generate_codes:
            return SendRefusal.GENERATION_DISABLED, 0
        if held := hold(self.policy, account, purpose, now=self.now):
            return SendRefusal(held.outcome.value), held.wait
        if stopped := self.fraud_guard.refusal(account, route):
            return stopped, 0
        return self.limits.refusal(account, purpose, route, client_address, user_id)


def route_to(contact_point: str, policy: Policy) -> Route | None:
    """Return the usual way to a contact point among the channels that are on, None if none of them leads there; '' leads nowhere."""
    if not contact_point:
        return Route(to="", channel=Channel.TEXT)
    channel = next(iter(channels.channels_of(contact_point, policy.channels)), None)
    return Route(to=contact_point, channel=channel) if channel is not None else None


def routes_of(account: Account, policy: Policy, email: str) -> tuple[Route, ...]:
    """Return by which ways codes may reach a member, the usual one first: verified contact points by channels that are on.

    ``email`` is the address in the profile: one that was verified and is no longer there does not count. Only who has the second step by
    e-mail alone is still reached there, where the site allows that: else by no way at all.
    """
    points = [account.number, *(point for point in account.contacts if not channels.is_email(point))]
    if account.email_alone:
        points += [contact_points.sole_email(account)] if policy.takes_email_alone else []
    else:
        points += [point for point in account.contacts if channels.same_email(point, email)]
    return tuple(
        Route(to=point, channel=channel) for point in points for channel in channels.channels_of(point, policy.channels)
    )
