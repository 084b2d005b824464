"""One HTTP client of Python against the recorder: ``probe.py <client> <base>``."""

import json
import sys
import urllib.error
import urllib.request

ASKED = [
    ("304", "GET", {"If-None-Match": '"v2"'}, None),
    ("412", "PUT", {"If-Match": '"v1"', "Content-Type": "application/json"}, b"{}"),
    ("428", "PUT", {"Content-Type": "application/json"}, b"{}"),
]


def with_requests(method, url, fields, body):
    import requests

    response = requests.request(method, url, headers=fields, data=body, timeout=10)
    return response.status_code, response.headers.get("ETag"), response.raise_for_status


def with_httpx(method, url, fields, body):
    import httpx

    response = httpx.request(method, url, headers=fields, content=body, timeout=10)
    return response.status_code, response.headers.get("ETag"), response.raise_for_status


def with_urllib(method, url, fields, body):
    request = urllib.request.Request(url, data=body, headers=fields, method=method)
    with urllib.request.urlopen(request, timeout=10) as response:
        return response.status, response.headers.get("ETag"), None


def version(client):
    if client == "urllib":
        return sys.version.split()[0]
    from importlib.metadata import version

    return version(client)


def main(client, base):
    send = globals()[f"with_{client}"]
    found = {"version": version(client)}
    for status, method, fields, body in ASKED:
        try:
            seen, tag, strict = send(method, f"{base}/{status}", fields, body)
        except urllib.error.HTTPError as error:
            seen = {"gives": "exception", "named": "HTTPError", "tag": error.headers.get("ETag")}
            found[status] = seen | {"status": error.code}
            error.close()
            continue
        found[status] = {"gives": "response", "status": seen, "tag": tag}
        if strict:
            try:
                strict()
            except Exception as error:
                found[status]["strict"] = type(error).__name__
            else:
                found[status]["strict"] = "passes"
    sys.stdout.write(json.dumps(found))


main(*sys.argv[1:])
