"""Where the pods of a VoiceJob run, what they need, and how long each part may take."""

from typing import Annotated, Literal

from pydantic import Field, WithJsonSchema

from voicejob_api.base import SpecModel
from voicejob_api.patterns import matches
from voicejob_api.rules import Rule

QUANTITY_PATTERN = (
    r"^(\+|-)?(([0-9]+(\.[0-9]*)?)|(\.[0-9]+))(([KMGTPE]i)|[numkMGTPE]|([eE](\+|-)?[0-9]+))?$"
)

Quantity = Annotated[
    Annotated[str, Field(pattern=QUANTITY_PATTERN)] | int,
    WithJsonSchema(
        {
            "anyOf": [{"type": "integer"}, {"type": "string"}],
            "pattern": QUANTITY_PATTERN,
            "x-kubernetes-int-or-string": True,
            "maxLength": 64,
        }
    ),
]
"""A Kubernetes quantity, such as ``500m`` or ``2Gi``."""

CONTAINER_RESOURCES = ("cpu", "memory", "ephemeral-storage")
ResourceMap = Annotated[
    dict[str, Quantity],
    Field(max_length=3),
    Rule(
        cel=f"self.all(name, name in {list(CONTAINER_RESOURCES)})",
        check=lambda resources: set(resources) <= set(CONTAINER_RESOURCES),
        message="may name cpu, memory and ephemeral-storage; GPUs are asked for in spec.gpu",
    ),
]

LabelValue = Annotated[str, Field(max_length=63)]
Text = Annotated[str, Field(max_length=253)]
LabelMap = Annotated[dict[str, LabelValue], Field(max_length=32)]


class ContainerResources(SpecModel):
    """CPU and memory of the worker's container. GPUs are asked for in `spec.gpu`."""

    requests: ResourceMap = {}
    """What the scheduler reserves, such as `{cpu: 500m, memory: 1Gi}`."""
    limits: ResourceMap = {}
    """What the container may not exceed, such as `{memory: 2Gi}`."""


class Toleration(SpecModel):
    """Lets the pod onto nodes with a matching taint."""

    key: Text | None = None
    """The taint's key; empty with operator Exists matches every taint."""
    operator: Literal["Exists", "Equal"] = "Equal"
    """How key and value are compared."""
    value: LabelValue | None = None
    """The taint's value, with operator Equal."""
    effect: Literal["NoSchedule", "PreferNoSchedule", "NoExecute"] | None = None
    """The taint's effect; absent matches every effect."""
    toleration_seconds: int | None = None
    """With effect NoExecute: for how many seconds the taint is tolerated."""


class MatchExpression(SpecModel):
    """One requirement on a label."""

    key: Text
    """The label's key."""
    operator: Literal["In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt"]
    """How the label's value is compared. Gt and Lt compare integers, for node labels only."""
    values: Annotated[list[LabelValue], Field(max_length=32)] = []
    """The values to compare with; empty for Exists and DoesNotExist."""


Expressions = Annotated[list[MatchExpression], Field(max_length=16)]


class NodeSelectorTerm(SpecModel):
    """Requirements that must all hold for a node."""

    match_expressions: Expressions = []
    """Requirements on the node's labels."""
    match_fields: Expressions = []
    """Requirements on the node's fields, such as `metadata.name`."""


class NodeSelector(SpecModel):
    """Terms of which one must hold."""

    node_selector_terms: Annotated[list[NodeSelectorTerm], Field(min_length=1, max_length=8)]
    """The terms; a node fits when one of them does."""


class PreferredNode(SpecModel):
    """A preference for nodes, with a weight."""

    weight: Annotated[int, Field(ge=1, le=100)]
    """How much the preference counts, 1 to 100."""
    preference: NodeSelectorTerm
    """The nodes preferred."""


class NodeAffinity(SpecModel):
    """Which nodes the pod may or would rather run on."""

    required_during_scheduling_ignored_during_execution: NodeSelector | None = None
    """Nodes that do not fit are never used."""
    preferred_during_scheduling_ignored_during_execution: Annotated[
        list[PreferredNode], Field(max_length=8)
    ] = []
    """Nodes that fit are used first."""


class LabelSelector(SpecModel):
    """Selects pods or namespaces by their labels."""

    match_labels: LabelMap = {}
    """Labels that must have exactly these values."""
    match_expressions: Expressions = []
    """Requirements on labels."""


class PodAffinityTerm(SpecModel):
    """Other pods, and the topology within which their nearness counts."""

    topology_key: Text
    """The node label that delimits near from far, such as `kubernetes.io/hostname`."""
    label_selector: LabelSelector | None = None
    """The other pods."""
    namespaces: Annotated[list[Text], Field(max_length=16)] = []
    """Their namespaces; empty is the VoiceJob's own."""
    namespace_selector: LabelSelector | None = None
    """Their namespaces, by labels."""


class WeightedPodAffinityTerm(SpecModel):
    """A preference for the nearness of other pods."""

    weight: Annotated[int, Field(ge=1, le=100)]
    """How much the preference counts, 1 to 100."""
    pod_affinity_term: PodAffinityTerm
    """The other pods."""


class PodAffinity(SpecModel):
    """Other pods to be near to, or, as anti-affinity, away from."""

    required_during_scheduling_ignored_during_execution: Annotated[
        list[PodAffinityTerm], Field(max_length=8)
    ] = []
    """Must hold."""
    preferred_during_scheduling_ignored_during_execution: Annotated[
        list[WeightedPodAffinityTerm], Field(max_length=8)
    ] = []
    """Should hold."""


class Affinity(SpecModel):
    """Kubernetes' own affinity rules for the worker pod."""

    node_affinity: NodeAffinity | None = None
    """Nodes to run on."""
    pod_affinity: PodAffinity | None = None
    """Pods to be near to."""
    pod_anti_affinity: PodAffinity | None = None
    """Pods to keep away from."""


class ImagePullSecret(SpecModel):
    """A Secret of type kubernetes.io/dockerconfigjson in the VoiceJob's namespace."""

    name: Text
    """The Secret's name."""


class PodTemplateMetadata(SpecModel):
    """Labels and annotations that the worker pod gets besides the operator's own."""

    labels: LabelMap = {}
    """Labels; those under voicejob.dev/ are the operator's and win."""
    annotations: Annotated[
        dict[str, Annotated[str, Field(max_length=4096)]], Field(max_length=32)
    ] = {}
    """Annotations."""


class PodTemplateSpec(SpecModel):
    """Pod fields, with Kubernetes' own names and meanings."""

    node_selector: LabelMap = {}
    """Labels that the node must have."""
    tolerations: Annotated[list[Toleration], Field(max_length=16)] = []
    """Taints that the pod tolerates."""
    affinity: Affinity | None = None
    """Affinity rules."""
    service_account_name: Text | None = None
    """ServiceAccount of the pod. Its token is never mounted into the worker."""
    image_pull_secrets: Annotated[list[ImagePullSecret], Field(max_length=8)] = []
    """Secrets to pull the worker's image with."""
    runtime_class_name: Text | None = None
    """RuntimeClass, such as `nvidia`."""
    scheduler_name: Text | None = None
    """Scheduler that places the pod."""


class PodTemplate(SpecModel):
    """What a VoiceJob may set on its worker pod."""

    metadata: PodTemplateMetadata | None = None
    """Labels and annotations of the pod."""
    spec: PodTemplateSpec | None = None
    """Where the pod runs."""


class GPU(SpecModel):
    """Whole GPUs for the worker. Absent: the worker runs on the CPU."""

    count: Annotated[int, Field(ge=1, le=16)] = 1
    """How many GPUs."""
    resource_name: Annotated[
        Text,
        matches(
            r"^[a-z0-9]([a-z0-9.-]*[a-z0-9])?/[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$",
            "must be an extended resource such as nvidia.com/gpu",
        ),
    ] = "nvidia.com/gpu"
    """The extended resource that the node's device plugin advertises. A taint of the same name is
    tolerated."""


class Deadlines(SpecModel):
    """How long each part of the work may take, in seconds. Absent: the operator's setting."""

    queue_seconds: Annotated[int, Field(ge=1, le=2592000)] | None = None
    """Waiting in phase Queued for free capacity."""
    start_seconds: Annotated[int, Field(ge=1, le=86400)] | None = None
    """In phase Starting: pulling the image, mounting volumes; also waiting for a node where none
    of the cluster could ever take the pod."""
    active_seconds: Annotated[int, Field(ge=1, le=2592000)] | None = None
    """From the first worker's start to the end of the last attempt; a suspension starts it anew."""
