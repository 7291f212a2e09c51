"""A Zope instance in a folder: its configuration, with the package's ZCML or without, and its database."""

from dataclasses import dataclass
from pathlib import Path

import os
import shutil

PACKAGE = "collective.smsauth"
ADMIN, ADMIN_PASSWORD = "admin", "Bench-Admin-1"

_ZOPE_CONF = """\
%define INSTANCE {folder}
instancehome $INSTANCE
<zodb_db main>
  cache-size 30000
{storage}
  mount-point /
</zodb_db>
<environment>
  CHAMELEON_CACHE {cache}
  zope_i18n_compile_mo_files true
</environment>
"""

#: What zope.conf says of the database, where it is a file of the instance.
_FILE_STORAGE = """\
  <filestorage>
    path $INSTANCE/var/Data.fs
  </filestorage>"""

_SITE_ZCML = """\
<configure xmlns="http://namespaces.zope.org/zope" xmlns:five="http://namespaces.zope.org/five">
  <include package="Zope2.App" />
  {first}
  <five:loadProducts file="meta.zcml" />
  <five:loadProducts />
  {last}
  <five:loadProductsOverrides />
</configure>
"""
#: Where the package is installed, its ZCML loads itself: without the add-on means without that as well.
_WITHOUT = "".join(
    f'<exclude package="{PACKAGE}" file="{name}" />' for name in ("meta.zcml", "configure.zcml", "overrides.zcml")
)
_WITH = f'<include package="{PACKAGE}" />'


@dataclass(frozen=True, kw_only=True)
class Instance:
    """A Zope instance in ``folder``."""

    folder: Path
    has_addon: bool

    @property
    def configuration(self) -> Path:
        """The zope.conf."""
        return self.folder / "etc" / "zope.conf"

    @property
    def database(self) -> Path:
        """The file of the FileStorage."""
        return self.folder / "var" / "Data.fs"

    @property
    def outbox(self) -> Path:
        """The file for texts of the outbox gateway."""
        return self.folder / "var" / "outbox.jsonl"

    def write(self, storage: str = _FILE_STORAGE) -> None:
        """Write the configuration, for a database that is there or will be; ``storage`` is the section of zope.conf that says where."""
        # compiled templates are shared: compiling them is not what is measured
        cache = self.folder.parent / "cache"
        for place in (cache, self.folder / "etc", self.folder / "var"):
            place.mkdir(parents=True, exist_ok=True)
        self.configuration.write_text(
            _ZOPE_CONF.format(folder=self.folder, storage=storage, cache=cache), encoding="utf-8"
        )
        zcml = _SITE_ZCML.format(first="" if self.has_addon else _WITHOUT, last=_WITH if self.has_addon else "")
        (self.folder / "etc" / "site.zcml").write_text(zcml, encoding="utf-8")

    def copy_to(self, folder: Path, *, has_addon: bool) -> "Instance":
        """Return a new instance with the same data; no process may have the database open."""
        copy = Instance(folder=folder, has_addon=has_addon)
        copy.write()
        shutil.copy(self.database, copy.database)
        return copy

    def environment(self, **more: str) -> dict[str, str]:
        """Return the environment for a process of this instance; no setting of a provider comes in from outside."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("TWILIO_", "SMSAUTH_"))}
        fixed = {"PYTHONHASHSEED": "0", "SMSAUTH_OUTBOX": str(self.outbox), "no_proxy": "*", "NO_PROXY": "*"}
        return {**kept, **fixed, **more}
