"""Count and trace decisions: listeners on the signals, each with an extra of its own.

None is connected by itself. A tag is never a label: every write makes a new one, and a
series for each would fill the store of the metrics.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING
from typing import Any

from blinker import ANY
from flask import Flask
from flask import request

from .core import Decision
from .exceptions import SetupError
from .signals import not_modified
from .signals import precondition_failed
from .signals import precondition_malformed
from .signals import precondition_passed
from .signals import precondition_required

if TYPE_CHECKING:
    from opentelemetry.metrics import MeterProvider
    from prometheus_client import CollectorRegistry
    from prometheus_client import Counter

_SIGNALS = (
    precondition_passed,
    precondition_failed,
    precondition_required,
    precondition_malformed,
    not_modified,
)

# A counter can be registered once, and an application factory is called many times.
_prometheus: dict[CollectorRegistry, tuple[Counter, Callable[..., None]]] = {}
_opentelemetry: dict[MeterProvider | None, Callable[..., None]] = {}


def count_with_prometheus(
    app: Flask | None = None, registry: CollectorRegistry | None = None
) -> Counter:
    """Count decisions as ``http_preconditions_total{endpoint,method,field,outcome,reason}``.

    A label that does not apply is empty. A write that passes its check and then loses the
    race is counted twice: ``perform``, then ``failed`` with the reason ``lost-race``.

    :param app: the application to listen to; every application without it.
    :param registry: where the counter is registered; Prometheus's own default without it.
    :return: the counter; the same one for the same registry.
    :raises SetupError: when prometheus-client is not installed.
    """
    try:
        from prometheus_client import REGISTRY
        from prometheus_client import Counter
    except ImportError as error:
        raise _missing("prometheus") from error
    registry = registry or REGISTRY
    if registry not in _prometheus:
        counter = Counter(
            "http_preconditions_total",
            "Requests with a precondition, by what it decided.",
            ("endpoint", "method", "field", "outcome", "reason"),
            registry=registry,
        )

        def count(sender: Flask, *, decision: Decision, endpoint: str | None) -> None:
            counter.labels(
                endpoint=endpoint or "",
                method=request.method,
                field=_field(decision),
                outcome=str(decision.outcome),
                reason=str(decision.reason or ""),
            ).inc()

        _prometheus[registry] = (counter, count)
    counter, listener = _prometheus[registry]
    _listen(listener, app)
    return counter


def trace_with_opentelemetry(
    app: Flask | None = None, meter_provider: MeterProvider | None = None
) -> None:
    """Add the event ``precondition`` to the current span, and count in a metric of its own.

    The counter is ``http.server.preconditions``. Both carry ``http.request.method``,
    ``http.route``, ``precondition.outcome`` and, where they apply, ``precondition.field``
    and ``precondition.reason``. The status of the span is left alone: OpenTelemetry's
    conventions keep it unset for a 4xx at a server.

    :param app: the application to listen to; every application without it.
    :param meter_provider: the provider of the counter; the global one without it.
    :raises SetupError: when opentelemetry-api is not installed.
    """
    try:
        from opentelemetry import metrics
        from opentelemetry import trace
    except ImportError as error:
        raise _missing("opentelemetry") from error
    if meter_provider not in _opentelemetry:
        meter = metrics.get_meter("flask_preconditions", meter_provider=meter_provider)
        counter = meter.create_counter(
            "http.server.preconditions",
            unit="{request}",
            description="Requests with a precondition, by what it decided.",
        )

        def tell(sender: Flask, *, decision: Decision, endpoint: str | None) -> None:
            attributes = _attributes(decision)
            trace.get_current_span().add_event("precondition", attributes)
            counter.add(1, attributes)

        _opentelemetry[meter_provider] = tell
    _listen(_opentelemetry[meter_provider], app)


def _attributes(decision: Decision) -> dict[str, str]:
    known = {
        "http.request.method": request.method,
        "http.route": request.url_rule.rule if request.url_rule else "",
        "precondition.outcome": str(decision.outcome),
        "precondition.field": _field(decision),
        "precondition.reason": str(decision.reason or ""),
    }
    return {name: value for name, value in known.items() if value}


def _field(decision: Decision) -> str:
    return str(decision.decided_by or "")


def _listen(listener: Callable[..., None], app: Flask | None) -> None:
    # The same listener twice, or for one application and for all, is still called once.
    sender: Any = ANY if app is None else app
    for signal in _SIGNALS:
        signal.connect(listener, sender=sender, weak=False)


def _missing(extra: str) -> SetupError:
    return SetupError(f"{extra} is not installed: pip install 'flask-preconditions[{extra}]'")
