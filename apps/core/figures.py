"""Numbers as people read them: the same digits as static/js/lib/format.js gives."""

from math import floor, isfinite, log10

MISSING = "–"
NBSP = "\u00a0"
SYMBOLS = {"EUR": "€", "USD": "$", "GBP": "£", "JPY": "¥", "CNY": "¥", "INR": "₹"}
CURRENCIES = frozenset({*SYMBOLS.values(), "CHF"})


def figure(value: float | None, format_: str = "", unit: str = "") -> str:
    """A measure's value with its unit. A percent is a fraction: 0.247 is 24.7 %."""
    if value is None or not isfinite(value):
        return MISSING
    shown, unit = (value * 100, "%") if format_ == "percent" else (value, unit)
    return written(shown, unit, decimals(shown, unit, format_))


def written(value: float, unit: str, digits: int) -> str:
    """`value` to so many decimals, needless zeros dropped, with its unit on the right side."""
    text = f"{abs(value):,.{digits}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    sign = "−" if value < 0 and text.strip("0.,") else ""
    unit = SYMBOLS.get(unit, unit)
    if unit in CURRENCIES:
        return f"{sign}{unit}{NBSP}{text}"
    return f"{sign}{text}{NBSP}{unit}" if unit else f"{sign}{text}"


def decimals(value: float, unit: str = "", format_: str = "") -> int:
    """How many decimals a value of this size deserves: three digits that matter."""
    size = abs(value)
    if unit in ("%", "pp"):
        return 0 if size >= 100 else 2 if 0 < size < 0.1 else 1
    if format_ == "integer" or size >= 1000 or size == 0:
        return 0
    if size >= 1:
        return 1 if size >= 100 else 2
    return min(9, 2 - floor(log10(size)))
