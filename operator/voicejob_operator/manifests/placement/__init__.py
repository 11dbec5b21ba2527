"""How a worker gets its GPU: a file for each way, each a pure function to a ``Placement``."""
