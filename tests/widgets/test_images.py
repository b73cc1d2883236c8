"""Uploaded pictures: what is taken, what is left of it, and who gets to see it."""

import io

import pytest
from PIL import Image

from apps.core.errors import TooLarge, UserError
from apps.dashboards.models import Placement
from apps.widgets import images
from apps.widgets.models import Widget
from tests.dashboards.boards import make_board


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def picture(kind="PNG", size=(40, 30), mode="RGB", **more):
    made = io.BytesIO()
    Image.new(mode, size, 128 if mode == "L" else None).save(made, kind, **more)
    return made.getvalue()


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_picture_is_kept_under_the_digest_of_what_was_written_anew(kind):
    stored = images.store(picture(kind), 1)
    assert (stored.width, stored.height) == (40, 30)
    body, type_ = images.read(1, stored.name)
    assert type_ == f"image/{kind.lower()}"
    assert Image.open(io.BytesIO(body)).format == kind
    assert images.store(picture(kind), 1) == stored


def test_the_several_pictures_in_one_file_of_a_phone_are_kept_as_its_first():
    several = picture("MPO", save_all=True, append_images=[Image.new("RGB", (40, 30), "red")])
    stored = images.store(several, 1)
    body, type_ = images.read(1, stored.name)
    assert type_ == "image/jpeg"
    assert Image.open(io.BytesIO(body)).format == "JPEG"


def test_what_hides_in_a_picture_is_gone():
    exif = Image.Exif()
    exif[0x010E] = "secret place"
    hostile = picture("JPEG", exif=exif) + b"<script>alert(1)</script>"
    body, _type = images.read(1, images.store(hostile, 1).name)
    assert b"secret" not in body
    assert b"<script" not in body


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"GIF89a",
        b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
        b"<html>",
        picture("GIF", mode="P"),
        picture("BMP"),
        picture()[:60],
    ],
)
def test_what_is_no_whole_png_jpeg_or_webp_is_refused(data):
    with pytest.raises(UserError, match="PNG, JPEG or WebP") as error:
        images.store(data, 1)
    assert error.value.field == "image"


def test_too_many_bytes_and_too_many_pixels_are_refused(monkeypatch):
    with pytest.raises(TooLarge, match="5 MB"):
        images.store(b"\x89PNG" + bytes(images.MOST_BYTES), 1)
    with pytest.raises(TooLarge, match="million pixels"):
        images.store(picture(size=(6000, 5000), mode="1"), 1)


def test_a_large_picture_is_made_smaller():
    assert images.store(picture(size=(5000, 1000)), 1).width == images.MOST_SIDE


@pytest.mark.parametrize("name", ["../../../etc/passwd", "a" * 64 + ".svg", "A" * 64 + ".png", ""])
def test_a_name_that_is_no_digest_is_not_there(name):
    assert images.read(1, name) is None
    assert not images.exists(1, name)


@pytest.fixture
def shown(editor, orders):
    board = make_board(editor, orders, cards=())
    name = images.store(picture(), orders.workspace_id).name
    options = {"image": name, "alt": "A plan"}
    widget = Widget.objects.create(
        workspace=orders.workspace, title="Plan", kind="image", options=options
    )
    Placement.objects.create(dashboard=board, widget=widget, x=0, y=0, w=6, h=5)
    return widget


def test_who_sees_the_card_sees_its_picture_and_a_stranger_does_not(
    client, viewer, stranger, shown
):
    url = f"/w/{shown.pk}/image/{shown.options['image']}"
    client.force_login(viewer)
    answer = client.get(url)
    assert answer.status_code == 200
    assert answer["Content-Type"] == "image/png"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "immutable" in answer["Cache-Control"]
    assert url.encode() in client.get(f"/w/{shown.pk}/data/").content
    client.force_login(stranger)
    assert client.get(url).status_code == 404


def test_a_card_serves_its_own_picture_and_no_other_of_its_workspace(client, viewer, shown):
    other = images.store(picture(size=(9, 9)), shown.workspace_id).name
    client.force_login(viewer)
    assert client.get(f"/w/{shown.pk}/image/{other}").status_code == 404


def test_only_who_edits_may_upload_and_look_at_what_is_on_no_card(client, viewer, editor, stranger):
    workspace = editor.memberships.get().workspace

    def upload(data=None):
        file = io.BytesIO(data or picture())
        file.name = "a.png"
        return client.post("/w/images/", {"workspace": workspace.pk, "image": file})

    for person in (viewer, stranger):
        client.force_login(person)
        assert upload().status_code == 404
    client.force_login(editor)
    name = upload().json()["name"]
    assert client.get(f"/w/images/{workspace.pk}/{name}").status_code == 200
    assert upload(b"<svg/>").status_code == 400
    for person in (viewer, stranger):
        client.force_login(person)
        assert client.get(f"/w/images/{workspace.pk}/{name}").status_code == 404
