"""The message catalogues as files, and their compiled form: only the .po files are kept in git."""

from functools import cache
from pathlib import Path
from pythongettext.msgfmt import Msgfmt

import os
import re
import tempfile

LOCALES = Path(__file__).resolve().parents[2] / "locales"
TEMPLATE = LOCALES / "collective.smsauth.pot"
CATALOGUES = {path.parents[1].name: path for path in sorted(LOCALES.glob("*/LC_MESSAGES/*.po"))}
_ENTRY = re.compile(r'((?:^#.*\n)*)^msgid ((?:".*"\n)+)msgstr ((?:".*"\n?)+)', re.M)
_DEFAULT = re.compile(r'^#\. Default: (".*")$', re.M)


def compile_catalogues() -> None:
    """Write a .mo beside each .po whose .mo is another or missing, in one step: others may be reading it."""
    for source in CATALOGUES.values():
        target = source.with_suffix(".mo")
        with source.open("rb") as file:
            compiled = Msgfmt(file, name=source.stem).getAsFile().read()
        if target.exists() and target.read_bytes() == compiled:
            continue
        with tempfile.TemporaryDirectory(dir=target.parent) as place:
            fresh = Path(place) / target.name
            fresh.write_bytes(compiled)
            os.replace(fresh, target)


@cache
def translations(language: str) -> dict[str, str]:
    """Return the translations into ``language`` by message id, '' where there is none."""
    return {msgid: msgstr for msgid, msgstr, _comments in _entries(CATALOGUES[language])}


@cache
def english() -> dict[str, str]:
    """Return the English texts by message id: the default, or the id where it is the text itself."""
    texts = {}
    for msgid, _msgstr, comments in _entries(TEMPLATE):
        default = _DEFAULT.search(comments)
        texts[msgid] = _text(default[1]) if default else msgid
    return texts


def _entries(path: Path) -> list[tuple[str, str, str]]:
    found = _ENTRY.findall(path.read_text(encoding="utf-8"))
    return [(_text(msgid), _text(msgstr), comments) for comments, msgid, msgstr in found if _text(msgid)]


def _text(quoted: str) -> str:
    lines = re.findall(r'"(.*)"', quoted)
    return re.sub(r"\\(.)", lambda escaped: "\n" if escaped[1] == "n" else escaped[1], "".join(lines))
