"""One run: many members sign in while parts of the cluster fail, then guesses and answers come at once."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from random import Random
from tools.bench import sites
from tools.cluster import errors
from tools.cluster.browser import Browser
from tools.cluster.member import Member
from tools.cluster.processes import Cluster
from tools.cluster.provider import Mood
from tools.cluster.records import accounts_of
from tools.cluster.records import member_data
from tools.cluster.records import reading
from tools.cluster.tally import Tally

import threading
import time

#: Members who sign in at the same time.
_AT_ONCE = 6
#: Seconds for which a part is out of order.
_OUT = 3.0
#: Seconds for which the provider is: longer than the add-on tries.
_PROVIDER_OUT = 8.0
GUESSES, GUESSERS = 40, 3
#: Members who send the right code twice at once.
TWINS = 10
#: All members besides those who sign in: also one for each client, to warm up.
MORE = GUESSERS + TWINS + 2
#: Wrong answers of one code that are judged, by the default policy.
TRIES = 5


@dataclass(frozen=True, kw_only=True)
class Row:
    """A line of the table: what was counted, and what it has to be, None if that is not for us to say."""

    name: str
    count: int
    goal: int | None = None

    @property
    def is_met(self) -> bool:
        """Whether it is what it has to be."""
        return self.goal is None or self.count == self.goal


class Run:
    """``sign_ins`` members who sign in, in the order and by the clients that ``seed`` draws; nothing fails in a ``calm`` run."""

    def __init__(self, cluster: Cluster, *, sign_ins: int, seed: int, calm: bool, say: Callable[[str], None]) -> None:
        self._cluster, self._sign_ins, self._calm, self._say = cluster, sign_ins, calm, say
        self._tally, self._random, self._lock = Tally(), Random(seed), threading.Lock()  # noqa: S311
        self._starting = threading.Thread()

    def everything(self) -> None:
        """Do all of it."""
        self._warm_up()
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            done = [pool.submit(self._member(number).sign_in) for number in range(self._sign_ins)]
            if not self._calm:
                self._disturb()
            for one in done:
                one.result()
        self._say("wrong codes at once")
        for number in range(GUESSERS):
            self._guess(self._member(self._sign_ins + number))
        self._say("the right code twice at once")
        for number in range(TWINS):
            self._answer_twice(self._member(self._sign_ins + GUESSERS + number))

    def rows(self, database: Path, problems: Counter[str]) -> list[Row]:
        """Return the table; the processes have stopped, and ``problems`` are in their logs."""
        tally, first = self._tally, self._sign_ins
        guessers, twins = range(first, first + GUESSERS), range(first + GUESSERS, first + GUESSERS + TWINS)
        with reading(database) as site:
            accounts, answers = accounts_of(site), errors.by_cause(problems, member_data(site))

            def sessions(number: int) -> int:
                return len(accounts.get(sites.name_of(number)).sessions)

            failures = [accounts.get(sites.name_of(number)).failures for number in guessers]
            return [
                Row(name="Logins", count=first),
                Row(name="Logins completed", count=tally["signed in"], goal=first),
                Row(name="Members locked out", count=tally["locked out"], goal=0),
                Row(name="Requests that reached another client than the one before", count=tally["changes"]),
                Row(name="False dead ends", count=tally["false dead ends"], goal=0),
                Row(name="Texts asked for", count=tally["texts asked for"]),
                Row(name="Texts that the provider took", count=sum(self._cluster.provider.taken.values())),
                Row(name="Texts that did not leave, told on the page", count=tally["failures told"]),
                Row(name="Texts lost without a word", count=tally["lost without a word"], goal=0),
                Row(
                    name="Texts taken twice",
                    count=sum(count - 1 for count in self._cluster.provider.taken.values()),
                    goal=0,
                ),
                Row(
                    name="Members without a session on record",
                    count=sum(not sessions(number) for number in range(first)),
                    goal=0,
                ),
                Row(
                    name=f"Wrong codes counted, of {GUESSES} at once by each of {GUESSERS} members",
                    count=sum(failures),
                    goal=TRIES * GUESSERS,
                ),
                Row(
                    name=f"Sessions made by {TWINS} right codes that were sent twice at once",
                    count=sum(map(sessions, twins)),
                    goal=TWINS,
                ),
                *(Row(name=f"Answers 500: {cause}", count=answers[cause]) for cause in errors.NOT_OURS),
                Row(
                    name="Other answers 500",
                    count=max(answers[errors.OTHER], tally["500"] - sum(answers[cause] for cause in errors.NOT_OURS)),
                    goal=0,
                ),
            ]

    def _warm_up(self) -> None:
        # One by one: Python 3.11 fails where several threads compile templates at once, and what is compiled is kept in a folder of both.
        for place, client in enumerate(self._cluster.clients):
            browser = Browser(lambda client=client: client.port, lambda words: None)
            number = self._sign_ins + GUESSERS + TWINS + place
            Member(number, browser, self._cluster.provider, Tally(), self._say).sign_in()
        self._cluster.provider.taken.clear()

    def _member(self, number: int) -> Member:
        browser = Browser(self._drawing(), self._failed)
        return Member(number, browser, self._cluster.provider, self._tally, self._say)

    def _drawing(self) -> Callable[[], int]:
        last: list[int] = []

        def draw() -> int:
            ports = [client.port for client in self._cluster.clients if client.port]
            with self._lock:
                port = self._random.choice(ports)
            if last and last[-1] != port:
                self._tally.add("changes")
            last[:] = [port]
            return port

        return draw

    def _failed(self, words: str) -> None:
        self._tally.add("500")

    def _disturb(self) -> None:
        plan: list[tuple[str, Callable[[], None]]] = [
            ("the provider fails", lambda: self._be(Mood.FAILS)),
            ("the provider takes no connections", lambda: self._be(Mood.REFUSES)),
            ("the provider hangs", lambda: self._be(Mood.HANGS)),
            ("a client is killed", self._kill_client),
            ("Redis is restarted", self._restart_redis),
            ("ZEO is restarted", self._restart_zeo),
        ]
        for place, (words, disturb) in enumerate(plan, 1):
            while self._tally["signed in"] + self._tally["locked out"] < self._sign_ins * place // (len(plan) + 1):
                time.sleep(0.1)
            self._say(f"{self._tally['signed in']} logins; {words}")
            disturb()
        self._starting.join()

    def _be(self, mood: Mood) -> None:
        with self._cluster.provider.being(mood):
            time.sleep(_PROVIDER_OUT)

    def _kill_client(self) -> None:
        # the rest goes on meanwhile: it takes a client long to start
        client = self._cluster.clients[1]
        client.kill()
        self._starting = threading.Thread(target=client.start)
        self._starting.start()

    def _restart_redis(self) -> None:
        self._cluster.redis.stop()
        time.sleep(_OUT)
        self._cluster.redis.start()

    def _restart_zeo(self) -> None:
        self._cluster.zeo.stop()
        time.sleep(_OUT)
        self._cluster.zeo.start()

    def _guess(self, member: Member) -> None:
        code = member.begin()
        wrong = [f"{(int(code) + 1 + number) % 10 ** len(code):0{len(code)}}" for number in range(GUESSES)]
        token = member.form()
        with ThreadPoolExecutor(GUESSES) as pool:
            list(pool.map(lambda guess: member.twin().send(token, guess), wrong))

    def _answer_twice(self, member: Member) -> None:
        code, token = member.begin(), member.form()
        ports = [client.port for client in self._cluster.clients]
        twins = [member.twin(lambda port=port: port) for port in ports]
        with ThreadPoolExecutor(len(twins)) as pool:
            list(pool.map(lambda twin: twin.send(token, code), twins))
