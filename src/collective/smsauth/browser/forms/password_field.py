"""The field of forms that ask for the password again, and what comes of it."""

from collective.smsauth import _
from collective.smsauth.flows import messages
from collective.smsauth.flows import reauthentication
from plone.supermodel import model
from z3c.form.converter import FieldDataConverter
from z3c.form.interfaces import IWidget
from zope import schema
from zope.component import adapter
from zope.interface import implementer
from zope.schema.interfaces import IPassword as IPasswordField


class ITypedPassword(IPasswordField):
    """A field for a password that is compared as it was typed."""


@implementer(ITypedPassword)
class TypedPassword(schema.Password):
    """A password with all that was typed: blanks at its ends are part of it, as they are in Plone's own forms."""


@adapter(ITypedPassword, IWidget)
class AsTyped(FieldDataConverter):
    """Leaves the blanks that z3c.form takes off every line of text."""

    _strip_value = False


class IPassword(model.Schema):
    """The member's present password."""

    password = TypedPassword(
        title=_("label_password", default="Your password"),
        description=_("help_password", default="Please enter it again, so that nobody else does this in your name."),
        max_length=1000,
        required=True,
    )


class AsksPassword:
    """A mix-in for forms that may ask for the password: browsers can fill it in."""

    def updateWidgets(self) -> None:
        """Name the field for them, where it is asked for."""
        super().updateWidgets()
        if "password" in self.widgets:
            self.describe("password", autocomplete="current-password")


def confirms(form, action, user_id: str, data: dict) -> bool:
    """Tell whether the password in a form is right, or was not asked for; else say why not at its field."""
    if "password" not in form.widgets:
        return True
    problem = reauthentication.problem_with(form.request, user_id, data["password"])
    form.judged(problem or messages.RIGHT)
    if problem is not None:
        form.refuse(action, problem, "password")
    return problem is None
