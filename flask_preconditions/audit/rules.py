"""The kinds of fault that an audit finds, as data."""

from dataclasses import dataclass
from enum import StrEnum

from ..core import CLAUSES
from ..request.match import CONFIRMS


class Severity(StrEnum):
    """How much a finding matters."""

    ERROR = "error"
    """Updates are lost, or clients refused, as things are."""
    WARNING = "warning"
    """Some clients are cut off, or the audit cannot tell that all is well."""
    INFO = "info"
    """A choice that somebody made and should know of."""


_FETCH = "https://fetch.spec.whatwg.org/#"
_FLASK = "https://flask.palletsprojects.com/en/stable/"


@dataclass(frozen=True, slots=True)
class Rule:
    """A kind of fault.

    :param id: its name, such as ``unguarded-write``.
    :param severity: how much it matters.
    :param title: what is wrong, in a few words.
    :param why: what comes of it, in a sentence.
    :param clause: the specification it follows from, such as ``RFC 9110 §13.1.1``.
    :param url: where that can be read.
    :param fix: the line of code that mends it.
    """

    id: str
    severity: Severity
    title: str
    why: str
    clause: str
    url: str
    fix: str


def _by_rfc(id: str, severity: Severity, clause: str, title: str, why: str, fix: str) -> Rule:
    cited = CLAUSES[clause]
    return Rule(id, severity, title, why, str(cited), cited.url, fix)


RULES = {
    rule.id: rule
    for rule in (
        _by_rfc(
            "unguarded-write",
            Severity.ERROR,
            "9110 13.1.1",
            "a write without a guard",
            "Of two clients that save after the same read, the first loses its update.",
            '@require_match(load, etag="rev")  # or: @unguarded("why no update can be lost")',
        ),
        Rule(
            "misplaced-guard",
            Severity.ERROR,
            "a guard above the route",
            "The route was given the bare view, so the guard never runs: reads tell no tag, and "
            "writes are refused with 500 until it is moved.",
            "Flask, View Decorators",
            f"{_FLASK}patterns/viewdecorators/",
            '@app.put("/docs/<id>")  # first, and @require_match(…) below it',
        ),
        Rule(
            "hidden-guard",
            Severity.WARNING,
            "a decorator hides the guard",
            "The guard runs, and nobody sees it: it is missing from routes, openapi and the "
            "pages that docgen builds.",
            "Python, functools.wraps",
            "https://docs.python.org/3/library/functools.html#functools.wraps",
            "@functools.wraps(view)  # above the function that the decorator returns",
        ),
        Rule(
            "unseen-view",
            Severity.WARNING,
            "a view that cannot be looked into",
            "Whether it compares anything cannot be told from outside.",
            "Python, functools.wraps",
            "https://docs.python.org/3/library/functools.html#functools.wraps",
            '@unguarded("why no update can be lost")  # once you have seen that it is so',
        ),
        _by_rfc(
            "unconfirmed-write",
            Severity.ERROR,
            "9110 13.1.1",
            "a write that is not one step with its check",
            "Whoever writes between the check and the write is overwritten.",
            CONFIRMS,
        ),
        _by_rfc(
            "guard-outside-auth",
            Severity.ERROR,
            "9110 13.2.1",
            "the check runs before authorisation",
            "A client that may not read the target learns from 404, 412 and 428 whether it "
            "exists and which tag it has.",
            "@require_match(…)  # as the last decorator, right above def",
        ),
        _by_rfc(
            "decorator-inside",
            Severity.INFO,
            "9110 13.2.1",
            "a decorator runs after the check",
            "That is right for one that reads the body, and wrong for one that asks who is "
            "calling.",
            "@require_match(…)  # below every decorator that may refuse the caller",
        ),
        _by_rfc(
            "two-guards",
            Severity.ERROR,
            "9110 13.2.2",
            "two guards on one view",
            "The target is loaded and compared twice, and the second verdict may differ.",
            "decorators = ()  # or take @require_match off the method",
        ),
        _by_rfc(
            "authorisation-inside",
            Severity.WARNING,
            "9110 13.2.1",
            "the view decides who may do this",
            "A client that may not is told 404, 412 or 428, and the tag, before it is told no.",
            "allow=lambda target: …  # at the guard; or a decorator of yours above it",
        ),
        _by_rfc(
            "cached-view",
            Severity.ERROR,
            "9110 8.8.1",
            "a cache between the client, the guard and the target",
            "An old text under a new tag passes for the new one, and its writer overwrites what "
            "nobody showed it.",
            '@conditional(load, etag="rev")  # in place of the cache: 304 saves the same work',
        ),
        _by_rfc(
            "shadowed-guard",
            Severity.ERROR,
            "9110 13.1.1",
            "another view answers in place of the guarded one",
            "The guard never runs: what answers in its place writes blindly, or tells no tag or "
            "another one.",
            '@app.put("/articles/<int:id>")  # one view per URL and method',
        ),
        _by_rfc(
            "unlike-guards",
            Severity.ERROR,
            "9110 13.1.1",
            "a read that tells other tags than its write compares",
            "The client sends what it was told, and every write is 412.",
            'guard = require_match(load, etag="rev")  # one guard for all methods of a URL',
        ),
        _by_rfc(
            "model-without-version",
            Severity.ERROR,
            "9110 13.1.1",
            "a model that nothing counts the versions of",
            "The check reads one state and the flush overwrites whatever is there by then.",
            '__mapper_args__ = {"version_id_col": version}  # or: guard=locked(db.session)',
        ),
        _by_rfc(
            "weak-tag",
            Severity.ERROR,
            "9110 8.8.3.2",
            "a weak tag on a write",
            "If-Match compares strongly, and a weak tag never matches: every write is 412.",
            'etag="version"  # a value that changes with every write',
        ),
        Rule(
            "unfinished-setup",
            Severity.ERROR,
            "an extension that got no application",
            "What it was given is never used: models have no session, or another policy holds.",
            "Flask, Application Factories",
            f"{_FLASK}patterns/appfactories/",
            "preconditions.init_app(app)  # in the function that makes the app",
        ),
        Rule(
            "missing-session",
            Severity.ERROR,
            "no session to load the model with",
            "Every request to the view fails with 500.",
            "SQLAlchemy, Contextual/Thread-local Sessions",
            "https://docs.sqlalchemy.org/en/20/orm/contextual.html",
            "Preconditions(app, session=db_session)  # a scoped_session, or lambda: db.session",
        ),
        Rule(
            "unknown-argument",
            Severity.ERROR,
            "a view that does not take what it is given",
            "Every request that reaches the view is a TypeError.",
            "Flask, URL Route Registrations",
            f"{_FLASK}api/#url-route-registrations",
            "def view(id, doc):  # the values of the URL, and the target as into= calls it",
        ),
        Rule(
            "ignored-url-value",
            Severity.ERROR,
            "a URL whose values do not find the target",
            "A value that nobody compares shows the target of another parent. Where the class of a "
            "model is to find it, every request is refused with an error.",
            "Flask, URL Route Registrations",
            f"{_FLASK}api/#url-route-registrations",
            '@require_match(load_note, etag="version")  # a loader that compares every value',
        ),
        Rule(
            "unfit-url-value",
            Severity.WARNING,
            "a value of the URL that cannot be the key",
            "What is no number finds no row: such a URL is 404, whatever is stored.",
            "Flask, URL Route Registrations",
            f"{_FLASK}api/#url-route-registrations",
            '@app.get("/articles/<int:id>")',
        ),
        _by_rfc(
            "unreadable-target",
            Severity.WARNING,
            "9110 8.8.3",
            "no GET where the write is",
            "A client cannot learn the tag that the write asks for.",
            '@app.get(…)  # at the same URL, with @conditional(load, etag="rev")',
        ),
        _by_rfc(
            "silent-read",
            Severity.WARNING,
            "9110 8.8.3",
            "the GET beside a guarded write tells no tag",
            "A client cannot learn the tag that the write asks for.",
            '@conditional(load, etag="rev")',
        ),
        _by_rfc(
            "optional-condition",
            Severity.INFO,
            "6585 3",
            "a write that goes through without a condition",
            "A client that sends no condition overwrites what it has not seen.",
            '@require_match(load, etag="rev")  # require="unsafe" is the default',
        ),
        Rule(
            "cors-hidden-etag",
            Severity.WARNING,
            "other origins cannot read the tag",
            "A script of another origin sees only safelisted fields, and ETag is none of them.",
            "Fetch, CORS-safelisted response-header name",
            f"{_FETCH}cors-safelisted-response-header-name",
            'CORS(app, expose_headers=["ETag"])',
        ),
        Rule(
            "cors-blocked-condition",
            Severity.WARNING,
            "other origins cannot send If-Match",
            "The browser asks first, is told no, and never sends the write.",
            "Fetch, CORS-safelisted request-header",
            f"{_FETCH}cors-safelisted-request-header",
            'CORS(app, allow_headers=["Content-Type", "If-Match", "If-None-Match"])',
        ),
        _by_rfc(
            "compressed-tag",
            Severity.ERROR,
            "9110 8.8.3",
            "compression rewrites the tags",
            "A client gets another tag than the one that its write is compared with: every "
            "write is 412.",
            'PRECONDITIONS_ETAG_SUFFIXES = [":gzip"]',
        ),
        _by_rfc(
            "own-error-handler",
            Severity.WARNING,
            "9457 3",
            "an error handler that rewrites refusals",
            "Clients that go by the problem document do not learn what failed and what to do next.",
            "app.register_error_handler(HTTPPrecondition, as_problem)  # comes before it",
        ),
        Rule(
            "misspelt-setting",
            Severity.ERROR,
            "a setting that nobody reads",
            "The application runs with another policy than its configuration says.",
            "Flask, Configuration Handling",
            f"{_FLASK}config/",
            'app.config["PRECONDITIONS_REQUIRE"] = …',
        ),
        Rule(
            "late-setting",
            Severity.ERROR,
            "a setting that comes too late",
            "The application runs with another policy than its configuration says.",
            "Flask, Configuration Handling",
            f"{_FLASK}config/",
            "Preconditions(app)  # below the last line that changes app.config",
        ),
        _by_rfc(
            "stale-allowance",
            Severity.WARNING,
            "9110 13.1.1",
            "an allowance for an endpoint that is not there",
            "The next view of that name would go unguarded and unseen.",
            "PRECONDITIONS_AUDIT_ALLOW = […]  # without that name",
        ),
    )
}
"""Every kind of fault by its id, in the order of the reports."""
