"""What may be asked of GPUs and queues, and what must be refused, with the words to expect."""

from typing import Any

from tried import Tried, text


def _gpu(**gpu: Any) -> dict[str, Any]:
    return text(gpu=gpu)


RIGHT = (
    Tried("a GPU with memory", _gpu(memory="6Gi")),
    Tried("memory as a number of bytes", _gpu(memory=6442450944)),
    Tried("a compute capability", _gpu(minComputeCapability="7.5")),
    Tried("a later compute capability", _gpu(minComputeCapability="12.0")),
    Tried("a product", _gpu(product="NVIDIA-A100-SXM4-40GB", sharing="Never")),
    Tried("a MIG profile", _gpu(resourceName="nvidia.com/mig-1g.10gb")),
    Tried("a part of a MIG instance", _gpu(resourceName="nvidia.com/mig-1c.3g.40gb")),
    Tried("a MIG profile with its media engines", _gpu(resourceName="nvidia.com/mig-1g.10gb.me")),
    Tried("a whole card by its resource", _gpu(allocation="ExtendedResource", memory="20Gi")),
    Tried("a DeviceClass", _gpu(allocation="ResourceClaim", deviceClassName="gpu.nvidia.com")),
    Tried("a DeviceClass alone", _gpu(deviceClassName="mig.nvidia.com", memory="4Gi")),
    Tried("an administrator's template", _gpu(claimTemplateName="half-a-gpu", memory="4Gi")),
    Tried("HAMi", _gpu(allocation="HAMi", memory="3000Mi", product="A10")),
    Tried(
        "HAMi with its resource renamed", _gpu(allocation="HAMi", resourceName="nvidia.com/vgpu")
    ),
    Tried("KAI", text(gpu={"allocation": "KAI", "memory": "2Gi"}, queueName="default-queue")),
    Tried("a queue", text(queueName="team-a", workloadPriorityClassName="nightly")),
)

WRONG = (
    Tried("no GPU", _gpu(count=0), ("spec.gpu.count", "leave gpu out")),
    Tried("two GPUs", _gpu(count=2), ("spec.gpu.count", "must be 1")),
    Tried("seventeen GPUs", _gpu(count=17), ("spec.gpu.count", "must be 1")),
    Tried("a GPU without a vendor", _gpu(resourceName="gpu"), ("nvidia.com/gpu",)),
    Tried(
        "a MIG profile without its dot",
        _gpu(resourceName="nvidia.com/mig-1g10gb"),
        ("spec.gpu.resourceName", "nvidia.com/mig-1g.10gb"),
    ),
    Tried("memory without a unit", _gpu(memory=6), ("spec.gpu.memory", "6Gi")),
    Tried("memory with a B", _gpu(memory="6GB"), ("spec.gpu.memory", "without a B")),
    Tried("more memory than any card", _gpu(memory="2Ti"), ("spec.gpu.memory", "1Ti")),
    Tried(
        "a capability without its minor",
        _gpu(minComputeCapability="8"),
        ("spec.gpu.minComputeCapability", '"7.5"'),
    ),
    Tried("a product with a blank", _gpu(product="NVIDIA A100"), ("spec.gpu.product", "A100")),
    Tried("an allocation that is none", _gpu(allocation="DRA"), ("allocation", "ResourceClaim")),
    Tried(
        "a resource and a DeviceClass",
        _gpu(resourceName="nvidia.com/gpu", deviceClassName="gpu.nvidia.com"),
        ("spec.gpu", "write only one of"),
    ),
    Tried(
        "a DeviceClass and a template",
        _gpu(deviceClassName="gpu.nvidia.com", claimTemplateName="half"),
        ("spec.gpu", "write only one of"),
    ),
    Tried(
        "a resource beside KAI",
        _gpu(allocation="KAI", resourceName="nvidia.com/gpu"),
        ("spec.gpu.resourceName", "leave it out"),
    ),
    Tried(
        "a DeviceClass for HAMi",
        _gpu(allocation="HAMi", deviceClassName="gpu.nvidia.com"),
        ("spec.gpu.allocation", "are for allocation ResourceClaim"),
    ),
    Tried(
        "a MIG profile for HAMi",
        _gpu(allocation="HAMi", resourceName="nvidia.com/mig-1g.5gb"),
        ("spec.gpu.resourceName", "HAMi shares NVIDIA's whole cards"),
    ),
    Tried(
        "a template and what it says already",
        _gpu(claimTemplateName="half", product="A100"),
        ("spec.gpu.claimTemplateName", "leave product, minComputeCapability and sharing out"),
    ),
    Tried(
        "a template of another namespace",
        _gpu(claimTemplateName="team-b/half"),
        ("spec.gpu.claimTemplateName", "in the VoiceJob's own namespace"),
    ),
    Tried(
        "a compute capability of AMD's",
        _gpu(resourceName="amd.com/gpu", minComputeCapability="7.5"),
        ("spec.gpu.minComputeCapability", "is NVIDIA's"),
    ),
    Tried(
        "KAI beside another scheduler",
        text(
            gpu={"allocation": "KAI"},
            podTemplate={"spec": {"schedulerName": "default-scheduler"}},
        ),
        ("brings its own scheduler",),
    ),
    Tried("a queue of another namespace", text(queueName="team-b/fast"), ("spec.queueName",)),
)
