"""What MySQL and MariaDB say about a person's statement, in plain words.

Names stand in “ ” as elsewhere, so that the lab finds their place in the text.
"""

import re

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

_NAME = r"[`'\"]?([^`'\"]+)[`'\"]?"
NOT_UNDERSTOOD = 1064
# the server's number -> what to take out of its message, and the sentence
SENTENCES: dict[int, tuple[str, str | Promise]] = {
    1052: (
        rf"Column {_NAME} in",
        gettext_lazy(
            "More than one table has a column “%(name)s”: write the table's name before it."
        ),
    ),
    1054: (rf"Unknown column {_NAME} in", gettext_lazy("There is no column “%(name)s”.")),
    1055: (
        rf"{_NAME} (?:isn't|which is)",
        gettext_lazy("“%(name)s” is neither grouped by nor summed up."),
    ),
    NOT_UNDERSTOOD: (
        r"near '([^\n']*)",
        gettext_lazy("The statement is not understood at “%(name)s”."),
    ),
    1066: (
        rf"table/alias: {_NAME}",
        gettext_lazy("Two tables are called “%(name)s”: give one of them another name (AS)."),
    ),
    1146: (rf"Table {_NAME} doesn't", gettext_lazy("There is no table “%(name)s”.")),
    1222: (
        "",
        gettext_lazy("The parts of a UNION need the same number of columns."),
    ),
    1242: ("", gettext_lazy("A query in brackets gives more than one row where one is needed.")),
    1248: ("", gettext_lazy("A query in brackets after FROM needs a name of its own (AS).")),
    1305: (
        r"(?:FUNCTION|PROCEDURE) (?:[^\s.]+\.)?(\S+) does",
        gettext_lazy("There is no function “%(name)s”."),
    ),
    1370: (
        r"routine '(?:[^'.]+\.)?([^'.]+)'",
        gettext_lazy("There is no function “%(name)s” here, or the source's user may not run it."),
    ),
    1582: (
        rf"function {_NAME}",
        gettext_lazy("“%(name)s” was given too many values, or too few."),
    ),
    1690: ("", gettext_lazy("A number is too large to compute with.")),
}


def in_words(number: int, message: str) -> str:
    """The sentence for an error of that number; the server's own words where there is none."""
    pattern, sentence = SENTENCES.get(number, ("", ""))
    if number == NOT_UNDERSTOOD and "near ''" in message:
        return _("The statement ends too early: something is missing, such as a name (AS).")
    if not sentence:
        return message
    found = re.search(pattern, message)
    if pattern and not (found and found[1].strip()):
        return message
    told = str(sentence) % {"name": found[1].strip()[:80] if pattern and found else ""}
    line = re.search(r"at line (\d+)$", message)
    return told + (" " + _("Line %(line)s.") % {"line": line[1]} if line else "")
