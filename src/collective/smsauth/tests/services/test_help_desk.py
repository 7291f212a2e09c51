"""Administrators by REST: how members stand, and what is done for them."""

from collective.smsauth.domain.account import Account
from collective.smsauth.domain.bypass import LONGEST
from collective.smsauth.domain.throttle import MOST_FAILURES
from collective.smsauth.services import help_desk
from collective.smsauth.services import own
from collective.smsauth.testing import last_code
from collective.smsauth.testing import texts
from collective.smsauth.tests.support import wired as wiring
from collective.smsauth.tests.support.administrator import add_site_administrator
from collective.smsauth.tests.support.administrator import grant
from collective.smsauth.tests.support.doors import basic
from collective.smsauth.tests.support.doors import commit
from collective.smsauth.tests.support.doors import DoorTest
from collective.smsauth.tests.support.doors import NUMBER
from collective.smsauth.verification import contact_points
from collective.smsauth.verification import lifecycle
from dataclasses import replace
from datetime import datetime
from datetime import timezone
from email import message_from_bytes
from email import policy
from plone import api
from plone.app.testing import SITE_OWNER_NAME
from plone.app.testing import SITE_OWNER_PASSWORD
from plone.app.testing.utils import MockMailHost
from Products.MailHost.interfaces import IMailHost
from urllib.parse import urlsplit
from zope.component import getSiteManager

JSON = {"Accept": "application/json"}
HOUR = 60 * 60
MEMBERS = "@smsauth-members"
MASKED = "•••••••• 78"


class HelpDeskTest(DoorTest):
    """frank is a Site Administrator without a phone; the owner of the Zope root is a Manager."""

    def setUp(self):
        super().setUp()
        self.configure(trust_days=30)
        add_site_administrator()
        self.frank = self.client(self.ticket("frank"))
        self.mail_host = MockMailHost("MailHost")
        self.portal._delOb("MailHost")
        self.portal._setOb("MailHost", self.mail_host)
        manager = getSiteManager(self.portal)
        manager.unregisterUtility(provided=IMailHost)
        manager.registerUtility(self.mail_host, provided=IMailHost)
        commit()

    def ask(self, method: str, path: str = "", json=None, client=None, **options):
        """Ask a service below @smsauth-members as frank."""
        path = self.path(f"{MEMBERS}/{path}" if path else MEMBERS)
        return (client or self.frank).send(method, path, json=json, **JSON, **options)

    def reason(self, answer) -> tuple:
        """Return status and reason of a refusal."""
        return answer.status_int, answer.json["error"]["reason"]

    def account(self, user_id: str = "anna") -> Account:
        """Return the record of a member as it stands."""
        self.app._p_jar.sync()
        return wiring.plugin().accounts.get(user_id) or Account()

    def change(self, user_id: str = "anna", **values) -> None:
        """Write something into the record of a member."""
        wiring.plugin().accounts.save(user_id, replace(self.account(user_id), **values))
        commit()

    def at(self, seconds: float) -> str:
        """Return a time so many seconds from now, in ISO 8601 form."""
        return datetime.fromtimestamp(self.clock() + seconds, timezone.utc).isoformat()

    def bypass(self, user_id: str = "anna", seconds: float = HOUR, **options):
        """Give a member a bypass."""
        return self.ask("POST", f"{user_id}/bypass", {"until": self.at(seconds), "reason": "phone lost"}, **options)

    def mails(self) -> list:
        """Return all e-mails so far, as recipient and text."""
        self.layer["dispatcher"].drain(30)
        found = [message_from_bytes(raw, policy=policy.default) for raw in self.mail_host.messages]
        return [(str(one["To"]), f"{one['Subject']}\n{one.get_content()}") for one in found]


class ListTest(HelpDeskTest):
    """GET @smsauth-members."""

    def listed(self, client=None, **query):
        answer = self.ask("GET", query=query, client=client)
        self.assertEqual(200, answer.status_int, answer.text)
        return answer.json

    def test_all_members_are_listed_with_how_they_stand(self):
        found = self.listed()
        self.assertEqual(found["items_total"], len(found["items"]))
        items = {item["id"]: item for item in found["items"]}
        self.assertLessEqual({"anna", "bert", "edith", "frank"}, set(items))
        self.assertEqual(
            {
                "@id",
                "id",
                "fullname",
                "email",
                "state",
                "required",
                "mobile_number",
                "recovery_codes_left",
                "last_step",
            },
            set(items["anna"]),
        )
        self.assertEqual(
            ("on", False, MASKED, 0, "anna@example.org"),
            tuple(
                items["anna"][name] for name in ("state", "required", "mobile_number", "recovery_codes_left", "email")
            ),
        )
        self.assertEqual(("off", "", None), tuple(items["bert"][n] for n in ("state", "mobile_number", "last_step")))
        self.assertTrue(items["anna"]["@id"].endswith("/@smsauth-members/anna"))
        self.assertNotIn(NUMBER, str(found))

    def test_the_last_step_is_when_a_code_was_given_last(self):
        self.prove("anna")
        [item] = self.listed(query="anna")["items"]
        given = self.at(0)[:19]
        self.assertEqual(given, item["last_step"][:19])
        self.clock.advance(30 * 24 * HOUR)
        wiring.plugin().accounts.save("anna", self.account().swept(now=self.clock(), window=HOUR))
        commit()
        self.assertEqual(given, self.listed(query="anna")["items"][0]["last_step"][:19])

    def test_a_query_finds_ids_logins_names_and_addresses(self):
        api.user.get(userid="edith").setMemberProperties({"fullname": "Edith Piaf"})
        commit()
        for query, ids in (("ann", ["anna"]), ("Piaf", ["edith"]), ("bert@example", ["bert"]), ("nobody", [])):
            with self.subTest(query):
                found = self.listed(query=query)
                self.assertEqual((ids, len(ids)), ([item["id"] for item in found["items"]], found["items_total"]))

    def test_each_state_is_found_by_its_name(self):
        for user_id in ("locked", "paused", "bypassed", "exempt"):
            api.user.create(username=user_id, email="a@example.org")
        commit()
        self.change("locked", number=NUMBER, failures=MOST_FAILURES)
        self.change("paused", number=NUMBER, failures=10, failed_at=self.clock())
        self.configure(exempt_users=("exempt",))
        self.assertEqual(201, self.bypass("bypassed").status_int)
        self.configure(enforcement="selected", required_roles=("Site Administrator",))
        self.frank = self.client(Authorization="")
        owner = {"Authorization": basic(SITE_OWNER_NAME, SITE_OWNER_PASSWORD)}
        for state, ids in (
            ("locked", ["locked"]),
            ("paused", ["paused"]),
            ("bypass", ["bypassed"]),
            ("exempt", ["exempt"]),
            ("on", ["anna"]),
            ("must-set-up", ["frank"]),
        ):
            with self.subTest(state):
                found = self.client().get(self.path(MEMBERS), query={"state": state}, **owner, **JSON).json
                self.assertEqual(ids, [item["id"] for item in found["items"]])
                self.assertEqual({state}, {item["state"] for item in found["items"]})
        off = self.client().get(self.path(MEMBERS), query={"state": "off", "query": "bert"}, **owner, **JSON).json
        self.assertEqual(["bert"], [item["id"] for item in off["items"]])

    def test_it_comes_in_batches(self):
        everybody = [item["id"] for item in self.listed()["items"]]
        first = self.listed(b_size=2)
        self.assertEqual(everybody[:2], [item["id"] for item in first["items"]])
        self.assertEqual(len(everybody), first["items_total"])
        self.assertLessEqual({"@id", "first", "last", "next"}, set(first["batching"]))
        second = self.listed(b_size=2, b_start=2)
        self.assertEqual(everybody[2:4], [item["id"] for item in second["items"]])
        self.assertIn("prev", second["batching"])
        self.assertNotIn("batching", self.listed())
        self.assertEqual(self.listed()["items_total"], self.listed(b_start=1000)["items_total"])

    def test_odd_parameters_are_named(self):
        for query in (
            {"b_size": "0"},
            {"b_size": "-1"},
            {"b_size": "1001"},
            {"b_size": "x"},
            {"b_size:list": "1"},
            {"b_size": "1" * 50},
            {"b_size": "٣"},
            {"b_start": "-1"},
            {"b_start": "1.5"},
            {"state": "happy"},
            {"state:list": "on"},
            {"query:list": "anna"},
            {"query.x:record": "anna"},
        ):
            with self.subTest(query):
                answer = self.ask("GET", query=query)
                self.assertEqual((400, "bad-request"), self.reason(answer))
                self.assertIn(answer.json["error"]["field"], next(iter(query)))
        for query in (
            {"query": "\0"},
            {"query": "x" * 3000},
            {"query": "%"},
            {"query": "*"},
            {"BODY": '{"b_size": 0}'},
        ):
            with self.subTest(query):
                self.assertEqual(200, self.ask("GET", query=query).status_int)
        self.assertEqual((400, "bad-request"), self.reason(self.frank.get(f"{self.path(MEMBERS)}?query=%FF", **JSON)))
        answer = self.ask("GET", json={"b_size": 0, "b_start": -7})
        self.assertEqual(200, answer.status_int)


class MemberTest(HelpDeskTest):
    """GET @smsauth-members/ID."""

    def test_it_shows_all_that_is_there(self):
        self.prove("anna")
        secret = wiring.trust().begin("anna", self.prove("anna"), browser="Mozilla/5.0 (X11; Linux) Firefox/120.0")
        wiring.trust().sign_in("anna", secret)
        commit()
        self.change("anna", contacts={"+31687654321": self.clock()})
        self.bypass()
        found = self.ask("GET", "anna").json
        self.assertEqual((NUMBER, "bypass", True), (found["mobile_number"], found["state"], found["may_be_managed"]))
        self.assertEqual(
            [NUMBER, "+31687654321", "anna@example.org"], [one["address"] for one in found["contact_points"]]
        )
        self.assertEqual(
            {"name", "kind", "address", "standing", "primary", "verified"}, set(found["contact_points"][0])
        )
        self.assertEqual({"code", "trusted-browser"}, {one["means"] for one in found["sessions"]})
        self.assertFalse(any(one["is_this"] for one in found["sessions"]))
        self.assertIn("Firefox", found["browsers"][0]["browser"])
        self.assertEqual([], found["log"])
        self.assertEqual(("phone lost", "frank"), (found["bypass"]["reason"], found["bypass"]["made_by"]))

    def test_a_number_of_whom_one_may_not_manage_is_masked(self):
        grant("anna", "Manager")
        answer = self.ask("GET", "anna")
        self.assertEqual((MASKED, False), (answer.json["mobile_number"], answer.json["may_be_managed"]))
        self.assertNotIn(NUMBER, answer.text)
        self.assertNotIn("anna@example.org", str(answer.json["contact_points"]))

    def test_ones_own_is_whole(self):
        self.bind("frank", "+31687654321")
        answer = self.ask("GET", "frank", client=self.proven("frank"))
        self.assertEqual(("+31687654321", False), (answer.json["mobile_number"], answer.json["may_be_managed"]))

    def test_who_is_no_member_is_not_found(self):
        for user_id in ("nobody", SITE_OWNER_NAME, "anna%20", "ANNA", "%00", "x" * 3000, "acl_users", "index_html"):
            with self.subTest(user_id[:20]):
                self.assertEqual(404, self.ask("GET", user_id).status_int)


class ActTest(HelpDeskTest):
    """What is done for a member."""

    def test_a_pause_is_ended(self):
        self.change("anna", failures=12, failed_at=self.clock())
        for _twice in range(2):
            self.assertEqual(204, self.release())
        self.assertEqual(0, self.account().failures)

    def release(self) -> int:
        return self.ask("POST", "anna/release", {}).status_int

    def test_sessions_and_browsers_are_ended(self):
        anna = self.proven("anna")
        self.assertEqual(204, self.ask("DELETE", "anna/sessions").status_int)
        self.assertFalse(self.is_signed_in(anna, "anna"))
        wiring.trust().begin("anna", self.prove("anna"), browser="x")
        commit()
        self.assertEqual(204, self.ask("DELETE", "anna/browsers").status_int)
        self.assertEqual({}, self.account().trusted)
        bert = self.client(self.ticket("bert", age=2))
        self.assertEqual(204, self.ask("DELETE", "bert/sessions").status_int)
        self.assertFalse(self.is_signed_in(bert, "bert"))

    def test_it_is_turned_off_for_a_reason_and_told(self):
        with self.assertLogs("collective.smsauth", "INFO") as logs:
            self.assertEqual(204, self.ask("POST", "anna/turn-off", {"reason": "left\nus"}).status_int)
        self.assertIn("turn_off by frank for: left us", " ".join(logs.output))
        self.assertEqual("", self.account().number)
        [(to, mail)] = self.mails()
        self.assertEqual("anna@example.org", to)
        self.assertIn("Two-step verification was turned off", mail)
        self.assertEqual((409, "no-number"), self.reason(self.ask("POST", "anna/turn-off", {"reason": "again"})))

    def test_a_code_is_prepared_shown_once_told_and_good_for_a_log_in(self):
        answer = self.ask("POST", "anna/prepared-code", {"reason": "phone broken"})
        self.assertEqual((201, {"code", "expires"}), (answer.status_int, set(answer.json)))
        self.assertNotIn(answer.json["code"], self.ask("GET", "anna").text)
        self.assertEqual("phone broken", self.ask("GET", "anna").json["prepared_code"]["reason"])
        pending, _ = wiring.verifier().begin_sign_in("anna", client_address="192.0.2.1")
        commit()
        self.assertTrue(wiring.verifier().verify_sign_in("anna", answer.json["code"], pending=pending).accepted)
        self.assertIn("A login code was prepared for you", str(self.mails()))
        self.assertEqual((409, "no-number"), self.reason(self.ask("POST", "bert/prepared-code", {"reason": "x"})))

    def test_who_may_not_prepare_codes_does_not(self):
        self.portal.manage_permission("collective.smsauth: Prepare codes for members", ["Manager"])
        commit()
        answer = self.ask("POST", "anna/prepared-code", {"reason": "phone broken"})
        self.assertEqual((403, "not-allowed"), self.reason(answer))
        self.assertIsNone(self.account().prepared)

    def test_another_code_is_sent_to_a_member_who_waits_for_one_to_log_in(self):
        self.assertEqual((409, "none-open"), self.reason(self.ask("POST", "anna/send-code", {})))
        pending, _ = wiring.verifier().begin_sign_in("anna", client_address="192.0.2.1")
        commit()
        first = last_code()
        self.clock.advance(400)
        answer = self.ask("POST", "anna/send-code", {})
        self.assertEqual((202, MASKED), (answer.status_int, answer.json["to"]))
        self.assertEqual(NUMBER, texts()[0].to)
        self.assertNotEqual(first, last_code())
        self.assertTrue(wiring.verifier().verify_sign_in("anna", last_code(), pending=pending).accepted)
        commit()
        self.assertEqual((409, "none-open"), self.reason(self.ask("POST", "anna/send-code", {})))

    def test_a_code_that_nobody_waits_for_any_more_is_not_sent_again(self):
        wiring.verifier().begin_sign_in("anna", client_address="192.0.2.1")
        commit()
        self.clock.advance(901)
        self.assertEqual((409, "none-open"), self.reason(self.ask("POST", "anna/send-code", {})))

    def test_the_first_code_goes_to_a_number_that_was_only_claimed(self):
        claimed = "+31687654321"
        contact_points.claim(self.gate.accounts, "bert", claimed, now=self.clock())
        commit()
        answer = self.ask("POST", "bert/send-code", {})
        self.assertEqual(202, answer.status_int)
        self.assertEqual([claimed], [text.to for text in texts()])
        self.assertNotIn(claimed, answer.text)
        self.assertEqual("", self.account("bert").number)

    def test_another_code_goes_to_the_number_that_is_to_be_proved(self):
        self.assertEqual((409, "none-open"), self.reason(self.ask("POST", "bert/send-code", {})))
        wiring.verifier().begin_set_up("bert", "+31687654321", client_address="192.0.2.1")
        commit()
        first = last_code("+31687654321")
        self.assertEqual((429, "too-soon"), self.reason(self.ask("POST", "bert/send-code", {})))
        self.clock.advance(120)
        answer = self.ask("POST", "bert/send-code", {})
        self.assertEqual(202, answer.status_int)
        self.assertEqual({"to", "expires_in", "resend_in"}, set(answer.json))
        self.assertNotIn("+31687654321", answer.text)
        self.assertEqual(2, len(texts()))
        self.assertTrue(wiring.verifier().verify_set_up("bert", last_code("+31687654321")).accepted, first)

    def test_reasons_are_lines_of_text(self):
        for path in ("anna/turn-off", "anna/prepared-code", "anna/bypass"):
            for value, status, reason in (
                (None, 400, "bad-request"),
                (True, 400, "bad-request"),
                (["x"], 400, "bad-request"),
                ("\ud800", 400, "bad-request"),
                ("", 422, "unusable"),
                (" \n\t", 422, "unusable"),
                ("x" * 201, 422, "unusable"),
                ("\0", 422, "unusable"),
            ):
                with self.subTest(path=path, value=str(value)[:9]):
                    answer = self.ask("POST", path, {"until": self.at(HOUR), "reason": value})
                    self.assertEqual((status, reason), self.reason(answer))
                    self.assertEqual("reason", answer.json["error"]["field"])
        self.assertEqual((NUMBER, None, None), (self.account().number, self.account().prepared, self.account().bypass))


class BypassTest(HelpDeskTest):
    """POST and DELETE @smsauth-members/ID/bypass."""

    def enters(self, user_id: str = "anna") -> bool:
        return self.reads(user_id, suffix="/@@secret", Authorization=basic(user_id))

    def test_it_lets_a_member_in_by_the_password_alone_until_its_end(self):
        self.assertFalse(self.enters())
        answer = self.bypass()
        self.assertEqual((201, {"until", "reason", "made_by"}), (answer.status_int, set(answer.json)))
        self.assertTrue(self.enters())
        client = self.client(self.ticket("anna"))
        self.assertTrue(self.is_signed_in(client, "anna"))
        session = client.get(self.path("@smsauth"), **JSON).json["session"]
        self.assertEqual(("exempt", False), (session["means"], session["is_real"]))
        self.clock.advance(HOUR + 1)
        self.assertFalse(self.enters())
        self.assertFalse(self.is_signed_in(client, "anna"))

    def test_a_sign_in_by_it_is_on_record_and_ends_with_it(self):
        self.bypass()
        browser = self.client()
        browser.post(
            self.path("login"), form={"__ac_name": "anna", "__ac_password": "correct horse 42", "buttons.login": "1"}
        )
        self.assertTrue(self.is_signed_in(browser, "anna"))
        self.assertEqual(["exempt"], [one["means"] for one in self.ask("GET", "anna").json["sessions"]])
        self.assertEqual(204, self.ask("DELETE", "anna/bypass").status_int)
        self.assertFalse(self.is_signed_in(browser, "anna"))
        self.assertEqual((404, "not-found"), self.reason(self.ask("DELETE", "anna/bypass")))

    def test_a_token_got_by_it_ends_with_it(self):
        self.bypass()
        answer = self.client().post(self.path("@login"), json={"login": "anna", "password": "correct horse 42"}, **JSON)
        self.assertEqual(200, answer.status_int)
        bearer = {"Authorization": f"Bearer {answer.json['token']}"}
        self.assertTrue(self.reads("anna", suffix="/@@secret", **bearer))
        self.ask("DELETE", "anna/bypass")
        self.assertFalse(self.reads("anna", suffix="/@@secret", **bearer))

    def test_a_session_that_was_ended_stays_so(self):
        self.bypass()
        client = self.client(self.ticket("anna", age=2))
        self.assertTrue(self.is_signed_in(client, "anna"))
        lifecycle.end_all_sessions(wiring.plugin().accounts, "anna")
        commit()
        self.assertFalse(self.is_signed_in(client, "anna"))
        self.assertEqual(201, self.bypass(seconds=2 * HOUR).status_int)
        self.assertFalse(self.is_signed_in(client, "anna"))
        self.assertTrue(self.enters())

    def test_one_that_was_ended_before_it_was_given_stays_so(self):
        anna = self.proven("anna")
        self.assertEqual(204, self.ask("DELETE", "anna/sessions").status_int)
        self.bypass()
        self.assertFalse(self.is_signed_in(anna, "anna"))

    def test_what_demands_a_real_step_demands_it(self):
        self.bypass()
        client = self.client(self.ticket("anna"))
        for method, path, json in (
            ("POST", "@smsauth/turn-off", {"current_password": "correct horse 42"}),
            ("POST", "@smsauth/recovery-codes", {"current_password": "correct horse 42"}),
            ("DELETE", "@smsauth/sessions", None),
        ):
            answer = client.send(method, self.path(path), json=json, **JSON)
            self.assertEqual((403, "second-step"), self.reason(answer), path)
        grant("anna", "Site Administrator")
        self.assertEqual((403, "second-step"), self.reason(self.ask("GET", client=client)))
        self.assertEqual((403, "second-step"), self.reason(self.bypass("bert", client=client)))

    def test_it_ends_with_the_second_step_with_a_new_number_and_with_the_member(self):
        self.bypass()
        self.ask("POST", "anna/turn-off", {"reason": "left"})
        self.assertIsNone(self.account().bypass)
        self.bypass()
        self.bind("anna")
        self.assertIsNone(self.account().bypass)
        self.bypass()
        with api.env.adopt_roles(["Manager"]):
            api.user.delete(username="anna")
        commit()
        self.assertIsNone(self.account().bypass)
        api.user.create(username="anna", email="a@example.org")
        commit()
        self.assertIsNone(self.ask("GET", "anna").json["bypass"])

    def test_a_member_who_says_that_it_was_not_them_ends_it(self):
        self.bypass()
        lifecycle.disown(wiring.plugin().accounts, "anna")
        commit()
        self.assertIsNone(self.account().bypass)

    def test_a_member_who_must_set_up_a_phone_may_wait(self):
        self.require()
        self.assertFalse(self.enters("bert"))
        owner = {"Authorization": basic(SITE_OWNER_NAME, SITE_OWNER_PASSWORD)}
        self.assertEqual(201, self.bypass("bert", client=self.client(), **owner).status_int)
        self.assertTrue(self.enters("bert"))
        self.clock.advance(HOUR + 1)
        self.assertFalse(self.enters("bert"))

    def test_one_of_a_site_administrator_ends_when_its_owner_becomes_a_manager(self):
        def become(roles=("Member",), local=()):
            with api.env.adopt_roles(["Manager"]):
                self.portal.acl_users.userFolderEditUser("anna", None, list(roles), [])
                self.portal.manage_delLocalRoles(["anna"])
                if local:
                    self.portal.manage_setLocalRoles("anna", list(local))
            commit()

        self.bypass()
        self.assertTrue(self.enters())
        client = self.client(self.ticket("anna"))
        self.assertTrue(self.is_signed_in(client, "anna"))
        for way in ({"roles": ("Member", "Manager")}, {"local": ("Manager",)}):
            with self.subTest(way):
                become(**way)
                self.assertFalse(self.enters())
                self.assertFalse(self.is_signed_in(client, "anna"))
                listed = self.ask("GET", "anna").json
                self.assertEqual(("on", None), (listed["state"], listed["bypass"]))
        become(roles=("Member", "Site Administrator"), local=("Editor",))
        self.assertTrue(self.enters())
        owner = {"Authorization": basic(SITE_OWNER_NAME, SITE_OWNER_PASSWORD)}
        become(roles=("Member", "Manager"))
        self.assertFalse(self.enters())
        self.assertEqual(201, self.bypass(client=self.client(), **owner).status_int)
        self.assertTrue(self.enters(), "a Manager may give one to a Manager")

    def test_it_ends_when_its_owner_comes_into_a_group_of_managers(self):
        self.bypass()
        with api.env.adopt_roles(["Manager"]):
            api.group.create(groupname="chiefs", roles=["Manager"])
            api.group.add_user(groupname="chiefs", username="anna")
        commit()
        self.assertFalse(self.enters())

    def test_the_member_is_told_with_a_way_to_end_it(self):
        self.bypass()
        [(to, mail)] = self.mails()
        self.assertEqual("anna@example.org", to)
        self.assertIn("your password alone is enough", mail)
        self.assertIn("@@smsauth-not-me?", mail)
        self.assertNotIn("${", mail)
        self.assertNotIn("phone lost", mail)

    def test_another_one_takes_its_place(self):
        self.bypass(seconds=2 * HOUR)
        self.bypass(seconds=60)
        self.clock.advance(61)
        self.assertFalse(self.enters())

    def test_times_of_no_use_are_refused(self):
        for until, status, reason in (
            (self.at(-1), 422, "unusable"),
            (self.at(LONGEST + 60), 422, "unusable"),
            ("", 422, "unusable"),
            ("tomorrow", 422, "unusable"),
            ("9999-12-31T23:59:59-14:00", 422, "unusable"),
            (None, 400, "bad-request"),
            (4102444800, 400, "bad-request"),
            (True, 400, "bad-request"),
            ([], 400, "bad-request"),
        ):
            with self.subTest(until):
                answer = self.ask("POST", "anna/bypass", {"until": until, "reason": "x"})
                self.assertEqual((status, reason), self.reason(answer))
                self.assertEqual("until", answer.json["error"]["field"])
        self.assertEqual(201, self.bypass(seconds=LONGEST - 1).status_int)

    def test_the_self_check_lists_the_members(self):
        owner = {"Authorization": basic(SITE_OWNER_NAME, SITE_OWNER_PASSWORD)}

        def listed() -> str:
            panel = self.client().get(self.path("@controlpanels/smsauth"), **owner, **JSON).json
            return " ".join(
                line for one in panel["self_check"] for line in one["advice"] if "for a while" in one["title"]
            )

        self.assertEqual("", listed())
        self.bypass()
        self.bypass("bert")
        self.assertIn("anna, bert", listed())
        self.ask("DELETE", "anna/bypass")
        self.assertNotIn("anna", listed())
        self.clock.advance(HOUR + 1)
        self.assertEqual("", listed())


class DoorsTest(HelpDeskTest):
    """Who may use the services at all, and on whom."""

    BODY = {"reason": "x", "until": "2000-01-01"}

    def all_of(self, user_id: str = "anna"):
        """Yield method and path of each service."""
        for method, place in help_desk.SERVICES:
            yield method, place.replace("ID", user_id)

    def assert_all(self, status: int, reason: str, user_id: str = "anna", acts_only: bool = False, **options) -> None:
        before = self.account()
        for method, path in self.all_of(user_id):
            if not acts_only or method != "GET":
                with self.subTest(method=method, path=path):
                    body = None if method == "GET" else {**self.BODY, "until": self.at(HOUR)}
                    self.assertEqual((status, reason), self.reason(self.ask(method, path, body, **options)))
        self.assertEqual(before, self.account())

    def test_a_visitor_is_told_to_log_in(self):
        self.assert_all(401, "not-allowed", client=self.client())

    def test_a_member_without_the_permission_may_nothing(self):
        self.assert_all(403, "not-allowed", client=self.signed_in("bert"))
        anna = self.proven("anna")
        anna.get(self.path("@smsauth"), **JSON)
        self.assert_all(403, "not-allowed", client=anna)

    def test_an_administrator_who_owes_the_step_is_told_so(self):
        self.bind("frank", "+31687654321")
        self.assert_all(401, "second-factor-required", client=self.client(self.ticket("frank")))
        self.assert_all(401, "second-factor-required", client=self.client(), Authorization=basic("frank"))

    def test_an_administrator_let_in_without_a_real_step_is_told_to_give_one(self):
        self.bind("frank", "+31687654321")
        self.configure(exempt_users=("frank",))
        self.assert_all(403, "second-step", client=self.client(self.ticket("frank")))

    def test_a_site_administrator_does_nothing_to_a_manager(self):
        grant("anna", "Manager")
        self.assert_all(403, "not-allowed", acts_only=True)
        owner = {"Authorization": basic(SITE_OWNER_NAME, SITE_OWNER_PASSWORD)}
        self.assertEqual(201, self.bypass(client=self.client(), **owner).status_int)

    def test_nobody_does_anything_to_themselves(self):
        self.assert_all(403, "not-allowed", user_id="frank", acts_only=True)
        self.assertIsNone(self.account("frank").bypass)

    def test_who_is_not_there_is_not_found(self):
        for user_id in ("nobody", SITE_OWNER_NAME, "%00", "x" * 3000):
            self.assert_all(404, "not-found", user_id=user_id, acts_only=True)

    def test_a_user_id_may_have_slashes_and_blanks(self):
        user_id = "uid=jane doe/ou=ä"
        self.users.source_users.addUser(user_id, user_id, "correct horse 42")
        self.bind(user_id, "+31687654321")
        [item] = self.ask("GET", query={"query": "jane"}).json["items"]
        path = urlsplit(item["@id"]).path
        self.assertEqual(user_id, self.frank.get(path, **JSON).json["id"])
        self.assertEqual(204, self.frank.post(f"{path}/turn-off", json={"reason": "x"}, **JSON).status_int)
        self.assertEqual("", self.account(user_id).number)

    def test_without_the_plugin_nothing_is_there_and_nothing_breaks(self):
        self.users._delObject("smsauth")
        commit()
        owner = {"Authorization": basic(SITE_OWNER_NAME, SITE_OWNER_PASSWORD)}
        for method, path in self.all_of():
            body = None if method == "GET" else {**self.BODY, "until": self.at(HOUR)}
            with self.subTest(method=method, path=path):
                self.assertEqual(404, self.ask(method, path, body, client=self.client(), **owner).status_int)
                self.assertEqual(401, self.ask(method, path, body, client=self.client()).status_int)
        for method, name in own.SERVICES:
            path = self.path(f"@smsauth/{name}" if name else "@smsauth")
            for client in (self.client(), self.client(self.ticket("anna"))):
                self.assertIn(client.send(method, path, json={}, **JSON).status_int, (401, 404))
        self.assertEqual(200, self.client().get(self.path("@smsauth-counters"), **owner, **JSON).status_int)

    def test_other_names_and_methods_are_not_found(self):
        for method, path in (
            ("GET", "anna/bypass"),
            ("POST", "anna"),
            ("DELETE", "anna"),
            ("POST", "anna/nothing"),
            ("POST", "anna/bypass/x"),
            ("PATCH", "anna"),
            ("PUT", "anna/bypass"),
            ("DELETE", "anna/release"),
            ("POST", ""),
        ):
            with self.subTest(method=method, path=path):
                self.assertIn(self.ask(method, path, {}).status_int, (404, 405))

    def test_a_page_of_another_site_does_nothing(self):
        before = self.account()
        for method, path in self.all_of():
            if method == "POST":
                for headers in ({}, {"Origin": "null"}, {"Origin": "https://evil.example"}):
                    answer = self.ask("POST", path, **headers)
                    self.assertEqual((403, "not-allowed"), self.reason(answer))
                    answer = self.ask("POST", path, body=b'{"reason": "x"}', Content_Type="text/plain", **headers)
                    self.assertEqual(415, answer.status_int)
        self.assertEqual(before, self.account())
