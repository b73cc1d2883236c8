"""Drawing modules: who may upload, what is kept, and the policy under which they run."""

import base64
import hashlib
import io

import orjson
import pytest

from apps.accounts.models import Workspace
from apps.core.errors import Denied, TooLarge, UserError
from apps.widgets import modules, services
from apps.widgets.cards import card_data, overlays_of
from apps.widgets.models import CustomKind, CustomKindVersion, Widget
from apps.widgets.services import WidgetSpec
from apps.widgets.view import View

VIEW = View("2024-01-01", "2024-02-01")
SOURCE = b"sightline.register({ draw() {} });"


def kept(author, workspace, name="Lollipop", source=SOURCE, libraries="d3"):
    return modules.upload(author, workspace, name=name, libraries=libraries, data=source)


def test_an_upload_is_a_version_with_who_and_when_and_the_next_one_too(admin_user, workspace):
    first, second = kept(admin_user, workspace), kept(admin_user, workspace, source=SOURCE + b"//2")
    assert (first.number, second.number) == (1, 2)
    assert (second.author, first.kind) == (admin_user, second.kind)
    assert second.created_at
    assert CustomKindVersion.objects.get(pk=first.pk).source == SOURCE.decode()


@pytest.mark.parametrize("role", ["viewer", "editor", "analyst", "stranger"])
def test_only_admins_of_the_workspace_may_upload(role, request, workspace):
    with pytest.raises(Denied):
        kept(request.getfixturevalue(role), workspace)
    assert not CustomKind.objects.exists()


@pytest.mark.parametrize(
    ("source", "error"),
    [
        (b"x" * (modules.MOST_BYTES + 1), TooLarge),
        (b"\xff\xfe", UserError),
        (b"alert(1)", UserError),
        (SOURCE + b"\x00", UserError),
        (b"", UserError),
    ],
)
def test_what_is_no_module_is_refused(source, error, admin_user, workspace):
    with pytest.raises(error) as found:
        kept(admin_user, workspace, source=source)
    assert found.value.field == "module"
    assert not CustomKind.objects.exists()


@pytest.mark.parametrize("name", ["", "  ", "x" * 61])
def test_a_module_needs_a_name(name, admin_user, workspace):
    with pytest.raises(UserError) as found:
        kept(admin_user, workspace, name=name)
    assert found.value.field == "name"


def test_the_frame_reaches_nothing_and_is_sandboxed_even_alone(client, admin_user, workspace):
    version = kept(admin_user, workspace)
    client.force_login(admin_user)
    answer = client.get(f"/w/custom/{version.pk}/")
    policy = answer["Content-Security-Policy"]
    for part in (
        "default-src 'none'",
        "connect-src 'none'",
        "frame-src 'none'",
        "form-action 'none'",
        "frame-ancestors 'self'",
        "sandbox allow-scripts",
    ):
        assert part in policy
    assert "allow-same-origin" not in policy
    assert "unsafe-eval" not in policy
    assert "nonce" not in policy  # import() from a script with a nonce may load anything
    assert "script-src 'sha256-" in policy
    host = "http://testserver/static/dist/frame"
    assert f"{host}/d3.js {host}/runtime.js;" in policy
    assert answer["X-Frame-Options"] == "SAMEORIGIN"
    assert "no-store" in answer["Cache-Control"]
    text = answer.content.split(b"<script>")[1].split(b"</script>")[0]
    digest = base64.b64encode(hashlib.sha256(text).digest()).decode()
    assert f"'sha256-{digest}'" in policy
    assert text.index(b"RTCPeerConnection") < text.index(SOURCE)


def test_line_ends_are_those_that_html_reads_since_the_hash_counts():
    assert modules.read(SOURCE + b"\r\n//\r//") == SOURCE.decode() + "\n//\n//"


@pytest.mark.parametrize(
    "hostile",
    [
        b"sightline.register({ draw() { return '</script><script>alert(1)</script>' } });",
        b"sightline.register({ draw() { return '</ScRiPt ><img src=x>' } });",
        b"sightline.register({ draw() { return '<!--<script>' } });",
    ],
)
def test_a_modules_text_cannot_end_its_element(hostile, client, admin_user, workspace):
    version = kept(admin_user, workspace, source=hostile, libraries="")
    client.force_login(admin_user)
    body = client.get(f"/w/custom/{version.pk}/").content.decode().lower()
    assert body.count("</script") == 2
    assert "<!--" not in body


def test_a_modules_name_is_text_in_its_frame(client, admin_user, workspace):
    version = kept(admin_user, workspace, name="</title><img src=x>")
    client.force_login(admin_user)
    assert b"<img" not in client.get(f"/w/custom/{version.pk}/").content


def test_a_frame_is_for_members_and_only_while_the_module_is_on(
    client, admin_user, viewer, stranger, workspace
):
    version = kept(admin_user, workspace)
    address = f"/w/custom/{version.pk}/"
    client.force_login(viewer)
    assert client.get(address).status_code == 200
    client.force_login(stranger)
    assert client.get(address).status_code == 404
    modules.switch(admin_user, version.kind, is_active=False)
    client.force_login(viewer)
    assert client.get(address).status_code == 404


def card(editor, orders, module, **options):
    spec = WidgetSpec(
        "Mine",
        "custom",
        orders.pk,
        query={"measures": ["revenue"], "dimensions": ["region"]},
        options={"module": str(module), **options},
    )
    spec = services.checked(spec, editor, orders.workspace, VIEW)
    return services.fill(Widget(workspace=orders.workspace), spec)


def test_a_card_runs_the_newest_version_on_its_own_rows(admin_user, editor, orders):
    kept(admin_user, orders.workspace)
    newest = kept(admin_user, orders.workspace)
    widget = card(editor, orders, newest.kind_id, settings='{"most": 3}')
    found = orjson.loads(card_data(widget, VIEW, editor).body)
    assert found["overlays"]["custom"] == {
        "frame": f"/w/custom/{newest.pk}/",
        "name": "Lollipop",
        "version": 2,
    }
    assert found["frames"]["main"]["row_count"] > 1
    modules.switch(admin_user, newest.kind, is_active=False)
    assert overlays_of(widget, VIEW, editor) == {}


def test_a_module_of_another_workspace_is_not_there(admin_user, editor, orders, stranger):
    other = Workspace.objects.get(slug="elsewhere")
    foreign = kept(stranger, other)
    for module in (foreign.kind_id, 0, ""):
        with pytest.raises(UserError) as found:
            card(editor, orders, module)
        assert found.value.field == "options.module"
    stored = Widget(
        workspace=orders.workspace, kind="custom", options={"module": str(foreign.kind_id)}
    )
    assert overlays_of(stored, VIEW, editor) == {}


@pytest.mark.parametrize("settings", ["[1]", "{", "1", '{"a": 1,}'])
def test_options_for_a_module_are_a_json_object(settings, admin_user, editor, orders):
    module = kept(admin_user, orders.workspace).kind_id
    with pytest.raises(UserError) as found:
        card(editor, orders, module, settings=settings)
    assert found.value.field == "options.settings"


@pytest.mark.parametrize("module", ["²", "9" * 5000, "x", "-1"])
def test_what_is_no_number_of_a_module_is_refused(module, editor, orders):
    with pytest.raises(UserError) as found:
        card(editor, orders, module)
    assert found.value.field == "options.module"


def test_the_settings_page_is_for_admins(client, admin_user, editor, viewer, workspace):
    def sent():
        file = io.BytesIO(SOURCE)
        file.name = "lollipop.js"
        data = {"workspace": workspace.pk, "name": "Mine", "libraries": "", "module": file}
        return client.post("/w/modules/", data)

    for person in (editor, viewer):
        client.force_login(person)
        assert client.get("/w/modules/").status_code == 404
        assert sent().status_code == 404
    client.force_login(admin_user)
    assert sent().status_code == 302
    page = client.get("/w/modules/").content.decode()
    assert "Mine" in page
    assert admin_user.email in page or "Ada Admin" in page
    kind = CustomKind.objects.get()
    assert client.post(f"/w/modules/{kind.pk}/", {"active": "false"}).status_code == 302
    kind.refresh_from_db()
    assert not kind.is_active
    client.force_login(editor)
    assert client.post(f"/w/modules/{kind.pk}/", {"active": "true"}).status_code == 404
