"""Work that is committed by itself, in a connection and a transaction of its own, whatever becomes of the request that asks for it.

The transaction of a request fails for many reasons that have nothing to do with what the request was for: a page that cannot be
rendered, a viewlet or a transform of another package, plone.protect, a conflict. What must not be undone by any of them is done here.
"""

from Acquisition import aq_base
from collections.abc import Callable
from collections.abc import Iterator
from collective.smsauth.storage import other_processes
from collective.smsauth.storage import retries
from contextlib import contextmanager
from contextvars import ContextVar
from threading import BoundedSemaphore
from transaction import TransactionManager
from transaction.interfaces import TransientError
from typing import Any
from typing import TypeVar
from ZODB.POSException import ConflictError
from zope.component.hooks import getSite
from zope.component.hooks import setSite
from ZPublisher.BaseRequest import RequestContainer

import random
import time
import transaction

#: How often work is tried.
ATTEMPTS = 10
#: How many pieces of work of worker threads have a connection at the same time, in one process. The others wait; each takes milliseconds.
MOST_IN_BACKGROUND = 2
#: Most seconds between two tries: as Zope does, so that two that collided do not do so again.
_PAUSE = 0.1
#: What ZODB's cache says where a new object has the id of another one.
_ID_TAKEN = "A different object already has the same oid"

_Result = TypeVar("_Result")


_WITHIN: ContextVar[bool] = ContextVar("within", default=False)
_BACKGROUND = BoundedSemaphore(MOST_IN_BACKGROUND)


class TooManyConflicts(Exception):
    """The work was given up: each try collided with somebody else's. Nothing was written."""


def committed(database: Any, work: Callable[[Any], _Result], *, attempts: int = ATTEMPTS) -> _Result:
    """Return what ``work`` returns, once that is committed. It is called with a new connection to ``database`` (a ZODB.DB).

    It is done again after a conflict. It sees all that other processes committed before. Meanwhile ``transaction`` means the transaction of
    the work; one that is under way goes on afterwards, untouched.

    :raises TooManyConflicts: nothing was committed.
    """
    with _transactions_of_their_own():
        connection = database.open()
        try:
            for number in range(attempts):
                if number:
                    time.sleep(random.SystemRandom().uniform(0, _PAUSE))
                other_processes.wait_for_news(database)
                transaction.begin()
                try:
                    result = work(connection)
                    _commit()
                except TransientError:
                    transaction.abort()
                except BaseException:
                    transaction.abort()
                    raise
                else:
                    return result
        finally:
            connection.close()
    raise TooManyConflicts


def committed_in_background(database: Any, work: Callable[[Any], _Result]) -> _Result:
    """Do the same as ``committed`` in a worker thread: not more of it at a time than the database has connections for.

    :raises TooManyConflicts: nothing was committed.
    """
    with _BACKGROUND:
        return committed(database, work)


def is_at_work() -> bool:
    """Tell whether work is being done in a transaction of its own."""
    return _WITHIN.get()


def enter(connection: Any, path: tuple[str, ...], request: Any) -> Any:
    """Return the site at ``path`` as ``connection`` sees it, make it the current one, and let it acquire ``request``."""
    application = aq_base(connection.root()["Application"])
    site = application.__of__(RequestContainer(REQUEST=request)).unrestrictedTraverse(path)
    setSite(site)
    return site


class OwnTransaction:
    """Does work for one site within a request."""

    def __init__(self, site: Any, request: Any) -> None:
        self._jar = site._p_jar
        self._database = site.getPhysicalRoot()._p_jar.db()
        self._path = site.getPhysicalPath()
        self._request = request
        self._is_behind = False

    def run(self, name: object, work: Callable[[Any], _Result]) -> _Result:
        """Return what ``work`` returns, once that is committed. It is called with the site, found anew in a connection of its own.

        A request that is run again after a conflict of its own gets, for the same ``name``, what was committed before: nothing is
        done twice. The request itself keeps to what it saw when it began, until ``catch_up``.

        :raises TooManyConflicts: nothing was committed.
        """
        at_hand, name = retries.at_hand(), (self._path, name)
        if at_hand is not None and name in at_hand.results:
            former: _Result = at_hand.results[name]
            return former
        result = committed(self._database, lambda connection: work(enter(connection, self._path, self._request)))
        if at_hand is not None:
            at_hand.results[name] = result
        self._is_behind = True
        return result

    def has_run(self, name: object) -> bool:
        """Tell whether this request, in this attempt or one before, has committed work of that name."""
        at_hand = retries.at_hand()
        return at_hand is not None and (self._path, name) in at_hand.results

    def catch_up(self) -> bool:
        """Let the request see what was committed, and tell whether it does.

        A request that has something to commit already cannot be: what it would write next would be made from what it saw when it
        began. It is run again, if that may be done.

        :raises ConflictError: the request is to be run again.
        """
        if not self._is_behind:
            return True
        if _WITHIN.get():
            return False
        self._is_behind = False
        if self._jar._needs_to_join:
            self._jar.newTransaction(None, False)
            return True
        if retries.at_hand() is not None and self._request.supports_retry():
            raise ConflictError("What was written before an answer was judged is written anew.")
        return False


def _commit() -> None:
    try:
        transaction.commit()
    except ValueError as problem:
        # A ZEO server that was restarted gives out ids of objects that its clients still hold for new ones: another one is free.
        if str(problem) != _ID_TAKEN:
            raise
        raise ConflictError(_ID_TAKEN) from problem


@contextmanager
def _transactions_of_their_own() -> Iterator[None]:
    # The connection of the request was opened with the former manager: what is written through it still belongs to the request.
    outer, site, within = transaction.manager.manager, getSite(), _WITHIN.set(True)
    transaction.manager.manager = TransactionManager()
    try:
        yield
    finally:
        _WITHIN.reset(within)
        transaction.manager.manager = outer
        setSite(site)
