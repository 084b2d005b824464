"""What a statement does is read off its text, and no word of a string or comment counts."""

import pytest

from flask_preconditions.sqlalchemy.statements import Kind
from flask_preconditions.sqlalchemy.statements import is_locking
from flask_preconditions.sqlalchemy.statements import kind_of
from flask_preconditions.sqlalchemy.statements import targets_in


@pytest.mark.parametrize(
    ("sql", "kind"),
    [
        ("SELECT 1", Kind.READ),
        ("/* UPDATE */ SELECT 'DELETE; COMMIT' -- COMMIT", Kind.READ),
        ("SELECT $$; COMMIT; $$", Kind.READ),
        ("SELECT E'it\\'s; COMMIT'", Kind.READ),
        ("SELECT \"it's\" FROM t WHERE a = '; COMMIT'", Kind.READ),
        ("SELECT 1; SELECT 2;", Kind.READ),
        ("SELECT 1; UPDATE t SET a = 1", Kind.WRITE),
        ("SET LOCAL statement_timeout = 1; INSERT INTO t VALUES (1)", Kind.WRITE),
        ("UPDATE t SET a = 1; COMMIT", Kind.END),
        ("SELECT 1; SAVEPOINT a", Kind.END),
        ("SELECT 1; ROLLBACK TO a", Kind.END),
        ("EXPLAIN UPDATE t SET a = 1", Kind.READ),
        ("EXPLAIN (ANALYZE) UPDATE t SET a = 1", Kind.WRITE),
        ("EXPLAIN ANALYZE SELECT 1", Kind.READ),
        ("WITH a AS (SELECT 1) SELECT * FROM a FOR UPDATE", Kind.READ),
        ("WITH a AS (DELETE FROM t RETURNING *) SELECT * FROM a", Kind.WRITE),
        ("INSERT INTO t VALUES ('ON CONFLICT')", Kind.INSERT),
        ("INSERT INTO t VALUES (1) ON CONFLICT DO NOTHING", Kind.WRITE),
        ("CREATE FUNCTION f() RETURNS int AS 'SELECT 1; COMMIT'", Kind.WRITE),
        ("START TRANSACTION", Kind.READ),
        ("TRUNCATE t", Kind.WRITE),
        ("CALL p()", Kind.WRITE),
        ("", Kind.WRITE),
    ],
)
def test_a_statement_does_what_its_words_say(sql: str, kind: Kind) -> None:
    assert kind_of(sql, "postgresql")[0] is kind


@pytest.mark.parametrize(
    ("sql", "kind"),
    [
        ("SELECT 'it\\'s; COMMIT' # COMMIT", Kind.READ),
        ('SELECT "UPDATE; COMMIT"', Kind.READ),
        ("SET NAMES utf8mb4", Kind.READ),
        ("SET @a = 1, autocommit = 1", Kind.END),
        ("SET STATEMENT max_statement_time = 1 FOR UPDATE t SET a = 1", Kind.WRITE),
        ("SET STATEMENT max_statement_time = 1 FOR SELECT 1", Kind.READ),
        ("START TRANSACTION", Kind.END),
        ("BEGIN", Kind.END),
        ("BEGIN NOT ATOMIC UPDATE t SET a = 1; END", Kind.OPAQUE),
        ("CREATE TABLE t (a int)", Kind.END),
        ("CREATE OR REPLACE TEMPORARY TABLE t (a int)", Kind.OPAQUE),
        ("DROP TEMPORARY TABLE t", Kind.OPAQUE),
        ("TRUNCATE t", Kind.END),
        ("LOCK TABLES t WRITE", Kind.END),
        ("ANALYZE TABLE t", Kind.END),
        ("ANALYZE UPDATE t SET a = 1", Kind.WRITE),
        ("CALL p()", Kind.OPAQUE),
        ("EXECUTE IMMEDIATE 'COMMIT'", Kind.END),
        ('EXECUTE IMMEDIATE "ROLLBACK TO a"', Kind.END),
        ("PREPARE s FROM 'CREATE TABLE t (a int)'", Kind.END),
        ("EXECUTE IMMEDIATE 'UPDATE t SET a = \"COMMIT\"'", Kind.OPAQUE),
        ("EXECUTE IMMEDIATE @text", Kind.OPAQUE),
        ("EXECUTE s", Kind.OPAQUE),
        ("/*! UPDATE t SET a = 1 */", Kind.WRITE),
        ("/*M!100000 COMMIT */", Kind.END),
        ("BACKUP STAGE START", Kind.END),
        ("REPLACE INTO t VALUES (1)", Kind.WRITE),
    ],
)
def test_mariadb_commits_by_more_words(sql: str, kind: Kind) -> None:
    assert kind_of(sql, "mysql")[0] is kind


@pytest.mark.parametrize(
    ("sql", "is_all"),
    [
        ("SELECT * FROM t FOR UPDATE", True),
        ("SELECT * FROM t FOR UPDATE NOWAIT", True),
        ("SELECT * FROM t FOR UPDATE SKIP LOCKED", False),
        ("SELECT * FROM t FOR NO KEY UPDATE", False),
        ("SELECT * FROM t FOR SHARE", False),
        ("SELECT * FROM t LOCK IN SHARE MODE", False),
        ("SELECT * FROM (SELECT * FROM t FOR UPDATE) u FOR UPDATE", True),
        ("SELECT * FROM t", False),
        ("SELECT * FROM t -- FOR UPDATE", False),
        ("SELECT 'FOR UPDATE' FROM t", False),
        ("SELECT * FROM t, u FOR UPDATE OF u", False),
        ("SELECT * FROM (SELECT * FROM t) u FOR UPDATE", False),
        ("SELECT * FROM t WHERE EXISTS (SELECT * FROM u FOR UPDATE)", False),
    ],
)
def test_a_select_locks_what_each_of_its_parts_reads(sql: str, is_all: bool) -> None:
    assert is_locking(sql, "postgresql") is is_all


@pytest.mark.parametrize(
    ("sql", "targets"),
    [
        ("INSERT INTO a (b) SELECT c FROM d", "INSERT INTO a "),
        ("UPDATE a JOIN b ON a.c = b.c SET b.d = 1", "UPDATE a JOIN b ON a.c = b.c "),
        ("UPDATE a SET b = 1 FROM c", "UPDATE a "),
        ("DELETE b FROM a JOIN b WHERE c", "DELETE b FROM a JOIN b "),
        ("WITH x AS (UPDATE a SET b = 1) DELETE FROM c", None),
        ("UPDATE a SET b = 1; UPDATE c SET b = 1", None),
        ("DO $$ UPDATE a $$", None),
    ],
)
def test_a_write_names_its_tables_before_what_it_reads(sql: str, targets: str | None) -> None:
    assert targets_in(sql, "postgresql") == (sql if targets is None else targets)
