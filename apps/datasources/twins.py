"""Datasets of one name, told apart by the first thing in which they differ."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from apps.datasources.models import Dataset


def hints(datasets: Iterable[Dataset], *, may_define: bool = False) -> dict[int, str]:
    """Dataset number -> what to write beside its name; only for those that share theirs.

    The workspace, the source, for who defines data the table; else the short name, which everybody
    sees in the address. Needs the workspace and the source of each.
    """
    by_name: defaultdict[str, list[Dataset]] = defaultdict(list)
    for dataset in datasets:
        by_name[dataset.name.casefold()].append(dataset)
    found: dict[int, str] = {}
    for twins in by_name.values():
        if len(twins) > 1:
            told = _apart(twins, may_define=may_define)
            found |= dict(zip((each.pk for each in twins), told, strict=True))
    return found


def names(datasets: Sequence[Dataset]) -> list[str]:
    """Their names for who defines data, with the hint in brackets where it is needed."""
    beside = hints(datasets, may_define=True)
    return [f"{d.name} ({beside[d.pk]})" if d.pk in beside else d.name for d in datasets]


def _apart(twins: list[Dataset], *, may_define: bool) -> list[str]:
    is_table = [may_define and each.kind == Dataset.Kind.TABLE for each in twins]
    ways = (
        [each.workspace.name for each in twins],
        [each.source.name for each in twins],
        [each.relation if is_so else "" for each, is_so in zip(twins, is_table, strict=True)],
        [each.slug for each in twins],
        [f"{each.workspace.name}, {each.slug}" for each in twins],
    )
    return next(way for way in ways if len({each.casefold() for each in way}) == len(twins))
