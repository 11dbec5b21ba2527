"""The store: its bucket, the grants to it, and what is left over in it."""
