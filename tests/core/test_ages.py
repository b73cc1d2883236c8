"""Ages in words: never a zero, never a moment without its full time."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from apps.core.templatetags import ages

NOW = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _frozen(monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: NOW)


def words(made: str) -> str:
    """What a reader sees, with plain spaces."""
    return made.partition(">")[2].rpartition("</time>")[0].replace("\xa0", " ")


@pytest.mark.parametrize(
    ("passed", "said"),
    [
        (timedelta(0), "just now"),
        (timedelta(seconds=59), "just now"),
        (timedelta(seconds=60), "1 minute ago"),
        (timedelta(hours=5, minutes=3), "5 hours ago"),
        (timedelta(days=40), "1 month ago"),
        (timedelta(seconds=-30), "just now"),  # a clock that is a little ahead
        (timedelta(days=-2), "27 Nov 2026"),
    ],
)
def test_an_age_is_said_as_people_say_it(passed, said):
    assert words(ages.ago(NOW - passed)) == said


def test_the_full_time_stands_behind_it_in_the_readers_zone():
    with timezone.override("Europe/Berlin"):
        made = ages.ago(NOW - timedelta(hours=2))
    assert 'datetime="2026-11-25T10:00:00+00:00"' in made
    assert 'title="25 Nov 2026, 11:00 CET"' in made


def test_a_state_lasts_less_than_a_minute_before_it_has_a_number():
    assert words(ages.lasting(NOW)) == "less than a minute"
    assert words(ages.lasting(NOW - timedelta(minutes=65))) == "1 hour, 5 minutes"
    began = NOW - timedelta(days=3)
    assert words(ages.lasting(began, began + timedelta(minutes=2))) == "2 minutes"


def test_no_template_writes_an_age_by_itself():
    folder = Path(__file__).resolve().parents[2] / "templates"
    found = [path.name for path in folder.rglob("*.html") if "timesince" in path.read_text()]
    assert found == []
