"""Which cases a seed stands for.

A part of them is directed: every name that Zope and Plone keep in a request, in every shape, on every page that judges something. The
rest is chance.
"""

from collections.abc import Callable
from dataclasses import dataclass
from dataclasses import replace
from enum import Enum
from functools import cached_property
from random import Random
from tools.fuzz import mutations as bends
from tools.fuzz.actors import Actor
from tools.fuzz.acts import Act
from tools.fuzz.acts import look
from tools.fuzz.mutations import bent
from tools.fuzz.mutations import Mutation
from tools.fuzz.request import Request
from tools.fuzz.values import JSONS
from tools.fuzz.values import MAIN_SHAPES
from tools.fuzz.values import TEXTS
from tools.fuzz.world import World

#: Of twenty cases so many are directed, twins, single requests; the rest are series.
DIRECTED, TWINS, SINGLES, ROUND = 8, 6, 5, 20
#: What undid the count of a wrong answer before, each by a way of its own: it is tried on all pages first.
KNOWN = (
    bends.add_field("URL", "list"),
    bends.add_field("SERVER_URL", "record"),
    bends.add_field("PARENTS", "list"),
    bends.add_field("_plone_ec_cache", "text"),
    *(
        bends.set_cookie(name, TEXTS["a byte"], "a byte")
        for name in ("statusmessages", "PARENT_REQUEST", "_catalog", "__annotations__")
    ),
)
#: Requests of a series, and seconds that may pass between two of them.
SERIES, LONGEST_WAIT = 8, 150
_ODD_COOKIES = ("a byte", "half a surrogate pair", "NUL", "the marker", "a pickle", "nothing")
_ODD_HEADERS = ("a byte", "the marker", "a long text")
_ODD_ASKED = ("list", "NUL", "record", "text")


class Kind(Enum):
    """What is done with a request."""

    TWIN = "twin"
    SINGLE = "single"
    SERIES = "series"


@dataclass(frozen=True, kw_only=True)
class Case:
    """One thing to try. ``steps`` are those of a series: the seconds that pass before each, and how it is bent."""

    number: int
    kind: Kind
    sender: Actor
    view: str
    request: Request
    act: Act | None = None
    mutations: tuple[Mutation, ...] = ()
    steps: tuple[tuple[int, tuple[Mutation, ...]], ...] = ()

    def bent(self) -> Request:
        """Return the request as it is sent."""
        return bent(self.request, self.mutations)


class Plan:
    """The cases of one seed, by number."""

    def __init__(self, world: World, seed: int) -> None:
        self.world, self._seed = world, seed

    def case(self, number: int) -> Case:
        """Return one case. It does not depend on the others."""
        turn, place = divmod(number, ROUND)
        random = Random(f"{self._seed}/{number}")  # noqa: S311 - it has to be the same in each run
        if place < DIRECTED:
            return self._directed(number, turn * DIRECTED + place)
        if place < DIRECTED + TWINS:
            act = random.choice(self.world.judging)
            return self._twin(number, act, self.world.choice.mutations(random, act.request, 3))
        if place < DIRECTED + TWINS + SINGLES:
            return self._single(number, random)
        return self._series(number, random)

    @staticmethod
    def length(requests: int) -> int:
        """Return how many cases are about so many requests."""
        return -(-requests * ROUND // (ROUND - 1 + SERIES))

    @cached_property
    def _directed(self) -> Callable[[int, int], Case]:
        world, names = self.world, self.world.names
        kept = [bends.add_field(name, shape) for name in names.kept for shape in MAIN_SHAPES]
        odd = [bends.set_cookie(name, TEXTS[kind], kind) for name in names.cookies for kind in _ODD_COOKIES]
        odd += [bends.set_header(name, kind) for name in names.headers for kind in _ODD_HEADERS]
        asked = [bends.add_field(name, shape) for name in names.asked for shape in _ODD_ASKED]
        bodies = [(act, bends.set_json(key, kind)) for act, key in self._keys() for kind in sorted(JSONS)]
        known = [(act, ()) for act in world.judging] + [(act, (bend,)) for bend in KNOWN for act in world.judging]
        first = len(world.judging)
        order = (kept, odd, kept, asked)

        def case(number: int, index: int) -> Case:
            if index < len(known):
                return self._twin(number, *known[index])
            index -= len(known)
            if index < len(bodies):
                act, mutation = bodies[index]
                return self._by(number, act.actor, act, (mutation,))
            index -= len(bodies)
            turn = 0
            while index >= len(order[turn % len(order)]):
                index -= len(order[turn % len(order)])
                turn += 1
            # neighbours meet different pages, and each turn meets other ones than the turn before
            act = world.judging[(index + 5 * turn + self._seed) % first]
            return self._twin(number, act, (order[turn % len(order)][index],))

        return case

    def _keys(self) -> list[tuple[Act, str]]:
        services = [act for act in self.world.acts if act.name == "as documented" and act.request.method != "GET"]
        chosen = {act.view: act for act in services if act.actor.name in ("visitor", "root administrator")}
        return [(act, key) for _, act in sorted(chosen.items()) for key in ["", *bends.keys_of(act.request)]]

    def _twin(self, number: int, act: Act, mutations: tuple[Mutation, ...]) -> Case:
        return replace(self._by(number, act.actor, act, mutations), kind=Kind.TWIN)

    def _by(self, number: int, sender: Actor, act: Act, mutations: tuple[Mutation, ...]) -> Case:
        request = act.request
        if sender is not act.actor:
            own = tuple(pair for pair in request.headers if pair not in act.actor.headers)
            request = replace(request, cookies=sender.cookies, headers=(*sender.headers, *own))
        return Case(
            number=number, kind=Kind.SINGLE, sender=sender, view=act.view, request=request, act=act, mutations=mutations
        )

    def _single(self, number: int, random: Random) -> Case:
        world = self.world
        view, anybody = random.choice(world.views), random.choice(world.actors)
        acts = [act for act in world.acts if act.view == view.name]
        if acts and random.random() < 0.7:
            act = random.choice(acts)
            sender = act.actor if random.random() < 0.6 else anybody
            case = self._by(number, sender, act, ())
        else:
            request = look(world.site, anybody, view)
            case = Case(number=number, kind=Kind.SINGLE, sender=anybody, view=view.name, request=request)
        return replace(case, mutations=world.choice.mutations(random, case.request, 4))

    def _series(self, number: int, random: Random) -> Case:
        act = random.choice(self._texting)
        steps = []
        for _ in range(SERIES):
            bent_too = random.random() < 0.5
            mutations = self.world.choice.mutations(random, act.request, 1) if bent_too else ()
            steps.append((random.randint(0, LONGEST_WAIT), mutations))
        return replace(self._by(number, act.actor, act, ()), kind=Kind.SERIES, steps=tuple(steps))

    def prepare(self) -> None:
        """Find out beforehand what all cases need, so that processes that are forked share it."""
        self._directed, self._texting  # noqa: B018

    @cached_property
    def _texting(self) -> list[Act]:
        # those that send something
        return [act for act in self.world.acts if self.world.trace(act).texts]
