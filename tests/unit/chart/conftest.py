"""helm, and what it renders or refuses."""

import base64
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml
from chart_manifests import CHART, NAMESPACE, RELEASE, Helm, Manifest, Manifests, Render
from chart_stores import GATEWAY_KEY, pod
from making.ports import free_port

from voicejob_operator.store.gateway_key import gateway_manifest


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


@pytest.fixture
def running(render: Render, helm: str, tmp_path: Path) -> Iterator[str]:
    """The chart's store, as the chart starts it; helm lies beside it. Its address."""
    container = pod(render({"store": {"region": "eu-central-1"}}), f"{RELEASE}-store")[
        "containers"
    ][0]
    port = free_port()
    accounts = tmp_path / "accounts"
    accounts.mkdir()
    secret = gateway_manifest("voicejob-system", GATEWAY_KEY)["data"]
    for name, content in secret.items():
        (accounts / name).write_bytes(base64.b64decode(content))
    # As the kubelet mounts it: the store can write nothing there.
    accounts.chmod(0o555)
    data = tmp_path / "data"
    data.mkdir()
    mounts = {mount["name"]: mount["mountPath"] for mount in container["volumeMounts"]}
    places = {
        ":7070": f"127.0.0.1:{port}",
        mounts["data"]: str(data),
        mounts["accounts"]: str(accounts),
    }
    process = subprocess.Popen(
        [Path(helm).with_name("versitygw"), *(places.get(one, one) for one in container["args"])],
        env={variable["name"]: "chart-test" for variable in container["env"]},
        stdout=subprocess.DEVNULL,
    )
    yield f"http://127.0.0.1:{port}"
    process.terminate()
    process.wait(10)
