"""Members as they are after the whole set-up, without the pages that lead there."""

from base64 import b64encode
from collective.smsauth.testing import last_code
from collective.smsauth.testing import SettableClock
from collective.smsauth.tests.support import wired as wiring
from plone import api
from plone.session import tktauth

import time
import transaction


def bind(clock: SettableClock, user_id: str, number: str, *, ago: float) -> str:
    """Set up a phone (E.164) ``ago`` seconds before now, so that its text counts in no limit; return the secret that names the proof.

    :raises AssertionError: it failed.
    """
    clock.advance(-ago)
    wiring.verifier().begin_set_up(user_id, number, client_address="192.0.2.1")
    commit()
    verdict = wiring.verifier().verify_set_up(user_id, last_code(number))
    if not verdict.accepted:
        raise AssertionError(f"set-up failed: {verdict}")
    commit()
    clock.advance(ago)
    return verdict.proof


def ticket(user_id: str, *tokens: str, age: float = 0, user_data: str = "") -> str:
    """Return a ticket signed with the site's own key, minted ``age`` seconds ago."""
    secret = api.portal.get_tool("acl_users").session._getSigningSecret(user_id)
    stamp = int(time.time() - age)
    minted = tktauth.createTicket(secret, user_id, tokens=tokens, user_data=user_data, timestamp=stamp)
    return b64encode(minted).decode()


def commit() -> None:
    """Commit, and see what the delivery of texts wrote afterwards."""
    transaction.commit()
    transaction.begin()
