"""The nodes that a VoiceJob's nodeSelector and required affinity leave, as schedulers read them."""

from collections.abc import Mapping
from dataclasses import dataclass

from voicejob_api.affinity import MatchExpression, NodeSelectorTerm
from voicejob_api.scheduling import PodTemplateSpec

Condition = tuple[str, str, tuple[str, ...]]
"""Key, operator and values."""
Term = tuple[tuple[Condition, ...], tuple[Condition, ...]]
"""What must hold of a node's labels, and of its name."""


@dataclass(frozen=True)
class NodeChoice:
    """The nodes that are left; with nothing in it, all of them."""

    labels: frozenset[tuple[str, str]] = frozenset()
    terms: tuple[Term, ...] = ()
    """One of them must hold, where there are any."""

    def __bool__(self) -> bool:
        """Whether any node may be left out."""
        return bool(self.labels or self.terms)

    def has(self, name: str, labels: Mapping[str, str]) -> bool:
        """Whether a node of that name and with these labels is left."""
        if not self.labels <= labels.items():
            return False
        names = {"metadata.name": name}
        return not self.terms or any(
            # A term without conditions is one that no node fits.
            bool(of_labels or of_name)
            and all(_holds(each, labels) for each in of_labels)
            and all(_holds(each, names) for each in of_name)
            for of_labels, of_name in self.terms
        )


def choice_of(wanted: PodTemplateSpec) -> NodeChoice:
    """What the pod fields that are in force say of the node."""
    of_nodes = wanted.affinity.node_affinity if wanted.affinity is not None else None
    required = of_nodes.required_during_scheduling_ignored_during_execution if of_nodes else None
    return NodeChoice(
        labels=frozenset(wanted.node_selector.items()),
        terms=tuple(map(_term, required.node_selector_terms)) if required else (),
    )


def _term(term: NodeSelectorTerm) -> Term:
    return _conditions(term.match_expressions), _conditions(term.match_fields)


def _conditions(found: list[MatchExpression]) -> tuple[Condition, ...]:
    return tuple((each.key, each.operator, tuple(each.values)) for each in found)


def _holds(condition: Condition, labels: Mapping[str, str]) -> bool:
    key, operator, values = condition
    value = labels.get(key)
    match operator:
        case "In":
            return value in values
        case "NotIn":
            return value not in values
        case "Exists":
            return value is not None
        case "DoesNotExist":
            return value is None
        case _:
            return _compares(operator, value, values)


def _compares(operator: str, value: str | None, values: tuple[str, ...]) -> bool:
    """Gt and Lt compare integers; what is none does not hold."""
    try:
        found, bound = int(value or ""), int(values[0])
    except (ValueError, IndexError):
        return False
    return found > bound if operator == "Gt" else found < bound
