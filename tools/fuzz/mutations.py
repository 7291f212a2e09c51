"""How a request is bent: one place of it at a time, several times over. These are the ways to bend what it says: fields and JSON."""

from collections.abc import Callable
from dataclasses import dataclass
from dataclasses import replace
from random import Random
from tools.fuzz.request import Pair
from tools.fuzz.request import Request
from tools.fuzz.values import CHANGED
from tools.fuzz.values import JSONS
from tools.fuzz.values import SHAPES
from tools.fuzz.values import TEXTS

import json


@dataclass(frozen=True)
class Mutation:
    """One change, in words and as a function. One that is ``meant`` belongs to the case and is not left out to make it smaller."""

    words: str
    bend: Callable[[Request], Request]
    meant: bool = False

    def __str__(self) -> str:
        return self.words


def bent(request: Request, mutations: tuple[Mutation, ...]) -> Request:
    """Return a request with all these changes, in order."""
    for mutation in mutations:
        request = mutation.bend(request)
    return request


def add_field(name: str, shape: str, *, in_query: bool = False, value: str = "x") -> Mutation:
    """One more field, of a shape that Zope knows."""
    pair = SHAPES[shape](name, value)

    def bend(request: Request) -> Request:
        if in_query:
            return replace(request, query=(*request.query, pair))
        files = request.files | ({name} if shape == "file" else set())
        return replace(request, form=(*request.form, pair), files=files)

    return Mutation(f"+{'query' if in_query else 'form'} {name} ({shape})", bend)


def shape_field(name: str, shape: str) -> Mutation:
    """A field of the form by another name for Zope to convert it, with the same value where that fits."""

    def bend(request: Request) -> Request:
        form = tuple(SHAPES[shape](key, value) if key == name else (key, value) for key, value in request.form)
        return replace(request, form=form, files=request.files | ({name} if shape == "file" else set()))

    return Mutation(f"{name} as {shape}", bend)


def set_field(name: str, kind: str) -> Mutation:
    """An odd text in a field."""
    return _on_field(name, f"{name} = {kind}", lambda value: TEXTS[kind])


def change_field(name: str, kind: str) -> Mutation:
    """A field whose value was changed a little."""
    return _on_field(name, f"{name} {kind}", CHANGED[kind])


def flip_field(name: str, place: float) -> Mutation:
    """A field with one character changed."""
    return _on_field(name, f"{name} with one character changed at {place:.0%}", lambda value: flipped(value, place))


def give_field(name: str, value: str, words: str) -> Mutation:
    """A field with a value from elsewhere."""
    return _on_field(name, f"{name} = {words}", lambda former: value)


def drop_field(name: str) -> Mutation:
    """A field left out."""
    return Mutation(f"-{name}", lambda request: request.with_form(pair for pair in request.form if pair[0] != name))


def repeat_field(name: str, kind: str, *, before: bool) -> Mutation:
    """A field sent once more, with an odd text."""

    def bend(request: Request) -> Request:
        pair = (name, TEXTS[kind])
        return request.with_form((pair, *request.form) if before else (*request.form, pair))

    return Mutation(f"{name} twice, {kind} {'first' if before else 'last'}", bend)


def move_field(name: str) -> Mutation:
    """A field in the query instead of the form."""

    def bend(request: Request) -> Request:
        moved = tuple(pair for pair in request.form if pair[0] == name)
        rest = tuple(pair for pair in request.form if pair[0] != name)
        return replace(request, form=rest, query=(*request.query, *moved))

    return Mutation(f"{name} in the query", bend)


def set_query(name: str, kind: str) -> Mutation:
    """An odd text in a parameter of the query."""

    def bend(request: Request) -> Request:
        return replace(
            request, query=tuple((key, TEXTS[kind] if key == name else value) for key, value in request.query)
        )

    return Mutation(f"query {name} = {kind}", bend)


def flip_query(name: str, place: float) -> Mutation:
    """A parameter of the query with one character changed."""

    def bend(request: Request) -> Request:
        pairs = tuple((key, flipped(value, place) if key == name else value) for key, value in request.query)
        return replace(request, query=pairs)

    return Mutation(f"query {name} with one character changed at {place:.0%}", bend)


def form_as_json() -> Mutation:
    """The fields as an object of JSON."""
    return Mutation(
        "form as JSON",
        lambda request: replace(request, body=json.dumps(dict(request.form)).encode(), content_type="application/json"),
    )


def set_json(key: str, kind: str) -> Mutation:
    """An odd value under a key of a body in JSON; '' is the whole body."""

    def bend(request: Request) -> Request:
        if not key:
            return replace(request, body=JSONS[kind].encode(), content_type="application/json")
        held = _object(request)
        parts = [
            f"{json.dumps(name)}: {JSONS[kind] if name == key else json.dumps(value)}" for name, value in held.items()
        ]
        if key not in held:
            parts.append(f"{json.dumps(key)}: {JSONS[kind]}")
        return replace(request, body=("{" + ", ".join(parts) + "}").encode(), content_type="application/json")

    return Mutation(f"JSON {key or 'body'} = {kind}", bend)


def keys_of(request: Request) -> list[str]:
    """Return the keys of a body in JSON."""
    return sorted(_object(request))


def _object(request: Request) -> dict:
    try:
        held = json.loads(request.body or b"{}")
    except (ValueError, RecursionError):
        return {}
    return held if isinstance(held, dict) else {}


def _on_field(name: str, words: str, change: Callable[[str], str]) -> Mutation:
    def bend(request: Request) -> Request:
        return request.with_form((key, change(value) if key == name else value) for key, value in request.form)

    return Mutation(words, bend)


def flipped(value: str, place: float) -> str:
    """Return a value with one character changed."""
    if not value:
        return "A"
    at = min(len(value) - 1, int(len(value) * place))
    return value[:at] + ("A" if value[at] != "A" else "B") + value[at + 1 :]


def pick(random: Random, options) -> str:
    """Return one of them; of the same in each run, whatever their order in memory."""
    return random.choice(sorted(options))


def same_names(pairs: tuple[Pair, ...]) -> list[str]:
    """Return the names in pairs, each once, in order."""
    return sorted({name for name, _ in pairs})
