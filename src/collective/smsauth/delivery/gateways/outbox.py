"""The gateway for trying out and for tests: texts go into a file on the server instead of to a phone.

Calls go there too, as what would be read out. One JSON object a line, so that a person can follow it, a test can parse it, and
processes can share it: each line is one write to the end.
"""

from App.config import getConfiguration
from collections.abc import Callable
from collections.abc import Mapping
from collective.smsauth import _
from collective.smsauth import logger
from collective.smsauth.delivery import clock as delivery_clock
from collective.smsauth.domain.channels import Channel
from collective.smsauth.domain.delivery import DeliveryStatus
from collective.smsauth.domain.delivery import Text
from collective.smsauth.interfaces import GatewayError
from collective.smsauth.interfaces import ISMSGateway
from collective.smsauth.interfaces import IVoiceGateway
from dataclasses import dataclass
from datetime import datetime
from datetime import timezone
from pathlib import Path
from zope.i18nmessageid import Message
from zope.interface import implementer

import fcntl
import json
import os

#: The environment variable that names the file.
VARIABLE = "SMSAUTH_OUTBOX"
NAME = "smsauth-outbox.jsonl"
#: How far back ``read`` looks, in bytes.
TAIL = 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class OutboxMessage:
    """One text in the outbox: ``time`` in ISO 8601, UTC; ``to`` in E.164 form; ``body`` as it would have appeared or been read."""

    time: str
    to: str
    body: str
    channel: Channel = Channel.TEXT


@implementer(ISMSGateway, IVoiceGateway)
class OutboxGateway:
    """Appends texts, and what calls would read out, to the outbox."""

    title = _("gateway_outbox", default="Outbox (a file on the server; for trying out only)")
    settings = None
    status_view = ""
    local = True

    def __init__(self, *, clock: Callable[[], float] = delivery_clock.now) -> None:
        """Make a gateway; ``clock`` tells seconds since the epoch."""
        self._clock = clock

    def problems(self, config: Mapping[str, str]) -> tuple[Message, ...]:
        """Return () as a rule: the outbox has no settings. It fails if its path is a folder or may not be written."""
        place = path()
        if place.is_dir() or not os.access(_existing(place), os.W_OK):
            return (_("problem_outbox", default="The file of the outbox cannot be written."),)
        return ()

    def send(self, text: Text, config: Mapping[str, str]) -> str:
        """Append ``text`` and return '': a line in a file has no id.

        :raises GatewayError: the line could not be written.
        """
        self._write({"to": text.to, "body": text.body})
        return ""

    def voice_problems(self, config: Mapping[str, str]) -> tuple[Message, ...]:
        """Return what keeps the line of a call from being written: the same as for texts."""
        return self.problems(config)

    def call(self, text: Text, config: Mapping[str, str]) -> str:
        """Append what would be read out, marked as a call, and return ''.

        :raises GatewayError: the line could not be written.
        """
        self._write({"to": text.to, "body": text.body, "channel": Channel.VOICE.value})
        return ""

    def _write(self, record: dict[str, str]) -> None:
        moment = datetime.fromtimestamp(self._clock(), timezone.utc).isoformat(timespec="milliseconds")
        line = json.dumps({"time": moment, **record}).encode("ascii") + b"\n"
        try:
            _append(path(), line)
        except OSError as error:
            raise GatewayError(DeliveryStatus.CONFIGURATION, f"the outbox: {error.strerror}") from error


def path() -> Path:
    """Return the file of the outbox: by the environment, else in the CLIENT_HOME of this Zope instance."""
    named = os.environ.get(VARIABLE)
    if named:
        return Path(named)
    home = getattr(getConfiguration(), "clienthome", None) or os.environ.get("CLIENT_HOME", "")
    return Path(home) / NAME


def read(limit: int) -> tuple[OutboxMessage, ...]:
    """Return the ``limit`` latest texts, the newest first. What is not a text is passed over; no file, no texts."""
    messages: list[OutboxMessage] = []
    for line in reversed(_last_lines(path())):
        if len(messages) >= limit:
            break
        message = _parsed(line)
        if message is not None:
            messages.append(message)
    return tuple(messages)


def _append(place: Path, line: bytes) -> None:
    """Write a line in one piece; after one that was broken off by others, on a line of its own."""
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(place, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        size = os.fstat(descriptor).st_size
        if size and os.pread(descriptor, 1, size - 1) != b"\n":
            line = b"\n" + line
        if os.write(descriptor, line) != len(line):
            raise OSError(0, "only a part of the line was written")
    finally:
        os.close(descriptor)


def _last_lines(place: Path) -> list[bytes]:
    try:
        with place.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - TAIL))
            lines = file.read(TAIL).split(b"\n")
    except FileNotFoundError:
        return []
    except OSError as error:
        logger.warning("The outbox cannot be read: %s", error.strerror)
        return []
    return lines[1:] if size > TAIL else lines


def _parsed(line: bytes) -> OutboxMessage | None:
    try:
        record = json.loads(line.decode("utf-8"))
    except (ValueError, RecursionError):
        return None
    if not isinstance(record, dict):
        return None
    moment, to, body = record.get("time"), record.get("to"), record.get("body")
    if isinstance(moment, str) and isinstance(to, str) and isinstance(body, str):
        channel = Channel.VOICE if record.get("channel") == Channel.VOICE.value else Channel.TEXT
        return OutboxMessage(time=moment, to=to, body=body, channel=channel)
    return None


def _existing(place: Path) -> Path:
    """Return ``place``, or the nearest folder above it that is there."""
    return place if place.exists() or place == place.parent else _existing(place.parent)
