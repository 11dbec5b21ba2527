"""Which Jobs and pods are a VoiceJob's, and what is kept of those that are gone."""

from dataclasses import replace

from gpu_clusters import L4, MIXED, cluster
from operator_world import START

from voicejob_api.status import Attempt, Phase, VoiceJobStatus
from voicejob_operator.settings import OperatorSettings
from voicejob_operator.voicejobs.observed import JobView, PodView
from voicejob_operator.voicejobs.observing import Sight
from voicejob_operator.voicejobs.reconcile import _untold
from voicejob_operator.voicejobs.views import view_voicejob


class Silence:
    def newest(self, uid):
        return None


def voicejob_view(name="hello", namespace="default", uid="v-1", spec=None, **status):
    return view_voicejob(
        {
            "metadata": {
                "name": name,
                "namespace": namespace,
                "uid": uid,
                "generation": 1,
                "resourceVersion": "5",
            },
            "spec": spec or {"text": "hello"},
            "status": status,
        }
    )


JOB = JobView("hello-1", "j-1", "default", owner="v-1", owner_name="hello", version=6)
POD = PodView("hello-1-0-x", "p-1", "default", START, owner="j-1", voicejob_name="hello", version=7)


def sight(*pods, job=JOB, view=None):
    found = Sight(OperatorSettings(), Silence())
    found.voicejobs.put(view or voicejob_view())
    found.jobs.put(job)
    for pod in pods:
        found.pods.put(pod)
    return found


def seen(found):
    return found.observe(found.voicejobs.by_uid("v-1").voicejob())


def test_what_there_is_of_gpus_is_what_the_nodes_have_that_it_selects():
    found = sight()
    known = cluster({**L4, "metadata": {**L4["metadata"], "labels": {"pool": "a"}}}, MIXED)
    found.cluster = lambda: known
    assert seen(found).cluster is known
    template = {"spec": {"nodeSelector": {"pool": "a"}}}
    view = voicejob_view(spec={"text": "hello", "podTemplate": template})
    found.voicejobs.put(replace(view, version=6))
    chosen = seen(found).cluster
    assert [offer.node for offer in chosen.offers] == ["l4"]
    assert seen(found).cluster is chosen, "thousands of nodes are not looked through each time"


def test_a_pod_is_the_voicejobs_by_its_jobs_uid():
    assert [pod.name for pod in seen(sight(POD)).pods] == ["hello-1-0-x"]


def test_a_pod_that_only_its_labels_call_the_voicejobs_is_not():
    foreign = replace(POD, owner="somebody-elses-job", ended=True, exit_code=0)
    assert seen(sight(foreign)).pods == ()


def test_a_pod_of_another_namespace_is_not_the_voicejobs_whatever_it_says():
    assert seen(sight(replace(POD, namespace="other"))).pods == ()


def test_a_job_of_another_namespace_is_not_the_voicejobs_whatever_it_says():
    assert seen(sight(POD, job=replace(JOB, namespace="other"))).jobs == ()


def test_a_pod_whose_job_is_gone_is_known_by_the_status():
    record = {"number": 1, "name": "hello-1", "uid": "j-1"}
    found = sight(POD, view=voicejob_view(jobs=[record]))
    found.jobs.remove("j-1")
    assert [pod.name for pod in seen(found).pods] == ["hello-1-0-x"]


def test_a_pod_that_had_ended_when_it_went_is_kept_until_its_end_is_told():
    found = sight(POD)
    found.pods.remove("p-1")
    found.depart(replace(POD, ended=True, exit_code=137, deleting=True))
    assert [pod.exit_code for pod in seen(found).pods] == [137]
    departed = found.memories.of("v-1").departed
    told = VoiceJobStatus(attempts=[Attempt(number=1, pod="hello-1-0-x", reason="PodDeleted")])
    assert _untold(departed, VoiceJobStatus()) == departed
    assert _untold(departed, told) == {}


def test_a_pod_that_went_without_an_end_or_after_the_voicejobs_is_not_kept():
    running = sight(POD)
    running.depart(POD)
    assert running.memories.of("v-1").departed == {}
    over = sight(POD, view=voicejob_view(phase=Phase.SUCCEEDED))
    over.depart(replace(POD, ended=True))
    assert over.memories.of("v-1").departed == {}


def test_one_that_cannot_be_read_is_there_and_has_not_ended():
    found = sight()
    uid = "99999999-1234"
    assert not found.has_voicejob("default", "strange", uid[:8])
    assert not found.is_unfinished(uid)
    found.voicejobs.pass_over("default", "strange", uid)
    assert found.has_voicejob("default", "strange", uid[:8])
    assert not found.has_voicejob("default", "strange", "11111111")
    assert not found.has_voicejob("other", "strange", uid[:8])
    assert found.is_unfinished(uid)
    found.voicejobs.put(voicejob_view("strange", uid=uid, phase="Succeeded"))
    assert not found.is_unfinished(uid)
