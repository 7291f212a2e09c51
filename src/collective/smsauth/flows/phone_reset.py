"""The signed link by which a member who lost the phone moves the codes to another number."""

from collective.smsauth import _
from collective.smsauth import wiring
from collective.smsauth.delivery import mailer
from collective.smsauth.delivery.after_response import after_answer
from collective.smsauth.domain import codes
from collective.smsauth.domain import contact_points
from collective.smsauth.domain import signed_values
from collective.smsauth.domain.account import Account
from collective.smsauth.domain.challenge import Challenge
from collective.smsauth.domain.challenge import Purpose
from collective.smsauth.domain.policy import HOUR
from collective.smsauth.domain.signed_values import Usage
from collective.smsauth.flows import circumstances
from collective.smsauth.flows.requester import client_address
from collective.smsauth.flows.requester import effective_user_id
from collective.smsauth.settings.stored import title_of
from dataclasses import dataclass
from functools import partial
from plone import api
from urllib.parse import urlencode

#: The parameter of the link that is signed.
SIGNATURE = "signature"


@dataclass(frozen=True, kw_only=True)
class ResetLink:
    """An open link: whose number, which number (E.164), and the name that ties the code to the link."""

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


def ask(request, username: str, number: str) -> None:
    """Have the link and the code sent to whom they may concern, after the answer: that is the same for all, and as fast."""
    work = partial(send, username, number, client_address=client_address(request))
    after_answer(wiring.of(request).site, request, work)


def send(username: str, number: str, *, client_address: str) -> None:
    """Send the link by e-mail to the owner of ``username`` and a code to ``number`` (E.164); to nobody, if there is none.

    The number and the client's address are counted in either case.
    """
    parts = wiring.current()
    user_id, email = _owner(parts, username)
    link_id = codes.random_name()
    value = {"u": user_id, "i": link_id, "x": parts.now + parts.policy.reset_link_lifetime}
    signature = signed_values.sign(parts.keys("signing"), Usage.RESET, value)
    receipt = parts.verifier.begin_reset(
        user_id, number, signature=signature, link_id=link_id, client_address=client_address
    )
    if user_id and receipt.sent:
        mailer.post(mailer.compose(email, *_words(parts, signature), circumstances.of_request(user_id)))


def read(signature: object, *, again: bool = False, code: object = None) -> ResetLink | None:
    """Return what a link says if it was signed here and is the member's open one, else None.

    With ``again``, also one whose code was entered just now: the form may be sent once more. With a ``code``, also one for which this
    request has judged it, in an attempt that ended in a conflict.
    """
    parts = wiring.current()
    value = signed_values.unsign(parts.keys("signing"), Usage.RESET, signature)
    if value is None or parts.now >= value["x"]:
        return None
    verifier, user_id = parts.verifier, value["u"]
    if not verifier.is_open_link(user_id, signature):
        parts.gate.catch_up(parts.policy.reset_link_lifetime - (value["x"] - parts.now))
    is_answered = again and verifier.answered(user_id, Purpose.RESET, value["i"]) is not None
    is_answered = is_answered or verifier.was_judged(user_id, Purpose.RESET, code, binding=value["i"])
    if not is_answered and not verifier.is_open_link(user_id, signature):
        return None
    return ResetLink(user_id=user_id, number=_number(parts, user_id), link_id=value["i"], signature=signature)


def _number(parts: wiring.Parts, user_id: str) -> str:
    # The link does not say it: e-mails are read by more than their owners. Once the code was entered, it is the member's own.
    account = parts.accounts.get(user_id) or Account()
    return account.reset.number if account.reset is not None else account.number


def _owner(parts: wiring.Parts, username: str) -> tuple[str, str]:
    # User id and e-mail address of a member with a number to reset and an address that takes the link; else two empty strings.
    member = api.user.get(username=username)
    if member is None or not parts.gate.is_own(member.getUser()):
        return "", ""
    account = parts.accounts.get(member.getId()) or Account()
    email, wait = member.getProperty("email", ""), parts.policy.reset_email_hours * HOUR
    takes_links = isinstance(email, str) and contact_points.takes_links(account, email, now=parts.now, wait=wait)
    return (member.getId(), email) if account.number and takes_links else ("", "")


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
