"""The processes of the cluster: a ZEO server, and two clients that serve the site."""

from collections import Counter
from collective.smsauth.tests.support.redis_server import RedisServer
from pathlib import Path
from tools.bench.instance import Instance
from tools.cluster.provider import Provider

import socket
import subprocess
import sys
import threading
import time

_PATIENCE = 60.0
#: Characters of a line of the log that are told.
_LENGTH = 220
#: Beginning of what is told of an answer 500.
ANSWER = "answer 500: "

_CLIENT_STORAGE = """\
  pool-size 12
  %import ZEO
  <clientstorage>
    server 127.0.0.1:{port}
    storage 1
    wait-timeout 20
  </clientstorage>"""


def free_port() -> int:
    """Return a port that is free now."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


class Zeo:
    """The server of the database in ``folder``. Its port stays the same over ``stop`` and ``start``."""

    def __init__(self, instance: Instance) -> None:
        self._instance = instance
        self.port = free_port()
        self._process: subprocess.Popen | None = None

    def start(self) -> None:
        """Start it, and return when it takes connections.

        :raises RuntimeError: it does not.
        """
        command = [sys.executable, "-m", "ZEO.runzeo"]
        command += ["-a", f"127.0.0.1:{self.port}", "-f", str(self._instance.database)]
        self._process = subprocess.Popen(
            command, cwd=self._instance.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        end = time.monotonic() + _PATIENCE
        while time.monotonic() < end:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            except OSError:
                time.sleep(0.05)
            else:
                return
        raise RuntimeError("The ZEO server does not answer.")

    def stop(self) -> None:
        """Stop it as an administrator does."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(30)
            self._process = None


class Client:
    """One of the two that serve the site. ``port`` is another one after each start, 0 while it does not run."""

    def __init__(self, folder: Path, zeo: Zeo, redis: RedisServer, provider: Provider) -> None:
        self._instance = Instance(folder=folder, has_addon=True)
        self._zeo, self._redis, self._provider = zeo, redis, provider
        self._process: subprocess.Popen | None = None
        self.port = 0

    @property
    def log(self) -> Path:
        """What it says."""
        return self._instance.folder / "var" / "server.log"

    def start(self) -> None:
        """Start it, and return when it serves.

        :raises RuntimeError: it does not; what it said is in the message.
        """
        self._instance.write(_CLIENT_STORAGE.format(port=self._zeo.port))
        environment = {**self._provider.environment, "SMSAUTH_LIMITS_STORAGE": f"{self._redis.address}/0"}
        with self.log.open("ab") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tools.bench.serve", str(self._instance.configuration)],
                env=self._instance.environment(**environment),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=output,
            )
        if self._process.stdout is None:
            raise RuntimeError("There is no pipe.")
        port = self._process.stdout.readline().strip()
        if not port:
            raise RuntimeError("A client did not start:\n" + self.log.read_text(encoding="utf-8")[-3000:])
        self.port = int(port)

    def problems(self) -> Counter[str]:
        """Return the last line of each traceback in what it has logged, with how often it is there; that of an answer 500 says so."""
        found: Counter[str] = Counter()
        in_traceback, of_page, before = False, False, ""
        for line in self.log.read_text(encoding="utf-8", errors="replace").splitlines():
            is_of_page = before.startswith("ERROR:Zope.SiteErrorLog")
            before = line
            if line.startswith("Traceback"):
                in_traceback, of_page = True, is_of_page
            elif in_traceback and line and not line.startswith(" "):
                found[f"{ANSWER if of_page else ''}{line[:_LENGTH]}"] += 1
                in_traceback = False
        return found

    def kill(self) -> None:
        """Kill it, as a machine that goes down does."""
        if self._process is not None:
            self.port = 0
            self._process.kill()
            self._process.wait()
            if self._process.stdout is not None:
                self._process.stdout.close()
            self._process = None


class Cluster:
    """All of it, started and stopped by a ``with`` block."""

    def __init__(self, folder: Path, database: Instance) -> None:
        self.provider, self.redis, self.zeo = Provider(), RedisServer(), Zeo(database)
        self.provider.start()
        self.clients = [Client(folder / name, self.zeo, self.redis, self.provider) for name in ("one", "two")]

    def __enter__(self) -> "Cluster":
        self.redis.start()
        self.zeo.start()
        starting = [threading.Thread(target=client.start) for client in self.clients]
        for thread in starting:
            thread.start()
        for thread in starting:
            thread.join()
        if not all(client.port for client in self.clients):
            self.__exit__()
            raise RuntimeError("The clients did not start.")
        return self

    def __exit__(self, *args: object) -> None:
        for client in self.clients:
            client.kill()
        self.zeo.stop()
        self.redis.close()
        self.provider.stop()
