"""FastAPI's routes: no tag, no date, and no condition is read."""

from fastapi import FastAPI, Response
from pydantic import BaseModel


class Doc(BaseModel):
    title: str
    body: str


app = FastAPI()
doc = Doc(title="old", body="old")


@app.get("/doc")
def read() -> Doc:
    return doc


@app.put("/doc", status_code=204)
def write(new: Doc) -> None:
    global doc
    doc = new


# By itself FastAPI answers OPTIONS with 405, and names only the first route in Allow.
@app.options("/doc", status_code=204)
def options(response: Response) -> None:
    response.headers["Allow"] = "GET, PUT"
