"""The OpenAPI document is valid, complete and quiet; its page works under our policy."""

import pytest
from django.core.management import call_command
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.validation import validate_schema


@pytest.fixture
def document(client, db):
    return client.get("/api/v1/schema/").json()


def test_it_is_made_without_a_warning(tmp_path, capsys):
    with GENERATOR_STATS.silence():
        call_command("spectacular", "--validate", "--fail-on-warn", file=str(tmp_path / "x.yaml"))
    assert capsys.readouterr().err == ""


def test_it_is_openapi_3_1_and_valid(document):
    assert document["openapi"] == "3.1.0"
    validate_schema(document)


def test_every_operation_has_words_a_unique_name_and_the_one_error_format(document):
    names = []
    for path, item in document["paths"].items():
        for method, operation in item.items():
            names.append(operation["operationId"])
            assert operation.get("description") or operation.get("summary"), (method, path)
            content = operation["responses"]["default"]["content"]
            assert list(content) == ["application/problem+json"]
    assert len(names) == len(set(names)) > 50


def test_no_secret_can_be_read(document):
    for name, schema in document["components"]["schemas"].items():
        if not name.endswith("Request"):
            assert not {"password", "secret", "state"} & set(schema.get("properties", {})), name


def test_reading_it_needs_no_account_and_tells_nothing_of_anybody(client, document, orders, viewer):
    client.force_login(viewer)
    assert client.get("/api/v1/schema/").json() == document


def test_its_page_holds_no_inline_script_or_style(client, db):
    response = client.get("/api/v1/docs/")
    text = response.content.decode()
    assert response.status_code == 200
    assert "unsafe" not in response["Content-Security-Policy"]
    assert "<style" not in text
    assert " style=" not in text
    assert "<script>" not in text
    assert 'data-schema="/api/v1/schema/"' in text
