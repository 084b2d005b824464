"""The site for machines: pages in Markdown and JSON, and the files about all of them."""
