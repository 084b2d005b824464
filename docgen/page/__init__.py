"""One page: its text as a document, its links and menus, and the view that templates get."""
