"""Which nodes a VoiceJob's nodeSelector and affinity leave."""

import pytest
from rendering import voicejob

from voicejob_operator.manifests.placement.node_choice import choice_of
from voicejob_operator.manifests.pod_defaults import own_fields

LABELS = {"pool": "a", "size": "8", "kubernetes.io/hostname": "n-1"}


def expression(key, operator, *values):
    return {"key": key, "operator": operator, **({"values": list(values)} if values else {})}


def spec(*terms, selector=None):
    required = {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": terms}}
    chosen = {"nodeSelector": selector or {}}
    if terms:
        chosen["affinity"] = {"nodeAffinity": required}
    return voicejob(podTemplate={"spec": chosen}).spec


def term(*expressions, fields=()):
    return {"matchExpressions": list(expressions), "matchFields": list(fields)}


LEFT = {
    "nothing is chosen": (spec(), True),
    "the selector's labels are there": (spec(selector={"pool": "a"}), True),
    "one of them is another": (spec(selector={"pool": "a", "size": "9"}), False),
    "a label has one of the values": (spec(term(expression("pool", "In", "b", "a"))), True),
    "it has none": (spec(term(expression("pool", "In", "b"))), False),
    "a label that is absent is in nothing": (spec(term(expression("x", "In", "b"))), False),
    "one that is absent is not in anything": (spec(term(expression("x", "NotIn", "b"))), True),
    "it exists": (spec(term(expression("pool", "Exists"))), True),
    "it does not": (spec(term(expression("x", "Exists"))), False),
    "it is not to exist": (spec(term(expression("pool", "DoesNotExist"))), False),
    "it is greater": (spec(term(expression("size", "Gt", "7"))), True),
    "it is as great": (spec(term(expression("size", "Gt", "8"))), False),
    "it is less": (spec(term(expression("size", "Lt", "9"))), True),
    "it is no number": (spec(term(expression("pool", "Gt", "1"))), False),
    "it is absent and no number": (spec(term(expression("x", "Lt", "1"))), False),
    "all of a term must hold": (
        spec(term(expression("pool", "Exists"), expression("x", "Exists"))),
        False,
    ),
    "one of the terms is enough": (
        spec(term(expression("x", "Exists")), term(expression("pool", "Exists"))),
        True,
    ),
    "the selector must hold beside a term": (
        spec(term(expression("pool", "Exists")), selector={"pool": "b"}),
        False,
    ),
    "its name": (spec(term(fields=[expression("metadata.name", "In", "n-1")])), True),
    "not its name": (spec(term(fields=[expression("metadata.name", "NotIn", "n-1")])), False),
}


@pytest.mark.parametrize("title", LEFT)
def test_a_node_is_left_if(title):
    chosen, is_left = LEFT[title]
    choice = choice_of(own_fields(chosen))
    assert choice.has("n-1", LABELS) is is_left
    assert bool(choice) is (title != "nothing is chosen")


def test_a_preference_leaves_no_node_out():
    preferred = {"weight": 1, "preference": term(expression("x", "Exists"))}
    affinity = {"nodeAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": [preferred]}}
    assert not choice_of(own_fields(voicejob(podTemplate={"spec": {"affinity": affinity}}).spec))
