"""What a site is made from, read and checked: pages, data, settings and an application."""
