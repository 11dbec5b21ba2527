"""Kubernetes' affinity: which nodes and which other pods a worker's pod is near to or away from."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from voicejob_api.base import SpecModel
from voicejob_api.kubernetes_types import LabelKey, LabelMap, LabelValue, NamespaceName
from voicejob_api.patterns import Pattern
from voicejob_api.rules import Rule
from voicejob_api.scalars import Integer

_INTEGER = Pattern("^[0-9]{1,18}$")
"""Of what the scheduler reads as a number of 64 bits; of a longer one it finds no node."""


class MatchExpression(SpecModel):
    """One requirement on a label."""

    rules: ClassVar[tuple[Rule, ...]] = (
        Rule(
            cel="!(self.operator in ['In', 'NotIn']) "
            "|| (has(self.values) && self.values.size() > 0)",
            check=lambda self: self.operator not in ("In", "NotIn") or len(self.values) > 0,
            message="operators In and NotIn need values",
        ),
        Rule(
            cel="!(self.operator in ['Exists', 'DoesNotExist']) "
            "|| !has(self.values) || self.values.size() == 0",
            check=lambda self: (
                self.operator not in ("Exists", "DoesNotExist") or len(self.values) == 0
            ),
            message="operators Exists and DoesNotExist take no values",
        ),
        Rule(
            cel="!(self.operator in ['Gt', 'Lt']) || (has(self.values) "
            f"&& self.values.size() == 1 && {_INTEGER.cel('self.values[0]')})",
            check=lambda self: (
                self.operator not in ("Gt", "Lt")
                or (len(self.values) == 1 and _INTEGER.fits(self.values[0]))
            ),
            message="operators Gt and Lt need exactly one value, an integer of at most 18 digits",
        ),
    )

    key: LabelKey
    """The label's key."""
    operator: Literal["In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt"]
    """How the label's value is compared. Gt and Lt compare integers, for node labels only."""
    values: Annotated[list[LabelValue], Field(max_length=32)] = []
    """The values to compare with; empty for Exists and DoesNotExist."""


Expressions = Annotated[list[MatchExpression], Field(max_length=16)]


class NodeSelectorTerm(SpecModel):
    """Requirements that must all hold for a node."""

    rules: ClassVar[tuple[Rule, ...]] = (
        Rule(
            cel="!has(self.matchFields) || self.matchFields.all(field, "
            "field.key == 'metadata.name' && field.operator in ['In', 'NotIn'] "
            "&& has(field.values) && field.values.size() == 1)",
            check=lambda self: all(
                field.key == "metadata.name"
                and field.operator in ("In", "NotIn")
                and len(field.values) == 1
                for field in self.match_fields
            ),
            message="matchFields knows the key metadata.name, with operator In or NotIn and one "
            "node's name",
            path=".matchFields",
        ),
    )

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

    weight: Annotated[Integer, Field(ge=1, le=100)]
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

    rules: ClassVar[tuple[Rule, ...]] = (
        Rule(
            cel="!has(self.matchExpressions) || self.matchExpressions.all(expression, "
            "!(expression.operator in ['Gt', 'Lt']))",
            check=lambda self: all(
                expression.operator not in ("Gt", "Lt") for expression in self.match_expressions
            ),
            message="operators Gt and Lt are for nodes: use In, NotIn, Exists or DoesNotExist",
            path=".matchExpressions",
        ),
    )

    match_labels: LabelMap = {}
    """Labels that must have exactly these values."""
    match_expressions: Expressions = []
    """Requirements on labels."""


class PodAffinityTerm(SpecModel):
    """Other pods, and the topology within which their nearness counts."""

    topology_key: LabelKey
    """The node label that delimits near from far, such as `kubernetes.io/hostname`."""
    label_selector: LabelSelector | None = None
    """The other pods."""
    namespaces: Annotated[list[NamespaceName], Field(max_length=16)] = []
    """Their namespaces; empty is the VoiceJob's own."""
    namespace_selector: LabelSelector | None = None
    """Their namespaces, by labels."""


class WeightedPodAffinityTerm(SpecModel):
    """A preference for the nearness of other pods."""

    weight: Annotated[Integer, Field(ge=1, le=100)]
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
