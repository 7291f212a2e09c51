"""One form that proves an address: send a code, enter it; send a new one, or go back and change the address.

Other packages build on it: see the chapter "Embed" of the documentation. What is documented there stays.
"""

from collective.smsauth import _
from collective.smsauth import wiring
from collective.smsauth.browser import address
from collective.smsauth.browser import channelwords
from collective.smsauth.browser import messages
from collective.smsauth.browser.address import AddressKind
from collective.smsauth.browser.codeflow import CodeFlow
from collective.smsauth.browser.codeform import CodeForm
from collective.smsauth.browser.codeform import ICode
from collective.smsauth.browser.step import client_address
from collective.smsauth.browser.step import effective_user_id
from collective.smsauth.browser.subject import member_in_effect
from collective.smsauth.browser.subject import Subject
from collective.smsauth.domain.challenge import Challenge
from collective.smsauth.domain.challenge import Outcome
from collective.smsauth.domain.contact import Channel
from z3c.form import button
from zope import schema

_OF_THE_CODE = ("verify", "resend", "back")


class IVerifying(ICode):
    """An address, and the code that is sent there. Schemas of forms that embed this add fields of their own."""

    address = schema.TextLine(
        title=_("label_address", default="Address"),
        max_length=254,
        required=True,
    )


class VerifyingForm(CodeForm):
    """Base of the forms. Set ``address_kind`` and a ``label``, give ``verified`` something to do, and register it as a page.

    The member is the one in effect, who has to be signed in. The name of the page is part of the code: a code of one form serves no
    other. Fields of its own go on showing what was entered while the code is on its way.
    """

    schema = IVerifying
    address_kind = AddressKind.NUMBER
    _member: Subject | None = None
    _asks_code = False

    def verified(self, address: str, data: dict) -> None:
        """Do what the proof was for: the member has just entered the code that was sent to ``address``.

        ``address`` is a number in E.164 form or an e-mail address, ``data`` are the fields of the form.
        """
        raise NotImplementedError

    def may_send(self, action, data: dict) -> bool:
        """Tell whether a code may be sent; whoever says no says why with ``refuse``."""
        return True

    @property
    def binding(self) -> str:
        """What ties a code to this form and no other."""
        return self.__name__

    @property
    def flow(self) -> CodeFlow:
        """The code of this member and this form."""
        return CodeFlow(user_id=self._member.user_id, client=client_address(self.request), binding=self.binding)

    @property
    def challenge(self) -> Challenge | None:
        """The last code that was sent for this form."""
        return self.flow.challenge if self._member else None

    @property
    def channel(self) -> Channel:
        """The way that the last code took."""
        return self.challenge.route.channel if self.challenge else Channel.TEXT

    def update(self) -> None:
        """Find out whose address it is and what was pressed, do that, and show what comes next."""
        self._member = member_in_effect()
        self.has_form = self._member is not None
        pressed = {name for name in ("send", *_OF_THE_CODE) if f"form.buttons.{name}" in self.request.form}
        challenge, answered = self.challenge, not pressed.isdisjoint(_OF_THE_CODE)
        self._asks_code = challenge is not None and (answered or (not pressed and wiring.now() < challenge.expires))
        if challenge is None and "verify" in pressed and self._member is not None and self.flow.answered is not None:
            self._asks_code = True
        elif answered and challenge is None:
            self.status = self.formErrorsMessage = messages.of_outcome(Outcome.NONE_OPEN, tries=0, wait=0, length=0)
        asked = self._asks_code
        super().update()
        if self._asks_code is not asked:
            self.updateFields()
            self.updateWidgets()
            self.updateActions()

    def updateFields(self) -> None:
        """Ask for the address or for the code; all other fields stay."""
        super().updateFields()
        self.fields = self.fields.omit("address" if self._asks_code else "code")

    def updateWidgets(self) -> None:
        """Show again the address that was entered before."""
        super().updateWidgets()
        if "address" in self.widgets:
            address.prepare(self, "address", self.address_kind, self.former_address())

    def former_address(self) -> str:
        """Return the address that was entered before, '' if there is none."""
        return self.challenge.to if self.challenge else ""

    def lead(self) -> list:
        """Return where the code went, or why there is no form."""
        if self._member is None:
            return [_("lead_setup_anonymous", default="Please sign in first.")]
        return [channelwords.sent_to(self.challenge.route)] if self._asks_code and self.challenge else []

    def notes(self) -> list:
        """Return what is to be known of the open code."""
        return self.facts(self._member.user_id, self.flow.purpose, self.challenge) if self._asks_code else []

    @property
    def followed(self) -> Challenge | None:
        """The last code, while it is asked for."""
        return self.challenge if self._asks_code else None

    def links(self) -> list:
        """Return the way to the sign-in."""
        if self._member is not None or effective_user_id():
            return []
        return [self.link_to_sign_in()]

    @button.buttonAndHandler(
        _("button_send", default="Send a code"), name="send", condition=lambda form: not form._asks_code
    )
    def handle_send(self, action):
        """Send a code to the address, or say what is wrong with it."""
        data, errors = self.extractData()
        if errors or self._member is None:
            return
        to, problem = address.read(data["address"], self.address_kind)
        if problem is not None:
            self.refuse(action, problem, "address")
        elif self.may_send(action, data):
            self.send_to(action, to)

    @button.buttonAndHandler(
        _("button_verify", default="Verify"), name="verify", condition=lambda form: form._asks_code
    )
    def handle_verify(self, action):
        """Judge the code; the right one proves the address."""
        data, errors = self.extractData()
        if errors or self._member is None:
            return
        flow = self.flow
        verdict = flow.answer(data["code"])
        self.hear(verdict)
        if not verdict.accepted:
            self.explain(action, verdict)
            return
        self._asks_code = False
        flow.settle()
        self.verified(verdict.to, data)

    @button.buttonAndHandler(
        _("button_resend", default="Send a new code"), name="resend", condition=lambda form: form._asks_code
    )
    def handle_resend(self, action):
        """Send a new code to the same address."""
        if self._member is not None:
            self.acknowledge(action, self.flow.send_again())

    @button.buttonAndHandler(
        _("button_change_address", default="Correct what I entered"),
        name="back",
        condition=lambda form: form._asks_code,
    )
    def handle_back(self, action):
        """Go back and correct the address."""
        self._asks_code = False

    def send_to(self, action, to: str) -> None:
        """Send a code to an address, or say why not; one that is under way already will do."""
        receipt = self.flow.send(to)
        if receipt.sent or self.flow.is_underway(to):
            self._asks_code = True
        else:
            words = messages.of_refusal(receipt.refusal, wait=receipt.wait)
            self.refuse(action, words, "address" if "address" in self.widgets else "")
