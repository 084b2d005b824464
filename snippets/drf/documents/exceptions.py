"""What REST framework answers otherwise than the contract has it."""

from rest_framework.exceptions import ValidationError

from . import preconditions


def exception_handler(error, context):
    response = preconditions.exception_handler(error, context)
    if isinstance(error, ValidationError):
        response.status_code = 422  # it was JSON, only not that of a document
    return response
