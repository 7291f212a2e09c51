"""Keeps out what no form of this package sends: records, files, lists where one value belongs, and text that no page can show."""

from collections.abc import Collection
from collective.smsauth.flows.requester import is_encodable
from Products.statusmessages import STATUSMESSAGEKEY
from Products.statusmessages.adapter import _decodeCookieValue
from urllib.parse import urlsplit

#: What Plone and Zope keep in a request under a name that a visitor may send as well: they take a field or a cookie for it.
_OF_THE_SERVER = (
    "PARENT_REQUEST",
    "__annotations__",
    "_catalog",
    "_plone_ec_cache",
    "_plone_registry_cache",
    "enabled_bundles",
    "disabled_bundles",
)


def drop_what_breaks_plone(request) -> None:
    """Remove what Plone itself would fail on, wherever a page of this package stands on Plone's code.

    These are fields and cookies that Plone would take for its own objects, a cookie of status messages that it cannot read, and an address
    of the page before that is none.
    """
    _drop_names_of_the_server(request)
    _drop_unreadable_messages(request)
    try:
        urlsplit(request.environ.get("HTTP_REFERER") or "")
    except ValueError:
        del request.environ["HTTP_REFERER"]


def _drop_names_of_the_server(request) -> None:
    for name in _OF_THE_SERVER:
        for sent in (request.form, request.cookies):
            if name in sent:
                value = sent.pop(name)
                if request.other.get(name) is value:
                    del request.other[name]


def scrub(request, lists: Collection[str] = ()) -> list[str]:
    """Remove all values but plain text from the form of a request, and return their names.

    ``lists`` names the values that may be lists of text.
    """
    drop_what_breaks_plone(request)
    return _keep_usable(request, request.form, lists)


def scrub_text(request, names: Collection[str]) -> None:
    """Do the same for fields of these names only: the form has others, for files and lists."""
    drop_what_breaks_plone(request)
    _keep_usable(request, names, ())


def _keep_usable(request, names: Collection[str], lists: Collection[str]) -> list[str]:
    given = {name: request.form[name] for name in names if name in request.form}
    unusable = [name for name, value in given.items() if not _is_usable(value, name in lists)]
    for name in unusable:
        value = request.form.pop(name)
        # What Zope and Plone keep under the same name, such as URL or PARENTS, is not the form's, and stays.
        if request.other.get(name) is value:
            del request.other[name]
    return unusable


def plain_fields(request, lists: Collection[str] = ()) -> list[tuple[str, str]]:
    """Return the fields of a scrubbed form, as they are sent in a form of HTML."""
    fields = []
    for name, value in request.form.items():
        if name in lists and isinstance(value, list):
            fields.extend((f"{name}:list", item) for item in value)
        elif is_encodable(name):
            fields.append((name, value))
    return fields


def _drop_unreadable_messages(request) -> None:
    try:
        _decodeCookieValue(request.cookies.get(STATUSMESSAGEKEY) or "deleted")
    except Exception:  # whatever a cookie makes it do
        request.cookies.pop(STATUSMESSAGEKEY, None)
        request.response.expireCookie(STATUSMESSAGEKEY, path="/")


def _is_usable(value: object, may_be_list: bool) -> bool:
    if may_be_list and isinstance(value, list):
        return all(_is_usable(item, False) for item in value)
    return isinstance(value, str) and "\0" not in value and is_encodable(value)
