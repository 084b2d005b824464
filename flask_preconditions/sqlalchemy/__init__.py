"""Models as targets: ``@require_match(Article)``, race-free.

The row is loaded by the values in the URL, its tag is the mapper's ``version_id_col``, and
every transaction of the view that writes on the model's engine compares that version in the
database and moves it on, whichever session or connection it belongs to. What cannot be
proved is refused: nothing is committed, and a ``SetupError`` names the line.

What no guard in the application can see, and what to do about it:

1. **Keys that come back.** A row that is deleted and made again under the same key by a later
   request starts again at version 1, and an old tag fits the new row. This happens with natural
   keys, and on SQLite with numbers too. Let versions be random:
   ``"version_id_generator": lambda version: uuid.uuid4().hex``, or have keys that are
   never used again (``sqlite_autoincrement=True``). So it is where a view gives its target another
   key and adds a row under the old one.
2. **Writes that move no version.** Another program, a job or a view without a guard that
   writes with SQL or ``session.execute(update(…))`` leaves the version as it is. Move it
   there too (``.values(version=Article.version + 1)``), in a trigger, or use ``xmin()``. Where a
   trigger moves the version, let it alone do so: ``"version_id_generator": False``.
3. **Children that are changed on their own.** A view that guards a comment moves the
   version of the comment and not of its article. If the article's tag is to tell of it,
   make the tag of both: ``etag=`` takes a function, and the guide has one.
4. **Another engine, another thread, or the driver itself.** What the view writes through
   another engine, in a thread that it starts, on ``engine.raw_connection()`` or a session's
   ``driver_connection``, or with a SELECT of a function that writes, is neither checked nor
   rolled back. This includes e-mails, files and queues: do such things after the
   response, or make them harmless when repeated. A thread carries the check when it runs
   ``contextvars.copy_context().run(write)``; with ``copy_current_request_context`` it does not,
   and writing to the target is refused there.
5. **A commit in the view.** What was committed stays if a later write of the
   same view is refused. Leave the commit to the guard; ``session.flush()`` is enough to learn
   a key. Under ``locked()`` a commit ends the lock, and what is written after it is refused.
   ``with session.begin()`` fails, because the load has begun a transaction. MariaDB and MySQL
   also commit by DDL, ``TRUNCATE``, ``LOCK TABLES`` and ``START TRANSACTION``, which are refused
   before they are sent; a stored procedure that commits is refused after it, and what it has
   committed is stored.
6. **A flush without a commit.** With ``commit=False`` the row is written, but nobody answers
   for your commit: a serialization failure there is a 500.
7. **Two transactions at once.** A second one that writes while the first has the row locked
   would wait for it forever. It is refused.
8. **Sessions that outlive the request.** Their snapshot may be older than the client's tag.
   Call ``scoped_session.remove()`` in ``teardown_appcontext``; Flask-SQLAlchemy does. A plain
   ``Session`` that two threads use is refused.
9. **Rows that are still to come.** ``locked()`` with a loader function that selects several
   rows cannot keep new ones out on PostgreSQL. Use ``rows()``, or select the parent row
   that all of them refer to first. On MariaDB, ``rows()`` takes REPEATABLE READ.
10. **A 412 with the tag that was sent.** Serialization failures and deadlocks are
    answered as lost races even where the other write was to something else. The
    client reads the target again, finds its tag, and repeats. Where the target itself is missed
    and nobody else has changed it, that is a ``SetupError``: a SELECT of a function, a trigger,
    row-level security or a driver's pipeline moves the row or hides it from the UPDATE.
11. **AsyncSession** is refused. An ``async`` view can use a plain session; a
    ``scoped_session`` that is bound to the thread gives it another one than the guard's.
    Flask-SQLAlchemy's is bound to the application context, and is the same one.
12. **Raw PyMySQL.** It counts *changed* rows, so that a write of equal content confirms 0: connect
    with ``client_flag=CLIENT.FOUND_ROWS``. SQLAlchemy does.
13. **Tables without transactions.** MyISAM and Aria lock no row and roll nothing back, so a
    refused write stays. Write ``ALTER TABLE articles ENGINE = InnoDB``.
14. **Error handlers.** What the view raises is rolled back, and the function of
    ``errorhandler`` writes the answer. One that answers 200 says that it was saved: let it
    answer 400 or above.
15. **One connection for all threads.** With ``StaticPool`` a commit of another thread commits
    what a guarded view has written so far. It is for tests with one client.
16. **A tag that does not tell of what changes.** A write that changes the row and leaves its tag
    is refused, whether a view forgets to move the tag or it is of a time in seconds. What a
    view changes in other rows is not asked after, nor what :func:`.rows` leaves out: make the tag
    of them too, and name key and version of each row.
17. **Content that is older than its tag.** What the view shows has to be read below the guard: a
    cached text, or a row that SQL has read in ``before_request``, passes for the new one. The
    audit finds the caches. Where a tag is more than a column of the target, a read loads its target
    once more after it; what is read on a connection of its own, and what is loaded before
    :func:`.check` or :func:`.etag_for`, must be read after what the tag tells of.
18. **What is not committed before the guard.** A target that ``before_request`` or a decorator
    has changed or inserted through the session is refused until that is committed. What SQL or
    another row's trigger has changed there is not seen, nor what was not flushed of a session that
    neither the guard nor the application was told of. A read
    that changes what it shows and commits tells the tag from before, which the next write is
    refused with: count views in a table of their own.
19. **Answers that are made above the guard.** A decorator or ``after_request`` that turns a
    success into an error does so after the commit. Let the view itself abort, or return the
    status.
20. **A transaction of your own around the session's.** With ``join_transaction_mode`` the guard's
    commit ends a savepoint, and the answer is sent before you commit. It is for tests.
"""

from ..exceptions import SetupError

try:
    import sqlalchemy  # noqa: F401
except ModuleNotFoundError:
    raise SetupError(
        "guarding models takes SQLAlchemy; type: pip install 'flask-preconditions[sqlalchemy]'"
    ) from None

from .adapt import adapt as adapt
from .columns import xmin as xmin
from .guards import cas as cas
from .guards import locked as locked
from .lists import RowsSource as RowsSource
from .lists import rows as rows
from .models import ModelSource as ModelSource
from .sessions import SessionSource as SessionSource
from .sessions import check_session as check_session
from .sessions import move_version as move_version
