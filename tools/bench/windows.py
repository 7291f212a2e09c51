"""What the limits on texts cost: the windows of one text by themselves, and a sign-in without them, in memory and in Redis."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from tools.bench.browser import Browser
from tools.bench.figures import estimate
from tools.bench.figures import Turns
from tools.bench.instance import Instance
from tools.bench.plan import Plan
from tools.bench.report import Row
from tools.bench.server import running
from tools.bench.server import Server
from tools.bench.signin import owes_code
from tools.bench.sites import name_of

import shutil
import socket
import subprocess
import time

#: What may be added to a sign-in by windows in memory, in seconds.
GOAL = 0.001
_WARM_UP = 2
_TEXTS = 2000
_PATIENCE = 20


class Windows:
    """Collects the seconds of sign-ins, and of the windows of one text."""

    def __init__(self) -> None:
        self.memory, self.redis = Turns(), Turns()
        self.text_memory: list[float] = []
        self.text_redis: list[float] = []

    def measure(self, plan: Plan, instances: list[Instance], members: Iterator[int]) -> None:
        """Sign in members in turns at three copies of the site: without windows, with them in memory, and in Redis if it is there."""
        with redis_server() as address:
            self._measure_texts(address)
            with (
                running(instances[0], SMSAUTH_BENCH_UNLIMITED="1") as without,
                running(instances[1]) as memory,
                running(instances[2], SMSAUTH_LIMITS_STORAGE=address or "memory://") as redis,
            ):
                servers = [without, memory, *([redis] if address else [])]
                for turn in range(-_WARM_UP, plan.sign_in_turns * 2):
                    name = name_of(next(members))
                    found = {server.port: _seconds(server, name) for server in (servers if turn % 2 else servers[::-1])}
                    if turn >= 0:
                        self.memory.add(found[without.port], found[memory.port])
                        if address:
                            self.redis.add(found[without.port], found[redis.port])

    def rows(self) -> list[Row]:
        """Return the rows: the sites that are compared both have the add-on."""
        redis = f"{1000 * median(self.text_redis):.3f} ms" if self.text_redis else "not measured"
        by_themselves = Row(
            what="The limits of one text by themselves, in memory (left) and in Redis (right)",
            stock=f"{1000 * median(self.text_memory):.3f} ms",
            addon=redis,
            goal=f"in memory less than {1000 * GOAL:g} ms",
            met=median(self.text_memory) < GOAL,
        )
        found = [by_themselves, _of_limits("kept in memory", self.memory, GOAL)]
        return [*found, *([_of_limits("kept in Redis", self.redis, None)] if self.redis.stock else [])]

    def _measure_texts(self, address: str) -> None:
        from collective.smsauth.storage.rate_limiter import RateLimiter

        for found, where in ((self.text_memory, ""), (self.text_redis, address)):
            if where or found is self.text_memory:
                windows = RateLimiter(time.time, where)
                found.extend(_text(windows, number) for number in range(_TEXTS))


def _of_limits(where: str, turns: Turns, goal: float | None) -> Row:
    more = estimate([with_it - without for without, with_it in zip(turns.stock, turns.addon, strict=True)])
    stock, addon = (f"{1000 * median(found):.1f} ms" for found in (turns.stock, turns.addon))
    return Row(
        what=f"Password up to the redirect: without limits on texts (left), with limits {where} (right); "
        f"{1000 * more.median:+.2f} ms ({1000 * more.low:+.2f} to {1000 * more.high:+.2f})",
        stock=stock,
        addon=addon,
        ratio=turns.ratio,
        goal=f"less than {1000 * goal:g} ms more" if goal else "",
        met=more.median < goal if goal else None,
    )


@contextmanager
def redis_server():
    """Serve a Redis for the time of a ``with`` block, and give its address; '' if there is no redis-server."""
    program = shutil.which("redis-server")
    if program is None:
        yield ""
        return
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=Path("/")) as process:
        try:
            end = time.monotonic() + _PATIENCE
            while not _answers(port) and time.monotonic() < end:
                time.sleep(0.05)
            yield f"redis://127.0.0.1:{port}"
        finally:
            process.kill()


def _answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def _text(windows, number: int) -> float:
    # number, client address and site: each is asked once and counted once
    started = time.perf_counter()
    names = ((f"number {number}", 10), (f"address {number % 50}", 10_000), ("site", 100_000))
    for name, limit in names:
        windows.resets_in(name, limit=limit, window=3600)
    for name, limit in names:
        windows.hit(name, limit=limit, window=3600)
    return time.perf_counter() - started


def _seconds(server: Server, name: str) -> float:
    browser = Browser(server.port)
    try:
        return owes_code(browser, name)
    finally:
        browser.close()
