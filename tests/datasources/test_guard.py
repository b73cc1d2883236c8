"""What a person's SQL may be: attacks, attacks in disguise, and what analysts write all day."""

import duckdb
import pytest
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlglot import exp

from apps.core.errors import UserError
from apps.datasources import guard
from apps.datasources.guard import WrongSql, checked_sql

WRITES = """
INSERT INTO t VALUES (1)
UPDATE t SET a = 1
DELETE FROM t
MERGE INTO t USING s ON t.a = s.a WHEN MATCHED THEN DELETE
CREATE TABLE canary (a int)
CREATE TABLE canary AS SELECT 1
DROP TABLE t
ALTER TABLE t ADD COLUMN b int
TRUNCATE TABLE t
GRANT ALL ON t TO PUBLIC
SET statement_timeout = 0
BEGIN
COMMIT
CALL p()
EXPLAIN ANALYZE DELETE FROM t
SELECT 1; COMMIT; INSERT INTO t VALUES (1)
SELECT 1; SELECT 2
SELECT 1 /* x */ ; DROP TABLE t -- SELECT
WITH x AS (DELETE FROM t RETURNING *) SELECT * FROM x
WITH x AS (INSERT INTO t VALUES (1) RETURNING *) SELECT * FROM x
SELECT * INTO canary FROM t
SELECT * FROM t FOR UPDATE
SELECT * FROM (SELECT * FROM t FOR SHARE) x
""".strip().splitlines()
ATTACKS = {
    "postgresql": """
SET statement_timeout=0; SELECT pg_sleep(60)
SELECT pg_sleep(60)
SELECT pg_catalog.pg_sleep(60)
SELECT "pg_sleep"(60)
SELECT (SELECT pg_sleep_for('1 min'))
SELECT * FROM t WHERE pg_sleep(1) IS NULL
SELECT * FROM pg_sleep(1)
SELECT * FROM ROWS FROM (pg_sleep(1), generate_series(1, 2)) AS x
SELECT * FROM t, LATERAL pg_sleep(1) x
SELECT a FROM t ORDER BY pg_sleep(1)
SELECT pg_read_file('/etc/passwd')
SELECT pg_ls_dir('.')
SELECT lo_import('/etc/passwd')
SELECT lo_export(1, '/tmp/x')
SELECT * FROM dblink('host=x', 'SELECT 1') AS t(a int)
SELECT dblink_exec('DROP TABLE t')
SELECT query_to_xml('select * from secret', true, true, '')
SELECT table_to_xml('secret', true, true, '')
SELECT database_to_xml(true, true, '')
SELECT * FROM ts_stat('select 1')
SELECT set_config('statement_timeout', '0', false)
SELECT current_setting('data_directory')
SELECT nextval('s')
SELECT setval('s', 1)
SELECT pg_terminate_backend(1)
SELECT pg_advisory_lock(1)
SELECT pg_notify('a', 'b')
SELECT pg_reload_conf()
SELECT public.my_function(1)
SELECT my_function(1)
COPY (SELECT 1) TO PROGRAM 'true'
COPY t FROM '/etc/passwd'
DO $$ BEGIN DELETE FROM t; END $$
LISTEN x
PREPARE p AS DELETE FROM t
EXECUTE p
DECLARE c CURSOR FOR SELECT 1
SELECT * FROM pg_authid
SELECT * FROM pg_catalog.pg_authid
SELECT * FROM "pg_authid"
TABLE pg_authid
SELECT * FROM pg_shadow
SELECT * FROM pg_stats
SELECT * FROM pg_stat_activity
SELECT * FROM pg_user_mappings
SELECT * FROM information_schema.user_mapping_options
SELECT * FROM _timescaledb_internal._hyper_1_1_chunk
SELECT $1
SELECT :name
SELECT * FROM crosstab('select 1') AS t(a int)
""",
    "mysql": """
SELECT LOAD_FILE('/etc/passwd')
SELECT 1 INTO OUTFILE '/tmp/x'
SELECT 1 INTO DUMPFILE '/tmp/x'
SELECT a INTO @x FROM t
SELECT SLEEP(5)
SELECT 1 FROM t WHERE SLEEP(5)
SELECT BENCHMARK(1000000, MD5('x'))
SELECT @a := 1
SELECT @@global.general_log
SELECT @a
SELECT GET_LOCK('a', 10)
SELECT MASTER_POS_WAIT('a', 1)
SELECT sys_exec('id')
SELECT * FROM mysql.user
SELECT * FROM performance_schema.threads
SELECT * FROM t LOCK IN SHARE MODE
SELECT /*+ SET_VAR(max_execution_time=0) */ 1
SELECT /*!50000 SLEEP(5) */ 1
SELECT 1 /*M! , SLEEP(5) */
HANDLER t OPEN
LOAD DATA INFILE '/etc/passwd' INTO TABLE t
DO SLEEP(5)
SELECT * FROM t PROCEDURE ANALYSE()
""",
    "clickhouse": """
SELECT * FROM url('http://127.0.0.1/', 'CSV')
SELECT * FROM file('/etc/passwd', 'CSV')
SELECT file('/etc/passwd')
SELECT * FROM remote('127.0.0.1', 'system', 'users')
SELECT * FROM remoteSecure('h', 'd', 't')
SELECT * FROM s3('https://x', 'CSV')
SELECT * FROM mysql('h', 'd', 't', 'u', 'p')
SELECT * FROM postgresql('h', 'd', 't', 'u', 'p')
SELECT * FROM jdbc('x', 'y')
SELECT * FROM executable('id', 'CSV', 'a String')
SELECT * FROM input('a String')
SELECT * FROM merge('db', '.*')
SELECT * FROM cluster('c', 'db', 't')
SELECT * FROM '/etc/passwd.csv'
SELECT sleep(3)
SELECT sleepEachRow(1)
SELECT dictGet('d', 'a', 1)
SELECT joinGet('db.secret', 'a', 1)
SELECT getSetting('x')
SELECT x IN secret FROM t
SELECT x IN (secret) FROM t
SELECT x NOT IN ((db.secret)) FROM t
SELECT in(x, secret) FROM t
SELECT notIn(x, secret) FROM t
SELECT 1 SETTINGS max_execution_time = 0
SELECT * FROM (SELECT 1 SETTINGS readonly = 0)
SELECT 1 FORMAT CSV
SELECT 1 INTO OUTFILE 'x'
SELECT * FROM system.users
SELECT * FROM system.query_log
SELECT {a:String}
SYSTEM SHUTDOWN
""",
    "duckdb": """
SELECT * FROM read_csv('/etc/passwd')
SELECT * FROM read_csv_auto('/etc/passwd')
SELECT * FROM read_parquet('x')
SELECT * FROM parquet_scan('x')
SELECT * FROM read_text('/etc/passwd')
SELECT * FROM read_blob('/etc/passwd')
SELECT * FROM read_json('x')
SELECT * FROM glob('/*')
SELECT * FROM sniff_csv('x')
SELECT * FROM '/etc/passwd'
SELECT * FROM 'data.csv'
FROM 'data.parquet'
SELECT * FROM "data.json"
SELECT * FROM "s3://x/y"
ATTACH '/tmp/x.db' AS x
DETACH x
PRAGMA database_list
COPY t TO '/tmp/x'
COPY (SELECT 1) TO '/tmp/x.csv'
EXPORT DATABASE '/tmp/x'
INSTALL httpfs
LOAD httpfs
SET enable_external_access = true
SELECT * FROM query('SELECT 1')
SELECT * FROM query_table('t')
SELECT getenv('SECRET_KEY')
SELECT getvariable('x')
SELECT current_setting('x')
SELECT * FROM json_execute_serialized_sql('x')
SELECT * FROM duckdb_secrets()
SELECT * FROM duckdb_settings()
SELECT * FROM pragma_database_size()
SELECT nextval('s')
SELECT sleep_ms(60000)
SELECT * FROM arrow_scan(1, 2, 3)
CALL enable_logging()
CHECKPOINT
VACUUM
""",
    "sqlite": """
ATTACH '/tmp/x' AS y
PRAGMA writable_schema = 1
SELECT load_extension('x')
SELECT readfile('/etc/passwd')
SELECT writefile('/tmp/x', 'a')
SELECT edit('a')
SELECT fts3_tokenizer('a')
SELECT * FROM pragma_database_list()
SELECT * FROM pragma_table_info('t')
SELECT * FROM sqlite_dbpage
SELECT 1 IN secret
VACUUM INTO '/tmp/x'
REPLACE INTO t VALUES (1)
""",
    "trino": """
SELECT * FROM TABLE(system.query(query => 'DROP TABLE t'))
SELECT * FROM TABLE(postgres.system.query(query => 'SELECT 1'))
SELECT * FROM system.runtime.queries
CALL system.runtime.kill_query('x')
SELECT fail('x')
""",
    "snowflake": """
SELECT * FROM @stage/file.csv
SELECT * FROM TABLE(RESULT_SCAN(LAST_QUERY_ID()))
SELECT SYSTEM$WAIT(60)
SELECT system$cancel_query('x')
SELECT * FROM snowflake.account_usage.query_history
PUT file:///etc/passwd @s
COPY INTO t FROM @s
SELECT s.nextval
""",
    "bigquery": """
SELECT * FROM EXTERNAL_QUERY('c', 'DROP TABLE t')
SELECT * FROM ML.PREDICT(MODEL m, TABLE t)
EXPORT DATA OPTIONS (uri = 'gs://x') AS SELECT 1
SELECT * FROM `region-us`.INFORMATION_SCHEMA.JOBS
DECLARE x INT64
EXECUTE IMMEDIATE 'DROP TABLE t'
SELECT @x
""",
    "databricks": """
SELECT * FROM csv.`/etc/passwd`
SELECT * FROM parquet.`s3://x`
SELECT * FROM read_files('/x')
SELECT TRANSFORM(a) USING 'cat' FROM t
SELECT reflect('java.lang.System', 'exit', 1)
SELECT java_method('java.lang.System', 'exit', 1)
SELECT secret('scope', 'key')
SELECT ai_query('m', 'x')
SELECT http_request('x')
""",
}
ATTACKS["duckdb_file"] = ATTACKS["duckdb"]
CASES = [(kind, sql) for kind, text in ATTACKS.items() for sql in text.strip().splitlines()]
CASES += [(kind, sql) for kind in ATTACKS for sql in WRITES]
HARMLESS = {
    "postgresql": r"""
SELECT a, b::numeric(10, 2), c->>'d' FROM s.t WHERE a IN (1, 2) AND b IS NOT NULL LIMIT 5
SELECT string_agg(a, ',' ORDER BY b) FILTER (WHERE c > 1) FROM t
SELECT count(*) FROM t GROUP BY GROUPING SETS ((d), ())
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY a) FROM t
SELECT sum(b) OVER (PARTITION BY c ORDER BY d ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) FROM t
SELECT date_trunc('day', t AT TIME ZONE 'Europe/Berlin'), extract(epoch FROM t) FROM t
SELECT time_bucket('1 day', t), first(a, t), last(a, t) FROM h GROUP BY 1
WITH RECURSIVE x AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM x) SELECT * FROM x
SELECT * FROM a LEFT JOIN LATERAL (SELECT 1) b ON TRUE CROSS JOIN generate_series(1, 3) g(n)
SELECT DISTINCT ON (a) a FROM t ORDER BY a, b DESC NULLS LAST OFFSET 2
SELECT count(*) FROM information_schema.tables
SELECT relname FROM pg_class
SELECT jsonb_array_elements(a), regexp_replace(b, 'x', 'y', 'g'), to_char(t, 'YYYY') FROM t
(SELECT 1) UNION ALL (SELECT 2) EXCEPT SELECT 3 ORDER BY 1
VALUES (1, 'a'), (2, 'b')
SELECT 'DROP TABLE t; --', $$it's; quoted$$, E'a\nb' -- DELETE
SELECT CASE WHEN a THEN 1 END, a ILIKE ANY (ARRAY['x']), (b).c, a IS DISTINCT FROM b FROM t
""",
    "mysql": r"""
SELECT DATE_FORMAT(t, '%Y-%m'), GROUP_CONCAT(a ORDER BY b SEPARATOR ';') FROM `a b`
SELECT IF(a, b, c), IFNULL(a, 0), JSON_EXTRACT(d, '$.x') FROM s.t LIMIT 2, 3 # DELETE
SELECT "it\"s" FROM t USE INDEX (i) WHERE MATCH (a) AGAINST ("x")
SELECT DATE_ADD(t, INTERVAL 1 DAY), TIMESTAMPDIFF(HOUR, a, b), UNIX_TIMESTAMP(t) FROM t
""",
    "clickhouse": r"""
SELECT toStartOfDay(t) d, uniqExact(u), quantile(0.9)(v), countIf(v > 1) FROM e FINAL
SELECT arrayJoin([1, 2]), sumMerge(s), JSONExtractString(j, 'x') FROM t PREWHERE a
WITH 1 AS x SELECT x, a ? 1 : 2, formatDateTime(t, '%Y'), dateDiff('day', a, b) FROM t
SELECT number FROM numbers(10) WHERE number IN (SELECT 1)
""",
    "duckdb": r"""
FROM t SELECT * EXCLUDE (a) REPLACE (b + 1 AS b)
SELECT list_transform([1, 2], x -> x + 1), {'a': 1}, l[1:2], [x FOR x IN l] FROM t
SELECT time_bucket(INTERVAL 1 DAY, t), quantile_cont(a, 0.5) FROM t GROUP BY ALL
SELECT * FROM t QUALIFY row_number() OVER (PARTITION BY a ORDER BY b) = 1
SELECT strftime(t, '%Y'), regexp_extract(a, 'x'), epoch_ms(t) FROM t USING SAMPLE 10%
SELECT * FROM (PIVOT t ON a USING sum(b))
""",
    "sqlite": r"""
SELECT strftime('%Y', d), julianday(d), group_concat(a), json_extract(b, '$.x') FROM [a b]
""",
    "trino": r"""
SELECT approx_distinct(a), try_cast(b AS date), element_at(m, 'x') FROM c.s.t
SELECT * FROM t CROSS JOIN UNNEST(a) WITH ORDINALITY AS u (b, n)
""",
    "snowflake": r"""
SELECT a:b.c::string, IFF(a, b, c) FROM d.s.t, LATERAL FLATTEN(INPUT => x)
""",
    "bigquery": r"""
SELECT SAFE.PARSE_DATE('%Y', a), COUNTIF(b) FROM `p.d.events_*`, UNNEST(items) i
""",
    "databricks": r"""
SELECT explode(a), date_format(t, 'yyyy') FROM c.s.t LATERAL VIEW explode(b) e AS z
""",
}
HARMLESS["duckdb_file"] = HARMLESS["duckdb"]
FINE = [(kind, sql) for kind, texts in HARMLESS.items() for sql in texts.strip().splitlines()]


@pytest.mark.parametrize(("kind", "sql"), CASES)
def test_sql_1_2_3_4_11_what_is_no_reading_is_refused(kind, sql):
    with pytest.raises(WrongSql) as caught:
        checked_sql(sql, kind)
    assert caught.value.field == "sql"
    assert caught.value.status == 400
    assert "%(" not in caught.value.message


@pytest.mark.parametrize(("kind", "sql"), FINE)
def test_what_analysts_write_passes_and_stays_itself(kind, sql):
    checked = checked_sql(sql, kind)
    assert checked_sql(checked, kind) == checked
    assert "DELETE" not in checked.replace("'DROP TABLE t; --'", "")


def test_every_kind_that_speaks_sql_is_attacked_and_used():
    assert ATTACKS.keys() == guard.DIALECTS.keys() == HARMLESS.keys()


@pytest.mark.parametrize("kind", ["store", "opensearch", "prometheus", "http", "nothing"])
def test_other_kinds_are_not_asked_in_sql(kind):
    with pytest.raises(UserError):
        checked_sql("SELECT 1", kind)


@pytest.mark.parametrize(
    "sql",
    [
        "",
        " \n ;",
        "-- nothing",
        "1 + 1",
        "SELECT 'open",
        "SELECT \x00",
        "SELECT \x1b[0m1",
        "(" * 5000,
        "SELECT " + "(" * 300 + "1" + ")" * 300,
        "SELECT " + "1+" * 3000 + "1; SELECT 2",
        "SELECT " + "CASE WHEN a THEN " * 400 + "1" + " END" * 400,
        "SELECT '" + "x" * 60_000 + "'",
        "SELECT ~" + "~" * 5_000 + "1",
        "SELECT NOT " * 2_000,
    ],
)
def test_nonsense_is_told_as_such_and_never_breaks_the_worker(sql):
    with pytest.raises(WrongSql):
        checked_sql(sql, "postgresql")


def test_an_error_says_where():
    with pytest.raises(WrongSql) as caught:
        checked_sql("SELECT a\nFROM WHERE b", "postgresql")
    assert (caught.value.line, caught.value.column) == (2, 6)
    with pytest.raises(WrongSql) as caught:
        checked_sql("SELECT a,\n  pg_sleep(1) FROM t", "postgresql")
    assert (caught.value.line, caught.value.column) == (2, 3)


def spaced(draw, word):
    """The same word in another case."""
    flips = draw(st.lists(st.booleans(), min_size=len(word), max_size=len(word)))
    return "".join(c.upper() if up else c.lower() for c, up in zip(word, flips, strict=True))


@st.composite
def disguised(draw):
    """An attack in other case, with comments and spaces between its words, inside something."""
    kind, sql = draw(st.sampled_from([each for each in CASES if "'" not in each[1]]))
    gap = st.sampled_from([" ", "  ", "\n", "\t", " /* a */ ", " -- SELECT 1\n", "/**/ "])
    sql = "".join(draw(gap) if c == " " else spaced(draw, c) for c in sql)
    around = ["{}", "{} ;", ";{}", "  {}\n", "/* SELECT 1 */ {}", "SELECT 1; {}"]
    if sql.lstrip().lower().startswith("select"):
        around += [
            "({})",
            "WITH q AS ({}) SELECT * FROM q",
            "SELECT * FROM ({}) AS q",
            "SELECT 1 UNION {}",
        ]
    return kind, draw(st.sampled_from(around)).replace("{}", sql)


@settings(max_examples=150, deadline=None)
@given(disguised())
def test_a_disguise_does_not_help(case):
    kind, sql = case
    with pytest.raises(WrongSql):
        checked_sql(sql, kind)


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(sorted(guard.DIALECTS)), st.text(max_size=80))
def test_whatever_passes_is_one_reading_and_passes_again(kind, text):
    try:
        checked = checked_sql(f"SELECT {text}", kind)
    except WrongSql:
        return
    assert checked_sql(checked, kind) == checked
    tree = guard.parsed(checked, kind)
    assert not list(tree.find_all(exp.DML, exp.DDL, exp.Command))


# the printed statement must mean what was read: literals are where the two could part
PLAIN = st.characters(codec="utf-8", exclude_categories=("Cc", "Cs")) | st.sampled_from("\t\n")
LITERALS = st.text(PLAIN, max_size=12) | st.text(st.sampled_from("'\\\";-/*$ aen%{}"), max_size=12)


@settings(max_examples=100, deadline=None)
@given(LITERALS)
def test_texts_reach_duckdb_as_they_are(text):
    sql = checked_sql("SELECT '{}' AS a".format(text.replace("'", "''")), "duckdb")
    assert duckdb.sql(sql).fetchall() == [(text,)]


@pytest.mark.django_db
def test_texts_reach_postgresql_as_they_are():
    @settings(max_examples=150, deadline=None)
    @given(LITERALS, st.sampled_from(["plain", "escaped", "dollars"]))
    def check(text, style):
        if style == "plain":
            literal = "'{}'".format(text.replace("'", "''"))
        elif style == "escaped":
            literal = "E'{}'".format(text.replace("\\", "\\\\").replace("'", "\\'"))
        elif "$" in text:
            return
        else:
            literal = f"$${text}$$"
        sql = checked_sql(f"SELECT {literal} AS a", "postgresql")
        with connection.cursor() as cursor:
            cursor.execute(sql)
            assert cursor.fetchall() == [(text,)]

    check()


@pytest.mark.parametrize(
    ("sql", "tables"),
    [
        ("SELECT * FROM a, s.b JOIN c ON TRUE", ["a", "s.b", "c"]),
        ("WITH a AS (SELECT * FROM a) SELECT * FROM a", ["a"]),
        ("WITH a AS (SELECT 1), b AS (SELECT * FROM a) SELECT * FROM b", []),
        ("WITH b AS (SELECT * FROM a), a AS (SELECT 1) SELECT * FROM b, a", ["a"]),
        ("WITH RECURSIVE a AS (SELECT 1 UNION SELECT * FROM a) SELECT * FROM a", []),
        ("SELECT * FROM a WHERE EXISTS (WITH a AS (SELECT 1) SELECT * FROM a)", ["a"]),
        ("WITH a AS (SELECT 1) SELECT * FROM s.a", ["s.a"]),
        ("WITH a AS (SELECT 1) SELECT (SELECT max(x) FROM a), (SELECT 1 FROM A)", []),
        ("SELECT * FROM (WITH a AS (SELECT 1) SELECT * FROM a) x, a", ["a"]),
        ("SELECT * FROM generate_series(1, 2) g", []),
        ("WITH a AS (SELECT 1) SELECT * FROM a UNION SELECT * FROM a", []),
    ],
)
def test_a_name_given_by_with_is_no_table_where_it_holds_and_one_elsewhere(sql, tables):
    found = [guard.table_name(each) for each in guard.tables_of(guard.parsed(sql, "postgresql"))]
    assert sorted(f"{t.schema}.{t.name}".lstrip(".") for t in found) == sorted(tables)


def test_a_value_that_clickhouse_names_by_with_is_no_table():
    tree = guard.parsed("WITH 1 AS secret SELECT * FROM secret", "clickhouse")
    assert [guard.table_name(each).name for each in guard.tables_of(tree)] == ["secret"]


@pytest.mark.parametrize("kind", ["duckdb", "duckdb_file", "sqlite"])
@pytest.mark.parametrize(
    "call",
    ["repeat('x', 1000000)", "lpad('x', 1000000, 'y')", "rpad('x', n)", "printf('%99999999d', 1)"],
)
def test_what_swells_is_refused_where_this_process_is_the_server(kind, call):
    with pytest.raises(UserError, match="of any size") as refused:
        checked_sql(f"SELECT {call} FROM orders", kind)
    assert refused.value.field == "sql"
    assert "LPAD" in checked_sql("SELECT lpad('1', 2, '0') FROM orders", "duckdb").upper()
