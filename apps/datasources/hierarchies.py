"""Drill-down: which column opens into which. Names in, names out."""

from collections.abc import Mapping


def cycle_in(parents: Mapping[str, str]) -> list[str]:
    """The first cycle as the names one would pass, the first again at the end; [] if none.

    parents: column -> the column that it drills down from, or "".
    """
    for start in parents:
        path = [start]
        while parent := parents.get(path[-1], ""):
            if parent in path:
                return [*path[path.index(parent) :], parent]
            path.append(parent)
    return []


def chains(parents: Mapping[str, str]) -> list[list[str]]:
    """Each way down, from the column on top to one that opens no further."""
    tops = set(parents.values()) - {""}
    found = []
    for leaf in (name for name, parent in parents.items() if parent and name not in tops):
        path = [leaf]
        while parent := parents.get(path[-1], ""):
            path.append(parent)
        found.append(path[::-1])
    return found
