"""Joins what a placement requires of nodes to the affinity that a user has written."""

from collections.abc import Iterable

from voicejob_operator.manifests.names import Manifest
from voicejob_operator.manifests.placement.placement import NODE_NAME, Term

_REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"


def with_node_terms(affinity: Manifest | None, terms: Iterable[Term]) -> Manifest | None:
    """The affinity in which every one of the user's terms has what one of ``terms`` requires.

    A node fits where one term of ``nodeSelectorTerms`` does, so each of the user's is repeated for
    each of ours.
    """
    ours = [[dict(requirement) for requirement in term] for term in terms]
    if not ours:
        return affinity
    node_affinity = dict((affinity or {}).get("nodeAffinity") or {})
    theirs = (node_affinity.get(_REQUIRED) or {}).get("nodeSelectorTerms") or [{}]
    joined = [_joined(user, own) for user in theirs for own in ours]
    node_affinity[_REQUIRED] = {"nodeSelectorTerms": joined}
    return {**(affinity or {}), "nodeAffinity": node_affinity}


def _joined(user: Manifest, own: list[Manifest]) -> Manifest:
    both = {
        "matchExpressions": [each for each in own if each["key"] != NODE_NAME],
        "matchFields": [each for each in own if each["key"] == NODE_NAME],
    }
    added = {kind: [*user.get(kind, []), *ours] for kind, ours in both.items() if ours}
    return {**user, **added}
