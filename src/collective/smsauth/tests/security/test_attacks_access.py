"""The access-code page: what a right answer causes is not lost, and nobody has it without the answer."""

from collective.smsauth.delivery.dispatcher import Dispatcher
from collective.smsauth.delivery.pool import Pool
from collective.smsauth.interfaces import IDispatcher
from collective.smsauth.testing import last_code
from collective.smsauth.tests.browser.test_password_access import AccessTest
from zope.component import getGlobalSiteManager
from zope.component import getUtility

import threading


class FullPoolTest(AccessTest):
    """A mail server that does not answer keeps both threads busy, and a hundred e-mails wait."""

    def test_the_e_mail_after_a_right_access_code_is_not_dropped_when_a_hundred_jobs_wait(self):
        visitor, code = self.ask(), last_code()  # looking for it later would wait for the crowd
        jobs, dead = Pool("crowded", threads=2, room=100), threading.Event()
        former, crowded = getUtility(IDispatcher), Dispatcher(jobs=jobs, spread=0.0)
        self.addCleanup(getGlobalSiteManager().registerUtility, former, IDispatcher)
        self.addCleanup(crowded.stop, 30)
        self.addCleanup(dead.set)
        getGlobalSiteManager().registerUtility(crowded, IDispatcher)
        while crowded.submit(dead.wait):
            pass
        visitor.answer(code)
        said_to_be_under_way = "The code was right." in visitor.page
        dead.set()
        crowded.drain(30)
        self.assertEqual(1 if said_to_be_under_way else 0, len(self.mails()))


class RegisteredNotifyTest(AccessTest):
    """The site asks for a code before a new password."""

    def test_no_stranger_has_an_e_mail_for_a_new_password_sent_without_the_code(self):
        visitor = self.visitor()
        for path in (
            "portal_registration/registeredNotify",
            "portal_registration/mailPassword",
            "@@registered_notify_template",
            "registered_notify_template",
            "@@mail_password_template",
            "mail_password_template",
            "portal_password_reset/requestReset",
            "@users/anna/reset-password",
            "@@mail_password",
            "mail_password",
            "mail_password_form",
            "pwreset_form",
            "portal_registration/mail_password_template",
            "portal_registration/@@mail_password_template",
        ):
            for method in ("GET", "POST"):
                for query in (
                    "new_member_id=anna",
                    "login=anna&userid=anna&forgotten_userid=anna&REQUEST=",
                    "userid=anna",
                ):
                    with self.subTest(f"{method} {path} {query}"):
                        answer = visitor.request(
                            f"{path}?{query}",
                            method=method,
                            Accept="application/json" if "@users" in path else "text/html",
                        )
                        self.assertNotIn("passwordreset", answer.text)
                        self.assertEqual([], self.mails())
