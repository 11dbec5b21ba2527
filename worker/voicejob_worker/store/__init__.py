"""Stores of finished audio and checkpoints: grants, a user's bucket, a folder."""
