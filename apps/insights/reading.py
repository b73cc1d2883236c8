"""Reads a text back: which claim stands where, and what in it no claim says.

Strict on purpose. What it cannot place is a problem, for the template sentence that takes the
place of a refused one is always right.
"""

import re
from bisect import bisect
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import pairwise

from apps.core.figures import CURRENCIES, SYMBOLS
from apps.core.window import zone_of
from apps.insights.claims import COUNTERPARTS, MOVES, Claim, Figure
from apps.insights.figures import MONTHS, WEEKDAYS
from apps.insights.words import DOWN, HIGH, LOW, STARTERS, UNSAID, UP

SLOT = re.compile(r"\{(\d{1,3})\}")
MARKUP = re.compile(r"[{}<>\[\]`*_|\\@\n]|//")
MOST = 400  # characters of a sentence
NAME, SPAN = "\ue000", "\ue001"  # stand in for what has been read

UNIT_WORDS = {"percent": "%", "per cent": "%", "percentage points": "pp", "percentage point": "pp"}
UNITS = {
    *("%", "pp", "points", "ms", "s", "sec", "seconds", "min", "minutes", "h", "hours", "d"),
    *("day", "days", "week", "weeks", "month", "months", "quarters", "year", "years", "km"),
    *("miles", "kg", "steps", "times", "x", *CURRENCIES, *SYMBOLS, *SYMBOLS.values()),
}
SCALES = {"k": 10**3, "m": 10**6, "bn": 10**9, "tn": 10**12}
SCALES |= {"thousand": 10**3, "million": 10**6, "billion": 10**9, "trillion": 10**12}

_MONTH = "|".join(MONTHS)
_DAY = r"(?P<{0}>\d{{1,2}})(?:st|nd|rd|th)?"
_DATE = re.compile(
    rf"(?P<iso>\d{{4}}-\d{{2}}-\d{{2}})"
    rf"|{_DAY.format('d1')}\s?(?:–|-|to|and|until)\s?{_DAY.format('d2')}\s+(?P<m1>{_MONTH})(?:,?\s+(?P<y1>\d{{4}}))?"
    rf"|{_DAY.format('d3')}\s+(?:of\s+)?(?P<m3>{_MONTH})(?:,?\s+(?P<y3>\d{{4}}))?(?:,?\s+(?:at\s+)?(?P<c3>\d{{1,2}}:\d{{2}}))?"
    rf"|(?P<m4>{_MONTH})\s+{_DAY.format('d4')}(?!\d)(?:,?\s+(?P<y4>\d{{4}}))?"
    rf"|(?P<m5>{_MONTH})(?:,?\s+(?P<y5>\d{{4}}))?"
    rf"|Q(?P<q6>[1-4])\s+(?P<y6>\d{{4}})"
    rf"|(?P<clock>\d{{1,2}}:\d{{2}})"
    rf"|(?P<w7>{'|'.join(WEEKDAYS)})s?\b"
    rf"|(?<![\d.,€$£¥₹])\b(?P<y8>(?:19|20|21)\d{{2}})\b(?![,.]?\d|\s?%)"
)
_FIGURE = re.compile(
    r"(?:(?<=\s)|(?<=\()|^)?(?P<sign>(?<![\w.,])[+\-−])?(?P<pre>[€$£¥₹]|CHF\b)?\s?"
    r"(?P<sign2>(?<=[€$£¥₹\s])[\-−])?(?P<number>\d[\d,]*(?:\.\d+)?)"
    r"(?:\s?(?P<scale>k|m|bn|tn|thousand|million|billion|trillion)\b)?"
    r"(?:\s?(?P<post>[%€$£¥₹]|per\scent\b|percentage\spoints?\b|[A-Za-z]+\b))?"
)
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+")
_CLAUSE = re.compile(r"[;:,]\s|\b(?:while|but|although|though|whereas)\b|\s[–—]\s")
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)?")
_BEFORE_COUNTERPART = re.compile(
    r"\b(?:from|than|against|versus|compared with|compared to|after|instead of|expected|usual|"
    r"naive)(?: about| around| at| of| the| by)*\s*$",
    re.IGNORECASE,
)
_AFTER_COUNTERPART = re.compile(
    r"^\W*(?:\w+\W+){0,3}?(?:before|earlier|previously|expected|usual|normal|naive)\b",
    re.IGNORECASE,
)
_BETWEEN = re.compile(r"\bbetween\s*$", re.IGNORECASE)
_AND = re.compile(r"^\s*(?:and|to|–)\s*$")
_IN = re.compile(r"^\s*(?:in|on|over|during|for|at)?(?: the)?\s*$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Problem:
    """What no claim says: kind is figure, date, direction, comparison, subject, word or shape."""

    kind: str
    found: str


@dataclass(frozen=True, slots=True)
class Reading:
    """Figures in text order, and everything that is wrong."""

    figures: list[Figure]
    problems: list[Problem]


@dataclass(frozen=True, slots=True)
class _Token:
    """Something with digits or a date in it."""

    start: int
    end: int
    text: str
    is_date: bool
    match: re.Match[str] | None = None
    claim: int | None = None


def check(text: str, claims: list[Claim]) -> list[Problem]:
    """What in `text` no claim says; an empty list is what a text needs to be kept."""
    return read(text, claims).problems


def read(text: str, claims: list[Claim]) -> Reading:
    """Every sentence against the claims of the one fact that fits it best."""
    figures: list[Figure] = []
    problems: list[Problem] = []
    at = 0
    for sentence in _SENTENCE_END.split(text):
        start = text.index(sentence, at)
        at = start + len(sentence)
        best = min(
            (_Sentence(sentence, claims, fact).read() for fact in _facts(claims)),
            key=lambda reading: len(reading.problems),
            default=Reading([], [Problem("shape", "no claims")]),
        )
        figures += [Figure(start + f.start, start + f.end, f.claim) for f in best.figures]
        problems += best.problems
    return Reading(figures, problems)


def slotted(text: str, reading: Reading) -> str:
    """The text with {n} in the place of each figure."""
    for figure in sorted(reading.figures, key=lambda f: -f.start):
        text = f"{text[: figure.start]}{{{figure.claim}}}{text[figure.end :]}"
    return text


def _facts(claims: list[Claim]) -> list[int]:
    return sorted({claim.fact for claim in claims})


class _Sentence:
    """One sentence read against one fact."""

    def __init__(self, text: str, claims: list[Claim], fact: int) -> None:
        self.text = text
        self.claims = {n: claim for n, claim in enumerate(claims) if claim.fact == fact}
        self.subjects = {claim.subject for claim in claims if claim.subject}
        self.names = self.subjects | {claim.metric for claim in claims}
        self.units = UNITS | {claim.unit for claim in claims if claim.unit}
        self.problems: list[Problem] = []
        self.named: list[tuple[int, str]] = []

    def read(self) -> Reading:
        """Each figure placed; what is left is looked at word by word."""
        masked = self._without_names()
        if len(self.text) > MOST or MARKUP.search(masked):
            return Reading([], [Problem("shape", self.text[:40])] * 9)
        tokens, masked = self._tokens(masked)
        clauses = [0, *(match.end() for match in _CLAUSE.finditer(masked)), len(masked) + 1]
        figures = [
            figure
            for n, token in enumerate(tokens)
            if (figure := self._placed(n, tokens, masked, clauses))
        ]
        if not figures:
            self._wrong("shape", self.text[:40])
        self._check_periods(figures, masked)
        self._check_words(masked, figures, clauses)
        return Reading(figures, self.problems)

    def _wrong(self, kind: str, found: str) -> None:
        self.problems.append(Problem(kind, found))

    # -- what stands where

    def _without_names(self) -> str:
        masked = self.text
        for name in sorted(self.names, key=len, reverse=True):
            for match in re.finditer(rf"(?<!\w){re.escape(name)}(?!\w)", masked, re.IGNORECASE):
                self.named.append((match.start(), name))
                masked = masked[: match.start()] + NAME * len(name) + masked[match.end() :]
        self.named.sort()
        return masked

    def _tokens(self, masked: str) -> tuple[list[_Token], str]:
        """Dates first, then figures; the text in which both are masked."""
        tokens: list[_Token] = []

        def take(match: re.Match[str], token: _Token) -> None:
            nonlocal masked
            tokens.append(token)
            masked = masked[: token.start] + SPAN * (token.end - token.start) + masked[token.end :]

        periods = {claim.period_shown: n for n, claim in self.claims.items() if claim.value is None}
        for label in sorted(periods, key=len, reverse=True):
            for match in re.finditer(rf"(?<!\w){re.escape(label)}(?!\w)", masked):
                take(match, _Token(*match.span(), label, True, claim=periods[label]))
        for match in _DATE.finditer(masked):
            take(match, _Token(*match.span(), match[0], True, match))
        for match in _FIGURE.finditer(masked):
            has_unit = match["post"] and self._unit(match, match["post"])
            end = match.end() if has_unit else max(match.end("scale"), match.end("number"))
            start = match.start() + len(match[0]) - len(match[0].lstrip())
            take(match, _Token(start, end, masked[start:end], False, match))
        return sorted(tokens, key=lambda token: token.start), masked

    def _unit(self, match: re.Match[str], post: str | None = None) -> str:
        """The unit of a written figure in its one spelling, or "". post: look at that only."""
        if match["pre"] and post is None:
            return match["pre"]
        words = re.sub(r"\s+", " ", post or match["post"] or "")
        unit = SYMBOLS.get(words, UNIT_WORDS.get(words.lower(), words))
        return unit if unit in self.units else ""

    def _placed(
        self, n: int, tokens: list[_Token], masked: str, clauses: list[int]
    ) -> Figure | None:
        token = tokens[n]
        if token.claim is not None:
            return Figure(token.start, token.end, token.claim)
        if token.is_date:
            for number, claim in self.claims.items():
                if claim.value is None and token.match and _dates_fit(token.match, claim):
                    return Figure(token.start, token.end, number)
            self._wrong("date", token.text)
            return None
        first = clauses[bisect(clauses, token.start) - 1]
        last = clauses[bisect(clauses, token.start)]
        before = masked[max(first, tokens[n - 1].end if n else 0) : token.start]
        after = masked[token.end : min(last, tokens[n + 1].start if n + 1 < len(tokens) else last)]
        said = [k for k, claim in self.claims.items() if token.match and self._says(token, claim)]
        fits = [k for k in said if _role_fits(self.claims[k], before, after)]
        fits = [k for k in fits if self._subject_fits(self.claims[k], token.start, first)]
        if not fits:
            self._wrong("comparison" if said else "figure", token.text)
            return None
        return Figure(token.start, token.end, fits[0])

    def _says(self, token: _Token, claim: Claim) -> bool:
        """Whether the written number is the claim's, digit for digit and unit for unit."""
        match = token.match
        if match is None or claim.value is None:
            return False
        if self._unit(match) != SYMBOLS.get(claim.unit, claim.unit):
            return False
        number = Decimal(match["number"].replace(",", "")) * SCALES.get(match["scale"] or "", 1)
        sign = match["sign"] or match["sign2"]
        value = round(Decimal(repr(claim.value)), claim.rounding)
        told = round(Decimal(f"{claim.value:.{claim.rounding}f}"), claim.rounding)
        if sign is None and claim.operation in MOVES:
            value, told = abs(value), abs(told)
        number = -number if sign in ("-", "−") else number
        return number in (value, told)

    def _subject_fits(self, claim: Claim, at: int, clause: int) -> bool:
        """A part's figure stands after the part's name, the whole's after no part's name."""
        known = [(start, name) for start, name in self.named if name in self.subjects]
        here = [name for start, name in known if clause <= start < at]
        if here or not claim.subject:
            return (here[-1] if here else "") == claim.subject
        before = [name for start, name in known if start < at]
        return bool(before) and before[-1] == claim.subject

    # -- whether it holds together

    def _check_periods(self, figures: list[Figure], masked: str) -> None:
        """A figure belongs to the period right after it, else to the last one before it."""
        open_period: Claim | None = None
        for n, figure in enumerate(figures):
            claim = self.claims[figure.claim]
            if claim.value is None:
                bound = n and self.claims[figures[n - 1].claim].value is not None
                joined = bound and _IN.match(masked[figures[n - 1].end : figure.start])
                open_period = open_period if joined else claim
                continue
            following = figures[n + 1] if n + 1 < len(figures) else None
            period = open_period
            if following and self.claims[following.claim].value is None:
                if _IN.match(masked[figure.end : following.start]):
                    period = self.claims[following.claim]
            elif claim.operation in COUNTERPARTS:
                continue
            if period and period.period != claim.period:
                self._wrong("date", f"{claim.shown} / {period.shown}")

    def _check_words(self, masked: str, figures: list[Figure], clauses: list[int]) -> None:
        if re.search(r"\d", masked):
            self._wrong("figure", self.text[:40])
        overall = {claim.direction for claim in self.claims.values() if not claim.subject} - {""}
        for start, end in pairwise(clauses):
            inside = [self.claims[f.claim] for f in figures if start <= f.start < end]
            self._check_directions(masked[start:end], inside, overall)
        operations = {claim.operation for claim in self.claims.values()}
        for n, match in enumerate(_WORD.finditer(masked)):
            word = match[0].lower()
            if word in UNSAID or word.endswith(("n't", "n’t")):
                self._wrong("word", word)
            if word in HIGH | LOW and ("highest" if word in HIGH else "lowest") not in operations:
                self._wrong("comparison", word)
            if match[0][0].isupper():
                first = n == 0 and not masked[: match.start()].strip('“" (')
                if not (first and word in STARTERS):
                    self._wrong("word", match[0])
            elif n == 0 and masked[:1].islower():
                self._wrong("shape", match[0])

    def _check_directions(self, clause: str, inside: list[Claim], overall: set[str]) -> None:
        words = {word.lower() for word in _WORD.findall(clause)}
        said = {way for way, known in (("up", UP), ("down", DOWN)) if words & known}
        meant = {claim.direction for claim in inside if claim.direction} or overall
        if said - meant:
            self._wrong("direction", " ".join(sorted(words & (UP | DOWN))))
        unsigned = [claim for claim in inside if claim.operation in MOVES]
        if unsigned and meant and not said:
            self._wrong("direction", unsigned[0].shown)


def _role_fits(claim: Claim, before: str, after: str) -> bool:
    """What another figure is held against says so, and only that: to 120 from 114."""
    if claim.operation in ("low", "high"):
        return bool((_BETWEEN if claim.operation == "low" else _AND).search(before))
    if _BETWEEN.search(before):
        return False
    beside = bool(_BEFORE_COUNTERPART.search(before) or _AFTER_COUNTERPART.match(after))
    if claim.operation in COUNTERPARTS:
        return beside
    return not beside or claim.operation in MOVES | {"share", "count"}


def _dates_fit(match: re.Match[str], claim: Claim) -> bool:
    """Whether every part of a written date is that of one edge of the claim's period."""
    zone = zone_of(claim.period["timezone"])
    start = datetime.fromisoformat(claim.period["from"]).astimezone(zone)
    last = (datetime.fromisoformat(claim.period["to"]) - timedelta(microseconds=1)).astimezone(zone)
    end = datetime.fromisoformat(claim.period["to"]).astimezone(zone)
    got = match.groupdict()
    if got["d1"]:
        edges = _parts(start, got["d1"], got["m1"], got["y1"])
        return edges and _parts(last, got["d2"], got["m1"], got["y1"])
    if got["clock"]:
        return any(f"{at:%H:%M}" == got["clock"].zfill(5) for at in (start, end))
    return any(_edge_fits(got, at) for at in (start, last))


def _edge_fits(got: dict[str, str | None], at: datetime) -> bool:
    if got["iso"]:
        return f"{at:%Y-%m-%d}" == got["iso"]
    if got["q6"]:
        return (at.month + 2) // 3 == int(got["q6"]) and str(at.year) == got["y6"]
    if got["w7"]:
        return WEEKDAYS[at.weekday()] == got["w7"]
    if got["y8"]:
        return str(at.year) == got["y8"]
    if got["c3"] and f"{at:%H:%M}" != got["c3"].zfill(5):
        return False
    for key in "345":
        if got[f"m{key}"]:
            return _parts(at, got.get(f"d{key}"), got[f"m{key}"], got[f"y{key}"])
    return False


def _parts(at: datetime, day: str | None, month: str | None, year: str | None) -> bool:
    return (
        (day is None or int(day) == at.day)
        and (month is None or MONTHS[at.month - 1] == month)
        and (year is None or str(at.year) == year)
    )


__all__ = ["SLOT", "Problem", "Reading", "check", "read", "slotted"]
