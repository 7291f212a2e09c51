"""What became of a text, kept with the challenge that it carried, as long as that challenge stands.

Reports come from the dispatcher and from the provider: late, twice, in any order, or for a code that has been superseded. A failure of the
latter is counted, and nothing else.
"""

from collective.smsauth.delivery import clock
from collective.smsauth.domain import budget
from collective.smsauth.domain.budget import Kind
from collective.smsauth.domain.challenge import Challenge
from collective.smsauth.domain.challenge import Purpose
from collective.smsauth.domain.channels import Channel
from collective.smsauth.domain.channels import Route
from collective.smsauth.domain.delivery import advance
from collective.smsauth.domain.delivery import DeliveryStatus
from collective.smsauth.domain.phone import region_of
from collective.smsauth.events import DeliveryReported
from collective.smsauth.interfaces import ISMSAuthPlugin
from collective.smsauth.storage.accounts import Accounts
from collective.smsauth.storage.counters import UsageCounters
from dataclasses import replace
from zope.event import notify


def report(
    plugin: ISMSAuthPlugin,
    user_id: str,
    purpose: Purpose,
    challenge_id: str,
    status: DeliveryStatus,
    *,
    lost: bool = False,
    route: Route | None = None,
) -> bool:
    """Keep ``status`` with a challenge if the member's record still holds it. Tell whether that changed anything.

    Only then DeliveryReported is fired. ``lost`` tells of a failure that it is certain: then nobody waits for the next text. ``route`` is
    where it went; of one that was superseded, it is taken to be where the member's last text or call went if it is not given.
    """
    accounts: Accounts = plugin.accounts
    account = accounts.get(user_id)
    if account is None:
        return False
    sent = account.sent(purpose)
    challenge = next((one for one in sent if one.id == challenge_id), None)
    if challenge is None:
        # providers report on texts and calls only
        usual = Route(to=account.number, channel=Channel.TEXT)
        last = sent[-1].route if sent and sent[-1].route.channel is not Channel.EMAIL else usual
        _count_superseded(plugin, user_id, challenge_id, status, route or last)
        return False
    known = DeliveryStatus(challenge.delivery)
    now_known = advance(known, status)
    if now_known is known:
        return False
    told = replace(challenge, delivery=now_known.value, lost=challenge.lost or (lost and now_known.failed))
    accounts.save(user_id, account.with_challenge(told))
    notify(DeliveryReported(user_id, purpose=purpose, status=now_known, gate=plugin))
    return True


def take_back(plugin: ISMSAuthPlugin, user_id: str, challenge: Challenge, status: DeliveryStatus) -> None:
    """Keep that the text of ``challenge`` certainly did not leave: it is no resend, and counts neither for the member nor as spent.

    The windows outside of the database are not changed.
    """
    accounts: Accounts = plugin.accounts
    account = accounts.get(user_id)
    if account is not None:
        accounts.save(user_id, account.without_text(challenge))
    if challenge.route.channel is not Channel.EMAIL:
        UsageCounters(plugin).take_back(day=budget.day_of(challenge.issued))
    report(plugin, user_id, challenge.purpose, challenge.id, status, lost=True, route=challenge.route)


def count_failed(plugin: ISMSAuthPlugin, number: str) -> None:
    """Count a text or call to ``number`` (E.164) that did not leave or did not arrive."""
    UsageCounters(plugin).count(Kind.FAILED, region_of(number), day=budget.day_of(clock.now()))


def _count_superseded(
    plugin: ISMSAuthPlugin, user_id: str, challenge_id: str, status: DeliveryStatus, route: Route
) -> None:
    # who has the second step by e-mail alone has no number by which the country could be told
    if not status.failed or route.channel is Channel.EMAIL or not route.to:
        return
    if plugin.accounts.note_superseded(user_id, challenge_id, status):
        count_failed(plugin, route.to)
