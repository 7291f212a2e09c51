"""The second step by e-mail alone: whether a member may set it up now, and with which address."""

from collective.smsauth import _
from collective.smsauth import wiring
from collective.smsauth.domain import channels
from collective.smsauth.domain import contact_points
from collective.smsauth.flows.subject import Subject

NO_ADDRESS = _("rest_error_no_email", default="There is no e-mail address in the profile.")


def is_offered(member: Subject) -> bool:
    """Tell whether the site allows it, and the member has no number, which protects better."""
    return member.parts.policy.takes_email_alone and not member.account.number


def address_to_prove(member: Subject) -> str:
    """Return the e-mail address in the profile if it is not the one that codes go to already; '' if there is none to prove."""
    email = wiring.email_of(member.user_id).strip()
    is_same = channels.same_email(contact_points.sole_email(member.account), email)
    return email if channels.is_email(email) and not is_same else ""
