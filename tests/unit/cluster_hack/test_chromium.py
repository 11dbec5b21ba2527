"""Chromium is unpacked and not installed; where it cannot be had, only the pages go untried."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[3] / "hack" / "chromium.py"
APT = """#!/bin/sh
for word; do case $word in *Dir::Cache::archives=*) cp {package} "${{word##*=}}";; esac; done
"""


def program(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(0o755)


def locate(tmp_path: Path, apt: str | None) -> subprocess.CompletedProcess[str]:
    """Runs the script where there is no Chromium, and this apt-get."""
    tools = tmp_path / "tools"
    tools.mkdir(exist_ok=True)
    for name in ("sh", "dirname", "readlink", "cp", "dpkg-deb", "tar", "rm"):
        if found := shutil.which(name):
            (tools / name).unlink(missing_ok=True)
            (tools / name).symlink_to(found)
    if apt is not None:
        program(tools / "apt-get", apt)
    return subprocess.run(
        [sys.executable, str(SCRIPT)],
        env={"PATH": str(tools), "HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache")},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.mark.parametrize(
    ("apt", "told"), [(None, "no apt-get here"), ("#!/bin/sh\necho gone; exit 100\n", "gone")]
)
def test_where_it_cannot_be_had_that_is_said_and_hinders_nothing(
    tmp_path: Path, apt: str | None, told: str
) -> None:
    done = locate(tmp_path, apt)
    folder = Path(done.stdout.strip())

    assert done.returncode == 0
    assert "warning: no page is tried in a browser: " in done.stderr
    assert told in done.stderr or "this needs root" in done.stderr
    assert folder.is_absolute()
    assert not folder.exists()


@pytest.mark.skipif(shutil.which("dpkg-deb") is None, reason="this is not Debian")
def test_it_runs_with_its_own_libraries_and_is_fetched_once(tmp_path: Path) -> None:
    package = tmp_path / "package"
    program_file = package / "usr/lib/chromium/chromium-headless-shell"
    for folder in ("DEBIAN", "usr/lib/chromium", "usr/lib/x-linux-gnu/pulseaudio"):
        (package / folder).mkdir(parents=True)
    (package / "DEBIAN/control").write_text(
        "Package: chromium-headless-shell\nVersion: 1\nArchitecture: all\n"
        "Maintainer: nobody <nobody@example.com>\nDescription: a stand-in\n"
    )
    program(program_file, '#!/bin/sh\necho "$LD_LIBRARY_PATH" "$@"\n')
    built = tmp_path / "browser.deb"
    subprocess.run(["dpkg-deb", "--build", str(package), str(built)], check=True, timeout=60)
    done = locate(tmp_path, APT.format(package=built))
    again = locate(tmp_path, "#!/bin/sh\nexit 100\n")
    folder = Path(done.stdout.strip())
    said = subprocess.run(
        [folder / "chromium", "--headless", "a b"],
        capture_output=True,
        text=True,
        check=True,
        env={"PATH": os.environ["PATH"]},
        timeout=60,
    )

    assert (done.stderr, again.stdout, again.stderr) == ("", done.stdout, "")
    libraries, *arguments = said.stdout.split(maxsplit=1)
    own = folder.parent / "usr/lib/x-linux-gnu"
    assert {str(own), str(own / "pulseaudio")} <= set(libraries.split(":"))
    assert arguments == ["--headless a b\n"]
    left = {path.name for path in (tmp_path / "cache/voicejob").iterdir()}
    assert left == {"apt.lock", "chromium"}
