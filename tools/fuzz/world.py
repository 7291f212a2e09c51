"""The site as every case finds it: who is there, what each can do, and what comes of that when it is done as it is meant."""

from collections.abc import Iterable
from dataclasses import dataclass
from dataclasses import replace
from functools import cached_property
from tools.fuzz.actors import Actor
from tools.fuzz.acts import Act
from tools.fuzz.acts import acts_of
from tools.fuzz.acts import look
from tools.fuzz.choice import Choice
from tools.fuzz.names import names_of
from tools.fuzz.names import NamesOfSite
from tools.fuzz.records import Change
from tools.fuzz.records import changes
from tools.fuzz.records import counted
from tools.fuzz.request import Request
from tools.fuzz.scene import Scene
from tools.fuzz.site import Site
from tools.fuzz.targets import View
from tools.fuzz.targets import views

Shapes = frozenset[tuple[str, str]]
#: Pages that judge a code or a password. If one of them does not in this scene, the fuzzer is blind there.
JUDGES = frozenset(
    {
        "smsauth-access-code",
        "smsauth-confirm",
        "smsauth-contact",
        "smsauth-contacts",
        "smsauth-disable",
        "smsauth-recovery",
        "smsauth-reset",
        "smsauth-setup",
        "smsauth-verify",
    }
)
#: Methods by which people and their programs act.
_OF_PEOPLE = ("GET", "POST", "PATCH", "post")
#: Fields and parameters that hold something signed, or that names something of one member.
_SIGNED = ("token", "_authenticator", "prepare_token", "signature", "warning", "point")


@dataclass(frozen=True, kw_only=True)
class Trace:
    """What one request left behind: changes, and how many texts."""

    shapes: Shapes
    counters: frozenset[str]
    texts: int


class World:
    """Made once; ``site`` is back in the first state whenever nothing is tried."""

    def __init__(self) -> None:
        self.site = Site()
        self.actors = Scene(self.site).actors()
        self.site.keep()
        self.views = views()
        self.acts = self._find_acts()
        self.facts = self.site.facts()
        self._traces: dict[Request, Trace] = {}

    @cached_property
    def judging(self) -> tuple[Act, ...]:
        """The acts that hold a right answer to something."""
        return tuple(act for act in self.acts if act.secret)

    @cached_property
    def names(self) -> NamesOfSite:
        """The names that requests are asked for."""
        with self.site.probe.listening() as heard:
            for act in self.judging:
                self.site.send(act.as_sent(wrongly=True))
                self.site.put_back()
        fields = {name for act in self.acts for name, _ in act.request.form}
        return names_of(heard, fields)

    @cached_property
    def choice(self) -> Choice:
        """What there is to bend requests with."""
        held: dict[str, list[str]] = {name: [] for name in _SIGNED}
        for act in self.acts:
            for name, value in (*act.request.form, *act.request.query):
                if name in held:
                    held[name].append(value)
        signed = [value for actor in self.actors for name, value in actor.cookies if name.startswith("smsauth_")]
        tokens = {name: tuple(dict.fromkeys((*values, *signed))) for name, values in held.items() if values}
        return Choice(self.names, self.actors, tokens)

    def blind_at(self) -> list[str]:
        """Return the pages that should judge something here and do not."""
        judged = {act.view for act in self.judging if self.trace(act, wrongly=True).counters}
        return sorted(JUDGES & {view.name for view in self.views} - judged)

    def trace(self, act: Act, *, wrongly: bool = False) -> Trace:
        """Return what an act leaves behind that is not bent. The site has to be in its first state."""
        return self._trace(act.as_sent(wrongly=wrongly))

    def trace_of_look(self, actor: Actor, view: View) -> Trace:
        """Return what looking at a view leaves behind."""
        return self._trace(look(actor, view))

    def licence(self, request: Request, sender: Actor, view: str, asked: Shapes, texts: int) -> tuple[Shapes, int]:
        """Return which changes a bent request may cause, and how many texts: what those may cause whose cookies it carries.

        Without the token of a form the button does nothing; without the right answer it does what a wrong one does. No text leaves for
        what is no act of a person, such as HEAD. Once all that is ``asked``, and so many ``texts``, may be, nobody else is looked at.
        """
        shapes: frozenset[tuple[str, str]] = frozenset()
        most = 0
        others = (actor for actor in self.actors if actor is not sender and self._comes_as(request, actor))
        for actor in (sender, *others):
            for trace in self._traces_for(request, actor, view):
                shapes |= trace.shapes
                most = max(most, trace.texts if request.method in _OF_PEOPLE else 0)
                if asked <= shapes and texts <= most:
                    return shapes, most
        return shapes, most

    def _traces_for(self, request: Request, actor: Actor, view: str) -> Iterable[Trace]:
        looked_at = [one for one in self.views if one.name == view and not one.is_service]
        for one in looked_at:
            yield self.trace_of_look(actor, one)
            yield self.trace_of_look(self._as_carried(request, actor), one)
        if request.method == "GET" or request.method not in _OF_PEOPLE:
            return
        for act in self.acts:
            if act.view != view or not self._is_same(act.actor, actor) or not all(map(request.carries, act.keys)):
                continue
            if act.secret:
                yield self.trace(act, wrongly=True)
            if not act.secret or request.carries(act.right):
                yield self.trace(act)

    @staticmethod
    def _is_same(one: Actor, actor: Actor) -> bool:
        return one is actor or one.name in actor.may_as

    @staticmethod
    def _as_carried(request: Request, actor: Actor) -> Actor:
        # Without the cookie of a trusted browser, for instance, looking begins a sign-in.
        carried = {value for _, value in request.cookies}
        return replace(actor, cookies=tuple(pair for pair in actor.cookies if pair[1] in carried))

    def _comes_as(self, request: Request, actor: Actor) -> bool:
        carried = {value for _, value in request.cookies}
        return actor.is_anybody or any(value in carried for _, value in actor.cookies)

    def _trace(self, request: Request) -> Trace:
        if request not in self._traces:
            answer = self.site.send(request)
            found = changes(self.facts, self.site.facts())
            self.site.put_back()
            self._traces[request] = Trace(shapes=shapes_of(found), counters=counted(found), texts=len(answer.texts))
        return self._traces[request]

    def _find_acts(self) -> tuple[Act, ...]:
        found = [act for actor in self.actors for act in acts_of(self.site, actor, self.views)]
        return tuple(sorted(found, key=lambda act: act.key))


def shapes_of(found: Iterable[Change]) -> Shapes:
    """Return the shapes of changes."""
    return frozenset(change.shape for change in found)
