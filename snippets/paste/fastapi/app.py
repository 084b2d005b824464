import secrets

from fastapi import FastAPI, Request, Response
from preconditions import Validators, check

app = FastAPI()
doc = {"title": "Welcome", "body": "Hello."}
etag = f'"{secrets.token_hex(8)}"'


@app.get("/doc")
async def read(request: Request, response: Response):
    check(request, Validators(etag))
    response.headers["ETag"] = etag
    return doc


@app.put("/doc", status_code=204)
async def write(request: Request) -> None:
    global etag
    new = await request.json()
    # Nothing is awaited below, so check and write are one step in this process. A
    # database does it by its WHERE.
    check(request, Validators(etag))
    doc.update(title=new["title"], body=new["body"])
    etag = f'"{secrets.token_hex(8)}"'
