"""What tools make of a 412, a 428 and a 304, seen from both ends.

``python -m tests.live.tools`` runs every tool that is here against small servers and writes
``docgen/content/data/measured.json``, which the pages show.
"""
