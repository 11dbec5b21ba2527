"""Makes `hack/cluster` importable: it is a program beside the project, not part of its packages."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[3] / "hack" / "cluster"))
