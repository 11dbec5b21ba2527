"""Checks on what was spoken, before it is shipped."""
