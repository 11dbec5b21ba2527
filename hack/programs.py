"""Prints the folders of the cluster's compiled programs, joined for PATH."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent / "cluster"))

from onenode import binaries
from onenode.errors import ClusterError
from onenode.layout import Layout

if __name__ == "__main__":
    try:
        programs = binaries.locate(Layout.of_this_machine())
    except ClusterError as error:
        sys.exit(f"error: {error}: run `make programs`")
    print(":".join(sorted({str(program.parent) for program in programs.values()})))
