"""A PromQL expression, read by a real parser, and narrowed where it reads series.

The parser's printer does not escape texts, so every text is set aside first and put back last: a
placeholder stands for it meanwhile, and nothing in a text can become part of the expression.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import promql_parser
from django.utils.translation import gettext as _

from apps.datasources.asked import Condition, Joined, Node, wrong

LABEL = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*\Z")
_LITERAL = re.compile(r"""#[^\n]*|"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`[^`]*`""")
_PLACEHOLDER = re.compile(r'"literal (\d+)"')
_SPECIAL = re.compile(r"[\\.+*?()|\[\]{}^$]")
OPERATORS = {
    "=": promql_parser.MatchOp.Equal,
    "!=": promql_parser.MatchOp.NotEqual,
    "=~": promql_parser.MatchOp.Re,
    "!~": promql_parser.MatchOp.NotRe,
}
POSITIVE = ("eq", "in", "contains", "starts_with", "ends_with")
# Functions that read series which stand nowhere in the expression, so that no matcher reaches them.
READ_UNSEEN = ("info",)
# Functions whose second argument names a label that they make: the series read do not have it.
MAKE_LABELS = ("label_replace", "label_join")


@dataclass(frozen=True, slots=True)
class Matcher:
    """One condition on a label, as PromQL has it. A missing label is the same as an empty one."""

    label: str
    operator: str
    value: str


@dataclass(slots=True)
class Expression:
    """A parsed expression. `is_selector`: it is a plain selector, so that it has samples."""

    tree: promql_parser.Expr
    literals: list[str] = field(default_factory=list)

    @property
    def is_selector(self) -> bool:
        """Whether ranges can be taken of it directly."""
        tree = self.tree
        return (
            isinstance(tree, promql_parser.VectorSelector)
            and tree.offset is None
            and tree.at is None
        )

    def text(self) -> str:
        """As PromQL."""
        return _PLACEHOLDER.sub(lambda found: self.literals[int(found[1])], str(self.tree))

    def _check(self, labels: set[str]) -> None:
        """Whether matchers reach all that is read, and mean the labels that come out of it."""
        for node in _nodes(self.tree):
            made: list[str] = []
            if isinstance(node, promql_parser.Call):
                if node.func.name in READ_UNSEEN:
                    raise _cannot_narrow()
                if node.func.name in MAKE_LABELS:
                    made = [self._literal(node.args[1])]
            if isinstance(node, promql_parser.AggregateExpr) and isinstance(
                node.param, promql_parser.StringLiteral
            ):
                made = [self._literal(node.param)]
            if isinstance(node, promql_parser.BinaryExpr) and node.modifier:
                made = list(node.modifier.group_labels or ())
            is_or = isinstance(node, promql_parser.VectorSelector) and node.matchers.or_matchers
            if is_or or labels & set(made):
                raise _cannot_narrow()

    def _literal(self, node: Any) -> str:
        """The text that a placeholder stands for, without its quotes."""
        return self.literals[int(node.val.removeprefix("literal "))][1:-1]

    def narrowed(self, matchers: Sequence[Matcher]) -> "Expression":
        """The same, reading only series that meet all matchers. Raises UserError.

        Every selector in it gets every matcher, and that is checked on the text that is sent.
        """
        if not matchers:
            return self
        literals = list(self.literals)
        added = []
        for each in matchers:
            value = f"literal {len(literals)}"
            literals.append(_quoted(each.value))
            added.append(promql_parser.Matcher(OPERATORS[each.operator], each.label, value))
        wanted = {(each.label, each.operator, added[at].value) for at, each in enumerate(matchers)}

        def narrow(node: promql_parser.Expr) -> promql_parser.Expr | None:
            if not isinstance(node, promql_parser.VectorSelector):
                return None
            copy: Any = promql_parser.parse(str(node))
            copy.matchers = promql_parser.Matchers([*node.matchers.matchers, *added])
            return promql_parser.parse(str(copy))

        self._check({each.label for each in matchers})
        result = promql_parser.parse(str(promql_parser.transform(self.tree, narrow)))
        for node in _nodes(result):
            if isinstance(node, promql_parser.VectorSelector):
                has = {(m.name, _sign(m.op), m.value) for m in node.matchers.matchers}
                if node.matchers.or_matchers or not wanted <= has:
                    raise _cannot_narrow()
        return Expression(result, literals)


def read(text: str) -> Expression:
    """Parse what a person wrote. Raises UserError on "relation"."""
    literals: list[str] = []

    def put_aside(found: re.Match[str]) -> str:
        if found[0].startswith("#"):
            return " "
        literals.append(found[0])
        return f'"literal {len(literals) - 1}"'

    try:
        tree = promql_parser.parse(_LITERAL.sub(put_aside, text))
    except ValueError as error:
        message = _("This is not a PromQL expression: %(problem)s")
        raise wrong("relation", message % {"problem": str(error)[:150]}) from error
    if isinstance(tree, promql_parser.MatrixSelector):
        message = _("Leave out the range in brackets: it comes from the question.")
        raise wrong("relation", message)
    if isinstance(tree, promql_parser.NumberLiteral | promql_parser.StringLiteral):
        raise wrong("relation", _("This expression reads no series."))
    return Expression(tree, literals)


def matchers_of(nodes: Sequence[Node]) -> list[Matcher]:
    """Conditions on labels as matchers. Like in SQL, a series without the label meets none but
    is_null. Raises UserError for what matchers cannot say.
    """
    return [matcher for node in nodes for matcher in _matchers(node)]


def _matchers(node: Node) -> list[Matcher]:
    if isinstance(node, Joined):
        if not node.is_any or len(node.parts) == 1:
            return matchers_of(node.parts)
        return [_alternatives(node)]
    label = label_of(node.column.name)
    if node.column.type != "text":
        message = _("Prometheus can filter labels only, not “%(name)s”.") % {"name": label}
        raise wrong("filters", message)
    if node.op == "is_null":
        return [Matcher(label, "=", "")]
    there = Matcher(label, "!=", "")
    if node.op == "not_null":
        return [there]
    if node.op == "ne":
        return [Matcher(label, "!=", str(node.values[0])), there]
    if node.op in ("not_in", "not_contains"):
        opposite = Condition(node.column, node.op.removeprefix("not_"), node.values)
        return [Matcher(label, "!~", _pattern(opposite)), there]
    if node.op == "eq" and node.values[0]:
        return [Matcher(label, "=", str(node.values[0]))]
    if node.op in POSITIVE:
        return [Matcher(label, "=~", _pattern(node)), there]
    message = _("“%(op)s” does not work on labels of Prometheus.") % {"op": node.op}
    raise wrong("filters", message)


def one_of(label: str, values: Sequence[Any], is_in: bool) -> Matcher:
    """Whether a label has one of the values, null being no label at all."""
    texts = [_SPECIAL.sub(r"\\\g<0>", str(value)) for value in values if value is not None]
    if len(texts) < len(values):
        texts.append("")
    return Matcher(label, "=~" if is_in else "!~", "|".join(texts))


def _alternatives(node: Joined) -> Matcher:
    """Any of several conditions: one pattern, if they are on one label."""
    parts = [_plain(part) for part in node.parts]
    labels = {part.column.name for part in parts if isinstance(part, Condition)}
    plain = [part for part in parts if isinstance(part, Condition) and part.op in POSITIVE]
    if len(labels) != 1 or len(plain) < len(parts) or plain[0].column.type != "text":
        message = _("Prometheus can join by “any” only conditions on the same label.")
        raise wrong("filters", message)
    pattern = "|".join(f"(?:{_pattern(part)})" for part in plain)
    return Matcher(label_of(labels.pop()), "=~", pattern)


def _plain(node: Node) -> Node:
    """A condition that stands alone in its group, without the group."""
    while isinstance(node, Joined) and len(node.parts) == 1:
        node = node.parts[0]
    return node


def _pattern(condition: Condition) -> str:
    """What the whole label must match; as in SQL, "contains" and its like heed no case."""
    texts = [_SPECIAL.sub(r"\\\g<0>", str(value)) for value in condition.values]
    if condition.op in ("eq", "in"):
        # an empty text is no label: nothing equals it (and no label has a line break alone)
        return "|".join(text for text in texts if text) or "\\n"
    before = "" if condition.op == "starts_with" else ".*"
    after = "" if condition.op == "ends_with" else ".*"
    return f"(?si:{before}{texts[0]}{after})"


def label_of(name: str) -> str:
    """A name as a label. Raises UserError."""
    if not LABEL.match(name):
        raise wrong("columns", _("“%(name)s” is not a label of Prometheus.") % {"name": name[:60]})
    return name


def _nodes(tree: promql_parser.Expr) -> list[promql_parser.Expr]:
    found: list[promql_parser.Expr] = []

    def visit(node: promql_parser.Expr) -> bool:
        found.append(node)
        return True

    promql_parser.walk(tree, visit)
    return found


def _sign(operator: promql_parser.MatchOp) -> str:
    return next(sign for sign, each in OPERATORS.items() if each == operator)


def _quoted(text: str) -> str:
    """A text in double quotes, as Go reads it."""
    plain = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{plain}"'


def _cannot_narrow() -> Exception:
    message = _(
        "This expression cannot be narrowed by this filter or row policy, so it is not asked. "
        "It makes the label itself, or holds info() or “or” inside braces."
    )
    return wrong("filters", message)
