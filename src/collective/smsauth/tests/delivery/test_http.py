"""The gateway to any provider: against servers that answer as they are told, on this machine."""

from collective.smsauth.delivery.dispatcher import Dispatcher
from collective.smsauth.delivery.gateways.http import headers
from collective.smsauth.delivery.gateways.http import json_path
from collective.smsauth.delivery.gateways.http import payload
from collective.smsauth.delivery.gateways.http.configuration import check
from collective.smsauth.delivery.gateways.http.configuration import problems
from collective.smsauth.delivery.gateways.http.connection import LONGEST_ANSWER
from collective.smsauth.delivery.gateways.http.connection import MOST_LOOKUPS
from collective.smsauth.delivery.gateways.http.connection import TIMEOUTS
from collective.smsauth.delivery.gateways.http.gateway import HTTPGateway
from collective.smsauth.delivery.gateways.http.public_addresses import is_public
from collective.smsauth.domain.delivery import DeliveryStatus
from collective.smsauth.domain.delivery import Text
from collective.smsauth.interfaces import ConfiguredGateway
from collective.smsauth.interfaces import GatewayError
from collective.smsauth.interfaces import IPreviewingGateway
from collective.smsauth.interfaces import ISMSGateway
from collective.smsauth.tests.support import fake_provider as fake
from collective.smsauth.tests.support.fake_twilio import closed_port
from collective.smsauth.tests.support.generated import given
from collective.smsauth.tests.support.generated import st
from unittest.mock import patch
from urllib.parse import parse_qsl
from zope.interface.verify import verifyObject

import base64
import json
import logging
import socket
import ssl
import threading
import time
import tracemalloc
import transaction
import unittest

NUMBER = "+31612345678"
BODY = 'Bücher & "Co"\\: your code is 123456\n@host #123456'
TEXT = Text(to=NUMBER, body=BODY, expires=float("inf"))
#: The example of WSO2's own documentation.
WSO2 = '{"content": {{body}}, "to": {{mobile}}}'
FORM = "to={{mobile}}&text={{body}}"
S = DeliveryStatus


def config(base="", /, **changes):
    """Return a complete configuration; ``changes`` leave out the prefix ``http_``."""
    settings = {
        "url": f"{base}/messages",
        "method": "POST",
        "content_type": "JSON",
        "payload": WSO2,
        "headers": "",
        "number_format": "E164",
        "success_status": "",
        "success_path": "",
        "success_text": "",
        "message_id": "",
        "allow_private": "1",
        **changes,
    }
    return {f"http_{name}": value for name, value in settings.items()}


class HTTPTestCase(unittest.TestCase):
    def setUp(self):
        context = fake.running()
        self.server = context.__enter__()
        self.addCleanup(context.__exit__, None, None, None)
        self.gateway = HTTPGateway(timeouts=(2.0, 0.4))

    def config(self, **changes):
        return config(self.server.url, **changes)

    def sent(self, **changes):
        """Send a text and return what the server received."""
        self.gateway.send(TEXT, self.config(**changes))
        return self.server.requests[-1]

    def refused(self, *answer, **changes):
        """Send a text that does not leave; return the error. ``answer`` is what the server answers."""
        self.server.answers.extend(answer)
        with self.assertRaises(GatewayError) as caught:
            self.gateway.send(TEXT, self.config(**changes))
        return caught.exception


class TestTheRequest(HTTPTestCase):
    def test_the_gateway_keeps_the_contract(self):
        self.assertTrue(verifyObject(ISMSGateway, self.gateway))
        self.assertTrue(verifyObject(IPreviewingGateway, self.gateway))
        self.assertFalse(self.gateway.local)

    def test_the_timeouts_are_those_of_the_documentation(self):
        self.assertEqual((3.0, 10.0), TIMEOUTS)

    def test_json_has_the_text_and_the_number_whether_the_placeholder_is_quoted_or_bare(self):
        expected = {"content": BODY, "to": NUMBER}
        for template in (
            WSO2,
            '{"content": "{{body}}", "to": "{{mobile}}"}',
            '{"content":{{ body }},\n\t"to":"{{ mobile }}"}',
        ):
            with self.subTest(template):
                request = self.sent(payload=template)
                self.assertEqual(("POST", "/messages", expected), (request.method, request.path, request.json))
                self.assertEqual("application/json", request.headers["Content-Type"])

    def test_placeholders_stand_anywhere_in_json(self):
        template = '{"messages": [{"to": [{{mobile}}], "text": "Hello: {{body}} ({{mobile}})", "n": 1.5, "x": null, "{{mobile}}": true}]}'
        [message] = self.sent(payload=template).json["messages"]
        self.assertEqual(([NUMBER], f"Hello: {BODY} ({NUMBER})"), (message["to"], message["text"]))
        self.assertEqual((1.5, None, True), (message["n"], message["x"], message[NUMBER]))

    def test_a_form_is_encoded(self):
        request = self.sent(content_type="FORM", payload=FORM)
        self.assertEqual({"to": NUMBER, "text": BODY}, request.form)
        self.assertEqual("application/x-www-form-urlencoded", request.headers["Content-Type"])
        self.assertIn(b"to=%2B31612345678&text=B%C3%BCcher", request.body)

    def test_what_stands_in_a_form_besides_stays(self):
        request = self.sent(content_type="FORM", payload="from=My+Site%21&\n to={{mobile}}&text=A: {{body}}&empty=")
        self.assertEqual({"from": "My Site!", "to": NUMBER, "text": f"A: {BODY}", "empty": ""}, request.form)

    def test_put_is_another_method(self):
        self.assertEqual("PUT", self.sent(method="PUT").method)

    def test_the_environment_may_write_choices_in_small_letters(self):
        request = self.sent(
            method="put", content_type="form", payload=FORM, number_format="digits", allow_private="True"
        )
        self.assertEqual(("PUT", NUMBER[1:]), (request.method, request.form["to"]))

    def test_the_number_may_go_without_its_plus(self):
        self.assertEqual(NUMBER[1:], self.sent(number_format="DIGITS").json["to"])

    def test_headers_come_one_a_line_or_separated_by_commas(self):
        cases = {
            "authorisation: abc, x-csrf: true": {"authorisation": "abc", "x-csrf": "true"},
            "authorisation:abc,x-csrf:true,": {"authorisation": "abc", "x-csrf": "true"},
            "Authorization: Digest a=1, b=2\r\nX-Time: 12:30\n\n": {
                "Authorization": "Digest a=1, b=2",
                "X-Time": "12:30",
            },
            "X-Name: Bücher": {"X-Name": "Bücher"},
        }
        for written, expected in cases.items():
            with self.subTest(written):
                received = self.sent(headers=written).headers
                self.assertEqual(expected, {name: received[name] for name in expected})

    def test_the_content_type_can_be_said_more_precisely(self):
        headers = self.sent(headers="content-type: application/vnd.api+json").headers
        self.assertEqual(["application/vnd.api+json"], headers.get_all("Content-Type"))

    def test_the_query_of_the_url_is_kept(self):
        self.assertEqual("/m?key=a%20b&x", self.sent(url=f"{self.server.url}/m?key=a%20b&x").path)
        self.assertEqual("/", self.sent(url=self.server.url).path)

    def test_nothing_of_the_environment_is_used(self):
        proxy = f"http://127.0.0.1:{closed_port()}"
        with patch.dict(
            "os.environ", {"HTTP_PROXY": proxy, "http_proxy": proxy, "ALL_PROXY": proxy, "NO_PROXY": "", "no_proxy": ""}
        ):
            self.assertEqual(f"127.0.0.1:{self.server.server_port}", self.sent().headers["Host"])

    def test_nothing_of_the_request_is_logged(self):
        with self.assertLogs(level="DEBUG") as logs:
            logging.getLogger("begun").debug("begun")
            self.sent(headers="Authorization: Bearer geheim123", url=f"{self.server.url}/?key=schluessel")
        for secret in (NUMBER[1:], "123456", "geheim123", "schluessel"):
            self.assertNotIn(secret, "".join(logs.output))


class TestBreakingOut(HTTPTestCase):
    """Whatever is in a text or a number, it is a value and nothing else."""

    ODD = st.text() | st.sampled_from(
        ['", "to": "+1', "{{mobile}}", "{{body}}", "&to=1", "%26", "+", "\\", '\\"', "\ud800", "\0\r\n"]
    )

    @given(ODD, ODD)
    def test_json(self, body, mobile):
        for template in (WSO2, '{"content": "{{body}}", "to": "{{mobile}}"}'):
            sent = json.loads(payload.filled(template, payload.JSON, {"body": body, "mobile": mobile}))
            self.assertEqual({"content": body, "to": mobile}, sent)

    @given(ODD, ODD)
    def test_form(self, body, mobile):
        sent = payload.filled(FORM, payload.FORM, {"body": body, "mobile": mobile}).decode("ascii")
        pairs = parse_qsl(sent, keep_blank_values=True, strict_parsing=True, errors="surrogatepass")
        self.assertEqual([("to", mobile), ("text", body)], pairs)

    @given(st.text(alphabet='{}"\\bodymile :,[]&=%x\n', max_size=60), st.sampled_from(["JSON", "FORM"]))
    def test_any_template_is_read_or_refused(self, template, content_type):
        try:
            body = payload.filled(template, content_type, {"body": "B", "mobile": "M"})
        except payload.WrongTemplate:
            return
        self.assertTrue(body.isascii())

    def test_a_template_takes_no_longer_than_its_length(self):
        many, values = 100_000, {"body": "B", "mobile": "M"}
        for template in (
            '{"a": {{' + " " * many + "x{",
            "{{" + " " * many,
            "{{" * many,
            '"{{' + " " * many + 'x{"',
            '"' + '\\"' * many,
            '"' * many,
            '"{{ body' + " " * many + '}"',
        ):
            for content_type in ("JSON", "FORM"):
                begun = time.process_time()
                with self.subTest(template[:9], kind=content_type), self.assertRaises(payload.WrongTemplate):
                    payload.filled(template, content_type, values)
                self.assertLess(time.process_time() - begun, 2, template[:9])

    @given(st.text())
    def test_any_headers_are_read_or_refused(self, written):
        try:
            found = headers.parse(written)
        except headers.WrongHeader:
            return
        for name, value in found:
            self.assertNotRegex(f"{name}{value}", "[\r\n\0]")
            value.encode("latin-1")

    @given(st.text() | st.text(alphabet="$.[]'\"a0 ", max_size=12))
    def test_any_path_is_read_or_refused(self, path):
        try:
            steps = json_path.parse(path)
        except ValueError:
            return
        self.assertIs(json_path.MISSING, json_path.value_at([[]], (*steps, "x")))


class TestSuccess(HTTPTestCase):
    def test_a_status_of_200_to_299_is_success(self):
        for status in (200, 201, 202, 204, 299):
            with self.subTest(status):
                self.server.answers.append((status, ""))
                self.assertEqual("", self.gateway.send(TEXT, self.config()))

    def test_the_statuses_can_be_said(self):
        self.server.answers.append((302, "", {"Location": "/elsewhere"}))
        self.gateway.send(TEXT, self.config(success_status="202, 302"))
        self.assertTrue(self.refused((200, "{}"), success_status="202").status.blames_provider)

    def test_a_path_and_what_stands_there(self):
        cases = (
            ("$.messages[0].status", "0", {"messages": [{"status": 0}]}, True),
            ("messages.0.status", "0", {"messages": [{"status": "0"}]}, True),
            ("$['ok']", "true", {"ok": True}, True),
            ("ok", "", {"ok": True}, True),
            ("id", "", {"id": 0}, True),
            ("ok", "", {"ok": False}, False),
            ("ok", "", {"ok": None}, False),
            ("ok", "", {"ok": ""}, False),
            ("ok", "", {}, False),
            ("ok", "true", {"ok": "no"}, False),
            ("$.messages[1].status", "0", {"messages": [{"status": "0"}]}, False),
            ("$.messages[0]", "0", {"messages": [{"status": "0"}]}, False),
        )
        for path, text, answer, expected in cases:
            with self.subTest(path=path, text=text, answer=answer):
                changes = {"success_path": path, "success_text": text}
                if expected:
                    self.server.answers.append((200, answer))
                    self.gateway.send(TEXT, self.config(**changes))
                else:
                    error = self.refused((200, answer), **changes)
                    self.assertEqual((S.TRY_LATER, True), (error.status, error.certain))

    def test_a_text_that_stands_anywhere(self):
        self.server.answers.append((200, "ID: 77\nQueued"))
        self.gateway.send(TEXT, self.config(success_text="Queued"))
        self.assertIs(S.CONFIGURATION, self.refused((200, "ERR: 103, no credit"), success_text="Queued").status)

    def test_the_id_is_returned(self):
        for answer, expected in (
            ({"m": [{"id": "abc"}]}, "abc"),
            ({"m": [{"id": 7}]}, "7"),
            ({"m": []}, ""),
            ("no JSON", ""),
        ):
            with self.subTest(answer):
                self.server.answers.append((200, answer))
                self.assertEqual(expected, self.gateway.send(TEXT, self.config(message_id="$.m[0].id")))

    def test_what_was_sent_is_no_id(self):
        for odd in (BODY, "123456", NUMBER, NUMBER[1:], "a\nb", "a b", "x" * 300, "s3cr-et"):
            with self.subTest(odd):
                self.server.answers.append((200, {"id": odd}))
                sent = self.gateway.send(TEXT, self.config(message_id="id", headers="Authorization: Bearer s3cr-et"))
                self.assertEqual("", sent)

    def test_what_holds_something_that_was_sent_is_no_id(self):
        template = '{"to": {{mobile}}, "text": {{body}}, "key": "topsecret"}'
        odd = (
            f"{NUMBER[1:]}-20261130",
            f"to:{NUMBER}",
            "0612345678",
            "31-612-345-678",
            "code123456",
            "123-456",
            "123456789",
        )
        for one in (*odd, "a-topsecret-b", "s3cr-et.1", "id/messages/7"):
            with self.subTest(one):
                self.server.answers.append((200, {"id": one}))
                changes = {"headers": "Authorization: Bearer s3cr-et", "payload": template}
                self.assertEqual("", self.gateway.send(TEXT, self.config(message_id="id", **changes)))

    def test_an_id_may_be_long_or_a_number(self):
        for one in ("0f8fad5b-d9cb-469f-a165-70867728950e", "9c" * 16, "8374129384711", "20261130.654321"):
            with self.subTest(one):
                self.server.answers.append((200, {"id": one}))
                self.assertEqual(one, self.gateway.send(TEXT, self.config(message_id="id")))

    def test_an_answer_that_is_none_leaves_open_what_became_of_the_text(self):
        for body in ("<html>Welcome</html>", "", b"\xff\xfe", "[" * 100_000):
            with self.subTest(body[:9]):
                error = self.refused((200, body), success_path="$.ok")
                self.assertEqual((S.TRY_LATER, False), (error.status, error.certain))


class TestRefusals(HTTPTestCase):
    def test_statuses_are_told_apart(self):
        cases = {
            S.CONFIGURATION: (301, 302, 307, 308, 401, 402, 403, 404, 405, 407, 415),
            S.TRY_LATER: (408, 425, 429, 500, 502, 503, 504, 599),
            S.CANNOT_RECEIVE: (400, 409, 410, 422),
        }
        for expected, status in ((expected, status) for expected, statuses in cases.items() for status in statuses):
            with self.subTest(status):
                error = self.refused((status, ""))
                self.assertIs(expected, error.status)
                self.assertEqual(expected is not S.CANNOT_RECEIVE, error.status.blames_provider)
                self.assertIs(status not in (408, 504), error.certain)

    def test_the_words_of_the_server_tell_the_class(self):
        cases = {
            "Recipient has opted out": S.UNSUBSCRIBED,
            "The subscriber is unsubscribed": S.UNSUBSCRIBED,
            "invalid_phone_number": S.BAD_NUMBER,
            "The recipient number is not valid": S.BAD_NUMBER,
            "Unknown subscriber": S.BAD_NUMBER,
            "Number is a landline": S.CANNOT_RECEIVE,
            "number blacklisted": S.CANNOT_RECEIVE,
            "Insufficient credit": S.CONFIGURATION,
            "Invalid API key": S.CONFIGURATION,
            "Invalid sender number": S.CONFIGURATION,
            "Too many requests": S.TRY_LATER,
            "Service temporarily unavailable": S.TRY_LATER,
        }
        for words, expected in cases.items():
            for status, changes in ((400, {}), (200, {"success_path": "ok"})):
                with self.subTest(words=words, status=status):
                    error = self.refused((status, {"account": {"error": words}}), **changes)
                    self.assertIs(expected, error.status)

    def test_what_is_wrong_with_the_service_is_not_told_by_words(self):
        self.assertIs(S.TRY_LATER, self.refused((503, "invalid number")).status)
        self.assertIs(S.CONFIGURATION, self.refused((401, "invalid number")).status)

    def test_what_was_sent_is_not_repeated(self):
        words = f"{BODY} to {NUMBER[1:]} by Bearer s3cr-et at {self.server.url}/?key=schluessel"
        changes = {"headers": "Authorization: Bearer s3cr-et", "url": f"{self.server.url}/?key=schluessel"}
        for answer in ((400, words), (400, {"error": words})):
            detail = self.refused(answer, **changes).detail
            for secret in ("123456", "2345678", "s3cr-et", "schluessel"):
                self.assertNotIn(secret, detail)

    def test_no_secret_of_the_settings_is_repeated(self):
        templates = {
            "JSON": '{"to": {{mobile}}, "text": "pre4mble {{body}}", "api_key": "top secret/1", "pins": [{"pin": 48213}], "a": null}',
            "FORM": "to={{mobile}}&text={{body}}&api_key=top+secret%2F1&pin=48213&a=",
        }
        login = base64.b64encode(b"someone:p4ssphrase").decode()
        written = f'X-Key: hdr5secret\nX-Sign: app=shop-7, sig="s1gned"\nAuthorization: Basic {login}'
        url = f"{self.server.url}/send/p4th%20token/x?apikey=hush%2B77&b4retoken"
        secrets = (
            "top secret/1",
            "48213",
            "hdr5secret",
            "shop-7",
            "s1gned",
            login,
            "p4ssphrase",
            "p4th token",
            "hush+77",
        )
        for kind, template in templates.items():
            changes = {"content_type": kind, "payload": template, "headers": written, "url": url}
            for secret in (*secrets, "b4retoken", "p4th%20token", "hush%2B77", "top+secret%2F1", "top secret\\/1"):
                for answer in ((400, f"<p>wrong: {secret}!"), (400, {"error": f"wrong: {secret}!"})):
                    with self.subTest(kind=kind, secret=secret):
                        self.assertIn("wrong: ••••!", self.refused(answer, **changes).detail)

    def test_a_request_that_is_sent_back_tells_nothing(self):
        self.sent(headers="X-Key: hdr5secret", payload='{"to": {{mobile}}, "text": {{body}}, "api_key": "topsecret1"}')
        request = self.server.requests[-1]
        for body in (request.body, request.json, {"sent": request.body.decode()}, str(request.headers)):
            changes = {
                "headers": "X-Key: hdr5secret",
                "payload": '{"t": {{mobile}}, "b": {{body}}, "api_key": "topsecret1"}',
            }
            detail = self.refused((400, body), **changes).detail
            for secret in ("topsecret1", "hdr5secret", "123456", "2345678"):
                self.assertNotIn(secret, detail)

    def test_a_plain_word_in_the_template_is_one_like_others_in_the_answer(self):
        template = '{"to": {{mobile}}, "text": {{body}}, "kind": "number"}'
        error = self.refused((400, "invalid number"), payload=template)
        self.assertEqual((S.BAD_NUMBER, False), (error.status, "number (" in error.detail.partition("(there")[0]))

    def test_a_redirect_is_not_followed(self):
        for status in (301, 302, 303, 307, 308):
            with self.subTest(status):
                error = self.refused((status, "", {"Location": f"{self.server.url}/elsewhere"}))
                self.assertIs(S.CONFIGURATION, error.status)
        self.assertEqual({"/messages"}, {request.path for request in self.server.requests})


class TestHostileServers(HTTPTestCase):
    def test_a_hang_ends(self):
        error = self.refused(fake.HANG)
        self.assertEqual((S.TRY_LATER, False), (error.status, error.certain))
        self.assertEqual("the server did not answer in time", error.detail)

    def test_one_byte_now_and_then_is_no_answer_in_time(self):
        begun = time.monotonic()
        error = self.refused(fake.DRIPPING_HEADERS)
        self.assertEqual((S.TRY_LATER, False), (error.status, error.certain))
        self.refused(fake.DRIPPING, success_path="ok")
        self.assertLess(time.monotonic() - begun, 5)

    def test_a_text_that_was_taken_is_taken_though_the_answer_does_not_end(self):
        for answer in (fake.DRIPPING, fake.ENDLESS, fake.HUGE):
            self.server.answers.append(answer)
            self.assertEqual("", self.gateway.send(TEXT, self.config()))

    def test_an_answer_is_cut(self):
        body = b" " * (LONGEST_ANSWER - 12) + b'{"ok": true}'
        self.server.answers.append((200, body))
        self.gateway.send(TEXT, self.config(success_path="ok"))
        error = self.refused((200, b" " + body), success_path="ok")
        self.assertEqual((S.TRY_LATER, False), (error.status, error.certain))

    def test_a_huge_answer_fills_no_memory(self):
        tracemalloc.start()
        try:
            for answer in (fake.HUGE, fake.ENDLESS):
                self.refused(answer, success_path="ok")
            self.assertLess(tracemalloc.get_traced_memory()[1], 4 << 20)
        finally:
            tracemalloc.stop()

    def test_a_compressed_answer_is_not_unpacked(self):
        error = self.refused((200, b"\x1f\x8b" + b"x" * 99, {"Content-Encoding": "gzip"}), success_path="ok")
        self.assertIs(S.TRY_LATER, error.status)
        self.assertEqual("identity", self.server.requests[-1].headers["Accept-Encoding"])

    def test_garbage_and_a_connection_that_ends_leave_it_open(self):
        for answer in (fake.GARBAGE, fake.HANG_UP):
            error = self.refused(answer)
            self.assertEqual((S.TRY_LATER, False), (error.status, error.certain))
            self.assertIn("did not answer as HTTP has it", error.detail)

    def test_a_chunked_answer_that_breaks_off_has_a_status(self):
        broken = (200, b"5\r\nabc", {"Transfer-Encoding": "chunked", "Content-Length": ""})
        self.server.answers.append(broken)
        self.gateway.send(TEXT, self.config())

    def test_without_a_connection_the_text_certainly_did_not_leave(self):
        for url in (f"http://127.0.0.1:{closed_port()}/", "http://no-such-host.invalid/"):
            error = self.refused(url=url)
            self.assertEqual((S.TRY_LATER, True), (error.status, error.certain))

    def test_a_name_server_that_does_not_answer_is_not_waited_for(self):
        over, begun = threading.Event(), time.monotonic()
        self.addCleanup(over.set)
        gateway = HTTPGateway(timeouts=(0.2, 0.4))
        with patch("socket.getaddrinfo", lambda *args, **options: over.wait(20) and []):
            for _try in range(MOST_LOOKUPS + 2):
                with self.assertRaises(GatewayError) as caught:
                    gateway.send(TEXT, self.config(url="http://slow.example.org/"))
                self.assertEqual((S.TRY_LATER, True), (caught.exception.status, caught.exception.certain))
            mine = [one for one in threading.enumerate() if one.name == "smsauth name lookup"]
            self.assertEqual(MOST_LOOKUPS, len(mine), "their number is bounded")
            self.assertLess(time.monotonic() - begun, 15)
            over.set()
            for one in mine:
                one.join(5)
        gateway.send(TEXT, self.config())

    def test_a_server_that_cannot_prove_who_it_is_gets_no_text(self):
        # the certificates of authorities are loaded within this time
        self.gateway = HTTPGateway(timeouts=(5.0, 5.0))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.set_ciphers("ECDHE+AESGCM")
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True, do_handshake_on_connect=False)
        error = self.refused(url=self.server.url.replace("http:", "https:"))
        self.assertEqual((S.CONFIGURATION, True), (error.status, error.certain))
        self.assertEqual([], self.server.requests)

    def test_a_server_that_never_shakes_hands_gets_no_text(self):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            error = self.refused(url=f"https://127.0.0.1:{listener.getsockname()[1]}/")
        self.assertEqual((S.TRY_LATER, True), (error.status, error.certain))


class TestPrivateAddresses(HTTPTestCase):
    def test_which_are_public(self):
        public = ("8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808")
        private = (
            *(
                "0.0.0.0",
                "127.0.0.1",
                "127.8.8.8",
                "10.1.2.3",
                "172.16.0.1",
                "192.168.1.1",
                "169.254.169.254",
                "100.64.0.1",
            ),
            *("100.100.100.200", "168.63.129.16", "192.0.0.192", "192.0.2.1", "198.18.0.1", "224.0.0.1", "240.0.0.1"),
            *("255.255.255.255", "::", "::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::127.0.0.1", "64:ff9b::7f00:1"),
            *("64:ff9b:1::1", "2002:7f00:1::", "2002:a00:1::1", "2001::1", "2001:db8::1", "fe80::1", "fe80::1%eth0"),
            *(
                "fec0::1",
                "fc00::1",
                "fd00:ec2::254",
                "ff02::1",
                "5f00::1",
                "3fff::1",
                "",
                "localhost",
                "1",
                "0x7f000001",
            ),
        )
        self.assertEqual([], [address for address in public if not is_public(address)])
        self.assertEqual([], [address for address in private if is_public(address)])

    def test_they_are_reached_only_if_the_environment_allows_it(self):
        for allowed in ("1", "true", "TRUE"):
            self.gateway.send(TEXT, self.config(allow_private=allowed))
        for forbidden in ("", "0", "false", "no", "yes", "2"):
            error = self.refused(allow_private=forbidden)
            self.assertEqual((S.CONFIGURATION, True), (error.status, error.certain))
        self.assertEqual(3, len(self.server.requests))

    def test_names_and_spellings_that_lead_there_are_found_when_connecting(self):
        port = self.server.server_port
        for host in (
            "localhost",
            "LOCALHOST.",
            "2130706433",
            "0x7f.1",
            "127.1",
            "0",
            "[::ffff:127.0.0.1]",
            "[::1]",
            "ip6-localhost",
        ):
            with self.subTest(host):
                error = self.refused(url=f"http://{host}:{port}/", allow_private="")
                self.assertIn(error.status, (S.CONFIGURATION, S.TRY_LATER))
        self.assertEqual([], self.server.requests)

    def test_the_address_that_is_checked_is_the_one_that_is_connected_to(self):
        # A name that answers with a public address first, and with that of the site's own network when it is asked again.
        asked, real = [], socket.getaddrinfo

        def rebinding(host, port, *args, **options):
            if host != "rebinding.example.org":
                return real(host, port, *args, **options)
            asked.append(host)
            address = "192.0.43.8" if len(asked) == 1 else "127.0.0.1"
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

        connected, connect = [], socket.socket.connect

        def noted(one, address):
            connected.append(address)
            return connect(one, ("127.0.0.1", closed_port())) if address[0] == "192.0.43.8" else connect(one, address)

        with patch("socket.getaddrinfo", rebinding), patch.object(socket.socket, "connect", noted):
            self.refused(url=f"http://rebinding.example.org:{self.server.server_port}/", allow_private="")
            self.assertEqual([("192.0.43.8", self.server.server_port)], connected)
            error = self.refused(url=f"http://rebinding.example.org:{self.server.server_port}/", allow_private="")
        self.assertIs(S.CONFIGURATION, error.status)
        self.assertEqual((1, []), (len(connected), self.server.requests))

    def test_the_self_check_knows_of_those_that_are_written_out(self):
        for url in (
            "http://127.0.0.1/",
            "http://[::1]/",
            "https://169.254.169.254/latest",
            "http://localhost:8080/",
            "http://a.localhost/",
        ):
            with self.subTest(url):
                self.assertEqual(("problem_http_private",), problems(config(url=url, allow_private="")))
                self.assertEqual((), problems(config(url=url)))
        self.assertEqual((), problems(config("https://api.example.com", allow_private="")))


class TestReadiness(unittest.TestCase):
    def test_what_is_missing(self):
        missing = ["problem_http_url_missing", "problem_http_payload_missing"]
        self.assertEqual(missing, [*problems({})])
        self.assertEqual(missing, [*problems(dict.fromkeys(config(), " "))])

    def test_what_the_environment_sets_goes_to_a_url_of_the_environment(self):
        stored, gateway = config("https://a.b", headers="X: y"), HTTPGateway()
        for variable in ("SMSAUTH_HTTP_HEADERS", "SMSAUTH_HTTP_PAYLOAD"):
            with patch.dict("os.environ", {variable: "X: y"}):
                self.assertEqual(("problem_http_url_withheld",), gateway.problems(stored))
                with self.assertRaises(GatewayError) as caught:
                    gateway.send(TEXT, stored)
                self.assertEqual((S.CONFIGURATION, True), (caught.exception.status, caught.exception.certain))
                with patch.dict("os.environ", {"SMSAUTH_HTTP_URL": "https://a.b/messages"}):
                    self.assertEqual((), gateway.problems(stored))
        with patch.dict("os.environ", {"SMSAUTH_HTTP_URL": "https://a.b/messages"}):
            self.assertEqual((), gateway.problems(stored))

    def test_urls(self):
        right = (
            "https://api.example.com",
            "http://example.com:8080/a?b=c&d=%20",
            "https://[2606:4700::1111]/",
            "https://1.1.1.1/~a",
        )
        wrong = (
            *(
                "ftp://example.com/",
                "file:///etc/passwd",
                "gopher://example.com/",
                "javascript:alert(1)",
                "//example.com/",
                "example.com",
            ),
            *(
                "https://",
                "https:///path",
                "http://:80/",
                "https://example.com:0/",
                "https://example.com:99999/",
                "https://example.com:x/",
            ),
            *(
                "https://user:pass@example.com/",
                "https://@example.com/",
                "https://example.com/#a",
                "https://exa mple.com/",
            ),
            *(
                "https://example.com/a b",
                "https://example.com\\@127.0.0.1/",
                "https://bücher.example/",
                "https://example.com/é",
            ),
            *(
                "https://example.com/\r\nHost: a",
                "https://[::1",
                "https://[fe80::1%25eth0]/",
                "https://exa..mple.com/",
                "http://{{mobile}}/",
            ),
        )
        for url in right:
            with self.subTest(url):
                self.assertEqual({}, check(config(url=url)))
        for url in wrong:
            with self.subTest(url):
                self.assertEqual(["http_url"], [*check(config(url=url))])

    def test_templates(self):
        right = {
            "JSON": (
                WSO2,
                '["{{body}} {{mobile}}"]',
                "{{{body}}: {{mobile}}}",
                '"{{mobile}}: {{body}}"',
                '{"a": "\\"{{body}}", "b": {"c": {{mobile}}}}',
            ),
            "FORM": (FORM, "{{mobile}}={{body}}", "a=&to={{mobile}}&text={{body}}%20", "to={{mobile}}\n&text={{body}}"),
        }
        wrong = {
            "JSON": (
                *(
                    "{",
                    FORM,
                    "{{body}}{{mobile}}",
                    '{"to": {{mobile}}}',
                    '{"content": {{body}}}',
                    '{"to": 1, "content": "x"}',
                ),
                *('{"to": {{mobile}}, "content": {{body}},}', '{"to": {{mobile}}, "content": {{text}}}'),
                *(
                    '{"a": "{{ }}", "to": {{mobile}}, "content": {{body}}}',
                    '{"a": NaN, "to": {{mobile}}, "c": {{body}}}',
                ),
                *(
                    '{"a": 1e999, "to": {{mobile}}, "c": {{body}}}',
                    "[" * 3000 + "{{body}},{{mobile}}" + "]" * 3000,
                    "{{Body}}",
                    "'{{body}}'",
                ),
            ),
            "FORM": (
                WSO2,
                "to={{mobile}}",
                "{{mobile}}&{{body}}",
                "to={{mobile}}&text={{message}}",
                "=x&to={{mobile}}&text={{body}}",
            ),
        }
        for content_type, templates in right.items():
            for template in templates:
                with self.subTest(template):
                    self.assertEqual({}, check(config("https://a.b", content_type=content_type, payload=template)))
        for content_type, templates in wrong.items():
            for template in templates:
                with self.subTest(template[:60]):
                    found = check(config("https://a.b", content_type=content_type, payload=template))
                    self.assertEqual(["http_payload"], [*found])

    def test_headers(self):
        wrong = (
            *(
                "abc",
                "authorisation: abc, def",
                ": x",
                "a b: c",
                "name:",
                "X: a\0b",
                "X: \u20ac",
                "Ünal: x",
                "X: a\n b",
                "X: y\x0bz\nA: b",
            ),
            *("Host: other", "content-length: 3", "Transfer-Encoding: chunked", "Connection: upgrade", "X: 1, x: 2"),
        )
        for written in wrong:
            with self.subTest(written):
                self.assertEqual(["http_headers"], [*check(config("https://a.b", headers=written))])

    def test_a_header_that_is_wrong_is_not_repeated(self):
        problem = check(config("https://a.b", headers="X-Fine: geheim1, geheim2"))["http_headers"]
        self.assertNotIn("geheim", f"{problem.default} {problem.mapping}")

    def test_the_rest(self):
        wrong = {
            "method": ("GET", "DELETE"),
            "content_type": ("XML",),
            "number_format": ("other",),
            "success_status": ("2xx", "99", "600", "200;201", "200 201"),
            "success_path": ("$", "$..a", "a b", "a[", "a[x]", "$a", "a..b", "a[*]", ".a", "a."),
            "message_id": ("$.a[?(@.b)]",),
        }
        for name, values in wrong.items():
            for value in values:
                with self.subTest(name=name, value=value):
                    self.assertIn(f"http_{name}", check(config("https://a.b", **{name: value})))


class TestPreview(unittest.TestCase):
    def test_it_is_the_request_without_secrets(self):
        shown = HTTPGateway().preview(
            config("https://a.b", headers="Authorization: Bearer geheim, X-Trace: on", allow_private="")
        )
        self.assertEqual("POST https://a.b/messages", shown.splitlines()[0])
        self.assertIn("\nAuthorization: ••••\nX-Trace: ••••\n", shown)
        self.assertIn("\nContent-Type: application/json\n", shown)
        self.assertEqual(
            {"content": "Site: your login code is 123456.", "to": "+447700900123"}, json.loads(shown.splitlines()[-1])
        )
        self.assertNotIn("geheim", shown)

    def test_what_the_environment_sets_is_not_shown(self):
        template = (
            '{"to": {{mobile}}, "text": "A: {{body}}", "key": "topsecret", "pin": 4711, "flash": true, "none": null}'
        )
        form = "to={{mobile}}&text={{body}}&key=topsecret&pin=4711"
        url = "https://a.b/p4th-secret?key=topsecret"
        for changes, variables in (
            ({}, {}),
            ({"content_type": "FORM", "payload": form}, {"SMSAUTH_HTTP_PAYLOAD": form}),
        ):
            config_ = config(**{"url": url, "payload": template, **changes})
            self.assertIn("topsecret", HTTPGateway().preview(config_))
            variables = {"SMSAUTH_HTTP_URL": url, "SMSAUTH_HTTP_PAYLOAD": template, **variables}
            with patch.dict("os.environ", variables):
                shown = HTTPGateway().preview(config_)
            self.assertEqual("POST https://a.b/••••", shown.splitlines()[0])
            for secret in ("p4th", "topsecret", "4711"):
                self.assertNotIn(secret, shown)
            self.assertIn("447700900123", shown)
        with patch.dict("os.environ", {"SMSAUTH_HTTP_URL": "https://a.b/"}):
            self.assertIn("POST https://a.b/\n", HTTPGateway().preview(config(url="https://a.b/")))

    def test_it_shows_what_is_there_already_and_right(self):
        cases = (
            ({}, ""),
            ({"http_method": "PUT"}, ""),
            ({"http_headers": "X-Trace: geheim"}, "X-Trace: ••••"),
            ({"http_headers": "X-Trace: geheim", "http_url": "ftp://a", "http_payload": "{"}, "X-Trace: ••••"),
            ({"http_headers": "geheim"}, ""),
            (
                {"http_payload": FORM, "http_content_type": "FORM"},
                "to=%2B447700900123&text=Site%3A+your+login+code+is+123456.",
            ),
        )
        for settings, expected in cases:
            with self.subTest(settings):
                self.assertEqual(expected, HTTPGateway().preview(settings))

    def test_a_header_of_ones_own_replaces_the_usual_one(self):
        shown = HTTPGateway().preview(config("https://a.b", headers="content-type: geheim"))
        self.assertEqual(1, shown.lower().count("content-type"))


class TestThroughTheDispatcher(HTTPTestCase):
    def test_a_second_gateway_takes_over_for_what_is_the_providers(self):
        cases = {
            "401": (401, ""),
            "429": (429, ""),
            "503": (503, ""),
            "hang": fake.HANG,
            "declared": (200, {"ok": False}),
        }
        for name, answer in cases.items():
            with self.subTest(name), fake.running() as second:
                self.server.answers.append(answer)
                outcomes = self.dispatched(self.config(success_path="ok"), config(second.url))
                self.assertEqual(([S.SENT], 1), (outcomes, len(second.requests)))

    def test_it_does_not_for_what_is_the_numbers(self):
        for answer in ((400, ""), (422, {"error": "invalid number"}), (200, {"error": "number blacklisted"})):
            with self.subTest(answer), fake.running() as second:
                self.server.answers.append(answer)
                [outcome] = self.dispatched(self.config(success_path="ok"), config(second.url))
                self.assertEqual((False, []), (outcome.blames_provider, second.requests))

    def test_each_try_is_told_with_the_name_of_the_gateway(self):
        with fake.running() as second:
            self.server.answers.append((503, ""))
            self.dispatched(self.config(), config(second.url))
        self.assertEqual(
            [("first", S.TRY_LATER), ("second", S.SENT)], [(name, status) for name, status, _ in self.tries]
        )
        self.assertTrue(all(0 < seconds < 20 for _name, _status, seconds in self.tries))

    def dispatched(self, *configs):
        outcomes, self.tries = [], []
        dispatcher = Dispatcher(sleep=lambda seconds: False)
        gateways = [
            ConfiguredGateway(gateway=self.gateway, config=one, name=name)
            for name, one in zip(("first", "second"), configs)
        ]
        with self.assertLogs("collective.smsauth", "INFO") as logs:
            dispatcher.dispatch(
                TEXT,
                gateways,
                lambda status, detail: outcomes.append(status),
                tried=lambda *one: self.tries.append(one),
            )
            transaction.commit()
            dispatcher.drain(20)
        dispatcher.stop(5)
        self.assertNotIn("123456", "".join(logs.output))
        return outcomes
