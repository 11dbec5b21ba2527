"""Models: which there are, where they come from, what a file of one is."""
