"""Ways to bend what a request comes in: cookies, headers, method, path, and the body as a whole."""

from dataclasses import replace
from tools.fuzz.mutations import flipped
from tools.fuzz.mutations import Mutation
from tools.fuzz.request import Request
from tools.fuzz.values import TEXTS


def set_cookie(name: str, value: str, words: str) -> Mutation:
    """A cookie in place of the one of that name, if there is one."""

    def bend(request: Request) -> Request:
        return replace(request, cookies=(*(pair for pair in request.cookies if pair[0] != name), (name, value)))

    return Mutation(f"cookie {name} = {words}", bend)


def drop_cookie(name: str) -> Mutation:
    """A cookie left out."""
    return Mutation(
        f"-cookie {name}",
        lambda request: replace(request, cookies=tuple(pair for pair in request.cookies if pair[0] != name)),
    )


def flip_cookie(name: str, place: float) -> Mutation:
    """A cookie with one character changed."""

    def bend(request: Request) -> Request:
        pairs = tuple((key, flipped(value, place) if key == name else value) for key, value in request.cookies)
        return replace(request, cookies=pairs)

    return Mutation(f"cookie {name} with one character changed at {place:.0%}", bend)


def set_header(name: str, kind: str) -> Mutation:
    """An odd text as a header."""
    return give_header(name, TEXTS[kind], kind)


def give_header(name: str, value: str, words: str) -> Mutation:
    """A header in place of the one of that name, if there is one."""

    def bend(request: Request) -> Request:
        kept = (pair for pair in request.headers if pair[0].lower() != name.lower())
        return replace(request, headers=(*kept, (name, value)))

    return Mutation(f"{name}: {words}", bend)


def set_method(method: str) -> Mutation:
    """Another method."""
    return Mutation(f"method {method}", lambda request: replace(request, method=method))


def add_path(words: str) -> Mutation:
    """Something behind the path."""
    return Mutation(f"path + {words!a}", lambda request: replace(request, path=request.path + words))


def set_type(kind: str) -> Mutation:
    """Another content type for the same body."""
    return Mutation(f"content type {kind}", lambda request: replace(request, body=request.raw_body, content_type=kind))


def set_body(words: str, body: bytes, kind: str) -> Mutation:
    """Another body."""
    return Mutation(f"body: {words}", lambda request: replace(request, body=body, content_type=kind))


def cut_body(place: float) -> Mutation:
    """A body that ends too early."""

    def bend(request: Request) -> Request:
        body = request.raw_body
        return replace(request, body=body[: int(len(body) * place)], content_type=request.kind)

    return Mutation(f"body cut at {place:.0%}", bend)
