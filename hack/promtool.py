"""Prints the folder of promtool, which tests the chart's alerts; fetches it where there is none.

It is a static binary in Debian's package prometheus, which is unpacked into the cache and never
installed: no Prometheus runs by it, and no root is needed.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent / "cluster"))

from onenode.commands import run
from onenode.debian import as_root
from onenode.errors import ClusterError, CommandError
from onenode.layout import Layout, only_one

NAME = "promtool"


def locate(cache: Path) -> Path:
    """The folder of promtool.

    Raises:
        ClusterError: there is none, and none can be had.
    """
    found = shutil.which(NAME)
    if found:
        return Path(found).parent
    folder = cache / NAME
    if not (folder / NAME).is_file():
        if shutil.which("apt-get") is None:
            raise ClusterError("there is no promtool and no apt-get here: install Prometheus")
        with only_one(cache / "apt.lock", "installing packages", timeout_s=600):
            _fetch(folder)
    return folder


def _fetch(folder: Path) -> None:
    with tempfile.TemporaryDirectory() as place:
        download = ("apt-get", "--quiet", "download", "prometheus")
        try:
            run(*download, timeout_s=300, cwd=Path(place))
        except CommandError:
            run(*as_root(), "apt-get", "--quiet", "update", timeout_s=300)
            run(*download, timeout_s=300, cwd=Path(place))
        (package,) = Path(place).glob("prometheus_*.deb")
        run("dpkg-deb", "--extract", package, f"{place}/unpacked", timeout_s=120)
        folder.mkdir(parents=True, exist_ok=True)
        fresh = folder / f".{NAME}"
        shutil.copy2(f"{place}/unpacked/usr/bin/{NAME}", fresh)
        fresh.rename(folder / NAME)


if __name__ == "__main__":
    try:
        print(locate(Layout.of_this_machine().cache))
    except ClusterError as error:
        sys.exit(f"error: {error}")
