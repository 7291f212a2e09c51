"""Turning two-step verification off, by the member."""

from collective.smsauth import wiring
from collective.smsauth.domain import right_answer
from collective.smsauth.domain.session import Means
from collective.smsauth.flows import sign_in
from collective.smsauth.verification import lifecycle
from dataclasses import replace


def turn_off(request, user_id: str) -> None:
    """Turn it off for the member in effect: all sessions end but this one, which goes on without a proof."""
    parts = wiring.of(request)
    proof, has_ticket = parts.gate.proof(user_id), parts.gate.has_ticket(user_id)
    secret, session = (proof.secret, proof.session) if proof is not None else ("", None)
    if session is not None and has_ticket:
        # The browser gets another ticket. It may send the form twice, and drop the answer.
        session = replace(session, expires=min(session.expires, parts.now + right_answer.LIFETIME))
    elif session is not None:
        # A token cannot be replaced: its record stays, and proves nothing.
        session = replace(session, means=Means.EXEMPT.value)
    lifecycle.unbind(parts.accounts, user_id, keep=secret, session=session)
    go_on(request, user_id, has_ticket=has_ticket)


def go_on(request, user_id: str, *, has_ticket: bool = True) -> None:
    """Let the session at hand go on without a proof, once it is off."""
    if has_ticket:
        sign_in.go_on_unprotected(request, user_id)
    else:
        wiring.of(request).gate.forget_proof(user_id)
