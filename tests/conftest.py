"""Fixtures that every test may use: one workspace, a person of each role, one small dataset."""

import shutil
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest

from apps.accounts import services as accounts
from apps.accounts.models import User, Workspace
from apps.core import redis
from apps.datasources import services as datasources


def pytest_collection_modifyitems(items):
    """Browser tests last: Playwright leaves an event loop running in its thread, beside which no
    asynchronous test can start one. Of those, the one long file of the whole product first.
    """
    items.sort(
        key=lambda item: (
            item.get_closest_marker("browser") is not None,
            "e2e" not in item.path.parts,
        )
    )


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    """The system's Chromium where there is one, without its sandbox, which root cannot have.

    Without a graphics card, drawing by software alone is quicker than by an imitation of a card.
    """
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    found = {"executable_path": path} if path else {}
    args = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]
    return browser_type_launch_args | found | {"args": args}


@pytest.fixture(autouse=True)
def empty_redis():
    """Row numbers start anew in every test, so no kept answer of another test may be found."""
    yield
    redis.later.settle()
    redis.client().flushdb()


@pytest.fixture
def workspace(db):
    return Workspace.objects.create(name="Commerce", slug="commerce")


def person(email, workspace=None, role="viewer", **fields):
    user = User.objects.create_user(email, "correct horse battery", **fields)
    if workspace:
        accounts.set_role(user, workspace, role)
        user.refresh_from_db()
    return user


@pytest.fixture
def admin_user(workspace):
    return person("admin@example.com", workspace, "admin", name="Ada Admin")


@pytest.fixture
def analyst(workspace):
    return person("analyst@example.com", workspace, "analyst")


@pytest.fixture
def editor(workspace):
    return person("editor@example.com", workspace, "editor")


@pytest.fixture
def viewer(workspace):
    return person("viewer@example.com", workspace, "viewer")


@pytest.fixture
def stranger(db):
    """Signed in, but in a workspace of their own."""
    other = Workspace.objects.create(name="Elsewhere", slug="elsewhere")
    return person("stranger@example.com", other, "admin")


ORDERS_START = datetime(2024, 1, 1, tzinfo=UTC)


@pytest.fixture
def orders(workspace):
    """120 days of orders, two regions a day: West sells 10 + day % 7, East sells 5.

    Columns ordered_at, region, amount, cost; measures revenue, orders, margin (ratio).
    """
    days = [ORDERS_START + timedelta(days=day) for day in range(120)]
    table = pa.table(
        {
            "ordered_at": pa.array([d for d in days for _ in "WE"], pa.timestamp("ms", "UTC")),
            "region": ["West", "East"] * 120,
            "amount": [value for day in range(120) for value in (10.0 + day % 7, 5.0)],
            "cost": [value for day in range(120) for value in (6.0, 4.0)],
        }
    )
    return datasources.register_upload(
        workspace,
        name="Orders",
        slug="orders",
        table=table,
        time_column="ordered_at",
        measures=[
            {"name": "revenue", "label": "Revenue", "aggregate": "sum", "column": "amount"}
            | {"unit": "€", "format": "currency", "good": "up"},
            {"name": "orders", "label": "Orders", "aggregate": "count", "format": "integer"},
            {"name": "cost", "label": "Cost", "aggregate": "sum", "column": "cost"},
            {"name": "cost_share", "label": "Cost share", "aggregate": "ratio"}
            | {"numerator": "cost", "denominator": "revenue", "format": "percent", "good": "down"},
        ],
    )
