"""Chooses how a request is bent, by chance that a seed decides."""

from collections.abc import Callable
from random import Random
from tools.fuzz import envelopes
from tools.fuzz import mutations as bends
from tools.fuzz.actors import Actor
from tools.fuzz.mutations import Mutation
from tools.fuzz.mutations import pick
from tools.fuzz.mutations import same_names
from tools.fuzz.names import NamesOfSite
from tools.fuzz.request import FORM
from tools.fuzz.request import Request
from tools.fuzz.values import CHANGED
from tools.fuzz.values import JSONS
from tools.fuzz.values import nested
from tools.fuzz.values import SHAPES
from tools.fuzz.values import TEXTS

METHODS = ("GET", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS", "PROPFIND", "TRACE", "post", "FOO")
BEHIND = (
    "/",
    "/x",
    "/@@x",
    "/index_html",
    "/__call__",
    "/update",
    "/form_instance",
    "/++widget++code",
    "//",
    "/\ud800",
    "/view",
    "/a:b",
    "/@@z3cform_validate_field",
)
TYPES = (
    f"{FORM}; charset=utf-16",
    f"{FORM}; charset=utf-7",
    f"{FORM}; charset=no-such",
    f"{FORM}; charset=\udcff",
    "multipart/form-data",
    "multipart/form-data; boundary=",
    "application/json",
    "application/json; charset=utf-16",
    "text/xml",
    "text/plain",
    "\udcff",
)
BODIES = {
    "nothing": (b"", FORM),
    "all bytes": (bytes(range(256)) * 4, FORM),
    "a megabyte": (b"form.widgets.code=" + b"9" * 1_000_000, FORM),
    "thousands of fields": (b"&".join(b"f%d=1" % number for number in range(3000)), FORM),
    "an XML-RPC call": (b"<?xml version='1.0'?><methodCall><methodName>x</methodName></methodCall>", "text/xml"),
    "cut multipart": (b"--xx\r\nContent-Disposition: form-data; name=token", "multipart/form-data; boundary=xx"),
    "nested JSON": (nested().encode(), "application/json"),
    "nested JSON in a form": (b"a:json=" + nested().encode(), FORM),
    "bytes as JSON": (b"\xff\xfe\xed\xa0\x80", "application/json"),
    "credentials as JSON": (b'{"login": "gina", "password": ["x"], "token": {"a": 1}}', "application/json"),
    "odd credentials": (b"__ac_name:list=gina&__ac_password:record=x", FORM),
}
ADDRESSES = ("10.0.0.1", "203.0.113.77, 10.0.0.1", "::1", "unknown", "\udcff", "")
FORWARDED = ("X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "Forwarded", "Host")


class Choice:
    """Knows what there is to choose from."""

    def __init__(self, names: NamesOfSite, actors: tuple[Actor, ...], tokens: dict[str, tuple[str, ...]]) -> None:
        self._names, self._actors, self._tokens = names, actors, tokens

    def mutations(self, random: Random, request: Request, most: int) -> tuple[Mutation, ...]:
        """Return some ways of bending this request."""
        return tuple(self._one(random, request) for _ in range(random.randint(1, most)))

    def _one(self, random: Random, request: Request) -> Mutation:
        kinds: list[tuple[int, Callable[[Random, Request], Mutation]]] = [
            (8, self._name),
            (4, self._cookie),
            (4, self._header),
            (1, lambda random, request: envelopes.add_path(random.choice(BEHIND))),
            (1, self._body),
        ]
        if request.form:
            kinds += [(12, self._field), (2, lambda random, request: envelopes.set_method(random.choice(METHODS)))]
        else:
            kinds += [(1, lambda random, request: envelopes.set_method(random.choice((*METHODS, "POST"))))]
        if request.query:
            kinds.append((4, self._query))
        if request.content_type == "application/json":
            kinds.append((20, self._json))
        weights = [weight for weight, _ in kinds]
        return random.choices([kind for _, kind in kinds], weights)[0](random, request)

    def _name(self, random: Random, request: Request) -> Mutation:
        name = random.choice(self._names.kept if random.random() < 0.5 else self._names.asked)
        in_query = request.method in ("GET", "HEAD") or random.random() < 0.2
        shape = random.choice([one for one in sorted(SHAPES) if not (in_query and one == "file")])
        value = random.choice(("x", "x", TEXTS[pick(random, TEXTS)]))
        return bends.add_field(name, shape, in_query=in_query, value=value)

    def _field(self, random: Random, request: Request) -> Mutation:
        name = random.choice(same_names(request.form))
        if name in self._tokens and random.random() < 0.3:
            number = random.randrange(len(self._tokens[name]))
            return bends.give_field(name, self._tokens[name][number], f"that of another form ({number})")
        kinds: list[Callable[[], Mutation]] = [
            lambda: bends.shape_field(name, pick(random, SHAPES)),
            lambda: bends.set_field(name, pick(random, TEXTS)),
            lambda: bends.change_field(name, pick(random, CHANGED)),
            lambda: bends.flip_field(name, random.random()),
            lambda: bends.drop_field(name),
            lambda: bends.repeat_field(name, pick(random, TEXTS), before=random.random() < 0.5),
            lambda: bends.move_field(name),
        ]
        return random.choice(kinds)()

    def _query(self, random: Random, request: Request) -> Mutation:
        name = random.choice(same_names(request.query))
        if random.random() < 0.5:
            return bends.flip_query(name, random.random())
        return bends.set_query(name, pick(random, TEXTS))

    def _cookie(self, random: Random, request: Request) -> Mutation:
        own = same_names(request.cookies)
        chance = random.random()
        if own and chance < 0.2:
            return envelopes.flip_cookie(random.choice(own), random.random())
        if own and chance < 0.3:
            return envelopes.drop_cookie(random.choice(own))
        if chance < 0.5:
            other = random.choice([actor for actor in self._actors if actor.cookies])
            name, value = random.choice(other.cookies)
            under = name if random.random() < 0.6 else random.choice(self._names.cookies)
            return envelopes.set_cookie(under, value, f"{name} of {other.name}")
        kind = pick(random, TEXTS)
        return envelopes.set_cookie(random.choice(self._names.cookies), TEXTS[kind], kind)

    def _header(self, random: Random, request: Request) -> Mutation:
        if random.random() < 0.2:
            name, value = random.choice(FORWARDED), random.choice(ADDRESSES)
            return envelopes.give_header(name, value, ascii(value))
        return envelopes.set_header(random.choice(self._names.headers), pick(random, TEXTS))

    def _body(self, random: Random, request: Request) -> Mutation:
        chance = random.random()
        if chance < 0.4:
            kind = random.choice(TYPES)
            return envelopes.set_type(kind)
        if chance < 0.5:
            return bends.form_as_json()
        if chance < 0.6:
            return envelopes.cut_body(random.random())
        words = pick(random, BODIES)
        return envelopes.set_body(words, *BODIES[words])

    def _json(self, random: Random, request: Request) -> Mutation:
        key = random.choice(["", "login", "password", "token", *bends.keys_of(request)])
        return bends.set_json(key, pick(random, JSONS))
