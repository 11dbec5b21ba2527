"""Prints the folder of prometheus and promtool; fetches them where they are lacking.

promtool tests the chart's alerts, and a prometheus scrapes the local cluster in a test. Both are
static binaries in Debian's package prometheus, which is unpacked into the cache and never
installed: no service of it runs, and no root is needed.
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

PACKAGE = "prometheus"
PROGRAMS = ("prometheus", "promtool")


def locate(cache: Path) -> Path:
    """The folder of both programs.

    Raises:
        ClusterError: one is lacking, and cannot be had.
    """
    found = {Path(path).parent for name in PROGRAMS if (path := shutil.which(name))}
    if len(found) == 1 and _has_all(folder := found.pop()):
        return folder
    folder = cache / PACKAGE
    if not _has_all(folder):
        if shutil.which("apt-get") is None:
            raise ClusterError(
                f"no {' and '.join(PROGRAMS)} on PATH, and no apt-get here: install Prometheus"
            )
        with only_one(cache / "apt.lock", "installing packages", timeout_s=600):
            if not _has_all(folder):
                _fetch(folder)
    return folder


def _has_all(folder: Path) -> bool:
    return all((folder / name).is_file() for name in PROGRAMS)


def _fetch(folder: Path) -> None:
    with tempfile.TemporaryDirectory() as place:
        download = ("apt-get", "--quiet", "download", PACKAGE)
        try:
            run(*download, timeout_s=300, cwd=Path(place))
        except CommandError:
            run(*as_root(), "apt-get", "--quiet", "update", timeout_s=300)
            run(*download, timeout_s=300, cwd=Path(place))
        (package,) = Path(place).glob(f"{PACKAGE}_*.deb")
        run("dpkg-deb", "--extract", package, f"{place}/unpacked", timeout_s=120)
        folder.mkdir(parents=True, exist_ok=True)
        for name in PROGRAMS:
            fresh = folder / f".{name}"
            shutil.copy2(f"{place}/unpacked/usr/bin/{name}", fresh)
            fresh.rename(folder / name)


if __name__ == "__main__":
    try:
        print(locate(Layout.of_this_machine().cache))
    except ClusterError as error:
        sys.exit(f"error: {error}")
