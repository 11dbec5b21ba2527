"""From an engine and chunks of text to checked samples: assembly, takes, and the joined audio."""
