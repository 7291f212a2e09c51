"""Plone's own @groups with bodies that it takes for granted."""

from collective.smsauth.tests.support.doors import DoorTest
from collective.smsauth.tests.support.members import commit
from plone import api

JSON = "application/json"


class OddGroupsTest(DoorTest):
    """An administrator of the site sends what Plone would answer with an internal error."""

    def setUp(self):
        super().setUp()
        with api.env.adopt_roles(["Manager"]):
            api.group.create("crew")
            api.user.grant_roles(username="bert", roles=["Site Administrator"])
        commit()
        self.frank = self.signed_in("bert")

    def ask(self, method, path, **options):
        answer = self.frank.send(method, self.path(path), Accept=JSON, **options)
        return answer.status_int, answer.json["error"]["reason"], answer.json["error"].get("field", "")

    def test_a_body_that_is_none_is_refused(self):
        for method, path in (("POST", "@groups"), ("PATCH", "@groups/crew")):
            for body, reason in ((b"{", "not-json"), (b"[1]", "bad-request")):
                with self.subTest(method, body=body[:5]):
                    headers = {"body": body, "Content_Type": JSON}
                    self.assertEqual((400, reason, ""), self.ask(method, path, **headers))

    def test_a_field_of_the_wrong_type_is_named(self):
        for field, value in (
            ("roles", "Editor"),
            ("roles", [1]),
            ("groups", {"a": 1}),
            ("title", 5),
            ("description", ["x"]),
            ("title", "\ud800"),
        ):
            for method, path in (("POST", "@groups"), ("PATCH", "@groups/crew")):
                with self.subTest(method, field=field, value=value):
                    body = {"groupname": "staff", field: value}
                    self.assertEqual((400, "bad-request", field), self.ask(method, path, json=body))
        self.assertEqual((400, "bad-request", "users"), self.ask("POST", "@groups", json={"users": {"anna": True}}))
        self.assertEqual((400, "bad-request", "users"), self.ask("PATCH", "@groups/crew", json={"users": ["anna"]}))

    def test_without_a_group_there_is_nothing_to_change(self):
        self.assertEqual((404, "not-found", ""), self.ask("PATCH", "@groups", json={"title": "x"}))
        self.assertEqual((404, "not-found", ""), self.ask("PATCH", "@groups/crew/more", json={"title": "x"}))

    def test_what_is_right_is_done_as_ever(self):
        made = self.frank.post(self.path("@groups"), json={"groupname": "staff", "users": ["edith"]}, Accept=JSON)
        self.assertEqual(201, made.status_int, made.text)
        body = {"title": "The staff", "users": {"edith": False, "anna": True}}
        self.assertEqual(204, self.frank.send("PATCH", self.path("@groups/staff"), json=body, Accept=JSON).status_int)
        self.app._p_jar.sync()
        self.assertEqual(["anna"], [one.getId() for one in api.user.get_users(groupname="staff")])
