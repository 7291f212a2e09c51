"""The warning: wrong codes after a correct password may mean that somebody else has the password."""

from collective.smsauth import _
from collective.smsauth import disownlink
from collective.smsauth.interfaces import ISignInSuspected
from collective.smsauth.subscribers import site_named
from collective.smsauth.subscribers import tell
from zope.component import adapter


@adapter(ISignInSuspected)
def tell_suspected(event) -> None:
    """Warn the member by e-mail: at the third wrong code in a row, and when there were so many that no code counts any longer."""
    mapping = {**site_named(), "link": disownlink.address(event.user_id)}
    if event.locked:
        subject = _("mail_locked_subject", default="Too many wrong codes at your sign-in")
        body = _(
            "mail_locked_body",
            default="There were so many wrong codes in a row at the sign-in of ${site} that codes to your phone no "
            "longer work. To set your phone up again, choose “Lost your phone?” at the sign-in, or ask the "
            "administrators of the site: ${url}\n\nIf those codes were not yours, somebody else may know your "
            "password. Open this page within a day and choose a new one:\n\n${link}",
            mapping=mapping,
        )
    else:
        subject = _("mail_suspected_subject", default="Wrong codes at your sign-in")
        body = _(
            "mail_suspected_body",
            default="Somebody entered your password at the sign-in of ${site}, and then wrong codes. Nobody got "
            "in.\n\nIf this was you, there is nothing to do. If it was not you, somebody else knows your "
            "password. Open this page within a day, sign out everywhere and choose a new password:\n\n${link}",
            mapping=mapping,
        )
    tell(event.user_id, subject, body)
