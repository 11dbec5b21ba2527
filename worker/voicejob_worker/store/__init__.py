"""Where finished audio and checkpoints go."""
