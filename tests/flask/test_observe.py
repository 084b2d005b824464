"""The listeners, heard by the real Prometheus client and the real OpenTelemetry SDK."""

import subprocess
import sys
from typing import Any

import pytest
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import StatusCode
from prometheus_client import CollectorRegistry
from prometheus_client import generate_latest

from flask_preconditions import SetupError
from flask_preconditions.observe import count_with_prometheus
from flask_preconditions.observe import trace_with_opentelemetry

from .conftest import MakeClient
from .conftest import Store

CURRENT = {"If-Match": '"v1"'}


def counted(registry: CollectorRegistry, **labels: str) -> float | None:
    empty = {"endpoint": "view", "method": "PUT", "field": "", "outcome": "", "reason": ""}
    return registry.get_sample_value("http_preconditions_total", empty | labels)


@pytest.mark.parametrize(
    ("method", "headers", "labels"),
    [
        ("PUT", CURRENT, {"field": "If-Match", "outcome": "perform"}),
        (
            "PUT",
            {"If-Match": '"v0"'},
            {"field": "If-Match", "outcome": "failed", "reason": "changed"},
        ),
        ("PUT", {}, {"outcome": "required"}),
        (
            "PATCH",
            {"If-Match": "v1"},
            {
                "method": "PATCH",
                "field": "If-Match",
                "outcome": "malformed",
                "reason": "malformed",
            },
        ),
        (
            "GET",
            {"If-None-Match": '"v1"'},
            {
                "method": "GET",
                "field": "If-None-Match",
                "outcome": "not-modified",
                "reason": "exists",
            },
        ),
    ],
)
def test_each_outcome_is_counted_under_its_labels(
    make_client: MakeClient, method: str, headers: dict[str, str], labels: dict[str, str]
) -> None:
    client = make_client()
    registry = CollectorRegistry()
    count_with_prometheus(client.application, registry)
    client.open("/article", method=method, headers=headers)
    assert counted(registry, **labels) == 1


def test_a_lost_race_is_counted_as_performed_and_then_as_failed(
    store: Store, make_client: MakeClient
) -> None:
    client = make_client()
    registry = CollectorRegistry()
    count_with_prometheus(client.application, registry)
    store.rows = 0
    client.put("/article", headers=CURRENT)
    assert counted(registry, field="If-Match", outcome="perform") == 1
    assert counted(registry, field="If-Match", outcome="failed", reason="lost-race") == 1


def test_no_tag_is_ever_a_label(make_client: MakeClient) -> None:
    client = make_client()
    registry = CollectorRegistry()
    count_with_prometheus(client.application, registry)
    client.put("/article", headers={"If-Match": '"a-tag-of-mine"'})
    exposed = generate_latest(registry).decode()
    assert 'reason="changed"' in exposed
    assert "a-tag-of-mine" not in exposed
    assert "v1" not in exposed


def test_an_application_factory_may_ask_for_the_counter_each_time(make_client: MakeClient) -> None:
    registry = CollectorRegistry()
    one, other = make_client(), make_client()
    first = count_with_prometheus(one.application, registry)
    assert count_with_prometheus(other.application, registry) is first
    one.put("/article", headers=CURRENT)
    other.put("/article", headers=CURRENT)
    assert counted(registry, field="If-Match", outcome="perform") == 2


def test_only_the_named_application_is_counted(make_client: MakeClient) -> None:
    registry = CollectorRegistry()
    count_with_prometheus(make_client().application, registry)
    make_client().put("/article", headers=CURRENT)
    assert counted(registry, field="If-Match", outcome="perform") is None


def test_without_an_application_all_are_counted_once(make_client: MakeClient) -> None:
    registry = CollectorRegistry()
    client = make_client()
    count_with_prometheus(registry=registry)
    count_with_prometheus(client.application, registry)
    client.put("/article", headers=CURRENT)
    assert counted(registry, field="If-Match", outcome="perform") == 1


def traced(client: Any, *, headers: dict[str, str]) -> tuple[ReadableSpan, Any]:
    """Send a PUT inside a span; give the span and the points of the counter."""
    kept = InMemorySpanExporter()
    spans = TracerProvider()
    spans.add_span_processor(SimpleSpanProcessor(kept))
    reader = InMemoryMetricReader()
    metrics = MeterProvider([reader])
    trace_with_opentelemetry(client.application, metrics)
    with spans.get_tracer("test").start_as_current_span("PUT /article"):
        client.put("/article", headers=headers)
    data: Any = reader.get_metrics_data()
    metrics.shutdown()
    spans.shutdown()
    [span] = kept.get_finished_spans()
    [metric] = data.resource_metrics[0].scope_metrics[0].metrics
    assert metric.name == "http.server.preconditions"
    return span, metric.data.data_points


def test_a_refused_write_is_an_event_on_its_span(make_client: MakeClient) -> None:
    span, points = traced(make_client(), headers={"If-Match": '"v0"'})
    attributes = {
        "http.request.method": "PUT",
        "http.route": "/article",
        "precondition.outcome": "failed",
        "precondition.field": "If-Match",
        "precondition.reason": "changed",
    }
    [event] = span.events
    assert (event.name, event.attributes) == ("precondition", attributes)
    [point] = points
    assert (dict(point.attributes), point.value) == (attributes, 1)


def test_what_does_not_apply_is_left_out_of_the_event(make_client: MakeClient) -> None:
    span, _ = traced(make_client(), headers={})
    assert span.events[0].attributes == {
        "http.request.method": "PUT",
        "http.route": "/article",
        "precondition.outcome": "required",
    }


def test_the_status_of_the_span_stays_unset_on_a_412(make_client: MakeClient) -> None:
    span, _ = traced(make_client(), headers={"If-Match": '"v0"'})
    assert span.status.status_code is StatusCode.UNSET


def test_a_decision_outside_of_any_span_is_only_counted(make_client: MakeClient) -> None:
    client = make_client()
    reader = InMemoryMetricReader()
    provider = MeterProvider([reader])
    trace_with_opentelemetry(client.application, provider)
    trace_with_opentelemetry(client.application, provider)  # as an app factory may do
    assert client.put("/article", headers=CURRENT).status_code == 200
    data: Any = reader.get_metrics_data()
    provider.shutdown()
    [point] = data.resource_metrics[0].scope_metrics[0].metrics[0].data.data_points
    assert point.attributes["precondition.outcome"] == "perform"
    assert point.value == 1


@pytest.mark.parametrize(
    ("package", "listen", "extra"),
    [
        ("prometheus_client", count_with_prometheus, "prometheus"),
        ("opentelemetry", trace_with_opentelemetry, "opentelemetry"),
    ],
)
def test_a_missing_extra_is_answered_with_the_line_to_type(
    monkeypatch: pytest.MonkeyPatch, package: str, listen: Any, extra: str
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(SetupError, match=rf"pip install 'flask-preconditions\[{extra}\]'"):
        listen()


def test_the_extension_needs_neither() -> None:
    code = "import sys, flask_preconditions, flask_preconditions.observe as o; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert {"prometheus_client", "opentelemetry"}.isdisjoint(done.stdout.split())
