"""Makes the benches' own modules importable: they are programs beside the project."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "bench"))
