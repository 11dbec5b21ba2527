"""Voice references: the short recordings that a voice is cloned from."""
