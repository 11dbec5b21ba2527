"""What `tests/bench/scale.py` is made of: a module for each bench, and what they stand on."""
