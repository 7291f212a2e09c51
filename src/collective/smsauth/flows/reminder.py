"""Of whom the second step will be required, who are reminded of that when they log in."""

from collective.smsauth import wiring
from collective.smsauth.domain.requirement import is_reminder_due
from collective.smsauth.flows.subject import member_in_effect


def due(parts: wiring.Parts, user_id: str) -> float | None:
    """Return from when on (seconds since the epoch) a phone will be required of a member who has none yet, None if it will not."""
    return None if parts.gate.has_second_step(user_id) else parts.gate.obligations.upcoming(user_id)


def due_at_sign_in(request) -> float | None:
    """Return the same for the member who has just signed in, None also if they have put the reminder off."""
    parts = wiring.of(request)
    subject = member_in_effect(request) if parts.plugin is not None else None
    begins = due(parts, subject.user_id) if subject is not None else None
    if subject is None or begins is None:
        return None
    return begins if is_reminder_due(subject.account.reminder_put_off_at, now=parts.now) else None
