"""A real site in this process, with the add-on, a clock that stands still, and everything that leaves it kept in memory."""

from collective.smsauth.interfaces import IDispatcher
from collective.smsauth.interfaces import IRateLimiter
from collective.smsauth.interfaces import ISMSGateway
from collective.smsauth.interfaces import IVoiceGateway
from collective.smsauth.testing import FUNCTIONAL
from plone.app.testing.utils import MockMailHost
from plone.testing.zope import Browser
from Products.MailHost.interfaces import IMailHost
from tools.fuzz.answer import Answer
from tools.fuzz.answer import failure_of
from tools.fuzz.database import Snapshot
from tools.fuzz.probe import Probe
from tools.fuzz.records import Facts
from tools.fuzz.records import facts
from tools.fuzz.request import Request
from zope.component import getSiteManager
from zope.component import getUtility
from zope.component.hooks import setSite
from zope.interface import implementer

import gc
import transaction


@implementer(ISMSGateway, IVoiceGateway)
class Letterbox:
    """Stands in for the outbox, and keeps what it was given: numbers, words, and where the provider would report to."""

    def __init__(self, outbox: ISMSGateway) -> None:
        self._outbox, self.texts = outbox, []

    def __getattr__(self, name: str):
        return getattr(self._outbox, name)

    def send(self, text, config) -> str:
        """Keep a text."""
        self.texts.append(text)
        return ""

    def call(self, text, config) -> str:
        """Keep what would be read out."""
        self.texts.append(text)
        return ""


@implementer(IRateLimiter)
class Limiter:
    """The limits on texts beside the database, which can be emptied."""

    def __init__(self, clock) -> None:
        self._make, self._clock = type(getUtility(IRateLimiter)), clock
        self.empty()

    def empty(self) -> None:
        """Forget what was counted."""
        self._held = self._make(self._clock)

    def __getattr__(self, name: str):
        return getattr(self._held, name)


class Site:
    """The site. After ``keep`` every ``send`` can be undone by ``put_back``."""

    def __init__(self) -> None:
        for layer in _layers(FUNCTIONAL):
            layer.setUp()
        for layer in _layers(FUNCTIONAL):
            layer.testSetUp()
        self.app, self.portal, self.clock = FUNCTIONAL["app"], FUNCTIONAL["portal"], FUNCTIONAL["clock"]
        self.letterbox, self.limiter = Letterbox(getUtility(ISMSGateway, "outbox")), Limiter(self.clock)
        setSite(None)
        getSiteManager().registerUtility(self.letterbox, ISMSGateway, "outbox")
        getSiteManager().registerUtility(self.limiter, IRateLimiter)
        self._collect_mails()
        self.probe = Probe()
        self._publish = Browser(self.app).testapp.app
        self._database = self.app._p_jar.db()
        self._manager = transaction.TransactionManager()
        self._other = self._database.open(self._manager)

    def keep(self) -> None:
        """Take the present state for the one that is put back."""
        self._settle()
        self._snapshot, self._moment = Snapshot(self._database), self.clock.time
        self._facts = self.facts()
        gc.collect()
        gc.freeze()
        gc.set_threshold(50_000, 20, 100)

    def put_back(self) -> None:
        """Undo whatever was done since."""
        self._settle()
        transaction.abort()
        self._snapshot.put_back()
        self.clock.time = self._moment
        self.letterbox.texts.clear()
        self.limiter.empty()

    def send(self, request: Request) -> Answer:
        """Send a request and return the answer, once all work that it caused is done."""
        self.probe.reset()
        before, told = len(self.letterbox.texts), {}

        def start(status, headers, error=None):
            told["status"], told["headers"] = status, headers

        try:
            chunks = self._publish(request.environ(), start)
            body = b"".join(chunks)
            status, headers = int(told["status"].split()[0]), told["headers"]
        except Exception as error:
            # what the publisher lets pass is a 500 of the server
            self.probe.failure = failure_of(type(error), error, error.__traceback__)
            status, headers, body = 500, [], b""
        self._settle()
        texts = tuple(text.to for text in self.letterbox.texts[before:])
        probe = self.probe
        return Answer(
            status=status,
            headers=headers,
            body=body,
            failure=probe.failure,
            published=probe.published,
            is_step=probe.is_step,
            texts=texts,
        )

    def close(self) -> None:
        """Leave nothing behind."""
        self._settle()
        transaction.abort()
        self._other.close()
        for layer in reversed(_layers(FUNCTIONAL)):
            layer.testTearDown()
        for layer in reversed(_layers(FUNCTIONAL)):
            layer.tearDown()

    def facts(self) -> Facts:
        """Return what is stored, read by a connection of its own."""
        if getattr(self, "_facts", None) is not None and not self._snapshot.is_left:
            return self._facts
        self._manager.begin()
        return facts(self._other.root()["Application"])

    def mails(self) -> list:
        """Return the e-mails that were sent since the site was made."""
        self._manager.begin()
        return list(self._other.root()["Application"].plone.MailHost.messages)

    def _settle(self) -> None:
        if not getUtility(IDispatcher).drain(30):
            raise RuntimeError("Work after an answer does not end.")
        setSite(None)

    def _collect_mails(self) -> None:
        setSite(self.portal)
        host = MockMailHost("MailHost")
        self.portal._delOb("MailHost")
        self.portal._setOb("MailHost", host)
        manager = getSiteManager(self.portal)
        manager.unregisterUtility(provided=IMailHost)
        manager.registerUtility(host, provided=IMailHost)
        transaction.commit()
        setSite(None)


def _layers(layer) -> list:
    found: list = []
    for base in layer.__bases__:
        found += [one for one in _layers(base) if one not in found]
    return [*found, layer]
