"""Prints the folder of Chromium, which tries the pages; fetches it where there is none.

Debian's chromium-headless-shell and what it needs that is not installed, 160 MB at most, are
unpacked into the cache and never installed: no root is needed. Where they cannot be had, that is
said and no more, and the tests of the pages are skipped: nothing else hangs on a browser.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent / "cluster"))

from onenode.commands import run
from onenode.debian import as_root
from onenode.errors import ClusterError, CommandError
from onenode.layout import Layout, only_one

NAMES = ("chromium", "google-chrome")
PACKAGE = "chromium-headless-shell"
# They must be of one release with the loader, which is the machine's own.
OF_THE_MACHINE = ("libc6_", "libc-bin_")
LAUNCHER = """#!/bin/sh
root=$(dirname "$(dirname "$(readlink -f "$0")")")
cd "$root"
for folder in usr/lib/*-linux-gnu*/pulseaudio usr/lib/*-linux-gnu* lib/*-linux-gnu*; do
    LD_LIBRARY_PATH=$root/$folder${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
done
cd "$OLDPWD"
export LD_LIBRARY_PATH
test -d /etc/fonts || export FONTCONFIG_SYSROOT="$root"
exec "$root/usr/lib/chromium/chromium-headless-shell" "$@"
"""


def known(cache: Path) -> Path | None:
    """The folder of Chromium, if there is one already."""
    for name in NAMES:
        found = shutil.which(name)
        if found:
            return Path(found).parent
    folder = _folder(cache)
    return folder if (folder / NAMES[0]).is_file() else None


def fetch(cache: Path) -> Path:
    """The folder of Chromium, once it is unpacked there and has shown a page.

    Raises:
        ClusterError: it cannot be had.
    """
    if shutil.which("apt-get") is None:
        raise ClusterError("there is no Chromium and no apt-get here: install Chromium")
    with only_one(cache / "apt.lock", "installing packages", timeout_s=600):
        folder = known(cache)
        if folder is None:
            folder = _folder(cache)
            shutil.rmtree(folder.parent, ignore_errors=True)
            with tempfile.TemporaryDirectory(dir=cache, prefix=".chromium-") as place:
                _download(Path(place) / "archives")
                _unpack(Path(place) / "archives", Path(place) / "root")
                (Path(place) / "root").rename(folder.parent)
    return folder


def _folder(cache: Path) -> Path:
    return cache / "chromium" / "bin"


def _download(archives: Path) -> None:
    """Of what it needs only what the machine lacks, checked by apt's own signatures."""
    (archives / "partial").mkdir(parents=True)
    download = (
        *("apt-get", "--quiet", "--yes", "--download-only", "--no-install-recommends"),
        *("--option=Debug::NoLocking=1", f"--option=Dir::Cache::archives={archives}"),
        *("install", PACKAGE),
    )
    try:
        run(*download, timeout_s=120)
    except CommandError:
        run(*as_root(), "apt-get", "--quiet", "update", timeout_s=120)
        run(*download, timeout_s=120)


def _unpack(archives: Path, root: Path) -> None:
    for package in sorted(archives.glob("*.deb")):
        if not package.name.startswith(OF_THE_MACHINE):
            run("dpkg-deb", "--extract", package, root, timeout_s=120)
    launcher = root / "bin" / NAMES[0]
    launcher.parent.mkdir(parents=True, exist_ok=True)
    launcher.write_text(LAUNCHER)
    launcher.chmod(0o755)
    run(launcher, "--headless", "--no-sandbox", "--dump-dom", "about:blank", timeout_s=60)


def main() -> None:
    """Prints the folder, or, where there is no Chromium, the one that it would be in."""
    cache = Layout.of_this_machine().cache
    folder = known(cache)
    if folder is None:
        try:
            folder = fetch(cache)
        except (ClusterError, OSError) as error:
            folder = _folder(cache)
            print(f"warning: no page is tried in a browser: {error}", file=sys.stderr)
    print(os.fspath(folder))


if __name__ == "__main__":
    main()
