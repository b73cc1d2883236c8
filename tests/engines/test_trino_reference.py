"""What is promised of every dialect, and the plain reference in Python, on a real Trino."""

import pytest

from tests.datasources.test_compiler_dialects import (  # noqa: F401
    test_a_day_whose_midnight_is_skipped,
    test_a_missing_text_holds_nothing,
    test_a_policy_holds_for_every_statement,
    test_a_real_null_is_not_the_others,
    test_a_relative_span_moves_with_the_clock,
    test_nothing_at_all,
    test_nulls_come_last_and_one_row_more_tells_of_a_cut,
    test_policies_may_speak_of_what_is_hidden,
    test_raw_rows_have_their_types,
    test_rows_of_a_persons_sql_are_a_subquery,
    test_thousands_of_categories_fold_into_others,
)
from tests.datasources.test_compiler_reference import (  # noqa: F401
    test_a_number_groups_without_what_is_none,
    test_all_rows_as_one_group,
    test_groups_over_time,
    test_parts_of_the_wall_clock,
    test_the_top_and_all_others,
)
from tests.engines import tier
from tests.engines.engines import Trino

tier.needed()

ZONED, PLAIN = "timestamp(3) with time zone", "timestamp(6)"


@pytest.fixture(params=[ZONED, PLAIN])
def engine(trino_server, trino_tables, loopback, request):
    return Trino(trino_server.port, request.param)
