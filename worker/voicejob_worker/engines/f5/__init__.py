"""The engine ``f5-tts``: flow matching with a diffusion transformer, which clones a voice."""
