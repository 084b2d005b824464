"""A server to try things at: statuses, tags and documents on demand, and faults on request.

It is off unless it is registered, and made for development: anybody who reaches it may use
it. All it decides, the extension decides; it has no rules of its own.

.. code-block:: python

    from flask_preconditions.simulator import blueprint

    app.register_blueprint(blueprint(), url_prefix="/api")

``flask preconditions simulate`` serves it alone.
"""

from .blueprints import blueprint as blueprint
from .faults import FAULTS as FAULTS
from .limits import Limits as Limits
from .server import create_app as create_app
