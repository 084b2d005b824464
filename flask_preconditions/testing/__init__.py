"""Check an application of yours in its own tests, with plain functions.

::

    def test_articles_keep_the_rules(app):
        assert_conformant(app, "/articles/1", field="title")

    def test_articles_lose_no_update(app):
        assert_no_lost_updates(app, "/articles/1", field="title")

Both write to the target they are given, and both take a URL instead of the application, so
that a server in any language can be asked.
"""

from .conformance import assert_conformant as assert_conformant
from .lost_updates import assert_no_lost_updates as assert_no_lost_updates
