"""Brings the message catalogues up to date with the code, or with --check tells whether they are, and complete in every language.

The files depend on nothing but the code: no dates, no line numbers.
"""

from i18ndude.catalog import MessageCatalog
from pathlib import Path

import argparse
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = Path(__file__).resolve().parent.parent
DOMAIN = "collective.smsauth"
PACKAGE = Path("src/collective/smsauth")
LOCALES = PACKAGE / "locales"
LANGUAGES = {"de": "German", "nl": "Dutch"}
_NO_DATE = "2025-01-01 00:00+0000"
_PLACEHOLDER = re.compile(r"\$\{(\w+)\}")


def update(top: Path) -> None:
    """Write the template and the catalogues of the checkout at ``top``."""
    template = LOCALES / f"{DOMAIN}.pot"
    catalogues = [LOCALES / language / "LC_MESSAGES" / f"{DOMAIN}.po" for language in LANGUAGES]
    for language, path in (("en", template), *zip(LANGUAGES, catalogues, strict=True)):
        (top / path).parent.mkdir(parents=True, exist_ok=True)
        if not (top / path).exists():
            (top / path).write_text(_head(language), encoding="utf-8")
    _i18ndude(top, "rebuild-pot", "--no-line-numbers", "--pot", str(template), "--exclude", "tests", str(PACKAGE))
    _i18ndude(top, "sync", "--pot", str(template), *map(str, catalogues))
    for path in (template, *catalogues):
        text = (top / path).read_text(encoding="utf-8")
        text = re.sub(r'^"(POT-Creation-Date|PO-Revision-Date): .*$', rf'"\1: {_NO_DATE}\\n"', text, flags=re.M)
        (top / path).write_text(text, encoding="utf-8")


def _i18ndude(top: Path, *arguments: str) -> None:
    program = Path(sys.executable).parent / "i18ndude"
    done = subprocess.run([program, *arguments], cwd=top, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(done.stdout + done.stderr)


def _head(language: str) -> str:
    fields = {
        "Project-Id-Version": DOMAIN,
        "POT-Creation-Date": _NO_DATE,
        "PO-Revision-Date": _NO_DATE,
        "Last-Translator": "collective.smsauth contributors",
        "Language-Team": LANGUAGES.get(language, "English"),
        "MIME-Version": "1.0",
        "Content-Type": "text/plain; charset=utf-8",
        "Content-Transfer-Encoding": "8bit",
        "Plural-Forms": "nplurals=2; plural=(n != 1);",
        "Language-Code": language,
        "Language-Name": LANGUAGES.get(language, "English"),
        "Preferred-Encodings": "utf-8",
        "Domain": DOMAIN,
    }
    return 'msgid ""\nmsgstr ""\n' + "".join(f'"{name}: {value}\\n"\n' for name, value in fields.items())


def faults(top: Path) -> list[str]:
    """Return what is missing in the checkout at ``top``: messages, translations, placeholders."""
    found = []
    with tempfile.TemporaryDirectory() as place:
        copy = Path(place)
        shutil.copytree(top / PACKAGE, copy / PACKAGE, ignore=shutil.ignore_patterns("__pycache__", "*.mo"))
        update(copy)
        for path in sorted(path.relative_to(copy) for path in (copy / LOCALES).rglob("*.po*")):
            if not (top / path).exists() or (top / path).read_bytes() != (copy / path).read_bytes():
                found.append(f"{path} is not up to date: make i18n")
    for path in sorted((top / LOCALES).rglob("*.po")):
        for entry in MessageCatalog(filename=str(path)).values():
            if not entry.msgstr:
                found.append(f"{path.relative_to(top)}: {entry.msgid} is not translated")
            elif any("fuzzy" in comment for comment in entry.comments):
                found.append(f"{path.relative_to(top)}: {entry.msgid} is marked fuzzy")
            elif set(_PLACEHOLDER.findall(entry.msgstr)) - set(_PLACEHOLDER.findall(entry.getDefault() or entry.msgid)):
                found.append(
                    f"{path.relative_to(top)}: {entry.msgid} has a placeholder that the original does not have"
                )
    return found


def main() -> int:
    """Update or check; 0 if all is well."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing, only tell what is missing")
    if parser.parse_args().check:
        wrong = faults(ROOT)
        print("\n".join(wrong) or "The catalogues are up to date and complete.")
        return 1 if wrong else 0
    update(ROOT)
    return 0


if __name__ == "__main__":
    sys.exit(main())
