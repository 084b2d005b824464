"""Guarded routes in an OpenAPI description: parameters, fields and refusals.

:func:`components` are the reusable parts, :func:`apply` puts them and what the guarded
routes take into a description that some generator made, and :func:`overlay` says the same
as an Overlay (1.0) for a description that lies elsewhere. They fit OpenAPI 3.0 and 3.1.

.. code-block:: python

    @app.spec_processor  # APIFlask
    def describe_preconditions(spec):
        return openapi.apply(spec, app)

    Api(app, extra_plugins=[PreconditionsPlugin(app)])  # flask-smorest, and plain apispec
"""

from .apply import apply as apply
from .components import components as components
from .documents import document as document
from .documents import dump as dump
from .documents import overlay as overlay
from .documents import schemathesis as schemathesis
