"""The line of curl of each finding, run again at the program that it is about."""

import os
import re
import subprocess

from flask_preconditions.checker import CheckReport
from flask_preconditions.checker.curl import line_for
from flask_preconditions.conformance.play import has_strong_tag, read_until
from flask_preconditions.conformance.wire import Client

from .serve import Program

# Interim answers come before the answer (RFC 9110 §15.2).
_ANSWER = re.compile(rb"^HTTP/\S+ ([2-5]\d\d)", re.MULTILINE)


def run_lines(
    program: Program, report: CheckReport, client: Client
) -> tuple[int, list[str]]:
    """Run the lines while the program runs.

    :return: how many were run, and of each that does not show what was seen: what it showed.
    """
    secrets = {
        name.upper().replace("-", "_"): value
        for name, value in program.entry.get("fields", ())
    }
    count, missed = 0, []
    for finding in report.findings:
        line = line_for(finding, report.origin)
        if line is None or "@FILE" in line:
            continue
        count += 1
        if report.validators.startswith('ETag: "'):
            # A server may call the tag of what was just written weak.
            target = finding.exchanges[0].target
            now = client.send("GET", target)
            if now.response.status == 200:
                read_until(client, target, now, has_strong_tag)
        done = subprocess.run(
            ["bash", "-c", line],
            capture_output=True,
            env={**os.environ, **secrets},
        )
        seen = finding.exchanges[0].response.status
        shown = [int(status) for status in _ANSWER.findall(done.stdout)]
        if shown[:1] != [seen]:
            missed.append(f"{finding.title}: {seen}, and now {shown}\n{line}")
    return count, missed
