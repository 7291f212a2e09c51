"""A request that is given up after too many conflicts: nothing of it is stored, so the browser keeps the cookies that it has."""

from collective.smsauth.testing import last_code
from collective.smsauth.testing import PASSWORD
from collective.smsauth.tests.support.doors import DoorTest
from collective.smsauth.tests.support.doors import fields_of
from collective.smsauth.tests.support.doors import sign_in_form
from collective.smsauth.tests.support.doors import TICKET
from contextlib import suppress
from transaction.interfaces import ISavepointDataManager
from ZODB.POSException import ConflictError
from zope.component import getGlobalSiteManager
from zope.interface import implementer
from ZPublisher.interfaces import IPubBeforeCommit

import transaction


@implementer(ISavepointDataManager)
class Loser:
    """A data manager whose transaction is always in conflict with somebody else's."""

    transaction_manager = transaction.manager

    def sortKey(self):
        return "~loser"

    def savepoint(self):
        return self

    def rollback(self):
        pass

    def tpc_begin(self, transaction):
        pass

    commit = abort = tpc_abort = tpc_finish = tpc_begin

    def tpc_vote(self, transaction):
        raise ConflictError("somebody was faster")


class FinalConflictTest(DoorTest):
    """From some moment on every request collides, each time that it is run."""

    def collide(self):
        def lose(event):
            transaction.get().join(Loser())

        manager = getGlobalSiteManager()
        manager.registerHandler(lose, (IPubBeforeCommit,))
        self.addCleanup(manager.unregisterHandler, lose, (IPubBeforeCommit,))

    def cookies_of(self, client, path: str, **options) -> list[str]:
        """Send a request and return the names of the cookies that the answer gives or takes.

        The server error of a request that is given up is what is looked for.
        """
        publish, seen = client._publish, []

        def noting(environ, start_response):
            def start(status, headers, exc_info=None):
                seen.append([value.partition("=")[0] for name, value in headers if name.lower() == "set-cookie"])
                return start_response(status, headers, exc_info)

            return publish(environ, start)

        client._publish = noting
        with suppress(AssertionError):
            client.post(path, **options)
        client._publish = publish
        [names] = seen
        return names

    def begun(self):
        """Return a browser before the code form, and what it sends."""
        client = self.client()
        page = client.follow(client.post(self.path("login"), form=sign_in_form("anna")))
        return client, fields_of(page, form__widgets__code=last_code(), form__buttons__verify="Verify")

    def everything(self) -> dict[str, list[str]]:
        """Return which cookies come with each way to begin or end a session."""
        client, fields = self.begun_before
        rest = {"json": {"login": "bert", "password": PASSWORD}, "Accept": "application/json"}
        return {
            "code": self.cookies_of(client, self.path("@@smsauth-verify"), form=fields),
            "password of who owes a code": self.cookies_of(
                self.client(), self.path("login"), form=sign_in_form("anna")
            ),
            "password": self.cookies_of(self.client(), self.path("login"), form=sign_in_form("bert")),
            "REST": self.cookies_of(self.client(), self.path("@login"), **rest),
        }

    def test_the_browser_keeps_the_cookies_that_it_has(self):
        self.begun_before = self.begun()
        self.collide()
        self.assertEqual([[]] * 4, [*self.everything().values()])

    def test_without_a_conflict_each_gives_some(self):
        self.begun_before = self.begun()
        for door, names in self.everything().items():
            with self.subTest(door):
                self.assertTrue({TICKET, "smsauth_pending"} & {name[: len("smsauth_pending")] for name in names})
