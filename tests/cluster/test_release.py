"""The chart's life: upgrade, uninstall, install again. These tests run alone and last."""

import subprocess
from pathlib import Path

import pytest
from kubectl import Kubectl, eventually
from voicejobs import RELEASE_NAMESPACE, SENTENCES, long_text

pytestmark = pytest.mark.disruptive

ROOT = Path(__file__).parents[2]
RELEASE = "voicejob-operator"
INSTANCE = f"app.kubernetes.io/instance={RELEASE}"


def helm(*arguments):
    command = ["helm", "--namespace", RELEASE_NAMESPACE, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=240).stdout


def upgrade(*settings, release=RELEASE):
    values = ("--values", str(ROOT / "hack" / "demo" / "values.yaml"))
    chart = str(ROOT / "charts" / "voicejob-operator")
    return helm("upgrade", "--install", release, chart, *values, "--wait", *settings)


def left_in_namespace():
    kinds = ("deployment", "pods", "service", "secret", "configmap", "serviceaccount")
    return [item for kind in kinds for item in Kubectl(RELEASE_NAMESPACE).list(kind, INSTANCE)]


def test_an_upgrade_keeps_the_work_the_store_and_its_credentials(voicejobs, store):
    voicejobs.apply("before", text=SENTENCES[0])
    voicejobs.await_phase("before", "Succeeded")
    voicejobs.apply("across", text=long_text(30))
    voicejobs.await_phase("across", "Running")
    upgrade("--set", "operator.pollSeconds=1", "--set", "worker.maxCharacters=1000000")
    status = voicejobs.await_phase("across", "Succeeded", seconds=120)
    assert [attempt["outcome"] for attempt in status["attempts"]] == ["Succeeded"]
    assert voicejobs.heard("before").is_audible
    assert voicejobs.heard("across").is_audible


def test_a_rollback_brings_the_earlier_values_back(voicejobs):
    upgrade("--set", "worker.maxCharacters=5")
    try:
        voicejobs.apply("too-long", text=SENTENCES[0])
        voicejobs.await_phase("too-long", "Failed")
        helm("rollback", RELEASE, "--wait")
        voicejobs.apply("spoken", text=SENTENCES[0])
        voicejobs.await_phase("spoken", "Succeeded")
    finally:
        upgrade()


def test_a_misspelt_value_is_refused():
    with pytest.raises(subprocess.CalledProcessError) as refused:
        upgrade("--set", "wroker.maxCharacters=5")
    assert "wroker" in refused.value.stderr


def test_the_notes_say_what_to_type_next():
    notes = helm("get", "notes", RELEASE)
    assert "kubectl get voicejobs" in notes
    assert "fetch" in notes


def test_uninstall_leaves_the_voicejobs_the_audio_and_nothing_else(voicejobs):
    voicejobs.apply("kept", text=SENTENCES[0])
    voicejobs.await_phase("kept", "Succeeded")
    helm("uninstall", RELEASE, "--wait")
    try:
        eventually("the namespace is empty", lambda: not left_in_namespace(), 60)
        everywhere = ("clusterroles", "clusterrolebindings")
        assert not [kind for kind in everywhere if Kubectl("default").list(kind, INSTANCE)]
        assert voicejobs.get("kept")["status"]["phase"] == "Succeeded"
    finally:
        upgrade()
    voicejobs.apply("after", text=SENTENCES[0])
    voicejobs.await_phase("after", "Succeeded")
    assert voicejobs.heard("kept").is_audible


def test_the_release_comes_again_under_another_name(voicejobs):
    """Over the store's old claim; the definition of VoiceJob goes from the one to the other."""
    voicejobs.apply("kept", text=SENTENCES[0])
    kept = voicejobs.await_phase("kept", "Succeeded")["audio"]
    helm("uninstall", RELEASE, "--wait")
    try:
        claim = f"store.embedded.persistence.existingClaim={RELEASE}-store"
        upgrade("--take-ownership", "--set", claim, release="speech")
        voicejobs.apply("elsewhere", text=SENTENCES[0])
        voicejobs.await_phase("elsewhere", "Succeeded")
        size = Kubectl(RELEASE_NAMESPACE)(
            *("exec", f"deploy/speech-{RELEASE}", "--container", "operator", "--", "sh", "-c"),
            f"voicejob-operator fetch {voicejobs.kubectl.namespace}/kept | wc --bytes",
        )
        assert int(size) == kept["sizeBytes"]
    finally:
        helm("uninstall", "speech", "--wait")
        upgrade("--take-ownership")
    assert voicejobs.heard("kept").is_audible
