"""Test layers: a real site with the add-on, the outbox gateway in a folder of its own, and a clock that can be set.

Other add-ons may build on them.
"""

from collective.smsauth.delivery.dispatcher import Dispatcher
from collective.smsauth.delivery.gateways import outbox
from collective.smsauth.domain.codes import normalise
from collective.smsauth.interfaces import IClock
from collective.smsauth.interfaces import IDispatcher
from collective.smsauth.interfaces import IRateLimiter
from collective.smsauth.pas.unknown_proxies import PROXIES
from collective.smsauth.storage.rate_limiter import RateLimiter
from plone import api
from plone.app.testing import applyProfile
from plone.app.testing import FunctionalTesting
from plone.app.testing import PLONE_FIXTURE
from plone.app.testing import PloneSandboxLayer
from plone.testing.zope import WSGI_SERVER_FIXTURE
from zope.component import getGlobalSiteManager
from zope.component import getUtility
from zope.interface import implementer

import os
import re
import tempfile
import time

PASSWORD = "correct horse 42"


@implementer(IClock)
class SettableClock:
    """A clock that runs only when told to; it starts at the present."""

    def __init__(self) -> None:
        self.time = time.time()

    def __call__(self) -> float:
        """Return the seconds since the epoch."""
        return self.time

    def advance(self, seconds: float) -> None:
        """Let so many seconds pass."""
        self.time += seconds


class SMSAuthFixture(PloneSandboxLayer):
    """A site with plone.restapi and the add-on, members anna (protected in most tests), bert and edith, and mail settings."""

    defaultBases = (PLONE_FIXTURE,)

    def setUpZope(self, app, configurationContext):
        """Load the ZCML."""
        import collective.smsauth
        import plone.restapi

        self.loadZCML(package=plone.restapi)
        self.loadZCML(package=collective.smsauth)

    def setUpPloneSite(self, portal):
        """Install REST and the add-on, and add members."""
        applyProfile(portal, "plone.restapi:default")
        applyProfile(portal, "collective.smsauth:default")
        # no versions: Python 3.13.0 cannot make them (its picklers refuse a persistent_id)
        api.portal.get_tool("portal_repository").setVersionableContentTypes([])
        api.portal.set_registry_record("plone.email_from_address", "site@example.org")
        api.portal.set_registry_record("plone.email_from_name", "Test site")
        for name in ("anna", "bert", "edith"):
            api.user.create(username=name, email=f"{name}@example.org", password=PASSWORD)

    def testSetUp(self):
        """Give each test an empty outbox, empty windows over texts, a dispatcher without delays, and a clock at the present.

        No proxy has been noted.
        """
        PROXIES.forget()
        folder = tempfile.TemporaryDirectory(prefix="smsauth-test-")
        self["folder"] = folder
        self["environment"] = os.environ.get("SMSAUTH_OUTBOX")
        os.environ["SMSAUTH_OUTBOX"] = os.path.join(folder.name, "outbox.jsonl")
        self["system_clock"] = getUtility(IClock)
        self["clock"] = SettableClock()
        getGlobalSiteManager().registerUtility(self["clock"], IClock)
        self["limits"] = getUtility(IRateLimiter)
        getGlobalSiteManager().registerUtility(RateLimiter(self["clock"]), IRateLimiter)
        self["dispatcher"] = getUtility(IDispatcher)
        getGlobalSiteManager().registerUtility(Dispatcher(spread=0.0), IDispatcher)

    def testTearDown(self):
        """Put back what testSetUp changed."""
        getGlobalSiteManager().registerUtility(self["system_clock"], IClock)
        getGlobalSiteManager().registerUtility(self["limits"], IRateLimiter)
        getUtility(IDispatcher).stop(30)
        getGlobalSiteManager().registerUtility(self["dispatcher"], IDispatcher)
        self["folder"].cleanup()
        if self["environment"] is None:
            del os.environ["SMSAUTH_OUTBOX"]
        else:
            os.environ["SMSAUTH_OUTBOX"] = self["environment"]


FIXTURE = SMSAuthFixture()
FUNCTIONAL = FunctionalTesting(bases=(FIXTURE,), name="collective.smsauth:Functional")
SERVER = FunctionalTesting(bases=(FIXTURE, WSGI_SERVER_FIXTURE), name="collective.smsauth:Server")


def texts() -> list:
    """Return the texts in the outbox, newest first, as delivery.outbox.OutboxMessage, once no work is left."""
    getUtility(IDispatcher).drain(30)
    return list(outbox.read(100))


def last_code(to: str = "") -> str:
    """Return the code in the newest text (to that number, E.164).

    :raises LookupError: there is no such text.
    """
    for text in texts():
        if not to or text.to == to:
            match = re.search(r"#(\d{6,10})$", text.body)
            if match:
                return normalise(match[1], len(match[1])) or ""
    raise LookupError("There is no such text.")
