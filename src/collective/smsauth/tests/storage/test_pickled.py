"""What this package leaves in a database: only what docs/architecture.rst lists, and records that a later version can read."""

from BTrees.OOBTree import OOBTree
from collective.smsauth.domain.account import Account
from collective.smsauth.storage.accounts import Accounts
from collective.smsauth.storage.accounts import UnreadableRecord
from collective.smsauth.storage.accounts import VERSION
from collective.smsauth.storage.bypasses import Bypasses
from collective.smsauth.testing import last_code
from collective.smsauth.tests.support.doors import commit
from collective.smsauth.tests.support.doors import DoorTest
from collective.smsauth.tests.support.doors import fields_of
from collective.smsauth.tests.support.doors import sign_in_form
from collective.smsauth.tests.support.everything import everything
from dataclasses import fields
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from persistent.mapping import PersistentMapping
from ZODB.serialize import referencesf
from ZODB.utils import z64

import json
import pickletools
import re
import unittest

#: A record of a member, as version 1 wrote it. It stays as it is for ever.
KEPT = Path(__file__).parent / "record_1.json"
#: Fields that records have had since, with what is read of a record without them.
LATER = {"email_alone": False, "email_changed_at": 0.0, "unproved": None, "bypass": None, "last_step_at": 0.0}
ARCHITECTURE = Path(__file__).resolve().parents[5] / "docs" / "architecture.rst"
PICKLED = frozenset(
    {
        "collective.smsauth.delivery.gateways.apprise.schema IAppriseSettings",
        "collective.smsauth.delivery.gateways.http.schema IHTTPSettings",
        "collective.smsauth.delivery.gateways.twilio.schema ITwilioSettings",
        "collective.smsauth.delivery.gateways.vonage.schema IVonageSettings",
        "collective.smsauth.interfaces ISMSAuthLayer",
        "collective.smsauth.plugin SMSAuthPlugin",
        "collective.smsauth.settings.codes ICodeSettings",
        "collective.smsauth.settings.costs ICostSettings",
        "collective.smsauth.settings.delivery IDeliverySettings",
        "collective.smsauth.settings.members IMemberSettings",
        "collective.smsauth.settings.texts ITextSettings",
    }
)
#: The schemas that the records of the registry name in words.
NAMED = frozenset(
    {
        "collective.smsauth.delivery.gateways.apprise.schema.IAppriseSettings",
        "collective.smsauth.delivery.gateways.http.schema.IHTTPSettings",
        "collective.smsauth.delivery.gateways.twilio.schema.ITwilioSettings",
        "collective.smsauth.delivery.gateways.vonage.schema.IVonageSettings",
        "collective.smsauth.settings.ISMSAuthSettings",
    }
)
ATTRIBUTES = frozenset(
    {
        "_accounts",
        "_alarms",
        "_bypasses",
        "_gateway_counters",
        "_number_blocks",
        "_password_attempts",
        "_usage_counters",
        "_wrong_answers",
    }
)


def globals_of(pickle: bytes) -> set[str]:
    """Return the globals that a pickle of the database names, as 'module name'."""
    found, strings, stream = set(), [], BytesIO(pickle)
    for _ in range(2):  # what is stored of an object is two pickles: its class, and its state
        for opcode, argument, _place in pickletools.genops(stream):
            if opcode.name == "GLOBAL":
                found.add(argument)
            elif opcode.name == "STACK_GLOBAL":
                found.add(" ".join(strings[-2:]))
            elif isinstance(argument, str):
                strings.append(argument)
    return found


def names_of(pickle: bytes) -> set[str]:
    """Return the dotted names of classes and interfaces of this package that a pickle of the database holds as texts."""
    texts, stream = set(), BytesIO(pickle)
    for _ in range(2):
        texts |= {argument for _code, argument, _place in pickletools.genops(stream) if isinstance(argument, str)}
    return {text for text in texts if re.fullmatch(r"collective\.smsauth(\.\w+)*\.[A-Z]\w*", text)}


class PickledTest(DoorTest):
    def use(self) -> None:
        """Have everything written that this package writes."""
        self.configure(access_page=True, trust_days=30, budget=100, channel_email=True)
        self.gate.accounts.save("bert", everything())
        Bypasses(self.gate).add("bert", self.clock() + 60, now=self.clock())
        client = self.client()
        client.post(self.path("login"), form=sign_in_form("anna"))
        form = fields_of(client.get(self.path("@@smsauth-verify")), form__buttons__verify="1")
        form.update({"form.widgets.code": last_code(), "form.widgets.trust:list": "selected"})
        client.post(self.path("@@smsauth-verify"), form=form)
        for name in ("anna", "nobody"):
            visitor = self.client()
            form = fields_of(visitor.get(self.path("@@smsauth-access")), form__widgets__username=name)
            shown = visitor.post(self.path("@@smsauth-access"), form={**form, "form.buttons.submit": "1"})
            self.assertEqual(302, shown.status_int)
            self.layer["dispatcher"].drain(30)
            form = fields_of(visitor.get(self.path("@@smsauth-access-code")), form__buttons__verify="1")
            visitor.post(self.path("@@smsauth-access-code"), form={**form, "form.widgets.code": "000000"})
        commit()

    def pickles(self):
        """Yield every object of the database, as it is written."""
        storage, found, waiting = self.app._p_jar.db().storage, set(), [z64]
        while waiting:
            oid = waiting.pop()
            if oid not in found:
                found.add(oid)
                pickle = storage.load(oid)[0]
                waiting.extend(referencesf(pickle))
                yield pickle

    def test_no_other_global_of_this_package_is_in_a_used_site(self):
        self.use()
        found = set()
        for pickle in self.pickles():
            if b"collective.smsauth" in pickle:
                found |= {name for name in globals_of(pickle) if name.startswith("collective.smsauth")}
        self.assertEqual(PICKLED, found)

    def test_no_other_class_of_this_package_is_named_in_words(self):
        self.use()
        pickles = (pickle for pickle in self.pickles() if b"collective.smsauth" in pickle)
        self.assertEqual(NAMED, set().union(*map(names_of, pickles)))

    def test_the_plugin_keeps_no_other_trees(self):
        self.use()
        kept = {name for name in vars(self.gate) if name.startswith("_") and not name.startswith(("_v_", "_p_", "__"))}
        self.assertEqual(set(), kept - ATTRIBUTES)

    @unittest.skipUnless(ARCHITECTURE.is_file(), "optional: the package is not run from its repository")
    def test_the_list_is_in_the_documentation(self):
        text = re.sub(r"\s+", " ", ARCHITECTURE.read_text(encoding="utf-8"))
        names = {name.replace(" ", ".") for name in PICKLED} | NAMED
        missing = [name for name in names if f"``{name}``" not in text]
        self.assertEqual([], missing)
        self.assertEqual([], [name for name in ATTRIBUTES if f"``{name}``" not in text])


class EveryFieldTest(unittest.TestCase):
    def test_the_account_that_is_kept_has_something_in_every_field(self):
        blank = Account()
        same = [
            field.name for field in fields(Account) if getattr(everything(), field.name) == getattr(blank, field.name)
        ]
        self.assertEqual([], same)


class VersionTest(unittest.TestCase):
    """The record that is kept as a file is written in JSON: bytes as hexadecimal after ``b:``, tuples as lists after ``t``."""

    def setUp(self):
        self.accounts = Accounts(read_kept())

    def test_it_is_read_as_the_account_that_it_was_made_of(self):
        self.assertEqual(replace(everything(), **LATER), self.accounts.get("jane"))
        self.assertEqual(Account(number="+31612345678"), self.accounts.get("joe"))

    def test_its_version_is_in_it(self):
        self.assertEqual({1}, {record["v"] for record in read_kept().values()})
        self.assertGreaterEqual(VERSION, 1)

    def test_one_of_a_later_version_is_not_guessed_at(self):
        records = read_kept()
        records["jane"]["v"] = VERSION + 1
        with self.assertRaises(UnreadableRecord):
            Accounts(records).get("jane")


def read_kept():
    """Return the tree of records that is in the file."""

    def value(raw):
        if isinstance(raw, dict):
            return {value(key): value(item) for key, item in raw.items()}
        if isinstance(raw, list):
            kind, *items = raw
            return tuple(map(value, items)) if kind == "t" else list(map(value, items))
        if isinstance(raw, str) and raw.startswith("b:"):
            return bytes.fromhex(raw[2:])
        return raw

    tree = OOBTree()
    for user_id, raw in json.loads(KEPT.read_text(encoding="utf-8")).items():
        record = value(raw)
        if "s" in record:
            record["s"] = tuple(PersistentMapping(page) for page in record["s"])
        if "d" in record:
            record["d"] = PersistentMapping(record["d"])
        tree[user_id] = PersistentMapping(record)
    return tree
