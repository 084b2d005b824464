"""The envelope of SARIF 2.1.0 that ``audit`` and ``check`` put their findings in."""

import json
from collections.abc import Mapping
from collections.abc import Sequence
from importlib.metadata import version

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def log_of(rules: Sequence[Mapping[str, object]], results: Sequence[Mapping[str, object]]) -> str:
    """Give a log with one run.

    :param rules: reportingDescriptor objects.
    :param results: result objects.
    """
    driver = {
        "name": "flask-preconditions",
        "version": version("flask-preconditions"),
        "informationUri": "https://pypi.org/project/flask-preconditions/",
        "rules": rules,
    }
    log = {
        "$schema": _SCHEMA,
        "version": "2.1.0",
        "runs": [{"tool": {"driver": driver}, "results": results}],
    }
    return json.dumps(log, indent=2, ensure_ascii=False)
