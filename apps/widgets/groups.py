"""Which columns are likely to make few groups. Pure."""

import re

from apps.datasources.definition import ColumnDef, Definition
from apps.datasources.models import Column

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
