"""The cases that are no chance: what undid a count before, on every page that judges, and then every name in every shape, page by page."""

from functools import cached_property
from tools.fuzz import envelopes
from tools.fuzz import mutations as bends
from tools.fuzz.acts import Act
from tools.fuzz.acts import LOOK
from tools.fuzz.mutations import Mutation
from tools.fuzz.values import JSONS
from tools.fuzz.values import MAIN_SHAPES
from tools.fuzz.values import TEXTS
from tools.fuzz.world import World

_BYTE = "a byte"
#: What undid the count of a wrong answer before, each by a way of its own.
KNOWN = (
    bends.add_field("URL", "list"),
    bends.add_field("SERVER_URL", "record"),
    bends.add_field("PARENTS", "list"),
    bends.add_field("_plone_ec_cache", "text"),
    envelopes.set_cookie("statusmessages", TEXTS[_BYTE], _BYTE),
    envelopes.set_cookie("PARENT_REQUEST", TEXTS[_BYTE], _BYTE),
    envelopes.set_cookie("_catalog", TEXTS[_BYTE], _BYTE),
    envelopes.set_cookie("__annotations__", TEXTS[_BYTE], _BYTE),
)
_ODD_COOKIES = ("a byte", "half a surrogate pair", "NUL", "the marker", "a pickle", "nothing")
_ODD_HEADERS = ("a byte", "the marker", "a long text")
_ODD_ASKED = ("list", "NUL", "record", "text")

Directed = tuple[Act, tuple[Mutation, ...]]


class DirectedPart:
    """All of them in order, by number; past the last one it begins anew. ``seed`` decides which page a name meets first."""

    def __init__(self, world: World, seed: int) -> None:
        self._world, self._seed = world, seed

    def __getitem__(self, index: int) -> Directed:
        """Return what to do, and how to bend it."""
        if index < len(self._first):
            return self._first[index]
        index -= len(self._first)
        judging, turn = self._world.judging, 0
        while index >= len(self._rounds[turn % len(self._rounds)]):
            index -= len(self._rounds[turn % len(self._rounds)])
            turn += 1
        # neighbours meet different pages, and whenever its round comes again, a name meets the next page
        act = judging[(index + turn // 2 + self._seed) % len(judging)]
        return act, (self._rounds[turn % len(self._rounds)][index],)

    @cached_property
    def _first(self) -> list[Directed]:
        judging = self._world.judging
        unbent: list[Directed] = [(act, ()) for act in judging]
        known = [(act, (bend,)) for bend in KNOWN for act in judging]
        heads = [(act, (envelopes.set_method("HEAD"),)) for act in self._world.acts if act.name == LOOK]
        return unbent + known + heads + self._bodies()

    @cached_property
    def _rounds(self) -> tuple[list[Mutation], ...]:
        names = self._world.names
        kept = [bends.add_field(name, shape) for name in names.kept for shape in MAIN_SHAPES]
        asked = [bends.add_field(name, shape) for name in names.asked for shape in _ODD_ASKED]
        odd = [envelopes.set_cookie(name, TEXTS[kind], kind) for name in names.cookies for kind in _ODD_COOKIES]
        odd += [envelopes.set_header(name, kind) for name in names.headers for kind in _ODD_HEADERS]
        return kept, odd + asked

    def _bodies(self) -> list[Directed]:
        services = [act for act in self._world.acts if act.is_service and act.request.method != "GET"]
        chosen = {act.view: act for act in services if act.actor.name in ("visitor", "root administrator")}
        keys = [(act, key) for _, act in sorted(chosen.items()) for key in ["", *bends.keys_of(act.request)]]
        return [(act, (bends.set_json(key, kind),)) for act, key in keys for kind in sorted(JSONS)]
