"""What measures can be grouped by, and which columns are likely to make few groups. Pure."""

import re
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from apps.datasources.definition import ColumnDef, Definition
from apps.datasources.models import Column
from apps.datasources.query import PARTS

PART_WORDS: dict[str, str | Promise] = {
    "hour": gettext_lazy("hour of the day"),
    "weekday": gettext_lazy("day of the week"),
    "month": gettext_lazy("month of the year"),
}
IDENTIFIER = re.compile(
    r"(^|_)(id|no|number|name|code|key|uuid|e?mail|phone|address|url|customer|product|sku|order"
    r"|invoice|ticket|flight|title|description|comment)$",
    re.I,
)


def groups_of(shape: Definition) -> list[str]:
    """Columns to group by, the likeliest to have few values first: tops of hierarchies, then
    other texts, yes and no, and last what is called a name or a number of something.
    """
    parents = {column.parent for column in shape.columns}
    texts = [column for column in shape.columns if column.type == Column.Type.TEXT]
    flags = [column for column in shape.columns if column.type == Column.Type.BOOLEAN]

    def likely(column: ColumnDef) -> tuple[bool, bool, bool]:
        is_top = column.name in parents and not column.parent
        return (bool(IDENTIFIER.search(column.name)), not is_top, bool(column.parent))

    return [column.name for column in sorted(texts, key=likely) + flags]


@dataclass(frozen=True, slots=True)
class Choice:
    """One line of a select or a check list."""

    value: str
    label: str


def groupings(shape: Definition) -> list[Choice]:
    """What measures can be grouped by: texts first, then parts of times, then numbers."""
    texts: list[Choice] = []
    parts: list[Choice] = []
    numbers: list[Choice] = []
    for column in shape.columns:
        if column.type == Column.Type.TIME:
            parts += [
                Choice(f"{column.name}:{part}", f"{column.label}: {PART_WORDS[part]}")
                for part in PARTS
            ]
        else:
            found = numbers if column.type == Column.Type.NUMBER else texts
            found.append(Choice(column.name, column.label))
    return texts + parts + numbers
