"""What a decision costs in a cluster of many nodes, in lines of code that are run, not in time."""

import sys
from dataclasses import replace

import pytest
from gpu_clusters import HAMI, MIXED, cluster, node, nvidia
from operator_world import asking

from voicejob_operator.manifests.placement.devices import Cluster
from voicejob_operator.manifests.placement.node_choice import NodeChoice
from voicejob_operator.voicejobs.decide import decide


def fleet(number):
    """So many nodes of one kind beside one with MIG."""
    labels = nvidia("NVIDIA-L4", 23034, "8.9")
    return cluster(MIXED, *(node(f"l4-{n}", labels, nvidia_com__gpu="2") for n in range(number)))


def lines_run(work):
    """How many lines of code run; a comprehension's counts once for each of its elements."""
    lines = 0

    def trace(_frame, event, _):
        nonlocal lines
        lines += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        work()
    finally:
        sys.settrace(before)
    return lines


def lines_of_a_decision(world, known):
    """What a decision costs once another like it was made."""
    world.cluster = known
    seen = world.observe()
    decide(seen)
    return lines_run(lambda: decide(seen))


@pytest.mark.parametrize(
    "gpu",
    [{}, {"memory": "6Gi"}, {"memory": "40Gi", "product": "L4"}, {"allocation": "HAMi"}],
    ids=["any", "fits", "never", "in a way that is not there"],
)
def test_one_that_waits_costs_the_same_whatever_the_number_of_nodes(world, gpu):
    asking(world, fleet(4), **gpu)
    world.make_job().make_pod().change_pod(unschedulable="0/4 nodes are available").step()
    assert lines_of_a_decision(world, fleet(4)) == lines_of_a_decision(world, fleet(400))


def test_so_does_the_first_decision_on_one_that_goes_by_what_others_have_needed(world):
    world.observed_mib = 5120
    world.spec["gpu"] = {}
    assert lines_of_a_decision(world, fleet(4)) == lines_of_a_decision(world, fleet(400))


def test_what_is_found_of_some_nodes_is_not_told_of_others():
    known = fleet(4)
    assert known.once("how many", lambda: len(known.nodes)) == 5
    fewer = replace(known, nodes=known.nodes[:1])
    assert fewer.once("how many", lambda: len(fewer.nodes)) == 1


def test_answers_are_kept_in_bounds():
    """What is asked is written by users, in as many ways as they like."""
    known, looked = Cluster(), []
    for number in range(5000):
        known.once(number, lambda: looked.append(1))
    assert len(looked) == 5000
    assert len(known._answers) < 5000
    known.once(4999, lambda: looked.append(1))
    assert len(looked) == 5000


def test_choices_of_nodes_are_kept_in_bounds():
    known = fleet(1)
    choices = [NodeChoice(frozenset({("pool", str(n))})) for n in range(1000)]
    parts = [known.chosen_by(choice) for choice in choices]
    assert {part.nodes for part in parts} == {()}
    assert len(known._parts) < 1000
    assert known.chosen_by(choices[-1]) is parts[-1]


def test_a_cluster_of_one_kind_of_node_is_one_kind():
    known = cluster(*(node(f"n{n}", {}, nvidia_com__gpu=str(n + 1)) for n in range(3)), HAMI)
    assert [offer.node for offer in known.kinds] == ["n0"]
