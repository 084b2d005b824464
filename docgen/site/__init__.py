"""The whole site: a project, its build, and the files that are about all pages."""
