"""Forms that prove a contact point: a code is sent there and entered; another one is sent, or one goes back and corrects what was typed.

Other packages build on ``VerifyingForm``: see the chapter "Embed" of the documentation. What is documented there stays.
"""

from collective.smsauth import _
from collective.smsauth.browser.forms import address_field
from collective.smsauth.browser.forms.address_field import AddressKind
from collective.smsauth.browser.forms.code import CodeForm
from collective.smsauth.browser.forms.code import ICode
from collective.smsauth.domain.challenge import Challenge
from collective.smsauth.domain.challenge import Outcome
from collective.smsauth.domain.channels import Channel
from collective.smsauth.flows import channel_messages
from collective.smsauth.flows import messages
from collective.smsauth.flows.address_proof import AddressProof
from collective.smsauth.flows.requester import client_address
from collective.smsauth.flows.requester import effective_user_id
from collective.smsauth.flows.subject import member_in_effect
from collective.smsauth.flows.subject import Subject
from collective.smsauth.verification.results import Verdict
from z3c.form import button
from zope import schema

_OF_THE_CODE = ("verify", "resend", "back")


class ProofForm(CodeForm):
    """Base of the pages on which the code that was sent to a contact point is entered, by ``subject``.

    What the proof leads to is said by ``proved``.
    """

    subject: Subject | None = None
    #: Whether the page asks for the code now.
    asks_code = True

    @property
    def proof(self) -> AddressProof | None:
        """The code of this member and this form, None if there is no member."""
        raise NotImplementedError("A form says what it proves.")

    def proved(self, data: dict, verdict: Verdict) -> None:
        """Do what the proof was for; ``data`` are the fields of the form."""
        raise NotImplementedError("A form says what a proof is for.")

    @property
    def challenge(self) -> Challenge | None:
        """The last code that was sent for this form."""
        return self.proof.challenge if self.proof is not None else None

    @property
    def channel(self) -> Channel:
        """The way that the last code took."""
        return self.challenge.route.channel if self.challenge else Channel.TEXT

    @property
    def followed(self) -> Challenge | None:
        """The last code, while it is asked for."""
        return self.challenge if self.asks_code else None

    def lead(self) -> list:
        """Return where the code went, and how its message is told from others."""
        if not self.asks_code or self.challenge is None:
            return []
        if self.has_failed:
            return [messages.NOT_ARRIVED]
        return [channel_messages.sent_to(self.challenge.route), *channel_messages.reference(self.challenge)]

    def notes(self) -> list:
        """Return what is to be known of the open code."""
        if not self.asks_code or self.challenge is None:
            return []
        return self.facts(self.subject.user_id, self.proof.purpose, self.challenge)

    def verify_code(self, action) -> None:
        """Judge the code that was typed; the right one proves the contact point."""
        data, errors = self.extractData()
        if errors or not self.has_form:
            return
        verdict = self.proof.answer(data["code"])
        self.hear(verdict)
        if verdict.accepted:
            self.proved(data, verdict)
        else:
            self.explain(action, verdict)

    def send_code_again(self, action) -> None:
        """Send a new code to the same contact point."""
        if self.has_form:
            self.acknowledge(action, self.proof.send_again())


class IVerifying(ICode):
    """An address, and the code that is sent there. Schemas of forms that embed this add fields of their own."""

    address = schema.TextLine(
        title=_("label_address", default="Address"),
        max_length=254,
        required=True,
    )
    country = address_field.country_choice()


class VerifyingForm(ProofForm):
    """Base of forms that ask for the contact point as well. Set ``address_kind`` and a ``label``, give ``verified`` something to do, and
    register it as a page.

    The member is the one in effect, who has to be signed in. The name of the page is part of the code: a code of one form serves no
    other. Fields of its own go on showing what was entered while the code is on its way.
    """

    schema = IVerifying
    lists = (address_field.COUNTRY,)
    address_kind = AddressKind.NUMBER
    asks_code = False

    def verified(self, address: str, data: dict) -> None:
        """Do what the proof was for: the member has just entered the code that was sent to ``address``.

        ``address`` is a number in E.164 form or an e-mail address, ``data`` are the fields of the form.
        """
        raise NotImplementedError("A form says what a proof is for.")

    def was_verified(self) -> None:
        """Say the same as ``verified``, and do nothing: the form was sent twice."""
        done = _("message_verified_before", default="This was verified a moment ago.")
        self.go(f"@@{self.__name__}", done)

    def may_send(self, action, data: dict) -> bool:
        """Tell whether a code may be sent; whoever says no says why with ``refuse``."""
        return True

    @property
    def binding(self) -> str:
        """What ties a code to this form and no other."""
        return self.__name__

    @property
    def proof(self) -> AddressProof | None:
        """The code of this member and this form."""
        if self.subject is None:
            return None
        return AddressProof(
            user_id=self.subject.user_id,
            client_address=client_address(self.request),
            binding=self.binding,
            parts=self.parts,
        )

    def proved(self, data: dict, verdict: Verdict) -> None:
        """Hand the contact point on, once."""
        self.asks_code = False
        if not verdict.to:
            self.was_verified()
            return
        self.proof.settle()
        self.verified(verdict.to, data)

    def update(self) -> None:
        """Find out whose address it is and what was pressed, do that, and show what comes next."""
        self.subject = member_in_effect(self.request)
        self.has_form = self.subject is not None
        self.asks_code = self._begins_with_code()
        began = self.asks_code
        super().update()
        if self.asks_code is not began:
            self.updateFields()
            self.updateWidgets()
            self.updateActions()

    def _begins_with_code(self) -> bool:
        pressed = {name for name in ("send", *_OF_THE_CODE) if f"form.buttons.{name}" in self.request.form}
        challenge, of_the_code = self.challenge, not pressed.isdisjoint(_OF_THE_CODE)
        if challenge is not None:
            return of_the_code or (not pressed and self.parts.now < challenge.expires)
        if "verify" in pressed and self.proof is not None and self.proof.answered is not None:
            return True
        if of_the_code:
            self.status = self.formErrorsMessage = messages.of_outcome(Outcome.NONE_OPEN, tries=0, wait=0, length=0)
        return False

    def updateFields(self) -> None:
        """Ask for the address or for the code; all other fields stay."""
        super().updateFields()
        asks_number = self.address_kind is AddressKind.NUMBER and not self.asks_code
        self.fields = self.fields.omit("address" if self.asks_code else "code", *([] if asks_number else ["country"]))

    def updateWidgets(self) -> None:
        """Show again the address that was entered before."""
        super().updateWidgets()
        if "address" in self.widgets:
            address_field.prepare(self, "address", self.address_kind, self.former_address())

    def former_address(self) -> str:
        """Return the address that was entered before, '' if there is none."""
        return self.challenge.to if self.challenge else ""

    def lead(self) -> list:
        """Return where the code went, or why there is no form."""
        if self.subject is None:
            return [_("lead_setup_anonymous", default="Please log in first.")]
        return super().lead()

    def links(self) -> list:
        """Return the way to the sign-in."""
        if self.subject is not None or effective_user_id():
            return []
        return [self.link_to_sign_in()]

    @button.buttonAndHandler(
        _("button_send", default="Send a code"), name="send", condition=lambda form: not form.asks_code
    )
    def handle_send(self, action):
        """Send a code to the address, or say what is wrong with it."""
        data, errors = self.extractData()
        if errors or self.subject is None:
            return
        to, problem = address_field.read(data["address"], self.address_kind, self.parts.policy, data.get("country"))
        if problem is not None:
            self.refuse(action, problem, "address")
        elif self.may_send(action, data):
            self.send_to(action, to)

    @button.buttonAndHandler(_("button_verify", default="Verify"), name="verify", condition=lambda form: form.asks_code)
    def handle_verify(self, action):
        """Judge the code; the right one proves the address."""
        self.verify_code(action)

    @button.buttonAndHandler(
        _("button_resend", default="Send a new code"), name="resend", condition=lambda form: form.asks_code
    )
    def handle_resend(self, action):
        """Send a new code to the same address."""
        self.send_code_again(action)

    @button.buttonAndHandler(
        _("button_back", default="Correct what I entered"),
        name="back",
        condition=lambda form: form.asks_code,
    )
    def handle_back(self, action):
        """Go back and correct the address."""
        self.asks_code = False

    def send_to(self, action, to: str) -> None:
        """Send a code to an address, or say why not; one that is under way already will do."""
        receipt = self.proof.send(to)
        if receipt.sent or self.proof.is_underway(to):
            self.asks_code = True
        else:
            words = messages.of_refusal(receipt.refusal, wait=receipt.wait)
            self.refuse(action, words, "address" if "address" in self.widgets else "")
