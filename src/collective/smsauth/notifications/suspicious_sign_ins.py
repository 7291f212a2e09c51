"""The warning: wrong codes after a correct password, or none at all, may mean that somebody else has the password."""

from collective.smsauth import _
from collective.smsauth.flows.disown import About
from collective.smsauth.interfaces import ISignInSuspected
from collective.smsauth.notifications.members import Mail
from collective.smsauth.notifications.members import send
from zope.component import adapter

MAILS = (
    Mail(
        event=ISignInSuspected,
        when=lambda event: event.locked,
        about=About.SIGN_IN,
        subject=_("mail_locked_subject", default="Too many wrong codes at your login"),
        body=_(
            "mail_locked_body",
            default="There were so many wrong codes in a row at your login to ${site} that codes to your phone no longer "
            "work. To set your phone up again, choose “Lost your phone?” when you log in, or ask the "
            "administrators of the site: ${url}"
            "\n\nIf those codes were not yours, somebody else may know your password. Open this page within a day "
            "and choose a new one:"
            "\n\n${link}",
        ),
        page="",
    ),
    Mail(
        event=ISignInSuspected,
        when=lambda event: event.begun,
        about=About.SIGN_IN,
        subject=_("mail_begun_subject", default="Your password was entered several times"),
        body=_(
            "mail_begun_body",
            default="Somebody entered your password at ${site} several times, and never the code that goes with it. Nobody got "
            "in."
            "\n\nIf this was you, there is nothing to do. If it was not you, somebody else knows your password. "
            "Open this page within a day, log out everywhere and choose a new password:"
            "\n\n${link}",
        ),
    ),
    Mail(
        event=ISignInSuspected,
        when=lambda event: not event.locked and not event.begun,
        about=About.SIGN_IN,
        subject=_("mail_suspected_subject", default="Wrong codes at your login"),
        body=_(
            "mail_suspected_body",
            default="Somebody tried to log in to ${site} with your password, and entered wrong codes. Nobody got in."
            "\n\nIf this was you, there is nothing to do. If it was not you, somebody else knows your password. "
            "Open this page within a day, log out everywhere and choose a new password:"
            "\n\n${link}",
        ),
        page="",
    ),
)


@adapter(ISignInSuspected)
def tell_suspected(event) -> None:
    """Warn the member: at the third wrong code in a row, when there were so many that no code counts any longer, and at the fifth sign-in
    in a row that was begun and not completed.
    """
    send(event, MAILS)
