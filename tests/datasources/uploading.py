"""What tests of uploads do: upload, confirm, ask."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from apps.core.errors import UserError
from apps.datasources import engine, uploads
from apps.datasources.query import Query


def receive(user, content, name="orders 2024.csv", workspace=None, into=None):
    """The draft of a file."""
    workspace = workspace or user.memberships.get().workspace
    return uploads.receive(user, workspace, SimpleUploadedFile(name, content), into)


def refusal(user, content, name="orders.csv"):
    """Why a file is refused."""
    with pytest.raises(UserError) as caught:
        receive(user, content, name)
    return caught.value


def keep(user, draft, **more):
    """The dataset of a draft that is confirmed."""
    fields = {"name": draft.title, "types": {}, **more}
    return uploads.keep(draft, user, uploads.Choice(**fields))


def types(draft):
    """Column name -> type."""
    return {column["name"]: column["type"] for column in draft.columns}


def values(dataset, user, *columns, **more):
    """The rows of a dataset, a list per column."""
    frame = engine.answer(Query(dataset=dataset.pk, columns=columns, **more), user)
    return [frame.column(name) for name in columns]
