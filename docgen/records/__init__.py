"""What was run, and what its record says: the servers, clients and programs of ``snippets``."""
