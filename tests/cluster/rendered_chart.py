"""What `helm template` makes of the chart for the cluster."""

import subprocess

import yaml
from chart_manifests import CHART, Manifests
from kubectl import Manifest


def rendered(release: str, namespace: str, values: Manifest, *arguments: str) -> Manifests:
    """The chart's manifests for these values, which go over those of ``arguments``."""
    done = subprocess.run(
        (
            *("helm", "template", release, str(CHART), "--namespace", namespace),
            *(*arguments, "--values", "-"),
        ),
        input=yaml.safe_dump(values),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return Manifests(done.stdout)
