"""What became of a text, kept with the challenge that it carried, as long as that challenge stands.

Reports come from the dispatcher and from the provider: late, twice, in any order, or for a code that has been superseded.
"""

from collective.smsauth.domain.challenge import Purpose
from collective.smsauth.domain.delivery import advance
from collective.smsauth.domain.delivery import DeliveryStatus
from collective.smsauth.events import DeliveryReported
from collective.smsauth.interfaces import ISMSAuthPlugin
from collective.smsauth.storage.accounts import Accounts
from dataclasses import replace
from zope.event import notify


def report(plugin: ISMSAuthPlugin, user_id: str, purpose: Purpose, challenge_id: str, status: DeliveryStatus) -> bool:
    """Keep ``status`` with a challenge if the member's record still holds it. Tell whether that changed anything.

    Only then DeliveryReported is fired.
    """
    accounts: Accounts = plugin.accounts
    account = accounts.get(user_id)
    sent = account.sent(purpose) if account is not None else ()
    challenge = next((one for one in sent if one.id == challenge_id), None)
    if account is None or challenge is None:
        return False
    known = DeliveryStatus(challenge.delivery)
    now_known = advance(known, status)
    if now_known is known:
        return False
    accounts.save(user_id, account.with_challenge(replace(challenge, delivery=now_known.value)))
    notify(DeliveryReported(user_id, purpose=purpose, status=now_known, gate=plugin))
    return True
