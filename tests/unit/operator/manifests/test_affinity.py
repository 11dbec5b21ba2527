"""What a placement requires of nodes, beside what a user has written."""

from voicejob_operator.manifests.affinity import with_node_terms
from voicejob_operator.manifests.placement.placement import away_from, is_in, is_over

REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
ZONE = {"key": "zone", "operator": "In", "values": ["a"]}


def terms(affinity):
    return affinity["nodeAffinity"][REQUIRED]["nodeSelectorTerms"]


def test_nothing_required_leaves_the_users_own_alone():
    own = {"podAffinity": {}}
    assert with_node_terms(own, ()) is own
    assert with_node_terms(None, ()) is None


def test_each_of_the_users_terms_gets_each_of_ours():
    own = {
        "nodeAffinity": {
            REQUIRED: {"nodeSelectorTerms": [{"matchExpressions": [ZONE]}, {"matchFields": [1]}]},
            "preferredDuringSchedulingIgnoredDuringExecution": ["kept"],
        },
        "podAntiAffinity": {"kept": True},
    }
    made = with_node_terms(own, [(is_over("memory", 5),), (is_in("replicas", "4"),)])
    first, second = dict(is_over("memory", 5)), dict(is_in("replicas", "4"))
    assert terms(made) == [
        {"matchExpressions": [ZONE, first]},
        {"matchExpressions": [ZONE, second]},
        {"matchFields": [1], "matchExpressions": [first]},
        {"matchFields": [1], "matchExpressions": [second]},
    ]
    assert made["podAntiAffinity"] == {"kept": True}
    assert made["nodeAffinity"]["preferredDuringSchedulingIgnoredDuringExecution"] == ["kept"]


def test_nodes_are_avoided_by_their_names_one_in_each_requirement():
    made = with_node_terms(None, away_from(("gpu-1", "gpu-2")))
    assert terms(made) == [
        {
            "matchFields": [
                {"key": "metadata.name", "operator": "NotIn", "values": ["gpu-1"]},
                {"key": "metadata.name", "operator": "NotIn", "values": ["gpu-2"]},
            ]
        }
    ]
