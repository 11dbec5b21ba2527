"""Markup: from what a text was written in to passages that are said, in order."""
