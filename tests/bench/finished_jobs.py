"""The operator's memory with 1,000 finished VoiceJobs, before and after a restart.

    python tests/bench/finished_jobs.py [--jobs 1000]

The VoiceJobs are made suspended and their status is written as finished, so that none is spoken.
Needs the cluster and the chart (`make cluster-up install`).
"""

import argparse
import json
import re
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor

from kubernetes import client, config

NAMESPACE = "bench-finished"
METRICS = "/api/v1/namespaces/voicejob-system/services/voicejob-operator-metrics:http/proxy/metrics"
PLACE = ("voicejob.dev", "v1alpha1", NAMESPACE, "voicejobs")
TEXT = "A sentence of some length, so that no object is unusually small. " * 14


def kubectl(*arguments: str) -> str:
    """Run kubectl and return what it prints."""
    command = ["kubectl", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def resident_mib() -> float:
    """Resident memory of the operator's process in MiB, from its own metrics."""
    found = re.search(
        r"^process_resident_memory_bytes (\S+)", kubectl("get", "--raw", METRICS), re.M
    )
    assert found is not None
    return float(found[1]) / 2**20


def restart() -> None:
    """Restart the operator and wait until it serves."""
    kubectl("-n", "voicejob-system", "rollout", "restart", "deploy/voicejob-operator")
    kubectl("-n", "voicejob-system", "rollout", "status", "deploy/voicejob-operator")
    time.sleep(10)


def make(api: client.CustomObjectsApi, number: int, finished: dict[str, object]) -> None:
    """Make one finished VoiceJob."""
    name = f"finished-{number}"
    body = {
        "apiVersion": "voicejob.dev/v1alpha1",
        "kind": "VoiceJob",
        "metadata": {"name": name},
        "spec": {"text": TEXT, "suspend": True},
    }
    api.create_namespaced_custom_object(*PLACE, body)
    api.patch_namespaced_custom_object_status(*PLACE, name, {"status": finished})


def main() -> None:
    """Measure with none, with all, and after a restart."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=1000)
    options = parser.parse_args()
    kubectl("apply", "-f", "examples/hello.yaml")
    kubectl("wait", "voicejob/hello", "--for=condition=Complete", "--timeout=120s")
    finished = json.loads(kubectl("get", "voicejob", "hello", "-o", "json"))["status"]
    restart()
    print(f"none finished:        {resident_mib():6.1f} MiB")
    config.load_kube_config()
    kubectl("create", "namespace", NAMESPACE)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: make(client.CustomObjectsApi(), n, finished), range(options.jobs)))
    time.sleep(20)
    print(f"{options.jobs} finished:        {resident_mib():6.1f} MiB")
    restart()
    print(f"{options.jobs}, after a restart: {resident_mib():6.1f} MiB")
    kubectl("delete", "namespace", NAMESPACE, "--wait=false")


if __name__ == "__main__":
    main()
