"""Decides when a gateway is called, and which: after the commit, once for each text, away from the request.

A text that left before its code was committed could not be answered; one sent inside the commit would keep every writer
of the database waiting. So the text goes to a worker thread when the commit is through, and a retried or aborted
transaction sends nothing.

Where there are several gateways, the next one takes over at once when one fails for reasons that are the provider's. Whoever did not
answer in time may have taken the text all the same: then it arrives more than once, at most three times from each, with the same code
in it. Such a failure counts as a text that was sent; one that is certain does not.
"""

from collections.abc import Callable
from collections.abc import Sequence
from collective.smsauth import logger
from collective.smsauth.delivery import clock as delivery_clock
from collective.smsauth.delivery.pool import Job
from collective.smsauth.delivery.pool import Pool
from collective.smsauth.delivery.pool import Task
from collective.smsauth.delivery.redaction import described
from collective.smsauth.delivery.redaction import plain_id
from collective.smsauth.delivery.redaction import redact
from collective.smsauth.delivery.redaction import traced
from collective.smsauth.domain.channels import Channel
from collective.smsauth.domain.delivery import DeliveryStatus
from collective.smsauth.domain.delivery import Text
from collective.smsauth.domain.phone import mask
from collective.smsauth.interfaces import ConfiguredGateway
from collective.smsauth.interfaces import GatewayError
from collective.smsauth.interfaces import IDispatcher
from collective.smsauth.interfaces import IVoiceGateway
from dataclasses import dataclass
from dataclasses import replace
from typing import cast
from zope.interface import implementer

import logging
import random
import time
import transaction

#: Seconds before each further round of tries after a transient failure.
PAUSES = (1.0, 3.0)
#: Seconds for which a text waits after the commit: the request answers first, since both want the interpreter.
_HEAD_START = 0.01
#: Seconds in which work for strangers begins, at a moment that chance chooses. It takes some hundredths of a second, more for a login that
#: there is than for others: the next page meets it once in a hundred times. Begun at once, it slowed every next page.
SPREAD = 2.0
#: How much of it may wait: each waits for its moment, on average half of SPREAD, so that this bounds how much of it may come in a second.
_ROOM_FOR_STRANGERS = 1000

Report = Callable[[DeliveryStatus, str], object]
#: Called with the name of a gateway, what came of a try, and the seconds that it took.
Tried = Callable[[str, DeliveryStatus, float], object]


@dataclass(frozen=True, kw_only=True)
class _Errand:
    """One text on its way: all that a worker needs to know."""

    text: Text
    gateways: tuple[ConfiguredGateway, ...]
    report: Report
    never_left: Report
    tried: Tried | None


@dataclass(frozen=True, kw_only=True)
class _Outcome:
    """What came of one try. ``certain`` is false where the text may have left although it failed."""

    status: DeliveryStatus
    detail: str
    certain: bool = True


@implementer(IDispatcher)
class Dispatcher:
    """Sends texts after the commit and does other jobs: those for members at once.

    Each kind has threads and room of its own: a dead mail server delays no code, and strangers crowd out no e-mail to a member.
    """

    def __init__(
        self,
        *,
        clock: Callable[[], float] = delivery_clock.now,
        sleep: Callable[[float], bool] | None = None,
        texts: Pool | None = None,
        jobs: Pool | None = None,
        errands: Pool | None = None,
        spread: float = SPREAD,
    ) -> None:
        """Make a dispatcher; whatever is not given is the real thing.

        ``clock`` tells seconds since the epoch. ``sleep`` waits for so many seconds and tells whether to go on.
        ``texts``, ``jobs`` and ``errands`` are the pools for what is dispatched, submitted, and submitted for strangers, which
        begins within ``spread`` seconds.
        """
        self._clock = clock
        self._texts = texts or Pool("smsauth-texts", threads=4, room=100)
        self._jobs = jobs or Pool("smsauth-jobs", threads=2, room=100)
        self._errands = errands or Pool("smsauth-errands", threads=2, room=_ROOM_FOR_STRANGERS)
        self._sleep = sleep or self._texts.pause
        self._spread = spread

    def dispatch(
        self,
        text: Text,
        gateways: Sequence[ConfiguredGateway],
        report: Report,
        never_left: Report | None = None,
        tried: Tried | None = None,
    ) -> None:
        """Send ``text`` through one of ``gateways`` once the current transaction has been committed; never on abort.

        ``never_left`` is called in place of ``report`` when the text certainly did not leave, ``tried`` before both with each try.
        """
        copies = tuple(replace(configured, config=dict(configured.config)) for configured in gateways)
        errand = _Errand(text=text, gateways=copies, report=report, never_left=never_left or report, tried=tried)
        transaction.get().addAfterCommitHook(self._ended, args=(errand,))

    def submit(self, job: Job, *, for_strangers: bool = False, always: bool = False) -> bool:
        """Call ``job`` without arguments in a worker thread: now, or for strangers soon. Tell whether there was room for it."""
        if for_strangers:
            return self._errands.submit(job, delay=random.SystemRandom().uniform(0, self._spread))
        return self._jobs.submit(job, always=always)

    def drain(self, timeout: float) -> bool:
        """Wait up to ``timeout`` seconds for each kind of work to be done. Tell whether it is."""
        drained = [pool.drain(timeout) for pool in self._pools]
        return all(drained)

    def stop(self, timeout: float = 0.0) -> bool:
        """Drop what waits, wait up to ``timeout`` seconds for each kind of what runs. Tell whether it ended."""
        stopped = [pool.stop(timeout) for pool in self._pools]
        return all(stopped)

    @property
    def _pools(self) -> tuple[Pool, ...]:
        # errands first: texts and e-mails come of them
        return self._errands, self._texts, self._jobs

    def _ended(self, committed: bool, errand: _Errand) -> None:
        if not committed:
            return
        if all(configured.gateway.local for configured in errand.gateways):
            self._run(errand, pauses=())
            return
        task = Task(lambda: self._run(errand, pauses=PAUSES), lambda begun: self._lose(errand, begun))
        if not self._texts.submit(task, delay=_HEAD_START):
            self._tell(errand, DeliveryStatus.TRY_LATER, "the queue of texts is full", certain=True)

    def _lose(self, errand: _Errand, begun: bool) -> None:
        """Tell that the process is stopped before it was known what became of a text."""
        self._tell(errand, DeliveryStatus.TRY_LATER, "the process was stopped before it left", certain=not begun)

    def _run(self, errand: _Errand, *, pauses: tuple[float, ...]) -> None:
        if self._clock() >= errand.text.expires:
            self._tell(errand, DeliveryStatus.TRY_LATER, "its code had expired before its turn came", certain=True)
            return
        tries: list[_Outcome] = []
        outcome, left = self._round(errand, errand.gateways, tries)
        for pause in pauses:
            if not left or not self._may_wait(pause, errand.text):
                break
            outcome, left = self._round(errand, left, tries)
        certain = outcome.status.failed and all(one.certain for one in tries)
        self._tell(errand, outcome.status, outcome.detail, certain=certain)

    def _round(
        self, errand: _Errand, gateways: Sequence[ConfiguredGateway], tries: list[_Outcome]
    ) -> tuple[_Outcome, tuple[ConfiguredGateway, ...]]:
        """Try the gateways in order until one takes the text; return what came of it, and who is worth another try.

        What came of each is added to ``tries``.
        """
        passing: list[ConfiguredGateway] = []
        failures: list[_Outcome] = []
        for configured in gateways:
            if failures and self._clock() >= errand.text.expires:
                break
            begun = time.monotonic()
            outcome = self._try(errand, configured)
            if errand.tried is not None and configured.name:
                errand.tried(configured.name, outcome.status, time.monotonic() - begun)
            tries.append(outcome)
            if not outcome.status.blames_provider:
                return outcome, ()
            if len(errand.gateways) > 1:
                level = _LEVELS.get(outcome.status, logging.WARNING)
                logger.log(level, "One of several gateways failed: %s. %s", outcome.status.value, outcome.detail)
            failures.append(outcome)
            if outcome.status is DeliveryStatus.TRY_LATER:
                passing.append(configured)
        transient = [outcome for outcome in failures if outcome.status is DeliveryStatus.TRY_LATER]
        return (transient or failures)[0], tuple(passing)

    def _may_wait(self, pause: float, text: Text) -> bool:
        """Wait before another round; tell whether the text is still worth one."""
        return self._clock() + pause < text.expires and self._sleep(pause) and self._clock() < text.expires

    def _try(self, errand: _Errand, configured: ConfiguredGateway) -> _Outcome:
        try:
            return _Outcome(
                status=DeliveryStatus.SENT, detail=plain_id(_hand_over(errand.text, configured), *_secrets(errand))
            )
        except GatewayError as error:
            detail = redact(error.detail, *_secrets(errand))
            return _Outcome(status=error.status, detail=detail, certain=error.certain)
        except Exception as error:  # a gateway is other people's code; nobody may be left without an answer
            words = described(error, *_secrets(errand))
            logger.error("The gateway broke down: %s\n%s", words, traced(error))
            return _Outcome(status=DeliveryStatus.CONFIGURATION, detail=words, certain=False)

    def _tell(self, errand: _Errand, status: DeliveryStatus, detail: str, *, certain: bool) -> None:
        level = _LEVELS.get(status, logging.WARNING)
        logger.log(level, "Text to %s: %s. %s", mask(errand.text.to), status.value, detail)
        try:
            (errand.never_left if certain else errand.report)(status, detail)
        except Exception as error:  # who asked may be gone; the next text must leave all the same
            words = described(error, *_secrets(errand))
            logger.error("The outcome of a text could not be reported: %s\n%s", words, traced(error))


#: A wrong configuration stops all texts: that is for the administrator. Everything else that fails is a warning.
_LEVELS = {DeliveryStatus.SENT: logging.INFO, DeliveryStatus.CONFIGURATION: logging.ERROR}


def _hand_over(text: Text, configured: ConfiguredGateway) -> str:
    """Have the configured's gateway send or call, as the text is to travel.

    :raises GatewayError: it did not, or it cannot.
    """
    text = replace(text, status_url=configured.status_url)
    if text.channel is Channel.TEXT:
        return configured.gateway.send(text, configured.config) or ""
    if text.channel is Channel.VOICE and IVoiceGateway.providedBy(configured.gateway):
        return cast(IVoiceGateway, configured.gateway).call(text, configured.config) or ""
    raise GatewayError(DeliveryStatus.CONFIGURATION, f"the gateway does not know this channel: {text.channel.value}")


def _secrets(errand: _Errand) -> tuple[str, ...]:
    urls = [configured.status_url for configured in errand.gateways]
    settings = [value for configured in errand.gateways for value in configured.config.values()]
    return (errand.text.to, errand.text.body, *urls, *settings)
