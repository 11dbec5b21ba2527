"""Finished chunks: the archive that keeps them, and the saver that brings it to the store."""
