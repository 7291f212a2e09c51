"""GET and POST ``@smsauth/recovery-codes``."""

from collective.smsauth.domain import code_alphabet
from collective.smsauth.flows.subject import Subject
from collective.smsauth.services import reauthentication
from collective.smsauth.services import refusals
from collective.smsauth.services.member import MemberService
from collective.smsauth.services.status import timestamp
from typing import Any


class Left(MemberService):
    """How many recovery codes are left."""

    demands_step = False

    def answer_to(self, member: Subject, data: dict[str, Any]) -> Any:
        """Return how many, and when they were made: null if never."""
        account = member.account
        return {
            "@id": f"{self.parts.site.absolute_url()}/@smsauth/recovery-codes",
            "left": len(account.recovery),
            "created": timestamp(account.recovery_made) if account.recovery_made else None,
        }


class Make(MemberService):
    """Makes ten new codes in place of all former ones. They are in this answer, and nowhere else."""

    fields = (reauthentication.CURRENT_PASSWORD,)

    def answer_to(self, member: Subject, data: dict[str, Any]) -> Any:
        """Return the codes."""
        refusal = refusals.is_off(member) or reauthentication.refusal_of(member, data)
        if refusal is not None:
            return refusal
        codes = self.parts.backup_codes.make_recovery_codes(member.user_id)
        return self.accepted({"codes": list(map(code_alphabet.grouped, codes))}, status=201)
