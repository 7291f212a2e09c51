"""The signed link by which a member who lost the phone moves the codes to another number."""

from collective.smsauth import _
from collective.smsauth import wiring
from collective.smsauth.delivery import mailer
from collective.smsauth.domain import codes
from collective.smsauth.domain import signed_values
from collective.smsauth.domain.challenge import Challenge
from collective.smsauth.domain.challenge import Purpose
from collective.smsauth.domain.signed_values import Usage
from collective.smsauth.flows import circumstances
from collective.smsauth.flows.requester import effective_user_id
from collective.smsauth.settings.stored import title_of
from dataclasses import dataclass
from plone import api
from urllib.parse import urlencode

#: The parameter of the link that is signed.
SIGNATURE = "signature"


@dataclass(frozen=True, kw_only=True)
class ResetLink:
    """What a link says: whose number, which number (E.164), and the name that ties the code to the link."""

    user_id: str
    number: str
    link_id: str
    signature: str

    @property
    def is_foreign(self) -> bool:
        """Whether another member is in effect: what the link is about is none of theirs."""
        return effective_user_id() not in ("", self.user_id)

    @property
    def challenge(self) -> Challenge | None:
        """The code that was sent along with this link."""
        challenge = wiring.current().verifier.open_challenge(self.user_id, Purpose.RESET)
        return challenge if challenge is not None and challenge.binding == self.link_id else None


def send(username: str, number: str, *, client_address: str) -> None:
    """Send the link by e-mail to the owner of ``username`` and a code to ``number`` (E.164); to nobody, if there is none.

    The number and the client's address are counted in either case.
    """
    parts = wiring.current()
    user_id, email = _owner(parts, username)
    link_id = codes.random_name()
    value = {"u": user_id, "n": number, "i": link_id, "x": parts.now + parts.policy.reset_link_lifetime}
    signature = signed_values.sign(parts.keys("signing"), Usage.RESET, value)
    receipt = parts.verifier.begin_reset(
        user_id, number, signature=signature, link_id=link_id, client_address=client_address
    )
    if user_id and receipt.sent:
        mailer.post(mailer.compose(email, *_words(parts, signature), circumstances.of_request(user_id)))


def read(signature: object, *, again: bool = False) -> ResetLink | None:
    """Return what a link says if it was signed here and is the member's open one, else None.

    With ``again``, also one whose code was entered just now: the form may be sent once more.
    """
    parts = wiring.current()
    value = signed_values.unsign(parts.keys("signing"), Usage.RESET, signature)
    if value is None or parts.now >= value["x"]:
        return None
    verifier, user_id = parts.verifier, value["u"]
    is_answered = again and verifier.answered(user_id, Purpose.RESET, value["i"]) is not None
    if not is_answered and not verifier.is_open_link(user_id, signature):
        return None
    return ResetLink(user_id=value["u"], number=value["n"], link_id=value["i"], signature=signature)


def _owner(parts: wiring.Parts, username: str) -> tuple[str, str]:
    # User id and e-mail address of a member with a number to reset and an address to write to; else two empty strings.
    member = api.user.get(username=username)
    if member is None or not parts.gate.is_own(member.getUser()):
        return "", ""
    account = parts.accounts.get(member.getId())
    email = member.getProperty("email", "")
    return (member.getId(), email) if account is not None and account.number and email else ("", "")


def _words(parts: wiring.Parts, signature: str):
    portal = parts.site
    url = f"{portal.absolute_url()}/@@smsauth-reset?{urlencode({SIGNATURE: signature})}"
    minutes = str(parts.policy.reset_link_lifetime // 60)
    subject = _("mail_reset_subject", default="Another phone for your login codes")
    body = _(
        "mail_reset_body",
        default="Somebody, hopefully you, asked ${site} to send your login codes to another phone."
        "\n\nTo go on, open this page within ${minutes} minutes and enter the code that was sent to the new phone:"
        "\n\n${url}"
        "\n\nIf this was not you, do nothing: nothing has been changed.",
        mapping={"site": title_of(portal), "minutes": minutes, "url": url},
    )
    return subject, body
