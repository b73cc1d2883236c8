"""A widget or a dashboard as a picture: whole, as the caller, refused in words."""

import io
import xml.etree.ElementTree as ElementTree

import pytest
from PIL import Image
from pypdf import PdfReader

from apps.api.v1 import pictures
from apps.dashboards import drawing
from apps.datasources import services as datasources
from tests.dashboards.boards import make_board

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture
def board(editor, orders):
    return make_board(editor, orders, description="All that we sell.")


@pytest.fixture
def bars(board):
    return board.placements.get(widget__kind="bar").widget


def texts(body):
    root = ElementTree.fromstring(body)
    return " ".join(node.text or "" for node in root.iter(f"{SVG}text"))


def test_a_card_is_drawn_with_its_title_in_the_size_that_was_asked_for(caller, viewer, bars):
    answer = caller(viewer).ask("GET", f"widgets/{bars.pk}/picture.svg?width=500&height=300")
    assert answer.status_code == 200, answer.content
    assert answer["Content-Type"] == "image/svg+xml; charset=utf-8"
    root = ElementTree.fromstring(answer.content)
    assert (root.get("width"), root.get("height")) == ("500", "300")
    assert "By region" in texts(answer.content)
    assert "West" in texts(answer.content)
    bare = caller(viewer).ask("GET", f"widgets/{bars.pk}/picture.svg?title=no")
    assert "By region" not in texts(bare.content)
    assert "West" in texts(bare.content)


def test_a_png_has_the_pixels_of_its_scale_and_the_ground_of_its_theme(caller, viewer, bars):
    found = {}
    for theme in ("light", "dark"):
        path = f"widgets/{bars.pk}/picture.png?width=400&height=240&scale=1.5&theme={theme}"
        image = Image.open(io.BytesIO(caller(viewer).ask("GET", path).content))
        assert image.size == (600, 360)
        found[theme] = image.convert("RGB").getpixel((3, 3))
    assert found == {"light": (255, 255, 255), "dark": (21, 26, 34)}


def test_a_dashboard_is_its_grid_with_titles_period_and_filters(caller, viewer, board):
    answer = caller(viewer).ask(
        "GET", f"dashboards/{board.pk}/picture.svg?var-region=West&tz=Europe/Berlin&compare=year"
    )
    assert answer.status_code == 200, answer.content
    said = texts(answer.content)
    for text in ("Sales", "All that we sell.", "Region: West", "Europe/Berlin", "vs last year"):
        assert text in said
    for placement in board.placements.select_related("widget"):
        assert placement.widget.title in said
    assert "East" not in said
    root = ElementTree.fromstring(answer.content)
    inner = [node for node in root.iter(f"{SVG}svg") if node is not root]
    places = {(node.get("x"), node.get("y")) for node in inner}
    assert len(places) == board.placements.count()


def test_one_value_has_one_colour_over_the_whole_dashboard(viewer, board):
    view = drawing.View(board.time_from, board.time_to)
    made = drawing.of_dashboard(board, view, viewer, drawing.Look())
    keys = {str(part.options.get("keys", {}).get("region")) for part in made.parts}
    assert len(keys) == 1
    assert "West" in keys.pop()


def test_nothing_is_drawn_for_a_reader_who_has_it(caller, viewer, bars, monkeypatch):
    path = f"widgets/{bars.pk}/picture.png"
    first = caller(viewer).ask("GET", path)
    assert first["Cache-Control"] == "private, no-cache"
    monkeypatch.setattr(drawing.Drawing, "svg", None)
    again = caller(viewer).ask("GET", path, If_None_Match=first["ETag"])
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(
    "other", ["theme=dark", "width=700", "scale=1", "lang=de", "var-region=West", "title=no"]
)
def test_another_picture_has_another_etag(caller, viewer, bars, other):
    etags = {
        caller(viewer).ask("GET", f"widgets/{bars.pk}/picture.svg?{query}")["ETag"]
        for query in ("", other)
    }
    assert len(etags) == 2


def test_a_policy_narrows_picture_and_etag(caller, viewer, editor, board, bars, orders):
    rows = [{"column": "region", "op": "in", "values": ["East"]}]
    datasources.set_policy(orders, "East only", "viewer", rows)
    for path in (f"widgets/{bars.pk}/picture.svg", f"dashboards/{board.pk}/picture.svg"):
        whole, part = (caller(user).ask("GET", path) for user in (editor, viewer))
        assert "West" in texts(whole.content)
        assert "West" not in texts(part.content)
        assert whole["ETag"] != part["ETag"]


def test_a_card_without_access_says_so_on_a_dashboard_and_is_missing_alone(
    caller, viewer, board, bars, orders
):
    orders.is_restricted = True
    orders.save()
    alone = caller(viewer).ask("GET", f"widgets/{bars.pk}/picture.svg")
    missing = caller(viewer).ask("GET", "widgets/999999/picture.svg")
    assert alone.status_code == missing.status_code == 404
    said = texts(caller(viewer).ask("GET", f"dashboards/{board.pk}/picture.svg").content)
    assert "You have no access to the data" in said
    assert "West" not in said


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("theme=pink", "theme"),
        ("width=abc", "width"),
        ("width=nan", "width"),
        ("width=99999", "width"),
        ("height=1", "height"),
        ("scale=100", "scale"),
        ("width=3840&height=4096&scale=4", "scale"),
        ("title=maybe", "title"),
        ("lang=xx-nowhere", "lang"),
        ("paper=A0", "paper"),
        ("landscape=1", "landscape"),
        ("from=nonsense", "from"),
        ("tz=Mars/Olympus", "timezone"),
        ("compare=x", "compare"),
        ("colour=red", "colour"),
    ],
)
def test_a_bad_wish_is_a_problem_that_names_its_field(caller, viewer, bars, query, field):
    answer = caller(viewer).ask("GET", f"widgets/{bars.pk}/picture.png?{query}")
    assert answer.status_code == 400, answer.content
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["field"] == field


def test_an_unknown_form_names_those_that_there_are(caller, viewer, bars):
    answer = caller(viewer).ask("GET", f"widgets/{bars.pk}/picture.gif")
    assert answer.status_code == 404
    assert "svg, png, pdf" in answer.json()["detail"]


def test_how_deep_its_reader_is_reaches_the_question(caller, viewer, bars):
    answer = caller(viewer).ask("GET", f"widgets/{bars.pk}/picture.svg?drill-region=amount")
    assert answer.status_code == 400
    assert "not a level below “region”" in answer.json()["detail"]


def test_any_accept_gets_the_form_of_the_path(caller, viewer, bars):
    path = f"widgets/{bars.pk}/picture.png"
    answer = caller(viewer).ask("GET", path, Accept="image/avif,image/webp")
    assert answer.status_code == 200
    wrong = caller(viewer).ask("GET", f"{path}?theme=x", Accept="image/webp")
    assert wrong["Content-Type"] == "application/problem+json"


def test_pictures_have_a_limit_of_their_own(caller, viewer, bars, settings):
    settings.API_LIMIT_PICTURES = 2
    asked = [caller(viewer).ask("GET", f"widgets/{bars.pk}/picture.svg") for _ in range(4)]
    assert asked[-1].status_code == 429
    assert int(asked[-1]["Retry-After"]) > 0
    assert caller(viewer).ask("GET", "widgets/").status_code == 200


def test_too_many_at_once_are_asked_to_come_again(caller, viewer, bars, monkeypatch):
    monkeypatch.setattr(drawing, "WAIT_S", 0.01)
    held = [drawing._slots.acquire(timeout=1) for _ in range(drawing.AT_ONCE)]
    try:
        answer = caller(viewer).ask("GET", f"widgets/{bars.pk}/picture.svg")
    finally:
        for _ in held:
            drawing._slots.release()
    assert answer.status_code == 429
    assert answer["Retry-After"]


def test_a_card_that_cannot_be_drawn_stops_no_other(viewer, board, monkeypatch):
    from apps.widgets import render

    draw = render.svg

    def failing(kind, *rest, **more):
        if kind == "bar":
            raise render.RenderError("it failed")
        return draw(kind, *rest, **more)

    monkeypatch.setattr(render, "svg", failing)
    view = drawing.View(board.time_from, board.time_to)
    said = texts(drawing.of_dashboard(board, view, viewer, drawing.Look()).svg())
    assert "This card could not be drawn." in said
    assert "Share" in said


def test_a_pdf_has_text_as_text_and_the_page_that_was_asked_for(caller, viewer, board, bars):
    client = caller(viewer)
    own = client.ask("GET", f"widgets/{bars.pk}/picture.pdf?width=480&height=240")
    assert own.status_code == 200, own.content
    [page] = PdfReader(io.BytesIO(own.content)).pages
    assert [round(float(side)) for side in page.mediabox[2:]] == [360, 180]
    assert "By region" in page.extract_text()
    paper = client.ask("GET", f"dashboards/{board.pk}/picture.pdf?paper=letter&landscape=yes")
    page = PdfReader(io.BytesIO(paper.content)).pages[0]
    assert [round(float(side)) for side in page.mediabox[2:]] == [792, 612]
    assert "Sales" in page.extract_text()
    grid = client.ask("GET", f"dashboards/{board.pk}/picture.pdf?paper=picture&theme=dark")
    [page] = PdfReader(io.BytesIO(grid.content)).pages
    said = page.extract_text()
    assert "Revenue per day" in said
    assert "West" in said


def test_every_parameter_is_described():
    described = {each.name for each in pictures.DESCRIBED["parameters"]}
    assert described >= {*pictures.look.NAMES, *pictures.pictures.PAPER_NAMES, "from", "to", "tz"}


def test_a_pdf_that_is_too_slow_is_a_problem_with_a_remedy(caller, viewer, bars, monkeypatch):
    monkeypatch.setattr(pictures.pictures, "TIMEOUT_S", 0.0)
    answer = caller(viewer).ask("GET", f"widgets/{bars.pk}/picture.pdf")
    assert answer.status_code == 503
    assert answer["Content-Type"] == "application/problem+json"
    assert "Choose a shorter period" in answer.json()["detail"]
