"""Does work for a site after the answer, away from the request: then the time that an answer takes tells nothing of it.

The work begins once the transaction has been committed, in a worker thread, with a connection, a transaction and a copy
of the request of its own. After a conflict it is done again, and what it counted in the windows over texts is not counted again.
"""

from collections.abc import Callable
from collective.smsauth import logger
from collective.smsauth.interfaces import IDispatcher
from collective.smsauth.storage import own_transaction
from collective.smsauth.storage import retries
from typing import Any
from zope.component import getUtility
from zope.globalrequest import clearRequest
from zope.globalrequest import setRequest

import transaction

#: What a request knows of the visitor's address for the site and of their language, besides its environment.
_KEPT = ("SERVER_URL", "VirtualRootPhysicalPath", "LANGUAGE", "LANGUAGE_TOOL")


class _Errand:
    """One piece of work, with all that it takes from the request before that ends."""

    def __init__(self, site: Any, request: Any, work: Callable[[], None], *, for_strangers: bool) -> None:
        self._database = site.getPhysicalRoot()._p_jar.db()
        self._path = site.getPhysicalPath()
        self._request = _copy_of(request)
        self._work = work
        self._for_strangers = for_strangers

    def hand_over(self, committed: bool) -> None:
        """Have the work done in a worker thread, if what came before it was committed."""
        if not committed:
            return
        ours = not self._for_strangers
        if not getUtility(IDispatcher).submit(self, for_strangers=not ours, always=ours):
            logger.error("Work for after the answer was dropped: the queue is full")

    def __call__(self) -> None:
        """Do the work, again after a conflict."""
        retries.begin()
        try:
            own_transaction.committed_in_background(self._database, self._do)
        except own_transaction.TooManyConflicts:
            logger.error("Work for after the answer was given up: too many conflicts")
        finally:
            retries.end()
            clearRequest()

    def _do(self, connection: Any) -> None:
        retries.restart()
        # a new one for each attempt: the former one knows what it saw
        request = _copy_of(self._request)
        setRequest(request)
        site = own_transaction.enter(connection, self._path, request)
        request["PARENTS"] = [site.getPhysicalRoot()]
        self._work()


def after_answer(site: Any, request: Any, work: Callable[[], None], *, for_strangers: bool = True) -> None:
    """Call ``work`` without arguments, as in a request of a visitor to ``site``, after the commit and in a worker thread.

    What nobody can cause without a right answer is not ``for_strangers``: it begins at once, and in a queue that they cannot fill.
    """
    transaction.get().addAfterCommitHook(_Errand(site, request, work, for_strangers=for_strangers).hand_over)


def _copy_of(request: Any) -> Any:
    copy = request.clone()
    copy.other.update({name: request.other[name] for name in _KEPT if name in request.other})
    copy._script = list(request._script)
    return copy
