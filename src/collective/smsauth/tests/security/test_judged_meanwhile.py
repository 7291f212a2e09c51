"""What somebody else does between the moments in which an answer is judged, and what the request goes on with."""

from collective.smsauth.browser.forms.address_proof import VerifyingForm
from collective.smsauth.domain.challenge import Outcome
from collective.smsauth.domain.channels import Channel
from collective.smsauth.domain.channels import Route
from collective.smsauth.interfaces import ISMSAuthLayer
from collective.smsauth.storage.own_transaction import OwnTransaction
from collective.smsauth.testing import last_code
from collective.smsauth.testing import PASSWORD
from collective.smsauth.tests.security.test_count_first import Broken
from collective.smsauth.tests.security.test_count_first import BrokenView
from collective.smsauth.tests.security.test_count_first import CountFirstTest
from collective.smsauth.tests.security.test_count_first import failures
from collective.smsauth.tests.security.test_count_first import OTHER
from collective.smsauth.tests.support import wired as wiring
from collective.smsauth.tests.support.contexts import entered
from collective.smsauth.tests.support.doors import commit
from collective.smsauth.tests.support.doors import fields_of
from collective.smsauth.tests.support.doors import sign_in_form
from collective.smsauth.verification import lifecycle
from contextlib import suppress
from dataclasses import replace
from lxml import html
from plone import api
from Products.Five.browser import BrowserView
from transaction import TransactionManager
from urllib.parse import urlsplit
from urllib.parse import urlunsplit
from z3c.form.interfaces import IActionEvent
from zExceptions import NotFound
from zExceptions import Redirect
from zope.component.hooks import site as in_site
from zope.interface import Interface
from ZPublisher.interfaces import IPubAfterTraversal
from ZPublisher.interfaces import IPubBeforeCommit

import transaction

VICTIM = "+31623456789"


class Embedded(VerifyingForm, BrowserView):
    """A form of another package that does something with a proved number."""

    label, __name__ = "Embedded", "embedded"
    done: list[str] = []

    def verified(self, address, data):
        """Do it when the request is committed."""
        transaction.get().addAfterCommitHook(lambda committed: committed and self.done.append(address))
        self.go()


class MeanwhileTest(CountFirstTest):
    def setUp(self):
        super().setUp()
        Embedded.done.clear()
        entered(self, self.adapted(Embedded, (Interface, ISMSAuthLayer), Interface, "embedded"))

    def embedded(self):
        """Return the embedded form, ready to be answered."""
        client, path = self.proven("anna"), self.path("@@embedded")
        form = fields_of(client.get(path), form__widgets__address=OTHER, form__buttons__send="1")
        shown = client.post(path, form=form)
        self.clock.advance(61)
        return client, path, fields_of(shown, form__widgets__code=last_code(OTHER), form__buttons__verify="1")

    def elsewhere(self, work) -> None:
        """Do something with the plugin in a transaction of its own."""
        manager = TransactionManager()
        connection = self.app._p_jar.db().open(manager)
        try:
            work(connection.get(self.gate._p_oid))
            manager.commit()
        finally:
            connection.close()

    def disown(self) -> None:
        """Press "That was not me" as anna."""
        self.elsewhere(lambda gate: lifecycle.disown(gate.accounts, "anna", tell=lambda event: None))

    def once(self, work):
        """Return a subscriber that does ``work`` at the first event only."""
        done = []

        def subscriber(event):
            if not done:
                done.append(event)
                work()

        return subscriber


class AddressTest(MeanwhileTest):
    def test_only_the_address_to_which_the_code_went_is_proved(self):
        client, path, form = self.embedded()
        meant = []

        def meanwhile(event):
            if not meant:
                route = Route(to=VICTIM, channel=Channel.TEXT)
                site = event.request["PARENTS"][-1].unrestrictedTraverse("plone")
                ask = lambda own: wiring.verifier().begin_contact(  # noqa: E731
                    "anna", route, client_address="192.0.2.1", binding="embedded"
                )
                meant.append(OwnTransaction(site, event.request).run("another number in a second tab", ask))

        with self.subscribed(meanwhile, IPubBeforeCommit):
            client.post(path, form=form)
        self.assertTrue(meant[0].sent)
        self.assertEqual([OTHER], Embedded.done)

    def test_what_the_proof_is_for_is_done_once_though_the_request_had_written(self):
        client, path, form = self.embedded()

        def write(event):
            api.portal.get().title = str(self.clock())

        with self.subscribed(write, IPubAfterTraversal):
            client.post(path, form=form)
        client.post(path, form=form)
        self.assertEqual([OTHER], Embedded.done)

    def test_what_the_handler_raises_on_purpose_is_the_answer(self):
        for error, status in ((Redirect("http://nohost/plone/elsewhere"), 302), (NotFound("no such thing"), 404)):
            with self.subTest(error=error):
                self.begin_again()
                client, path, form = self.embedded()

                def verified(form, address, data, error=error):
                    raise error

                self.addCleanup(setattr, Embedded, "verified", Embedded.verified)
                Embedded.verified = verified
                with suppress(NotFound):
                    self.assertEqual(status, client.post(path, form=form).status_int)


class PasswordTest(MeanwhileTest):
    def verify(self, is_right):
        with in_site(self.portal):
            return wiring.verifier().verify_password("anna", is_right)

    def test_a_password_is_counted_before_it_is_compared(self):
        self.configure(failures_before_pause=5)
        self.gate.accounts.save("anna", replace(self.start, failures=3, failed_at=self.clock()))
        commit()
        compared = []

        def is_right():
            compared.append(self.recorded(failures))
            if len(compared) < 5:
                self.verify(is_right)
            return False

        self.verify(is_right)
        self.assertEqual([4, 5], compared, "more that come meanwhile are held back")
        self.assertEqual(5, self.recorded(failures))

    def test_a_right_one_is_taken_back_and_leaves_no_pause(self):
        self.configure(failures_before_pause=5)
        hours_ago = self.clock() - 3600
        self.gate.accounts.save("anna", replace(self.start, failures=7, failed_at=hours_ago))
        commit()
        self.assertEqual(Outcome.ACCEPTED, self.verify(lambda: True).outcome)
        account = self.recorded(lambda gate: gate.accounts.get("anna"))
        self.assertEqual((7, hours_ago), (account.failures, account.failed_at))

    def test_of_others_that_were_wrong_meanwhile_none_is_taken_back(self):
        self.assertEqual(Outcome.ACCEPTED, self.verify(lambda: not self.verify(lambda: False).accepted).outcome)
        self.assertEqual(1, self.recorded(failures))

    def test_a_right_one_at_the_last_moment_warns_nobody(self):
        self.gate.accounts.save("anna", replace(self.start, failures=99, failed_at=self.clock() - 86400 * 30))
        commit()
        told = []
        with self.listening(told.append):
            self.verify(lambda: True)
            self.assertEqual([], [event for event in told if type(event).__name__ == "SignInSuspected"])
            self.verify(lambda: False)
        self.assertEqual([True], [event.locked for event in told if type(event).__name__ == "SignInSuspected"])


class EndedTest(MeanwhileTest):
    def assert_still_on(self) -> None:
        self.assertTrue(self.recorded(lambda gate: gate.accounts.get("anna").number))

    def test_a_session_that_ended_before_the_answer_was_judged_does_nothing(self):
        place = self.password_place("@@smsauth-disable", "disable")
        with self.subscribed(self.once(self.disown), IPubAfterTraversal):
            place.client.post(self.path(place.path), form=place.right)
        self.assert_still_on()

    def test_nor_does_one_that_ended_just_after_it(self):
        place = self.password_place("@@smsauth-disable", "disable")
        catch_up = OwnTransaction.catch_up
        self.addCleanup(setattr, OwnTransaction, "catch_up", catch_up)
        disown = self.once(self.disown)

        def meanwhile(own):
            disown(None)
            return catch_up(own)

        OwnTransaction.catch_up = meanwhile
        place.client.post(self.path(place.path), form=place.right)
        self.assert_still_on()

    def test_nobody_is_signed_in_who_has_ended_all_sessions_just_after_the_answer(self):
        self.configure(trust_days=30)
        place = self.sign_in_place()
        catch_up = OwnTransaction.catch_up
        self.addCleanup(setattr, OwnTransaction, "catch_up", catch_up)
        disown = self.once(self.disown)

        def meanwhile(own):
            disown(None)
            return catch_up(own)

        OwnTransaction.catch_up = meanwhile
        form = {**place.right, "form.widgets.trust:list": "selected"}
        place.client.post(self.path(place.path), form=form)
        self.assertFalse(self.is_signed_in(place.client, "anna"))
        account = self.recorded(lambda gate: gate.accounts.get("anna"))
        self.assertEqual(({}, {}), (account.sessions, account.trusted))

    def test_whoever_ends_their_own_session_hears_so(self):
        client = self.proven("anna")
        place = self.set_up_place()
        self.assertEqual(302, place.client.post(self.path(place.path), form=place.right).status_int)
        self.assertTrue(self.is_signed_in(place.client, "anna"))
        self.assertFalse(self.is_signed_in(client, "anna"))


class TrustedTwiceTest(MeanwhileTest):
    def test_an_answer_that_is_sent_again_trusts_one_browser(self):
        self.configure(trust_days=30)
        place = self.sign_in_place()
        cookies, told = dict(place.client.cookies), []
        form = {**place.right, "form.widgets.trust:list": "selected"}
        with self.listening(told.append):
            place.client.post(self.path(place.path), form=form)
            [name] = place.client.named("smsauth_trusted")
            lost = place.client.cookies[name]
            place.client.cookies = cookies
            place.client.post(self.path(place.path), form=form)
        [name] = place.client.named("smsauth_trusted")
        self.assertEqual(1, len(self.recorded(lambda gate: gate.accounts.get("anna").trusted)))
        self.assertEqual(1, len([event for event in told if type(event).__name__ == "BrowserTrusted"]))
        self.assertTrue(self.is_signed_in(place.client, "anna"))
        self.assertTrue(self.is_signed_in(self.again(place.client.cookies[name]), "anna"))
        self.assertFalse(self.is_signed_in(self.again(lost), "anna"), "the secret that was lost is worth nothing")

    def again(self, trusted):
        """Return a browser with that cookie in which the password has been given."""
        client = self.client(**{wiring.cookie_name("smsauth_trusted", "anna"): trusted})
        client.post(self.path("login"), form=sign_in_form("anna"))
        return client


class WayBackTest(MeanwhileTest):
    """The page after a judged answer cannot be made, or was lost."""

    def bare(self, place, fields):
        page = ((Interface, ISMSAuthLayer), Interface, "main_template")
        with self.adapted(BrokenView, *page):
            return html.fromstring(place.client.post(self.path(place.path), form=fields).text)

    def test_the_link_of_the_bare_page_leads_to_the_form_as_it_was(self):
        place = self.reset_place()
        (link,) = self.bare(place, place.wrong).xpath("//a/@href")
        self.assertIn("signature=", link)
        self.assertIn("form.widgets.code", place.client.get(local(link)).text)

    def test_a_wrong_answer_is_not_offered_again(self):
        place = self.sign_in_place()
        self.assertEqual([], self.bare(place, place.wrong).forms)

    def test_a_right_one_can_be_sent_once_more(self):
        self.configure(trust_days=30)
        for make in (self.sign_in_place, self.set_up_place, self.reset_place):
            with self.subTest(place=make.__name__):
                self.begin_again()
                place = make()
                fields = {**place.right}
                if make == self.sign_in_place:
                    fields["form.widgets.trust:list"] = "selected"
                with self.subscribed(_fail, IActionEvent):
                    shown = html.fromstring(place.client.post(self.path(place.path), form=fields).text)
                (form,) = shown.forms
                self.assertIn(place.path, form.action)
                self.assertEqual({name: value for name, value in fields.items() if value}, dict(form.form_values()))
                response = place.client.post(local(form.action), form=dict(form.form_values()))
                self.assertEqual(302, response.status_int)

    def test_a_password_is_never_in_the_page(self):
        for password in (PASSWORD, "not " + PASSWORD):
            place = self.password_place("@@smsauth-disable", "disable")
            with self.subscribed(_fail, IActionEvent):
                shown = place.client.post(
                    self.path(place.path), form={**place.right, "form.widgets.password": password}
                )
            self.assertNotIn(password, shown.text)
            self.assertEqual([], html.fromstring(shown.text).forms)

    def test_where_a_set_up_was_lost_the_page_asks_for_the_same_code_again(self):
        self.configure(exempt_users=("bert",))
        client = self.pending("bert")
        wiring.verifier().begin_set_up("bert", OTHER, client_address="192.0.2.1")
        commit()
        code = last_code(OTHER)
        place = self.place(client, "@@smsauth-confirm", done=None, right=code, wrong=self.other(code))
        with self.subscribed(_fail, IPubBeforeCommit), suppress(AssertionError, Broken):
            client.post(self.path(place.path), form=place.right)
        shown = client.get(self.path(place.path)).text
        self.assertIn("Your answer was right", shown)
        self.assertNotIn("form.buttons.resend", shown)


class NestedTest(MeanwhileTest):
    """A subscriber of ours judges, too."""

    def test_a_password_that_is_judged_by_a_subscriber_is_counted(self):
        verdicts = []

        def judge(event):
            if type(event).__name__ == "ChallengeAnswered":
                verdicts.append(wiring.verifier().verify_password("bert", lambda: False).outcome)

        place = self.sign_in_place()
        with self.listening(judge):
            place.client.post(self.path(place.path), form=place.wrong)
        self.assertEqual([Outcome.WRONG], verdicts)
        self.assertEqual(1, self.recorded(lambda gate: gate.accounts.get("bert").failures))
        self.assertEqual(1, self.recorded(failures))


def local(url):
    """Return an address without its host."""
    return urlunsplit(("", "", *urlsplit(url)[2:]))


def _fail(event):
    raise Broken
