"""E-mails about the second step: composed safely, sent after the commit by a worker, and never in anybody's way."""

from collective.smsauth import _
from collective.smsauth.delivery import mailer
from collective.smsauth.domain.delivery import DeliveryStatus
from collective.smsauth.interfaces import IDispatcher
from collective.smsauth.tests.support.visitor import PageTest
from collective.smsauth.tests.support.visitor import PHONE
from email import message_from_bytes
from email.header import decode_header
from email.header import make_header
from email.utils import parsedate_to_datetime
from plone import api
from plone.app.testing.utils import MockMailHost
from Products.MailHost.interfaces import IMailHost
from Products.MailHost.MailHost import MailHost
from socketserver import StreamRequestHandler
from socketserver import TCPServer
from threading import Thread
from zope.component import getSiteManager
from zope.component import getUtility

import transaction


class _Conversation(StreamRequestHandler):
    """As much of SMTP as a client needs to hand over an e-mail."""

    def handle(self):
        self.answer("220 ready")
        data = None
        for raw in self.rfile:
            line = raw.rstrip(b"\r\n")
            if data is not None:
                if line == b".":
                    self.server.received.append(b"\r\n".join(data))
                    data = None
                    self.answer("250 taken")
                else:
                    data.append(line)
            elif line.upper().startswith(b"DATA"):
                data = []
                self.answer("354 go on")
            elif line.upper().startswith(b"QUIT"):
                self.answer("221 bye")
                return
            else:
                self.answer("250 ok")

    def answer(self, line):
        self.wfile.write(f"{line}\r\n".encode())


class MailServerTest(PageTest):
    """A site with a real mail host and a mail server."""

    def setUp(self):
        super().setUp()
        self.server = TCPServer(("127.0.0.1", 0), _Conversation)
        self.server.received = []
        thread = Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        self.addCleanup(thread.join)
        self.addCleanup(self.server.server_close)
        self.addCleanup(self.server.shutdown)
        self.use(self.server.server_address[1])

    def use(self, port):
        """Put a mail host into the site that talks to a port of this machine."""
        api.portal.set_registry_record("plone.smtp_host", "127.0.0.1")
        api.portal.set_registry_record("plone.smtp_port", port)
        host = MailHost("MailHost")
        self.portal._delOb("MailHost")
        self.portal._setOb("MailHost", host)
        manager = getSiteManager(self.portal)
        manager.unregisterUtility(provided=IMailHost)
        manager.registerUtility(host, provided=IMailHost)
        transaction.commit()

    def arrived(self):
        """Return the e-mails that have arrived, once all work is done."""
        self.assertTrue(getUtility(IDispatcher).drain(20))
        return [message_from_bytes(data) for data in self.server.received]

    def message(self, recipient="anna@example.org"):
        return mailer.compose(recipient, _("test_subject", default="Subject"), _("test_body", default="Body"))


class TestSending(MailServerTest):
    """When an e-mail leaves."""

    def test_it_leaves_after_the_commit(self):
        mailer.post(self.message())
        self.assertEqual([], self.arrived())
        transaction.commit()
        (mail,) = self.arrived()
        self.assertEqual(("anna@example.org", "Subject"), (mail["To"], mail["Subject"]))

    def test_it_does_not_leave_on_abort(self):
        mailer.post(self.message())
        transaction.abort()
        self.assertEqual([], self.arrived())

    def test_who_sets_up_a_phone_gets_one(self):
        anna = self.visitor()
        anna.sign_in("anna")
        anna.set_up()
        self.assertEqual(["Two-step verification was set up"], [mail["Subject"] for mail in self.arrived()])

    def test_the_mail_host_itself_is_not_changed(self):
        host = self.portal.MailHost
        mailer.post(self.message())
        self.assertFalse(host._p_changed)
        self.assertNotIn("_makeMailer", host.__dict__)


class TestTrouble(MailServerTest):
    """What goes wrong with mail stops nobody."""

    def test_a_mail_server_that_is_not_there_undoes_nothing(self):
        self.use(1)
        with self.assertLogs("collective.smsauth", "ERROR") as logged:
            anna = self.visitor()
            anna.sign_in("anna")
            anna.set_up()
            self.assertEqual([], self.arrived())
        self.assertEqual(PHONE, self.account().number)
        self.assertIn("could not be sent by e-mail", logged.output[0])

    def test_a_member_without_an_address_is_for_the_log(self):
        with self.assertLogs("collective.smsauth", "WARNING") as logged:
            mailer.post(self.message(""))
        self.assertIn("no address of the member or of the site", logged.output[0])

    def test_a_site_without_an_address_is_for_the_log(self):
        self.portal.portal_registry["plone.email_from_address"] = None
        with self.assertLogs("collective.smsauth", "WARNING") as logged:
            mailer.post(self.message())
        self.assertIn("no address of the member or of the site", logged.output[0])

    def test_a_member_without_an_address_can_set_up_and_turn_off(self):
        api.user.get("anna").setMemberProperties({"email": ""})
        transaction.commit()
        anna = self.visitor()
        anna.sign_in("anna")
        with self.assertLogs("collective.smsauth", "WARNING"):
            anna.set_up()
        self.assertEqual(PHONE, self.account().number)
        self.assertEqual([], self.arrived())


class TestReport(MailServerTest):
    """What becomes of an e-mail is told to who asked."""

    def setUp(self):
        super().setUp()
        self.told = []

    def post(self, recipient="anna@example.org"):
        mailer.post(self.message(recipient), self.told.append)
        self.assertEqual([], self.told, "nothing is known before the commit")
        transaction.commit()
        self.arrived()
        return self.told

    def test_what_the_mail_server_took_was_sent(self):
        self.assertEqual([DeliveryStatus.SENT], self.post())

    def test_a_dead_mail_server_is_worth_another_try(self):
        self.use(1)
        with self.assertLogs("collective.smsauth", "ERROR") as logged:
            self.assertEqual([DeliveryStatus.TRY_LATER], self.post())
        self.assertNotIn("anna@example.org", " ".join(logged.output))

    def test_an_address_or_a_site_that_cannot_be_written_to_is_for_the_administrator(self):
        with self.assertLogs("collective.smsauth", "WARNING"):
            self.assertEqual([DeliveryStatus.CONFIGURATION], self.post(""))

    def test_a_mail_host_that_takes_it_by_other_means_has_sent_it(self):
        host = MockMailHost("MailHost")
        self.portal._delOb("MailHost")
        self.portal._setOb("MailHost", host)
        manager = getSiteManager(self.portal)
        manager.unregisterUtility(provided=IMailHost)
        manager.registerUtility(host, provided=IMailHost)
        self.assertEqual([DeliveryStatus.SENT], self.post())

    def test_a_mail_host_that_is_broken_is_for_the_administrator(self):
        class Broken(MockMailHost):
            def send(self, *args, **more):
                raise RuntimeError("broken")

        self.portal._delOb("MailHost")
        self.portal._setOb("MailHost", Broken("MailHost"))
        notices_told = []
        with self.assertLogs("collective.smsauth", "ERROR"):
            mailer.post(self.message(), notices_told.append)
        self.portal._delOb("MailHost")
        self.portal._setOb("MailHost", MailHost("MailHost"))
        transaction.commit()
        self.assertEqual([DeliveryStatus.CONFIGURATION], notices_told)

    def test_nothing_is_told_of_what_was_aborted(self):
        mailer.post(self.message(), self.told.append)
        transaction.abort()
        self.assertEqual([], self.arrived())
        self.assertEqual([], self.told)


class TestComposing(PageTest):
    """What an e-mail looks like."""

    def compose(self, recipient="anna@example.org", subject="Subject", body="Body"):
        return mailer.compose(recipient, _("test_subject", default=subject), _("test_body", default=body))

    def test_it_comes_from_the_site(self):
        self.assertEqual("Test site <site@example.org>", self.compose()["From"])

    def test_names_and_titles_in_other_scripts_arrive(self):
        api.portal.set_registry_record("plone.email_from_name", "Müséum 自然")
        mail = message_from_bytes(self.compose(subject="Überschrift 自然", body="Grüße 自然").as_bytes())
        self.assertEqual("Überschrift 自然", str(make_header(decode_header(mail["Subject"]))))
        self.assertIn("Müséum 自然", str(make_header(decode_header(mail["From"]))))
        self.assertEqual("Grüße 自然\n", mail.get_payload(decode=True).decode())

    def test_a_line_break_in_a_subject_adds_no_header(self):
        mail = self.compose(subject="Hello\r\nBcc: everybody@example.org")
        self.assertIsNone(mail["Bcc"])
        self.assertEqual("Hello Bcc: everybody@example.org", mail["Subject"])


class TestFields(PageTest):
    """The fields of an e-mail that nobody wrote."""

    def setUp(self):
        super().setUp()
        self.message = mailer.compose("anna@example.org", _("subject"), _("one"), _("two"))

    def test_it_says_that_nobody_wrote_it(self):
        self.assertEqual("auto-generated", self.message["Auto-Submitted"])
        self.assertEqual("All", self.message["X-Auto-Response-Suppress"])

    def test_it_has_the_fields_that_every_e_mail_has(self):
        self.assertEqual(self.clock.time // 1, parsedate_to_datetime(self.message["Date"]).timestamp())
        self.assertRegex(self.message["Message-ID"], r"^<[^@ ]+@example\.org>$")
        self.assertEqual("anna@example.org", self.message["To"])
        self.assertIn("site@example.org", self.message["From"])

    def test_no_two_have_the_same_name(self):
        again = mailer.compose("anna@example.org", _("subject"), _("one"))
        self.assertNotEqual(again["Message-ID"], self.message["Message-ID"])

    def test_they_arrive_each_once(self):
        mailer.post(self.message)
        transaction.commit()
        (arrived,) = self.mails()
        for field in ("Auto-Submitted", "Date", "Message-ID", "To", "From", "Subject"):
            with self.subTest(field):
                self.assertEqual(1, len(arrived.get_all(field)))

    def test_paragraphs_are_apart(self):
        self.assertEqual("one\n\ntwo\n", self.message.get_content())
