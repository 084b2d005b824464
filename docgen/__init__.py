"""The docs generator behind ``flask docgen build``."""
