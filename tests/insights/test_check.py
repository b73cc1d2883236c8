"""The checker: the template's own words pass, and any change of their meaning is caught."""

from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.core.figures import decimals
from apps.core.window import Window, iso
from apps.insights import phrases
from apps.insights.claims import Claim, claims_from, filled
from apps.insights.facts import Fact
from apps.insights.reading import check, read, slotted

NOW = Window(datetime(2014, 3, 10, tzinfo=UTC), datetime(2014, 3, 17, tzinfo=UTC))
THEN = Window(datetime(2014, 3, 3, tzinfo=UTC), datetime(2014, 3, 10, tzinfo=UTC))


def claim(operation, value, window=NOW, *, unit="€", way="", subject="", fact=0):
    period = {"from": iso(window.start), "to": iso(window.end), "grain": "day", "timezone": "UTC"}
    rounding = 0 if value is None else decimals(value, unit)
    return Claim("Revenue", fact, operation, period, {}, value, unit, rounding, way, subject)


def change(current=1240.0, previous=1100.0, fact=0):
    way = "up" if current > previous else "down"
    percent = (current - previous) / previous * 100
    claims = (
        claim("change", percent, unit="%", way=way, fact=fact),
        claim("value", current, way=way, fact=fact),
        claim("period", None, fact=fact),
        claim("previous", previous, THEN, fact=fact),
        claim("period", None, THEN, fact=fact),
    )
    return Fact("change", NOW, claims)


def drivers(fact=1):
    parts = (("West", 68.0), ("East", 21.0))
    claims = tuple(
        claim("share", share, unit="%", way="up", subject=name, fact=fact) for name, share in parts
    )
    return Fact("drivers", NOW, claims)


FACTS = [change(), drivers()]
CLAIMS = [c for fact in FACTS for c in fact.claims]
TEXTS = [filled(text, CLAIMS)[0] for text in phrases.tell(FACTS)]


def plain(text):
    return text.replace("\u00a0", " ")


def test_the_template_says_what_the_claims_say():
    assert [plain(text) for text in TEXTS] == [
        "Revenue rose 12.7 % to € 1,240 over 10–16 March 2014, from € 1,100 over 3–9 March 2014.",
        "West accounts for 68 % of the rise, East for 21 %.",
    ]
    assert check(" ".join(TEXTS), CLAIMS) == []


@pytest.mark.parametrize(
    "text",
    [
        "In the week of 10–16 March 2014, revenue increased by 12.7% to €1,240.",
        "Revenue was up 12.7 percent from € 1,100 to € 1,240.",
        "Over 10 to 16 March 2014 revenue climbed +12.7 % and reached 1,240 EUR.",
        "West carries 68 % of the increase.",
        "The increase is West at 68 %, then East at 21 %.",
    ],
)
def test_other_words_for_the_same_pass(text):
    assert check(text, CLAIMS) == []


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Revenue rose 12.8 % to € 1,240.", "figure"),
        ("Revenue rose 12.7 pp to € 1,240.", "figure"),
        ("Revenue rose 12.7 percentage points to € 1,240.", "figure"),
        ("Revenue rose 12.7 % to $ 1,240.", "figure"),
        ("Revenue rose 12.7 % to 1,240 flights.", "figure"),
        ("Revenue rose 12.7 % to 1,240.", "figure"),
        ("Revenue rose 12.7 % to € 1,240k.", "figure"),
        ("Revenue fell 12.7 % to € 1,240.", "direction"),
        ("Revenue changed 12.7 % to € 1,240.", "direction"),
        ("Revenue rose −12.7 % to € 1,240.", "figure"),
        ("Revenue rose 12.7 % to € 1,100 from € 1,240.", "comparison"),
        ("Revenue rose 12.7 % over 3–9 March 2014.", "date"),
        ("Revenue rose 12.7 % to € 1,240 over 10–16 March 2015.", "date"),
        ("Revenue rose 12.7 % to € 1,240 over 10–16 April 2014.", "date"),
        ("Revenue rose 12.7 % to € 1,240 in 2015.", "date"),
        ("Revenue rose 12.7 % on Tuesday.", "date"),
        ("Revenue rose 12.7 %, the highest in 120 days.", "figure"),
        ("Revenue rose 12.7 %, the highest ever.", "comparison"),
        ("Revenue rose 12.7 % because of West.", "word"),
        ("Revenue rose 12.7 % thanks to Christmas.", "word"),
        ("Revenue did not rise 12.7 %.", "word"),
        ("Revenue doubled to € 1,240.", "word"),
        ("Profit rose 12.7 % to € 1,240.", "word"),
        ("East accounts for 68 % of the rise.", "shape"),
        ("West rose 12.7 %.", "comparison"),
        ("Everything is normal.", "shape"),
        ("Revenue rose 12.7 % ![x](https://evil.example/?d=1).", "shape"),
        ("Revenue rose 12.7 % <img src=x>.", "shape"),
        ("Revenue rose 12.7 %, see https://evil.example.", "shape"),
        ("Revenue rose {0}.", "shape"),
    ],
)
def test_what_no_claim_says_is_caught(text, kind):
    found = check(text, CLAIMS)
    assert kind in {problem.kind for problem in found}, found


@given(st.data())
@settings(max_examples=300, deadline=None)
def test_any_other_digit_is_caught(data):
    text = data.draw(st.sampled_from(TEXTS))
    places = [n for n, char in enumerate(text) if char.isdigit()]
    place = data.draw(st.sampled_from(places))
    digit = data.draw(st.sampled_from([d for d in "0123456789" if d != text[place]]))
    assert check(text[:place] + digit + text[place + 1 :], CLAIMS) != []


@given(
    current=st.floats(1, 1e9, allow_nan=False),
    previous=st.floats(1, 1e9, allow_nan=False),
)
@settings(max_examples=200, deadline=None)
def test_a_change_of_any_size_passes_and_its_opposite_does_not(current, previous):
    if current == previous:
        return
    fact = change(current, previous)
    claims = list(fact.claims)
    text = filled(phrases.sentence(fact, 0), claims)[0]
    assert check(text, claims) == []
    swapped = text.replace("rose", "FELL").replace("fell", "rose").replace("FELL", "fell")
    assert "direction" in {problem.kind for problem in check(swapped, claims)}


@given(st.text(max_size=300))
@settings(max_examples=300, deadline=None)
def test_no_text_breaks_the_checker_and_digits_never_pass_unread(text):
    reading = read(text, CLAIMS)
    if not reading.problems:
        kept = slotted(text, reading)
        assert not any(char.isdigit() for char in kept.replace("{", "").split("}")[-1])


@given(
    value=st.floats(-1e12, 1e12, allow_nan=False),
    unit=st.sampled_from(["€", "USD", "%", "pp", "flights", "min", ""]),
)
@settings(max_examples=300, deadline=None)
def test_every_figure_is_read_back_as_its_claim(value, unit):
    it = claim("value", value, unit=unit)
    reading = read(f"Revenue was {it.shown}.", [it])
    assert reading.problems == []
    assert slotted(f"Revenue was {it.shown}.", reading) == "Revenue was {0}."


def test_a_slotted_text_comes_back_as_it_was():
    for text in TEXTS:
        assert filled(slotted(text, read(text, CLAIMS)), CLAIMS)[0] == text


def test_claims_survive_storage():
    assert claims_from([each.as_json() for each in CLAIMS]) == CLAIMS
