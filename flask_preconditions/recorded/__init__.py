"""Exchanges that somebody recorded: a browser, a proxy, or who copied them off a terminal."""

from .exchange import Recorded as Recorded
from .har import read_har as read_har
from .har import write_har as write_har
from .transcript import read_transcript as read_transcript
