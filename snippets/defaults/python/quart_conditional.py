"""Quart's conditional responses: ``add_etag()`` and ``make_conditional()``."""

import asyncio
import sys
from datetime import datetime, timezone

from hypercorn.asyncio import serve
from hypercorn.config import Config
from quart import Quart, Response, jsonify, request

app = Quart(__name__)
doc = {"title": "old", "body": "old"}
saved_at = datetime.now(timezone.utc)


@app.get("/doc")
async def read() -> Response:
    response = jsonify(doc)
    response.last_modified = saved_at
    await response.add_etag()
    return await response.make_conditional(request)


@app.put("/doc")
async def write() -> tuple[str, int]:
    global saved_at
    doc.update(await request.get_json())
    saved_at = datetime.now(timezone.utc)
    return "", 204


config = Config()
config.bind = [f"127.0.0.1:{sys.argv[1]}"]
config.h11_max_incomplete_size = 262144
asyncio.run(serve(app, config))
