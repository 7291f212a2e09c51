"""Which cases a seed stands for: a part of them is directed, the rest is chance."""

from dataclasses import dataclass
from dataclasses import replace
from enum import Enum
from functools import cached_property
from random import Random
from tools.fuzz import mutations as bends
from tools.fuzz.actors import Actor
from tools.fuzz.acts import Act
from tools.fuzz.acts import look
from tools.fuzz.directed import DirectedPart
from tools.fuzz.mutations import bent
from tools.fuzz.mutations import Mutation
from tools.fuzz.request import Request
from tools.fuzz.scene import MEMBERS
from tools.fuzz.world import World

#: Of twenty cases so many are directed, twins, single requests; the rest are series.
DIRECTED, TWINS, SINGLES, ROUND = 8, 6, 5, 20
#: Requests of a series, and seconds that may pass between two of them.
SERIES, LONGEST_WAIT = 8, 150
#: Some series are about all members in turn, as if many came from one address.
CROWDS, CROWD, LONGEST_WAIT_OF_CROWD = 0.2, 30, 60
_LOGINS = ("__ac_name", "form.widgets.username")


class Kind(Enum):
    """What is done with a request."""

    TWIN = "twin"
    SINGLE = "single"
    SERIES = "series"


@dataclass(frozen=True, kw_only=True)
class Case:
    """One thing to try. ``steps`` are those of a series: the seconds that pass before each, and how it is bent.

    A mutation of a step is ``meant`` if the series is none without it.
    """

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

    @property
    def is_crowd(self) -> bool:
        """Whether it is about several members in turn."""
        return any(one.meant for _, how in self.steps for one in how)

    @property
    def chances(self) -> list[Mutation]:
        """What may be left out of it."""
        return [*self.mutations, *(one for _, how in self.steps for one in how if not one.meant)]

    def without(self, mutation: Mutation) -> "Case":
        """Return the case without one mutation."""
        steps = tuple((wait, _without(how, mutation)) for wait, how in self.steps)
        return replace(self, mutations=_without(self.mutations, mutation), steps=steps)


class Plan:
    """The cases of one seed, by number."""

    def __init__(self, world: World, seed: int) -> None:
        self.world, self._seed = world, seed

    def case(self, number: int) -> Case:
        """Return one case. It does not depend on the others."""
        turn, place = divmod(number, ROUND)
        random = Random(f"{self._seed}/{number}")  # noqa: S311 - it has to be the same in each run
        if place < DIRECTED:
            act, mutations = self._directed[turn * DIRECTED + place]
            return (self._twin if act.secret else self._plain)(number, act, mutations)
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
    def _directed(self) -> DirectedPart:
        return DirectedPart(self.world, self._seed)

    def _plain(self, number: int, act: Act, mutations: tuple[Mutation, ...]) -> Case:
        return self._by(number, act.actor, act, mutations)

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
            request = look(anybody, view)
            case = Case(number=number, kind=Kind.SINGLE, sender=anybody, view=view.name, request=request)
        return replace(case, mutations=world.choice.mutations(random, case.request, 4))

    def _series(self, number: int, random: Random) -> Case:
        act = random.choice(self._texting)
        names = [name for name, _ in act.request.form if name in _LOGINS]
        is_crowd = bool(names) and random.random() < CROWDS
        steps = []
        for step in range(CROWD if is_crowd else SERIES):
            wait = random.randint(0, LONGEST_WAIT_OF_CROWD if is_crowd else LONGEST_WAIT)
            turn = (_of_login(names[0], step),) if is_crowd else ()
            chance = self.world.choice.mutations(random, act.request, 1) if random.random() < 0.5 else ()
            steps.append((wait, (*turn, *chance)))
        return replace(self._by(number, act.actor, act, ()), kind=Kind.SERIES, steps=tuple(steps))

    def prepare(self) -> None:
        """Find out beforehand what all cases need, so that processes that are forked share it."""
        self._directed[0], self._texting

    @cached_property
    def _texting(self) -> list[Act]:
        # those that send something
        return [act for act in self.world.acts if self.world.trace(act).texts]


def _of_login(name: str, step: int) -> Mutation:
    logins = [login for login, phone in MEMBERS.items() if phone]
    return replace(bends.give_field(name, logins[step % len(logins)], "one member after the other"), meant=True)


def _without(mutations: tuple[Mutation, ...], mutation: Mutation) -> tuple[Mutation, ...]:
    return tuple(one for one in mutations if one is not mutation)
