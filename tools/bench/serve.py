"""The server process: ``python -m tools.bench.serve ZOPE_CONF [CLOCK]``. Prints its port when it is ready.

``CLOCK`` is a file with the seconds by which the add-on's clock is ahead, for what takes days in a real site.
"""

from pathlib import Path

import os
import sys
import time

THREADS = 4


def set_clock(path: Path) -> None:
    """Have the add-on tell the time by the clock in ``path``."""
    from collective.smsauth.interfaces import IClock
    from zope.component import getGlobalSiteManager

    getGlobalSiteManager().registerUtility(lambda: time.time() + float(path.read_text(encoding="ascii")), IClock)


def lift_limits() -> None:
    """Have the add-on count nothing in its windows: to tell what counting costs."""
    from collective.smsauth.interfaces import IRateLimiter
    from zope.component import getGlobalSiteManager

    getGlobalSiteManager().registerUtility(Unlimited(), IRateLimiter)


def judge_with_the_request() -> None:
    """Have the add-on judge answers in the transaction of the request, and note no use of a session: to tell what the other way costs."""
    from collective.smsauth.pas.gate import Gate
    from collective.smsauth.storage.own_transaction import OwnTransaction
    from plone import api

    OwnTransaction.run = lambda self, name, work: work(api.portal.get())
    Gate.note_use = lambda self, user_id: None


class Unlimited:
    """Windows in which there is always room."""

    def resets_in(self, name: str, *, limit: int, window: int) -> int:
        """Return that there is nothing to wait for."""
        return 0

    def hit(self, name: str, *, limit: int, window: int) -> bool:
        """Count nothing."""
        return True

    def give_back(self, name: str, *, window: int) -> None:
        """Take nothing back."""

    def problem(self) -> None:
        """Return that nothing is wrong."""

    def check(self) -> None:
        """Return that nothing is wrong."""


def main(configuration: str, clock: str = "") -> None:
    """Serve an instance until the process is ended."""
    from waitress import create_server
    from Zope2.Startup.run import make_wsgi_app

    application = make_wsgi_app({}, configuration)
    if clock:
        set_clock(Path(clock))
    if "SMSAUTH_BENCH_UNLIMITED" in os.environ:
        lift_limits()
    if "SMSAUTH_BENCH_ONE_TRANSACTION" in os.environ:
        judge_with_the_request()
    server = create_server(application, host="127.0.0.1", port=0, threads=THREADS)
    print(server.effective_port, flush=True)
    server.run()


if __name__ == "__main__":
    main(*sys.argv[1:])
