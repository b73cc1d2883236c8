"""What a dataset that was made by SQL was made of, so that policies of that hold for it too.

A policy narrows a question before it is asked; the SQL of a dataset, or a copy of its rows, cannot
be narrowed so. Whoever sees some dataset behind it only in part does not see it at all, unless it
is restricted: then an admin has named those who may.
"""

from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.core.errors import Denied, UserError
from apps.datasources import guard
from apps.datasources.models import Dataset, RowPolicy

READS = "reads"  # of a copy's options: the datasets that it was made of, by number


def check_behind(user: User, dataset: Dataset, held: QuerySet[RowPolicy]) -> None:
    """Raises Denied, naming it, for a dataset behind this one that the user does not see whole.

    held: the policies that hold for the user.
    """
    if dataset.is_restricted:
        return
    narrowed = held.filter(dataset=OuterRef("pk"))
    for behind in datasets_behind(dataset).annotate(is_narrowed=Exists(narrowed)):
        is_seen = Dataset.objects.visible_to(user).filter(pk=behind.pk).exists()
        if behind.is_narrowed or not is_seen:
            message = _(
                "“%(name)s” was made of data that you see only in part. An admin can restrict it"
                " and grant it to you."
            )
            raise Denied(message % {"name": dataset.name}, field="dataset")
        check_behind(user, behind, held)


def datasets_behind(dataset: Dataset) -> QuerySet[Dataset]:
    """Those of the tables that its SQL reads, or those that its rows were copied from."""
    if dataset.kind != Dataset.Kind.SQL:
        return Dataset.objects.filter(pk__in=dataset.options.get(READS, []), pk__lt=dataset.pk)
    same = Dataset.objects.filter(source=dataset.source_id, kind=Dataset.Kind.TABLE)
    try:
        tree = guard.parsed(dataset.sql, dataset.source.kind)
    except UserError:  # what we cannot read may read anything
        return same
    names = {guard.table_name(table).name.lower() for table in guard.tables_of(tree)}
    of_it = [pk for pk, name in same.values_list("pk", "relation") if _bare(name) in names]
    return same.filter(pk__in=of_it)


def _bare(relation: str) -> str:
    return relation.rpartition(".")[2].lower()
