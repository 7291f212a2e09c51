"""Decides when a gateway is called: after the commit, once for each, away from the request.

A text that left before its code was committed could not be answered; one sent inside the commit would keep every writer
of the database waiting. So the text goes to a worker thread when the commit is through, and a retried or aborted
transaction sends nothing.
"""

from collections.abc import Callable
from collections.abc import Mapping
from collective.smsauth import logger
from collective.smsauth.delivery import clock as delivery_clock
from collective.smsauth.delivery.pool import Job
from collective.smsauth.delivery.pool import Pool
from collective.smsauth.delivery.redaction import described
from collective.smsauth.delivery.redaction import redact
from collective.smsauth.delivery.redaction import traced
from collective.smsauth.domain.delivery import DeliveryStatus
from collective.smsauth.domain.delivery import Text
from collective.smsauth.domain.phone import mask
from collective.smsauth.interfaces import GatewayError
from collective.smsauth.interfaces import IDispatcher
from collective.smsauth.interfaces import ISMSGateway
from dataclasses import dataclass
from zope.interface import implementer

import logging
import transaction

#: Seconds before each further try after a transient failure.
PAUSES = (1.0, 3.0)

Report = Callable[[DeliveryStatus, str], object]


@dataclass(frozen=True, kw_only=True)
class _Errand:
    """One text on its way: all that a worker needs to know."""

    text: Text
    gateway: ISMSGateway
    config: Mapping[str, str]
    report: Report


@implementer(IDispatcher)
class Dispatcher:
    """Sends texts after the commit and does other jobs at once.

    Each kind has threads of its own, so that a dead mail server delays no code.
    """

    def __init__(
        self,
        *,
        clock: Callable[[], float] = delivery_clock.now,
        sleep: Callable[[float], bool] | None = None,
        texts: Pool | None = None,
        jobs: Pool | None = None,
    ) -> None:
        """Make a dispatcher; whatever is not given is the real thing.

        ``clock`` tells seconds since the epoch. ``sleep`` waits for so many seconds and tells whether to go on.
        ``texts`` and ``jobs`` are the pools for what is dispatched and what is submitted.
        """
        self._clock = clock
        self._texts = texts or Pool("smsauth-texts", threads=4, room=100)
        self._jobs = jobs or Pool("smsauth-jobs", threads=2, room=100)
        self._sleep = sleep or self._texts.pause

    def dispatch(self, text: Text, gateway: ISMSGateway, config: Mapping[str, str], report: Report) -> None:
        """Send ``text`` through ``gateway`` once the current transaction has been committed; never on abort."""
        errand = _Errand(text=text, gateway=gateway, config=dict(config), report=report)
        transaction.get().addAfterCommitHook(self._ended, args=(errand,))

    def submit(self, job: Job) -> bool:
        """Call ``job`` without arguments in a worker thread, now. Tell whether there was room for it."""
        return self._jobs.submit(job)

    def drain(self, timeout: float) -> bool:
        """Wait up to ``timeout`` seconds for each kind of work to be done. Tell whether it is."""
        texts, jobs = self._texts.drain(timeout), self._jobs.drain(timeout)
        return texts and jobs

    def stop(self, timeout: float = 0.0) -> bool:
        """Drop what waits, wait up to ``timeout`` seconds for each kind of what runs. Tell whether it ended."""
        texts, jobs = self._texts.stop(timeout), self._jobs.stop(timeout)
        return texts and jobs

    def _ended(self, committed: bool, errand: _Errand) -> None:
        if not committed:
            return
        if errand.gateway.local:
            self._run(errand, pauses=())
        elif not self._texts.submit(lambda: self._run(errand, pauses=PAUSES)):
            self._tell(errand, DeliveryStatus.TRY_LATER, "the queue of texts is full")

    def _run(self, errand: _Errand, *, pauses: tuple[float, ...]) -> None:
        if self._clock() >= errand.text.expires:
            self._tell(errand, DeliveryStatus.TRY_LATER, "its code had expired before its turn came")
            return
        status, detail = self._try(errand)
        for pause in pauses:
            if status is not DeliveryStatus.TRY_LATER or not self._may_wait(pause, errand.text):
                break
            status, detail = self._try(errand)
        self._tell(errand, status, detail)

    def _may_wait(self, pause: float, text: Text) -> bool:
        """Wait before another try; tell whether the text is still worth one."""
        return self._clock() + pause < text.expires and self._sleep(pause) and self._clock() < text.expires

    def _try(self, errand: _Errand) -> tuple[DeliveryStatus, str]:
        try:
            return DeliveryStatus.SENT, errand.gateway.send(errand.text, errand.config) or ""
        except GatewayError as error:
            return error.status, redact(error.detail, *_secrets(errand))
        except Exception as error:  # a gateway is other people's code; nobody may be left without an answer
            words = described(error, *_secrets(errand))
            logger.error("The gateway broke down: %s\n%s", words, traced(error))
            return DeliveryStatus.CONFIGURATION, words

    def _tell(self, errand: _Errand, status: DeliveryStatus, detail: str) -> None:
        level = _LEVELS.get(status, logging.WARNING)
        logger.log(level, "Text to %s: %s. %s", mask(errand.text.to), status.value, detail)
        try:
            errand.report(status, detail)
        except Exception as error:  # who asked may be gone; the next text must leave all the same
            words = described(error, *_secrets(errand))
            logger.error("The outcome of a text could not be reported: %s\n%s", words, traced(error))


#: A wrong configuration stops all texts: that is for the administrator. Everything else that fails is a warning.
_LEVELS = {DeliveryStatus.SENT: logging.INFO, DeliveryStatus.CONFIGURATION: logging.ERROR}


def _secrets(errand: _Errand) -> tuple[str, ...]:
    return (errand.text.to, errand.text.body, *errand.config.values())
