"""A real Redis for tests: Debian's redis-server on a free port, with its data in a folder of its own."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from types import SimpleNamespace
from unittest import mock

import limits.storage.redis
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time

REDIS = shutil.which("redis-server")
_PATIENCE = 20


def on_clock(clock: Callable[[], float]) -> AbstractContextManager:
    """Let the library store the times of ``clock`` (seconds since the epoch) in Redis; it asks the machine otherwise."""
    return mock.patch.object(limits.storage.redis, "time", SimpleNamespace(time=clock))


class RedisServer:
    """One server. ``port`` is free when it is made, and stays the same over ``stop`` and ``start``."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="smsauth-redis-")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self._process: subprocess.Popen | None = None

    @property
    def address(self) -> str:
        """The address for SMSAUTH_LIMITS_STORAGE."""
        return f"redis://127.0.0.1:{self.port}"

    def start(self) -> "RedisServer":
        """Start it and return when it answers.

        :raises RuntimeError: it does not.
        """
        command = [REDIS, "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--dir", self._folder.name]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        end = time.monotonic() + _PATIENCE
        while time.monotonic() < end:
            try:
                with socket.create_connection(("127.0.0.1", self.port), timeout=1) as connection:
                    connection.sendall(b"PING\r\n")
                    if connection.recv(16).startswith(b"+PONG"):
                        return self
            except OSError:
                time.sleep(0.02)
        raise RuntimeError("redis-server does not answer")

    def stop(self) -> None:
        """Kill it, as a machine that goes down does; it forgets everything."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def freeze(self) -> None:
        """Let it take connections and answer nothing."""
        os.kill(self._process.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        os.kill(self._process.pid, signal.SIGCONT)

    def close(self) -> None:
        """Stop it for good."""
        self.stop()
        self._folder.cleanup()
