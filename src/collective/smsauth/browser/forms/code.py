"""A form that asks for a code: the field, and the words for what came of an answer or of asking for another text."""

from collective.smsauth import _
from collective.smsauth.browser.forms.step import StepForm
from collective.smsauth.domain.challenge import Challenge
from collective.smsauth.domain.challenge import Outcome
from collective.smsauth.domain.challenge import Purpose
from collective.smsauth.domain.channels import Channel
from collective.smsauth.domain.delivery import DeliveryStatus
from collective.smsauth.flows import channel_messages
from collective.smsauth.flows import delivery_messages
from collective.smsauth.flows import messages
from collective.smsauth.verification.results import SendRefusal
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from plone.supermodel import model
from zope import schema
from zope.i18nmessageid import Message

_SCRIPT = Path(__file__).with_name("static") / "smsauth.js"
#: Changes with the file, so that no browser keeps a former one.
_SCRIPT_VERSION = sha256(_SCRIPT.read_bytes()).hexdigest()[:12]
#: Seconds beyond which minutes are easier to read.
_LONG = 300


class ICode(model.Schema):
    """The code of a message. It may be left out, since another one can be asked for without it."""

    code = schema.TextLine(
        title=_("label_code", default="Code"),
        max_length=64,
        required=False,
    )


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """What became of a code: in words, where to ask again, and for how many seconds that is of use."""

    words: Message
    url: str
    seconds: int


class CodeForm(StepForm):
    """Base of the forms that ask for a code. ``channel`` is the way that it took."""

    schema = ICode
    channel = Channel.TEXT

    def updateWidgets(self) -> None:
        """Let phones offer the code of the text and show the keys for digits; the page waits for nothing else."""
        super().updateWidgets()
        if "code" not in self.widgets:
            return
        self.widgets["code"].description = channel_messages.code_help(self.channel)
        self.describe(
            "code", inputmode="numeric", autocomplete="one-time-code", autocapitalize="off", autofocus="autofocus"
        )

    @property
    def followed(self) -> Challenge | None:
        """The challenge of which the page shows what became of it, None if it shows nothing of the kind."""
        return None

    @property
    def has_failed(self) -> bool:
        """Whether the code that the page asks for did not leave, or did not arrive."""
        return self.followed is not None and DeliveryStatus(self.followed.delivery).failed

    @property
    def script(self) -> str:
        """The URL of the script that keeps up what is shown; the page works without.

        It is a file of its own, so that a strict Content-Security-Policy need not allow any other.
        """
        site_url = self.parts.site.absolute_url()
        return f"{site_url}/++resource++collective.smsauth/{_SCRIPT.name}?v={_SCRIPT_VERSION}"

    @cached_property
    def seconds(self) -> int:
        """For how many seconds the code of this page, as it is rendered, can still come and be answered; 0 if there is none to wait for."""
        challenge, now = self.followed, self.parts.now
        if challenge is None or not challenge.is_open(now=now, max_tries=self.parts.policy.max_tries):
            return 0
        return int(challenge.expires - now)

    def delivery(self) -> Delivery | None:
        """Return what became of the code, while it can still be answered."""
        challenge, seconds = self.followed, self.seconds
        if challenge is None or not seconds:
            return None
        return Delivery(
            words=delivery_messages.of_challenge(challenge), url=self.status_url(challenge), seconds=seconds
        )

    def status_url(self, challenge: Challenge) -> str:
        """Return where the page asks what became of its code."""
        return delivery_messages.status_url(self.url(), challenge)

    def render(self) -> str:
        """Let the script know for how long a code may be filled in."""
        if self.seconds and "code" in self.widgets:
            self.describe("code", **{"data-smsauth-seconds": str(self.seconds)})
        return super().render()

    def hear(self, verdict) -> None:
        """Hear the verdict of an answer: from now on the page has to tell it, whatever becomes of the rest."""
        self.judged(messages.RIGHT if verdict.accepted else self.words_for(verdict), again=verdict.accepted)

    def explain(self, action, verdict) -> None:
        """Say why an answer was not accepted."""
        self.refuse(action, self.words_for(verdict), "code")

    def words_for(self, verdict):
        """Return why an answer was not accepted, in words."""
        return messages.of_verdict(verdict, length=self.parts.policy.code_length, newest=self.followed)

    def acknowledge(self, action, receipt) -> None:
        """Say what came of asking for another text. A form that is sent twice has had it sent."""
        if receipt.sent or (receipt.refusal is SendRefusal.TOO_SOON and self._was_sent):
            self.status = messages.SENT_AGAIN
        else:
            self.refuse(action, messages.of_refusal(receipt.refusal, wait=receipt.wait))

    @property
    def _was_sent(self) -> bool:
        # What the form asks for was sent since it was shown, and has not failed.
        challenge = self.followed
        return challenge is not None and self.shown_at < challenge.issued and not self.has_failed

    def facts(self, user_id: str, purpose: Purpose, challenge: Challenge | None) -> list:
        """Return what is to be known besides what became of the code: time left, a pause, and when another may be asked for."""
        now, policy = self.parts.now, self.parts.policy
        lines = []
        if challenge is None:
            lines.append(messages.of_outcome(Outcome.NONE_OPEN, tries=0, wait=0, length=0))
        elif now >= challenge.expires:
            expired = _(
                "fact_expired", default="The code that was sent is no longer valid. Please have a new code sent."
            )
            lines.append(expired)
        elif challenge.is_open(now=now, max_tries=policy.max_tries) and not DeliveryStatus(challenge.delivery).failed:
            lines.append(_time_left(int(challenge.expires - now)))
        pause = policy.pause(self.parts.accounts.get(user_id), now=now)
        if pause:
            paused = _(
                "fact_pause", default="There were too many wrong codes. You can try again in ${seconds} seconds."
            )
            last = _("fact_pause_one", default="There were too many wrong codes. You can try again in one second.")
            lines.append(messages.counted(last, paused, pause, seconds=pause))
        wait = self.parts.verifier.seconds_until_resend(user_id, purpose)
        if wait:
            lines.append(_time_to_wait(wait))
        return lines


def _time_to_wait(seconds: int):
    if seconds > _LONG:
        minutes = _("fact_wait_minutes", default="You can have a new code sent in ${minutes} minutes.")
        return messages.fill(minutes, minutes=-(-seconds // 60))
    one = _("fact_wait_one", default="You can have a new code sent in one second.")
    many = _("fact_wait", default="You can have a new code sent in ${seconds} seconds.")
    return messages.counted(one, many, seconds, seconds=seconds)


def _time_left(seconds: int):
    if seconds >= 120:
        minutes = _("fact_minutes_left", default="The code works for another ${minutes} minutes.")
        return messages.fill(minutes, minutes=round(seconds / 60))
    one = _("fact_second_left", default="The code works for another second.")
    many = _("fact_seconds_left", default="The code works for another ${seconds} seconds.")
    return messages.counted(one, many, seconds, seconds=seconds)
