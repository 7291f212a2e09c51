"""The e-mail address in the profile, guarded like the phone: links that move the phone go there.

Every way to change it that Plone has (pages, REST, scripts) writes to the property sheets of the user, in the order of the plugins. So
a sheet in front of the others is the one place where a change is seen before it is made.
"""

from AccessControl.SecurityManagement import getSecurityManager
from Acquisition import aq_inner
from Acquisition import aq_parent
from collective.smsauth.interfaces import IClock
from collective.smsauth.pas import passwords
from collective.smsauth.pas.lookup import plugin_of
from collective.smsauth.pas.traversal import step_demanded
from collective.smsauth.verification import contact_points
from plone import api
from plone.api.exc import CannotGetPortalError
from Products.PlonePAS.interfaces.propertysheets import IMutablePropertySheet
from Products.PluggableAuthService.UserPropertySheet import UserPropertySheet
from zope.component import getUtility
from zope.globalrequest import getRequest
from zope.interface import implementer

SHEET_ID = "smsauth_email"
_NAME = "email"


def is_locked(gate, user_id: str) -> bool:
    """Tell whether that user is in effect in this request, and has given no second factor in this session although they have one."""
    user = getSecurityManager().getUser()
    return user.getId() == user_id and gate.is_own(user) and not gate.has_given(user_id)


@implementer(IMutablePropertySheet)
class EmailSheet(UserPropertySheet):
    """Shows the e-mail address of the sheet behind it that has one, and hands on what is written, if it may be.

    Where no sheet behind it has one, neither has this.
    """

    def __init__(self, user) -> None:
        super().__init__(SHEET_ID, schema=())
        self._user = user

    def hasProperty(self, id) -> bool:
        """Tell whether a sheet behind this one has the address."""
        return id == _NAME and self._holder() is not None

    def getProperty(self, id, default=None):
        """Return the address."""
        holder = self._holder() if id == _NAME else None
        return default if holder is None else holder.getProperty(id, default)

    def getPropertyType(self, id):
        """Return the type that the sheet behind this one says."""
        holder = self._holder() if id == _NAME else None
        return None if holder is None else holder.getPropertyType(id)

    def canWriteProperty(self, object, id) -> bool:
        """Tell whether the sheet behind this one takes another address."""
        holder = self._holder() if id == _NAME else None
        if not IMutablePropertySheet.providedBy(holder):
            return False
        return bool(holder.canWriteProperty(object, id)) if hasattr(holder, "canWriteProperty") else True

    def setProperty(self, object, id, value) -> None:
        """Hand on another address, and see to what follows.

        :raises Forbidden: the member in effect changes their own address without a second step in this session.
        """
        holder = self._holder() if id == _NAME else None
        if not IMutablePropertySheet.providedBy(holder):
            return
        former = holder.getProperty(id)
        plugin = _plugin(object) if (former or "") != (value or "") else None
        if plugin is not None:
            _refuse_if_locked(plugin, object.getId())
        holder.setProperty(object, id, value)
        if plugin is not None:
            _changed(plugin, object.getId(), former, value)

    def setProperties(self, object, mapping) -> None:
        """Hand on another address, if there is one among them.

        :raises Forbidden: as for ``setProperty``.
        """
        if _NAME in mapping:
            self.setProperty(object, _NAME, mapping[_NAME])

    def _holder(self):
        sheets = self._user.getOrderedPropertySheets()
        return next((sheet for sheet in sheets if sheet is not self and sheet.hasProperty(_NAME)), None)


def guard(user) -> None:
    """Put the guard in front of the sheets of a user that are added from now on."""
    if hasattr(user, "getOrderedPropertySheets") and SHEET_ID not in user.listPropertysheets():
        user.addPropertysheet(SHEET_ID, EmailSheet(user))


def _refuse_if_locked(plugin, user_id: str) -> None:
    request = getRequest()
    if request is not None and is_locked(plugin.gate(request), user_id):
        raise step_demanded()


def _changed(plugin, user_id: str, former, email) -> None:
    # Also while the second step is turned off: else that would be the way around.
    if plugin.accounts.get(user_id) is None:
        return
    passwords.end_resets(plugin, user_id)
    former, email = (value if isinstance(value, str) else "" for value in (former, email))
    contact_points.email_changed(plugin.accounts, user_id, former=former, email=email, now=getUtility(IClock)())


def _plugin(user):
    folder = aq_parent(aq_inner(user))
    if folder is None:
        try:
            folder = api.portal.get().acl_users
        except CannotGetPortalError:
            return None
    return plugin_of(folder)
