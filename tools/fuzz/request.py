r"""A request as it is meant, before it is bytes: so it can be bent in one place and told in one line.

Texts may hold what no text can: a byte that is no UTF-8 is written as Python's ``surrogateescape`` does (``\udcff``), half a surrogate
pair as itself (``\ud800``).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from dataclasses import field
from dataclasses import replace
from io import BytesIO
from urllib.parse import quote_from_bytes

HOST = "www.example.org"
FORM = "application/x-www-form-urlencoded"
_BOUNDARY = "fuzz-boundary"
#: Characters of a value that are shown.
_SHOWN = 120

Pair = tuple[str, str]
Pairs = tuple[Pair, ...]


@dataclass(frozen=True, kw_only=True)
class Request:
    """One request. ``files`` names the fields that are sent as files; ``body``, if it is not None, is sent in place of the form."""

    method: str = "GET"
    path: str
    query: Pairs = ()
    form: Pairs = ()
    files: frozenset[str] = frozenset()
    body: bytes | None = None
    content_type: str = ""
    headers: Pairs = ()
    cookies: Pairs = ()
    address: str = field(default="203.0.113.5", compare=False)

    @property
    def raw_body(self) -> bytes:
        """The body as bytes."""
        if self.body is not None:
            return self.body
        if self.files:
            return b"".join(self._parts()) + f"--{_BOUNDARY}--\r\n".encode()
        return encoded(self.form).encode()

    @property
    def raw_query(self) -> str:
        """The query string."""
        return encoded(self.query)

    def environ(self) -> dict:
        """Return the environment that a server would hand on."""
        body = self.raw_body if self.method not in ("GET", "HEAD") else b""
        found = {
            "REQUEST_METHOD": self.method,
            "SCRIPT_NAME": "",
            "PATH_INFO": self.path.encode("utf-8", "surrogatepass").decode("latin-1"),
            "QUERY_STRING": self.raw_query,
            "SERVER_NAME": HOST,
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": self.address,
            "HTTP_HOST": HOST,
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": BytesIO(body),
            "wsgi.errors": BytesIO(),
            "wsgi.multithread": False,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
            "CONTENT_LENGTH": str(len(body)),
        }
        if body or self.content_type:
            found["CONTENT_TYPE"] = latin(self.kind)
        for name, value in self.headers:
            found[f"HTTP_{name.upper().replace('-', '_')}"] = latin(value)
        if self.cookies:
            found["HTTP_COOKIE"] = "; ".join(f"{name}={latin(value)}" for name, value in self.cookies)
        return found

    def values(self) -> set[str]:
        """Return all values that the request carries, for who wants to know whether a secret is among them."""
        found = {value for _, value in (*self.query, *self.form, *self.cookies, *self.headers)}
        return found | ({self.body.decode("utf-8", "replace")} if self.body is not None else set())

    def carries(self, secret: str) -> bool:
        """Tell whether the request holds that text anywhere."""
        return any(secret in value for value in self.values())

    def with_form(self, form: Iterable[Pair]) -> "Request":
        """Return the request with another form."""
        return replace(self, form=tuple(form))

    def told(self) -> str:
        """Return the request in a few lines."""
        lines = [f"{self.method} {shown(self.path)}" + (f"?{shown(self.raw_query)}" if self.query else "")]
        lines += [f"{name}: {shown(value)}" for name, value in self.headers]
        if self.content_type or self.files:
            lines.append(f"Content-Type: {shown(self.kind)}")
        lines += [f"Cookie: {name}={shown(value)}" for name, value in self.cookies]
        if self.body is not None:
            lines.append(f"body of {len(self.body)} bytes: {shown(self.body.decode('latin-1'))}")
        else:
            kinds = dict.fromkeys(self.files, " (as a file)")
            lines += [f"  {shown(name)} = {shown(value)}{kinds.get(name, '')}" for name, value in self.form]
        return "\n".join(lines)

    @property
    def kind(self) -> str:
        """The content type."""
        if self.content_type:
            return self.content_type
        return f"multipart/form-data; boundary={_BOUNDARY}" if self.files else FORM

    def _parts(self) -> Iterable[bytes]:
        for name, value in self.form:
            is_file = '; filename="x.txt"\r\nContent-Type: text/plain' if name in self.files else ""
            head = f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{is_file}\r\n\r\n'
            yield raw(head) + raw(value) + b"\r\n"


def raw(text: str) -> bytes:
    """Return a text as the bytes that it stands for."""
    try:
        return text.encode()
    except UnicodeEncodeError:
        return b"".join(
            bytes([ord(one) - 0xDC00]) if "\udc80" <= one <= "\udcff" else one.encode("utf-8", "surrogatepass")
            for one in text
        )


def latin(text: str) -> str:
    """Return a text as servers hand on headers: each byte as a character, and no line breaks, which no server lets through."""
    return raw(text).decode("latin-1").replace("\r", " ").replace("\n", " ")


def encoded(pairs: Pairs) -> str:
    """Return pairs as a query string."""
    return "&".join(f"{_quoted(name)}={_quoted(value)}" for name, value in pairs)


def shown(text: str) -> str:
    """Return a text as one short printable line."""
    line = text if text.isprintable() and text.isascii() else ascii(text)[1:-1]
    return line if len(line) <= _SHOWN else f"{line[:_SHOWN]}... ({len(line)})"


def _quoted(text: str) -> str:
    return quote_from_bytes(raw(text), safe=":.[]@/")
