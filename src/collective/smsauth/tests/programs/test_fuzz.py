from unittest import skipUnless
from unittest import TestCase
from ZODB.DB import DB
from ZODB.DemoStorage import DemoStorage

import importlib.util
import transaction

HAS_TOOLS = importlib.util.find_spec("tools") is not None and importlib.util.find_spec("tools.fuzz") is not None

if HAS_TOOLS:
    from tools.fuzz import envelopes
    from tools.fuzz import mutations as bends
    from tools.fuzz.acts import is_same_answer
    from tools.fuzz.acts import wrong
    from tools.fuzz.answer import Answer
    from tools.fuzz.answer import failure_of
    from tools.fuzz.database import Snapshot
    from tools.fuzz.finding import Finding
    from tools.fuzz.finding import gathered
    from tools.fuzz.forms import forms_in
    from tools.fuzz.forms import links_in
    from tools.fuzz.oracles import faults
    from tools.fuzz.records import changes
    from tools.fuzz.records import counted
    from tools.fuzz.records import is_sweeping
    from tools.fuzz.request import encoded
    from tools.fuzz.request import Request
    from tools.fuzz.values import INJECTED
    from tools.fuzz.values import MARKER

needs_tools = skipUnless(HAS_TOOLS, "optional: the fuzzer is only in the repository")

PAGE = """<html><body><form action="@@smsauth-x?a=b" method="post"><input type="hidden" name="token" value="t">
<input type="checkbox" name="trust" value="on"><input type="submit" name="one" value="1"><button name="two" value="2">2</button>
</form><a href="@@smsauth-y?point=1">y</a><a href="@@smsauth-z">z</a></body></html>"""


@needs_tools
class TestRequests(TestCase):
    def test_bytes_and_half_surrogate_pairs_are_sent_as_they_are(self):
        self.assertEqual("a=%FF&b=%ED%A0%80&c:list=%00", encoded((("a", "\udcff"), ("b", "\ud800"), ("c:list", "\0"))))

    def test_a_header_has_no_line_breaks(self):
        request = Request(path="/", headers=(("X-One", "a\r\nb\udcff"),))
        self.assertEqual("a  b\xff", request.environ()["HTTP_X_ONE"])

    def test_a_field_sent_as_a_file_makes_the_form_a_multipart_one(self):
        request = bends.add_field("URL", "file").bend(Request(method="POST", path="/", form=(("a", "1"),)))
        self.assertTrue(request.environ()["CONTENT_TYPE"].startswith("multipart/form-data"))
        self.assertIn(b'name="URL"; filename="x.txt"', request.raw_body)

    def test_a_request_tells_what_it_carries(self):
        request = Request(path="/", form=(("code", " 123456"),), body=None)
        self.assertTrue(request.carries("123456"))
        self.assertFalse(request.carries("654321"))

    def test_each_mutation_bends_one_place(self):
        request = Request(method="POST", path="/", form=(("a", "1"), ("b", "2")), cookies=(("c", "3"),))
        self.assertEqual((("b", "2"),), bends.drop_field("a").bend(request).form)
        self.assertEqual((("a:list", "1"), ("b", "2")), bends.shape_field("a", "list").bend(request).form)
        self.assertEqual((("a", "1"),), bends.move_field("a").bend(request).query)
        self.assertEqual((("c", "A"),), envelopes.flip_cookie("c", 0.5).bend(request).cookies)
        self.assertEqual(b'{"a": null}', bends.set_json("a", "null").bend(request).body)

    def test_a_wrong_answer_has_the_form_of_the_right_one(self):
        for answer in ("123456", "999999", "TA71-CH61-8V0M", "B34M-D1JW-DQ1Y", "B34M-D1JW-DQ1X", "correct horse 42"):
            self.assertFalse(is_same_answer(answer, wrong(answer)), answer)
            self.assertEqual(len(answer), len(wrong(answer)))
            self.assertEqual(answer[:-1], wrong(answer)[:-1])

    def test_answers_are_the_same_that_differ_in_case_blanks_and_dashes(self):
        for other in ("b34m d1jw dq1y", " B34MD1JWDQ1Y"):
            self.assertTrue(is_same_answer("B34M-D1JW-DQ1Y", other), other)
        for other in ("B34M-D1JW-DQ1A", "Ｂ34M-D1JW-DQ1Y"):
            self.assertFalse(is_same_answer("B34M-D1JW-DQ1Y", other), other)


@needs_tools
class TestForms(TestCase):
    def test_a_form_is_found_once_for_each_button(self):
        one, two = forms_in(PAGE, "http://host/plone/@@page")
        self.assertEqual(("/plone/@@smsauth-x", "a=b", "POST"), (one.path, one.query, one.method))
        self.assertEqual((("token", "t"), ("one", "1")), one.fields)
        self.assertEqual((("token", "t"), ("two", "2")), two.fields)
        self.assertEqual((("trust", "on"),), one.boxes)

    def test_links_with_something_in_the_query_are_followed(self):
        self.assertEqual(["http://host/plone/@@smsauth-y?point=1"], links_in(PAGE, "http://host/plone/@@page"))


@needs_tools
class TestRecords(TestCase):
    def test_failures_and_tries_that_grow_are_counted(self):
        before = {("records", "anna", "failures"): 0, ("records", "anna", "number"): "+31"}
        after = {**before, ("records", "anna", "failures"): 1, ("wrong_answers", "x"): (1.0,)}
        self.assertEqual({"failures", "wrong_answers"}, counted(changes(before, after)))

    def test_failures_that_are_forgotten_are_not_counted(self):
        before, after = {("records", "anna", "failures"): 3}, {("records", "anna", "failures"): 0}
        self.assertEqual(frozenset(), counted(changes(before, after)))
        self.assertEqual(["shrank"], [change.way for change in changes(before, after)])

    def test_names_of_secrets_do_not_tell_changes_apart(self):
        found = changes({}, {("records", "anna", "sessions", "0" * 64, "means"): "code"})
        self.assertEqual([("records/anna/sessions/*/means", "added")], [change.shape for change in found])

    def test_only_what_has_ended_may_be_swept_away(self):
        place = ("records", "anna", "sessions", "x")
        before = {(*place, "expires"): 100.0, (*place, "means"): "code", ("records", "anna", "sent_at"): (1.0, 5000.0)}
        after = {("records", "anna", "sent_at"): (5000.0,)}
        found = changes(before, after)
        self.assertEqual(3, len(found))
        self.assertTrue(all(is_sweeping(change, before, after, 5001.0) for change in found))
        self.assertFalse(any(is_sweeping(change, before, after, 99.0) for change in found))

    def test_what_is_told_of_sign_ins_that_were_begun_may_be_swept_away_once_they_are_over(self):
        place = ("records", "anna")
        before = {
            (*place, "pending_round"): 3,
            (*place, "sign_in_begun_at"): 100.0,
            (*place, "pending_over", "x"): 1000.0,
        }
        after = {**before, (*place, "pending_round"): 0}
        del after[(*place, "pending_over", "x")]
        found = changes(before, after)
        self.assertEqual(2, len(found))
        self.assertTrue(all(is_sweeping(change, before, after, 1900.0) for change in found))
        self.assertFalse(any(is_sweeping(change, before, after, 999.0) for change in found))


@needs_tools
class TestOracles(TestCase):
    def found(self, answer, found=frozenset(), licence=(frozenset(), 0)):
        return [fault.kind for fault in faults(answer, found, licence)]

    def page(self, body, **more):
        headers = (("Content-Type", "text/html; charset=utf-8"), ("Cache-Control", "no-store, private"))
        return Answer(**{"status": 200, "headers": headers, "body": body.encode(), **more})

    def test_an_orderly_page_is_none(self):
        self.assertEqual([], self.found(self.page("<p>&lt;smsauthfuzz\"'fuzzmark&gt;</p>", is_step=True)))

    def test_the_marker_as_an_element_or_an_attribute_is_one(self):
        for body in (f"<p>{MARKER}</p>", '<input value="&lt;smsauthfuzz"\'fuzzmark&gt;">'):
            self.assertEqual(["marker unescaped"], self.found(self.page(body)))

    def test_a_header_from_the_request_is_one(self):
        self.assertEqual(["marker unescaped"], self.found(Answer(status=302, headers=((INJECTED, "1"),), body=b"")))

    def test_a_page_of_the_second_step_that_may_be_stored_is_one(self):
        headers = (("Content-Type", "text/html"),)
        self.assertEqual(["no no-store"], self.found(self.page("", headers=headers, is_step=True)))
        self.assertEqual([], self.found(self.page("", headers=headers)))

    def test_a_change_is_one_unless_it_is_licensed(self):
        found = changes({("records", "anna", "number"): "+31"}, {("records", "anna", "number"): ""})
        licence = frozenset({("records/anna/number", "changed")}), 0
        self.assertEqual(["changed record"], self.found(self.page(""), found))
        self.assertEqual([], self.found(self.page(""), found, licence))

    def test_a_text_too_many_is_one(self):
        self.assertEqual(["text beyond limits"], self.found(self.page("", texts=("+31",))))

    def test_a_500_is_one_if_a_frame_is_ours(self):
        def failed(call):
            try:
                call()
            except Exception as error:
                failure = failure_of(type(error), error, error.__traceback__)
            return self.found(Answer(status=500, headers=(), body=b"", failure=failure))

        from collective.smsauth.domain import codes

        self.assertEqual(["500"], failed(lambda: codes.generate("x")))
        self.assertEqual([], failed(lambda: 1 / 0))

    def test_equal_findings_are_told_once_by_the_shortest(self):
        common = {"kind": "500", "cause": "x", "sender": "anna", "request": ""}
        long = Finding(where="a", number=1, bends=("one", "two"), **common)
        short = Finding(where="b", number=2, bends=("one",), **common)
        (group,) = gathered([short, long])
        self.assertEqual((short, 2, {"a by anna", "b by anna"}), (group.shortest, group.count, group.places))


@needs_tools
class TestSnapshot(TestCase):
    def setUp(self):
        self.database = DB(DemoStorage())
        self.addCleanup(self.database.close)
        self.manager = transaction.TransactionManager()
        self.root = self.database.open(self.manager).root()
        self.root["kept"] = 1
        self.manager.commit()
        self.snapshot = Snapshot(self.database)

    def change(self, **values):
        self.manager.begin()
        self.root.update(values)
        self.manager.commit()

    def test_what_was_changed_is_as_it_was_for_every_connection(self):
        manager = transaction.TransactionManager()
        other = self.database.open(manager).root()
        self.change(kept=2, added=3)
        manager.begin()
        self.assertEqual({"kept": 2, "added": 3}, dict(other))
        self.assertTrue(self.snapshot.is_left)
        self.snapshot.put_back()
        self.assertFalse(self.snapshot.is_left)
        for one, root in ((self.manager, self.root), (manager, other)):
            one.begin()
            self.assertEqual({"kept": 1}, dict(root))

    def test_it_can_be_done_again_and_again(self):
        for number in range(5):
            self.change(kept=number + 10)
            self.snapshot.put_back()
            self.manager.begin()
            self.assertEqual(1, self.root["kept"])
