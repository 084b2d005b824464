"""The bodies of ``flask docgen build``, ``check``, ``serve`` and ``new``."""
