"""``sagepipe image``: how large the project's images are, and what is in them."""
