"""/healthz, /readyz, /metrics."""

import pytest
import redis as driver
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from apps.core import redis


def test_the_process_lives_without_asking_any_other_part(client):
    response = client.get("/healthz")
    assert (response.status_code, response.content) == (200, b"ok\n")


def test_ready_when_all_parts_answer(client, db):
    response = client.get("/readyz")
    assert response.status_code == 200
    assert response.json()["parts"] == {"database": "ok", "redis": "ok", "migrations": "ok"}


def test_not_ready_while_a_migration_waits(client, db):
    MigrationRecorder(connection).record_unapplied("alerts", "0001_initial")
    response = client.get("/readyz")
    assert response.status_code == 503
    assert "waiting" in response.json()["parts"]["migrations"]


def test_not_ready_without_redis_and_it_says_which_part(client, db, monkeypatch):
    nowhere = driver.Redis(host="127.0.0.1", port=1, socket_connect_timeout=1)
    with monkeypatch.context() as patch:
        patch.setattr(redis, "client", lambda: nowhere)
        response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json()["parts"]["redis"] == "does not answer"
    assert response.json()["parts"]["database"] == "ok"


def test_metrics_count_requests_by_view_and_status(client, db):
    client.get("/healthz")
    client.get("/no/such/page")
    text = client.get("/metrics").content.decode()
    assert 'sightline_requests_total{method="GET",status="200",view="core:healthz"}' in text
    assert 'sightline_requests_total{method="GET",status="404",view="none"}' in text


def test_metrics_name_tasks_by_outcome(client, db):
    redis.client().hincrby("sightline:metrics:tasks", "apps.alerts.tasks.send_waiting:success", 3)
    text = client.get("/metrics").content.decode()
    line = 'sightline_tasks_total{task="apps.alerts.tasks.send_waiting",outcome="success"} 3'
    assert line in text


@pytest.mark.parametrize("address", ["203.0.113.9", "2001:db8::1", "no address", ""])
def test_elsewhere_there_are_no_metrics(client, db, address):
    missing = client.get("/no/such/page", REMOTE_ADDR=address)
    response = client.get("/metrics", REMOTE_ADDR=address)
    assert response.status_code == missing.status_code == 404


@pytest.mark.parametrize("address", ["127.0.0.9", "::1", "::ffff:127.0.0.1"])
def test_loopback_in_any_spelling_may_read_metrics(client, db, address):
    assert client.get("/metrics", REMOTE_ADDR=address).status_code == 200


def test_adm_5_elsewhere_there_is_no_admin(client, db, settings):
    settings.ADMIN_NETWORKS = ["10.0.0.0/8"]
    for path in ("/admin/", "/admin/login/", "/admin/accounts/user/"):
        assert client.get(path, REMOTE_ADDR="192.0.2.1").status_code == 404
        assert client.get(path, REMOTE_ADDR="10.1.2.3").status_code in (200, 302)
