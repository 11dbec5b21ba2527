"""What each way of giving GPUs writes: golden/ holds it as a person would read it.

``VOICEJOB_GOLDEN=write pytest tests/unit/operator/manifests/placement/test_golden_placements.py``
writes them anew.
"""

import os
from pathlib import Path

import pytest
import yaml
from gpu_clusters import (
    AMD,
    BARE,
    GTX,
    H200,
    HAMI,
    INTEL,
    L4,
    MIXED,
    SINGLE,
    SLICED,
    claiming,
    cluster,
)
from rendering import SETTINGS, first_request, plan, voicejob

from voicejob_operator.manifests.gpu import claim_template
from voicejob_operator.manifests.job import job_manifest
from voicejob_operator.manifests.placement.devices import UNKNOWN

GOLDEN = Path(__file__).parent / "golden"
ZONES = {
    "spec": {
        "affinity": {
            "nodeAffinity": {
                "requiredDuringSchedulingIgnoredDuringExecution": {
                    "nodeSelectorTerms": [
                        {"matchExpressions": [{"key": "zone", "operator": "In", "values": ["a"]}]},
                        {"matchExpressions": [{"key": "zone", "operator": "In", "values": ["b"]}]},
                    ]
                }
            }
        }
    }
}
CASES = {
    "whole": ({}, cluster(L4, H200)),
    "whole-with-memory": ({"memory": "40Gi", "minComputeCapability": "8.6"}, cluster(L4, H200)),
    "whole-by-product": ({"product": "l4"}, cluster(L4, H200, SLICED)),
    "whole-never-shared": ({"sharing": "Never"}, cluster(L4, SLICED)),
    "time-sliced": ({"memory": "5Gi"}, cluster(L4, SLICED)),
    "time-sliced-never": ({"memory": "5Gi", "sharing": "Never"}, cluster(L4, SLICED)),
    "without-labels": ({"memory": "3Gi", "product": "GTX"}, cluster(BARE)),
    "unknown-cluster": ({"memory": "3Gi", "minComputeCapability": "6.1"}, UNKNOWN),
    "mig-mixed": ({"memory": "6Gi", "minComputeCapability": "9.0"}, cluster(MIXED, H200)),
    "mig-mixed-large": ({"memory": "20Gi", "product": "H100"}, cluster(MIXED)),
    "mig-single": ({"memory": "4Gi"}, cluster(SINGLE)),
    "mig-by-name": ({"resourceName": "nvidia.com/mig-2g.20gb"}, cluster(MIXED)),
    "amd": ({"resourceName": "amd.com/gpu", "memory": "100Gi", "product": "MI300X"}, cluster(AMD)),
    "intel": ({"resourceName": "gpu.intel.com/xe", "product": "Max"}, cluster(INTEL)),
    "hami": ({"memory": "3000Mi", "product": "A10"}, cluster(HAMI)),
    "hami-whole-card": ({"sharing": "Never", "memory": "3Gi"}, cluster(HAMI)),
    "kai": ({"allocation": "KAI", "memory": "2Gi", "product": "L4"}, cluster(L4, H200)),
    "kai-whole": ({"allocation": "KAI", "memory": "20Gi", "sharing": "Never"}, cluster(L4)),
    "claim": (
        {"memory": "6Gi", "minComputeCapability": "7.5", "product": "H200", "sharing": "Never"},
        claiming(),
    ),
    "claim-of-ones-own": ({"claimTemplateName": "half-a-gpu"}, claiming()),
    "small-card": ({"memory": "4Gi"}, cluster(GTX)),
}
WITH_MORE = {
    "kai": {"queueName": "research"},
    "whole-with-memory": {"podTemplate": ZONES},
    "claim": {"queueName": "team-a"},
}


def rendered(gpu, known, more):
    made = voicejob("speech", gpu=gpu, **more)
    first = plan(made, SETTINGS, known)
    job = job_manifest(made, first, SETTINGS)
    template = job["spec"]["template"]
    pod, container = template["spec"], template["spec"]["containers"][0]
    kept = ("affinity", "tolerations", "schedulerName", "resourceClaims")
    parts = {
        "job": {"labels": job["metadata"]["labels"], "suspend": job["spec"]["suspend"]},
        "pod": {
            "labels": template["metadata"]["labels"],
            "annotations": template["metadata"]["annotations"],
            **{name: pod[name] for name in kept if name in pod},
        },
        "container": {
            "resources": container["resources"],
            "env": [each for each in container["env"] if "GPU" in each["name"]],
        },
    }
    claim = claim_template(made, 1, first_request(made, SETTINGS, known), known)
    return yaml.safe_dump_all([parts, *([claim] if claim else [])], sort_keys=False, width=100)


@pytest.mark.parametrize("name", CASES)
def test_a_way_writes_this(name):
    gpu, known = CASES[name]
    more = WITH_MORE.get(name, {})
    text = "# see test_golden_placements.py\n" + rendered(gpu, known, more)
    file = GOLDEN / f"{name}.yaml"
    if os.environ.get("VOICEJOB_GOLDEN") == "write":
        file.write_text(text)
    assert text == file.read_text()


def test_a_claim_that_no_queue_sees_has_selectors():
    gpu, known = CASES["claim"]
    made = voicejob("speech", gpu=gpu)
    request = claim_template(made, 1, first_request(made, SETTINGS, known), known)
    exactly = request["spec"]["spec"]["devices"]["requests"][0]["exactly"]
    expressions = [each["cel"]["expression"] for each in exactly["selectors"]]
    assert all(each.startswith("has(") for each in expressions)
    assert len(expressions) == 3
    assert exactly["capacity"] == {"requests": {"memory": "5959Mi"}}
