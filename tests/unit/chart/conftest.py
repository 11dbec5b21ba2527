"""helm, and what it renders or refuses."""

import os
import shutil
import subprocess
from collections.abc import Callable

import pytest
import yaml
from chart_manifests import CHART, NAMESPACE, RELEASE, Helm, Manifest, Manifests


def program(name: str, how: str) -> str:
    """The program of that name; without it the test is skipped, and in CI fails."""
    found = shutil.which(name)
    if found is None:
        message = f"{name} is not on PATH: {how}, `make chart` finds it"
        if os.environ.get("CI") == "true" or os.environ.get("VOICEJOB_NO_SKIP") == "1":
            pytest.fail(message)
        pytest.skip(message)
    return found


@pytest.fixture(scope="session")
def helm() -> str:
    return program("helm", "`make programs` compiles it")


@pytest.fixture(scope="session")
def promtool() -> str:
    return program("promtool", "`python3 hack/prometheus.py` fetches it")


@pytest.fixture(scope="session")
def run_helm(helm: str) -> Helm:
    def run(*arguments: str, values: Manifest | None = None) -> subprocess.CompletedProcess[str]:
        given = ("--values", "-") if values is not None else ()
        return subprocess.run(
            (helm, *arguments, *given),
            input=yaml.safe_dump(values or {}),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return run


@pytest.fixture(scope="session")
def render(run_helm: Helm) -> Callable[..., Manifests]:
    def render(
        values: Manifest | None = None, release: str = RELEASE, *, with_tests: bool = False
    ) -> Manifests:
        without = () if with_tests else ("--skip-tests",)
        done = run_helm(
            *("template", release, str(CHART), "--namespace", NAMESPACE, *without),
            values=values or {},
        )
        assert done.returncode == 0, done.stderr
        return Manifests(done.stdout)

    return render


@pytest.fixture(scope="session")
def refusal(run_helm: Helm) -> Callable[[Manifest], str]:
    """What helm says about values that it must refuse."""

    def refusal(values: Manifest) -> str:
        done = run_helm("template", RELEASE, str(CHART), values=values)
        assert done.returncode != 0, f"accepted: {values}"
        return done.stderr

    return refusal
