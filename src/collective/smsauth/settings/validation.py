"""Why a value cannot be that of a setting, in plain words: the same ones for the page and for REST."""

from collective.smsauth import _
from collective.smsauth.settings.fields import quoted
from collective.smsauth.settings.gateways import whole_schema
from datetime import date
from zope import schema
from zope.i18nmessageid import Message
from zope.interface import Invalid
from zope.schema.interfaces import ValidationError

import unicodedata


def problem_with(site, name: str, value: object) -> Message | None:
    """Return why ``value`` cannot be that of a setting, with the bound or the wrong item named, or None if it can."""
    field = whole_schema()[name].bind(site)
    if not isinstance(field, schema.Tuple):
        return _problem(field, value)
    if not isinstance(value, tuple) or len(value) > field.max_length or len(value) < (field.min_length or 0):
        return words_for(field)
    problems = ((item, _problem(field.value_type, item)) for item in value)
    item, problem = next(((item, problem) for item, problem in problems if problem is not None), (None, None))
    if problem is None or isinstance(field.value_type, schema.Int):
        return words_for(field) if problem is not None else None
    return problem if problem.mapping and "item" in problem.mapping else _words_for_item(field.value_type, item)


def words_for(field) -> Message:
    """Return in plain words what may be entered for a field of the settings: its bounds, if it has any."""
    if isinstance(field, schema.Bool):
        return _("error_boolean", default="This is either true or false.")
    if isinstance(field, schema.Int):
        bounds = {"least": str(field.min), "most": str(field.max)}
        return _("error_number_bounds", default="Enter a whole number from ${least} to ${most}.", mapping=bounds)
    if isinstance(field, schema.Date):
        return _("error_date", default="Enter a date as year, month and day, such as 2030-12-31, or leave it empty.")
    if isinstance(field, schema.Tuple):
        return _words_for_list(field)
    if isinstance(field, schema.Choice):
        return _("error_choice", default="Choose one of the values that are offered.")
    if field.max_length:
        longest = {"most": str(field.max_length)}
        if _has_lines(field):
            return _("error_lines_of_text_bounds", default="Enter at most ${most} characters.", mapping=longest)
        return _("error_text_bounds", default="Enter one line of at most ${most} characters.", mapping=longest)
    return _("error_text", default="Enter one line of text.")


def _words_for_list(field) -> Message:
    item = field.value_type
    if isinstance(item, schema.Int):
        bounds = {"fewest": field.min_length, "count": field.max_length, "least": item.min, "most": item.max}
        return _(
            "error_numbers_bounds",
            default="Enter ${fewest} to ${count} whole numbers, one a line, each from ${least} to ${most}.",
            mapping={key: str(bound) for key, bound in bounds.items()},
        )
    return _(
        "error_lines_bounds",
        default="Enter at most ${count} lines, each of at most ${most} characters.",
        mapping={"count": str(field.max_length), "most": str(item.max_length)},
    )


def _words_for_item(field, item: object) -> Message:
    return _(
        "error_item",
        default="“${item}” cannot be used here: enter lines of at most ${most} characters.",
        mapping={"item": quoted(item), "most": str(field.max_length)},
    )


def _problem(field, value: object) -> Message | None:
    if not _is_plain(field, value):
        return words_for(field)
    try:
        field.validate(value)
    except ValidationError:
        return words_for(field)
    except Invalid as error:
        return error.args[0]
    return None


def _is_plain(field, value: object) -> bool:
    # Python takes True for 1, and the registry stores characters that no page can show.
    if isinstance(field, schema.Bool):
        return type(value) is bool
    if isinstance(field, schema.Date):
        return value is None or type(value) is date
    if isinstance(field, schema.Int):
        return type(value) is int
    if value is None:  # a gateway of another package may have fields that are None when they are empty
        return not field.required
    kept = _BREAKS if _has_lines(field) else ""
    if not isinstance(value, str) or (kept and value and not value.strip()):
        return False
    return not any(unicodedata.category(character) in ("Cc", "Cs") and character not in kept for character in value)


def _has_lines(field) -> bool:
    return isinstance(field, schema.Text) and not isinstance(field, schema.TextLine)


#: What separates lines and words in a text of several lines.
_BREAKS = "\n\r\t"
