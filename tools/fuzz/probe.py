"""Watches the publisher: what was asked, what was raised, and by which names the site asks a request for something."""

from collections.abc import Iterator
from collective.smsauth.interfaces import ISecondStepView
from contextlib import contextmanager
from dataclasses import dataclass
from dataclasses import field
from tools.fuzz.answer import Failure
from tools.fuzz.answer import failure_of
from unittest import mock
from zope.component import getGlobalSiteManager
from ZPublisher.HTTPRequest import HTTPRequest
from ZPublisher.interfaces import IPubAfterTraversal
from ZPublisher.interfaces import IPubBeforeAbort
from ZPublisher.interfaces import IPubBeforeCommit


@dataclass
class Names:
    """The names under which something is kept in a request (``kept``), and those by which it is asked for something."""

    kept: set[str] = field(default_factory=set)
    asked: set[str] = field(default_factory=set)
    headers: set[str] = field(default_factory=set)
    cookies: set[str] = field(default_factory=set)


class Probe:
    """What was seen of the last request."""

    def __init__(self) -> None:
        self.failure: Failure | None = None
        self.published, self.is_step = "", False
        self._names: Names | None = None
        registry = getGlobalSiteManager()
        registry.registerHandler(self._traversed, (IPubAfterTraversal,))
        registry.registerHandler(self._failed, (IPubBeforeAbort,))
        registry.registerHandler(self._done, (IPubBeforeCommit,))

    def reset(self) -> None:
        """Forget the last request."""
        self.failure, self.published, self.is_step = None, "", False

    @contextmanager
    def listening(self) -> Iterator[Names]:
        """Note all names, meanwhile."""
        self._names = names = Names()
        get, get_header = HTTPRequest.get, HTTPRequest.getHeader

        def noted_get(request, key, *args, **options):
            if isinstance(key, str) and not key.startswith(("HTTP_", "form.")):
                names.asked.add(key)
            return get(request, key, *args, **options)

        def noted_header(request, name, *args, **options):
            names.headers.add(str(name))
            return get_header(request, name, *args, **options)

        with (
            mock.patch.object(HTTPRequest, "get", noted_get),
            mock.patch.object(HTTPRequest, "getHeader", noted_header),
        ):
            yield names
        self._names = None

    def _traversed(self, event) -> None:
        # what is published is a view, or a method of one
        published = event.request.get("PUBLISHED")
        view = getattr(published, "__self__", published)
        self.published = type(view).__name__
        self.is_step = ISecondStepView.providedBy(view)
        if self._names is not None:
            event.request.cookies = _Noted(event.request.cookies, self._names.cookies)
            event.request.form = _Noted(event.request.form, self._names.asked)

    def _failed(self, event) -> None:
        if not event.retry:
            self.failure = failure_of(*event.exc_info)

    def _done(self, event) -> None:
        if self._names is not None:
            self._names.kept.update(name for name in event.request.other if isinstance(name, str))


class _Noted(dict):
    """A dictionary that notes what it is asked for."""

    def __init__(self, held: dict, names: set[str]) -> None:
        super().__init__(held)
        self._asked = names

    def get(self, key, default=None):
        self._asked.add(str(key))
        return super().get(key, default)

    def __contains__(self, key) -> bool:
        self._asked.add(str(key))
        return super().__contains__(key)
