"""One request over HTTP to a server that an administrator has named, who may not reach the site's own network with it.

``requests`` is not used: it looks up the name once more after any check, follows redirects, takes proxies and passwords from the
environment, and waits as long as a server sends something now and then. Here the address is checked that is connected to, nothing is
followed, and all of it takes a bounded time and room.
"""

from collective.smsauth.delivery.gateways.http.public_addresses import is_public
from collective.smsauth.domain.delivery import DeliveryStatus
from collective.smsauth.interfaces import GatewayError
from contextlib import suppress
from dataclasses import dataclass
from dataclasses import field
from functools import cache
from queue import Empty
from queue import SimpleQueue
from typing import Any
from urllib.parse import urlsplit

import http.client
import os
import requests
import socket
import ssl
import threading
import time

#: Seconds to wait for a connection, the search for its address included, and then for the whole answer.
TIMEOUTS = (3.0, 10.0)
#: Bytes of an answer that are read. What comes after is not waited for.
LONGEST_ANSWER = 64 * 1024
#: How many names are looked up at a time, with those for whose answer nobody waits any more.
MOST_LOOKUPS = 16

_lookups = threading.BoundedSemaphore(MOST_LOOKUPS)


@dataclass(frozen=True, kw_only=True)
class Request:
    """What is sent: ``url`` as it was checked, ``headers`` with all but those that tell the host and the length."""

    method: str
    url: str = field(repr=False)
    headers: tuple[tuple[str, str], ...] = field(repr=False)
    body: bytes = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What came back: the first LONGEST_ANSWER bytes of it, or what had come when the time was over."""

    status: int
    body: bytes = field(repr=False)


class _Guard:
    """Ends a connection once its time is over, whatever it waits for: a server may send one byte now and then for ever."""

    def __init__(self, opened: socket.socket, seconds: float) -> None:
        # The socket itself is another one once the connection is encrypted.
        self._copy = opened.dup()
        self._lock = threading.Lock()
        self.is_over = False
        self._timer = threading.Timer(seconds, self._end)
        self._timer.daemon = True
        self._timer.start()

    def __enter__(self) -> "_Guard":
        return self

    def __exit__(self, *_error: object) -> None:
        """Let the connection be."""
        self._timer.cancel()
        with self._lock:
            self._copy.close()

    def _end(self) -> None:
        with self._lock:
            self.is_over = True
            with suppress(OSError):
                self._copy.shutdown(socket.SHUT_RDWR)


def exchange(request: Request, *, allow_private: bool, timeouts: tuple[float, float] = TIMEOUTS) -> Answer:
    """Send a request and return the answer.

    ``allow_private`` lets it go to addresses that are not public. ``timeouts`` are for the connection and for the answer, in seconds.

    :raises GatewayError: there was no answer, or the address is none that may be connected to.
    """
    parts = urlsplit(request.url)
    secure = parts.scheme == "https"
    host, port = parts.hostname or "", parts.port or (443 if secure else 80)
    connect, read = timeouts
    target = f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}"
    with _connected(host, port, connect, allow_private=allow_private) as opened, _Guard(opened, read) as guard:
        # Longer than the guard takes to end it: so what has come by then is not lost.
        opened.settimeout(read + 1)
        client = http.client.HTTPConnection(host, port)
        client.default_port = 443 if secure else 80
        is_sent = False
        try:
            client.sock = _trusted().wrap_socket(opened, server_hostname=host) if secure else opened
            is_sent = True
            return _exchanged(client, request, target, guard)
        except (OSError, http.client.HTTPException) as error:
            raise _unanswered(error, is_over=guard.is_over, is_sent=is_sent) from None
        finally:
            client.close()


def _unanswered(error: Exception, *, is_over: bool, is_sent: bool) -> GatewayError:
    kind = type(error).__name__
    if is_over or isinstance(error, TimeoutError):
        return GatewayError(DeliveryStatus.TRY_LATER, "the server did not answer in time", certain=not is_sent)
    if isinstance(error, ssl.SSLError) and not is_sent:
        return GatewayError(DeliveryStatus.CONFIGURATION, f"no safe connection to the server can be made ({kind})")
    detail = f"the server did not answer as HTTP has it ({kind})"
    return GatewayError(DeliveryStatus.TRY_LATER, detail, certain=not is_sent)


def _exchanged(client: http.client.HTTPConnection, request: Request, target: str, guard: _Guard) -> Answer:
    headers = {**dict(request.headers), "Connection": "close"}
    client.request(request.method, target, body=request.body, headers=headers)
    response = client.getresponse()
    if guard.is_over:  # its headers had not ended
        raise TimeoutError
    try:
        body = response.read(LONGEST_ANSWER)
    except http.client.IncompleteRead as error:
        body = error.partial[:LONGEST_ANSWER]
    except (OSError, http.client.HTTPException, ValueError):
        body = b""  # the status was understood: what is missing is for who needs it
    return Answer(status=response.status, body=body)


def _connected(host: str, port: int, seconds: float, *, allow_private: bool) -> socket.socket:
    """Return a connection to one of the addresses of ``host`` that may be connected to."""
    end = time.monotonic() + seconds
    found = _looked_up(host, port, seconds)
    permitted = [one for one in found if allow_private or is_public(str(one[4][0]))]
    if not permitted:
        raise _forbidden()
    for family, kind, protocol, _name, address in permitted:
        left = end - time.monotonic()
        if left <= 0:
            break
        opened = socket.socket(family, kind, protocol)
        try:
            opened.settimeout(left)
            opened.connect(address)
            if allow_private or is_public(str(opened.getpeername()[0])):
                return opened
        except OSError:
            opened.close()
            continue
        opened.close()
        raise _forbidden()
    raise GatewayError(DeliveryStatus.TRY_LATER, "there is no connection to the server")


def _looked_up(host: str, port: int, seconds: float) -> list[Any]:
    """Return the addresses of ``host``, as ``getaddrinfo`` tells them.

    The system waits for name servers as long as it is set up to, and cannot be told otherwise. So a thread of its own asks.

    :raises GatewayError: there are none, or they are not known in time.
    """
    end = time.monotonic() + seconds
    if not _lookups.acquire(timeout=seconds):
        raise _no_name("no name server answers: too many names are asked for already")
    answers: SimpleQueue[Any] = SimpleQueue()

    def look_up() -> None:
        try:
            answers.put(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError):
            answers.put(None)
        finally:
            _lookups.release()

    try:
        threading.Thread(target=look_up, name="smsauth name lookup", daemon=True).start()
    except RuntimeError:  # the machine has no more of them
        _lookups.release()
        raise _no_name("there is no thread to look up the name of the server") from None
    try:
        found: list[Any] | None = answers.get(timeout=max(0.0, end - time.monotonic()))
    except Empty:
        raise _no_name("the name of the server was not found in time") from None
    if found is None:
        raise _no_name("the name of the server is not known to the network")
    return found


def _no_name(detail: str) -> GatewayError:
    return GatewayError(DeliveryStatus.TRY_LATER, detail)


def _forbidden() -> GatewayError:
    return GatewayError(
        DeliveryStatus.CONFIGURATION,
        "the server has no public address: only the environment (SMSAUTH_HTTP_ALLOW_PRIVATE) can permit others",
    )


def _trusted() -> ssl.SSLContext:
    """Return the context that checks certificates: those of ``requests``, as for other gateways, or of the file it is told to use."""
    return _context(
        os.environ.get("REQUESTS_CA_BUNDLE")
        or os.environ.get("CURL_CA_BUNDLE")
        or requests.utils.DEFAULT_CA_BUNDLE_PATH
    )


@cache
def _context(bundle: str) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=bundle)
