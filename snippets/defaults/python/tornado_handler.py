"""Tornado's RequestHandler: a tag of what is written, and 304 where a read names it."""

import asyncio
import json
import sys

from tornado.web import Application, RequestHandler

doc = {"title": "old", "body": "old"}


class Doc(RequestHandler):
    def get(self) -> None:
        self.write(doc)

    def head(self) -> None:
        self.write(doc)

    def put(self) -> None:
        doc.update(json.loads(self.request.body))
        self.set_status(204)


async def main() -> None:
    app = Application([("/doc", Doc)])
    app.listen(int(sys.argv[1]), "127.0.0.1", max_header_size=262144)
    await asyncio.Event().wait()


asyncio.run(main())
