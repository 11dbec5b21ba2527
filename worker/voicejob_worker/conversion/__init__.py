"""Conversion of speech to another voice, after whichever engine spoke it."""
