"""JSON that can be stored."""

import json

from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import JSONParser


class BodyTooLarge(APIException):
    status_code = 413
    default_detail = "Send at most one megabyte."


class TextJSONParser(JSONParser):
    """The parser of REST framework, which answers 500 to some of what it is sent."""

    def parse(self, stream, media_type=None, parser_context=None):
        try:
            data = super().parse(stream, media_type, parser_context)
            json.dumps(data, ensure_ascii=False).encode()  # a lone surrogate is no text
        except (RecursionError, UnicodeEncodeError):
            raise ParseError("Send a JSON object.") from None
        return data
