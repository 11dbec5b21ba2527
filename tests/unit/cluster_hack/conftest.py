"""Makes `hack` and `hack/cluster` importable: programs beside the project, not in its packages."""

import sys
from pathlib import Path

HACK = Path(__file__).parents[3] / "hack"
sys.path[:0] = [str(HACK), str(HACK / "cluster")]
