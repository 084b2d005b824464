"""A package of its own name, which no package that is installed can take."""
