"""The code form of the sign-in, also for codes with letters in them: recovery codes and prepared codes.

The page asks phones for the keys of digits, as nearly everybody needs them. A link, and a prepared code that is open, turn the same field
into one for letters; whichever way it was asked for, it takes every code.
"""

from collective.smsauth import _
from collective.smsauth import wiring
from collective.smsauth.browser import messages
from collective.smsauth.browser.verify import VerifyForm
from collective.smsauth.domain import prepared
from collective.smsauth.domain import recovery
from collective.smsauth.domain.challenge import Challenge
from collective.smsauth.domain.challenge import Outcome
from collective.smsauth.domain.session import Means

_ASKED = "letters"
_LENGTHS = {"recovery": recovery.LENGTH, "prepared": prepared.LENGTH}
_GONE = {Outcome.NONE_OPEN: messages.PREPARED_GONE, Outcome.TOO_MANY_TRIES: messages.PREPARED_USED_UP}


class AnyCodeForm(VerifyForm):
    """``@@smsauth-verify``, as it is registered."""

    @property
    def label(self):
        """Return the title: which code is asked for."""
        if not self._takes_letters:
            return super().label
        if self._member.prepared is not None and not self._is_asked:
            return _("title_prepared", default="Enter the code that was prepared for you")
        return _("title_recovery_code", default="Enter a recovery code")

    def updateWidgets(self) -> None:
        """Show all keys where letters are typed."""
        super().updateWidgets()
        if not self._takes_letters:
            return
        widget = self.widgets["code"]
        widget.description = messages.fill(
            _(
                "help_letters",
                default="${recovery} letters and digits, or ${prepared} if an administrator prepared the code for you.",
            ),
            **_LENGTHS,
        )
        self.describe("code", inputmode="text", autocomplete="off", autocapitalize="characters", spellcheck="false")

    def lead(self) -> list:
        """Return where the code is to be found."""
        if not self._takes_letters:
            return super().lead()
        if self._member.prepared is not None and not self._is_asked:
            return [
                _(
                    "lead_prepared",
                    default="To sign in, enter the code that an administrator of the site gave you. Nothing was sent to your "
                    "phone. A recovery code works, too.",
                )
            ]
        how = _(
            "lead_recovery_code",
            default="To sign in, enter one of the recovery codes that you printed or saved. Each works once. Small "
            "letters, spaces and dashes make no difference.",
        )
        return [how] if wiring.policy().generate_codes else [messages.NO_GENERATION, how]

    def notes(self) -> list:
        """Return what is to be known of the code that was sent, where one is asked for."""
        return [] if self._takes_letters else super().notes()

    @property
    def followed(self) -> Challenge | None:
        """The code that was sent, where one is asked for."""
        return None if self._takes_letters else super().followed

    def ways(self) -> list:
        """Return the other ways of sending a code, where the site sends any."""
        return super().ways() if wiring.policy().generate_codes and not self._is_answered else []

    def links(self) -> list:
        """Return the ways on, between the two kinds of code, too."""
        if self._member is None or self._is_answered:
            return super().links()
        if not self._takes_letters:
            other = (self.url(f"@@{self.__name__}?{_ASKED}=1"), _("link_recovery_code", default="Use a recovery code"))
        elif self._is_asked and wiring.policy().generate_codes:
            other = (self.url(f"@@{self.__name__}"), _("link_sent_code", default="Use a code that is sent to you"))
        else:
            return super().links()
        return [other, *super().links()]

    def kept(self) -> list:
        """Return what the form carries on: that letters were asked for."""
        return [{"name": _ASKED, "value": "1"}] if self._is_asked else []

    def render(self) -> str:
        """Offer to send a code only where the site sends any, and one is needed."""
        if not wiring.policy().generate_codes or self._is_answered:
            self.actions.pop("resend", None)
        return super().render()

    def words_for(self, verdict):
        """Return why a code with letters was not accepted, in words."""
        if verdict.means is Means.RECOVERY_CODE:
            return messages.RECOVERY_WRONG
        if verdict.means is Means.PREPARED_CODE and self._gone(verdict) is not None:
            return self._gone(verdict)
        if verdict.outcome is Outcome.MALFORMED and self._takes_letters:
            return messages.fill(messages.LETTERS_MALFORMED, **_LENGTHS)
        return super().words_for(verdict)

    def acknowledge(self, action, receipt) -> None:
        """Ask for digits once a code was sent."""
        if receipt.sent:
            self.request.form.pop(_ASKED, None)
        super().acknowledge(action, receipt)

    def _gone(self, verdict):
        is_last = verdict.outcome is Outcome.WRONG and not verdict.tries_left
        return _GONE.get(Outcome.TOO_MANY_TRIES if is_last else verdict.outcome)

    @property
    def _is_asked(self) -> bool:
        return bool(self.request.form.get(_ASKED))

    @property
    def _takes_letters(self) -> bool:
        if self._member is None or self._is_answered:
            return False
        challenge, policy = self.challenge, wiring.policy()
        is_sent = challenge is not None and challenge.is_open(now=wiring.now(), max_tries=policy.max_tries)
        return self._is_asked or (not is_sent and (self._member.prepared is not None or not policy.generate_codes))
