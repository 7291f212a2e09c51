"""A handle on a server process: start, stop, and how much processor time it has used."""

from contextlib import contextmanager
from pathlib import Path
from tools.bench.instance import Instance
from tools.bench.provider import code_in

import json
import subprocess
import sys


class Server:
    """A running server of an instance."""

    def __init__(self, instance: Instance, process: subprocess.Popen, port: int) -> None:
        self.instance = instance
        self.port = port
        self._process = process

    def processor_seconds(self) -> float | None:
        """Return the processor time that all threads have used so far, or None where the system does not tell."""
        tasks = Path(f"/proc/{self._process.pid}/task")
        try:
            return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks.iterdir()) / 1e9
        except OSError:
            return None

    def database_size(self) -> int:
        """Return the size of the database's file in bytes."""
        return self.instance.database.stat().st_size

    def code_in_outbox(self, to: str) -> str:
        """Return the last code for that number in the outbox.

        :raises LookupError: there is none.
        """
        for line in reversed(self.instance.outbox.read_text(encoding="utf-8").splitlines()):
            text = json.loads(line)
            if text["to"] == to:
                return code_in(text["body"])
        raise LookupError("The text did not arrive.")


@contextmanager
def running(instance: Instance, clock: Path | None = None, **environment: str):
    """Serve an instance for the time of a ``with`` block.

    :raises RuntimeError: the server did not start; what it said is in the message.
    """
    log = instance.folder / "var" / "server.log"
    command = [sys.executable, "-m", "tools.bench.serve", str(instance.configuration), *([str(clock)] if clock else [])]
    with (
        log.open("wb") as output,
        subprocess.Popen(
            command,
            env=instance.environment(**environment),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=output,
        ) as process,
    ):
        try:
            port = process.stdout.readline().strip()
            if not port:
                raise RuntimeError("The server did not start:\n" + log.read_text(encoding="utf-8")[-3000:])
            yield Server(instance, process, int(port))
        finally:
            process.kill()
