"""The pod: restricted, probed, and open to a VoiceJob in named fields alone."""

import pytest
from pydantic import Field
from rendering import (
    SETTINGS,
    container,
    environment,
    job,
    mount,
    pod_spec,
    voicejob,
    volume,
    with_worker,
)

from voicejob_api.scheduling import PodTemplate, PodTemplateSpec
from voicejob_operator.manifests.plan import JobPlan
from voicejob_operator.manifests.pod import chosen_fields, pod_template
from voicejob_operator.settings import ModelCacheSettings

CLONED = {
    "engine": "f5-tts",
    "model": {"uri": "pvc://models/f5"},
    "voice": {"reference": {"uri": "pvc://voices/ana.wav", "transcript": "Bom dia."}},
}
CONVERTED = {"voice": {"conversion": {"modelUri": "pvc://rvc/ana.pth"}}}


def test_a_worker_pod_has_no_rights_and_no_token():
    spec = pod_spec()
    assert spec["automountServiceAccountToken"] is False
    assert spec["securityContext"]["runAsUser"] == 10001
    assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert container(spec)["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }


class TestPodTemplate:
    TAKEN_OVER = {
        "node_selector": ({"zone": "b"}, "nodeSelector"),
        "tolerations": ([{"key": "x", "operator": "Exists"}], "tolerations"),
        "affinity": ({"nodeAffinity": {}}, "affinity"),
        "service_account_name": ("speaker", "serviceAccountName"),
        "image_pull_secrets": ([{"name": "pull"}], "imagePullSecrets"),
        "runtime_class_name": ("nvidia", "runtimeClassName"),
        "scheduler_name": ("mine", "schedulerName"),
    }

    def test_has_no_field_that_nobody_thought_about(self):
        """Whoever adds a field names it in ``chosen_fields``, in the fences, and here."""
        assert set(PodTemplateSpec.model_fields) == set(self.TAKEN_OVER)

    def test_is_taken_over_field_by_field(self):
        wanted = {manifest: value for value, manifest in self.TAKEN_OVER.values()}
        chosen = chosen_fields(voicejob(podTemplate={"spec": wanted}).spec, SETTINGS.worker)
        assert chosen == wanted
        assert wanted.items() <= pod_spec(podTemplate={"spec": wanted}).items()

    def test_cannot_bring_a_field_that_is_not_named(self):
        class Wider(PodTemplateSpec):
            security_context: dict[str, bool] = Field(default={})
            volumes: list[str] = []
            host_network: bool = False

        wider = Wider(security_context={"runAsNonRoot": False}, volumes=["/"], host_network=True)
        spec = voicejob().spec.model_copy(update={"pod_template": PodTemplate(spec=wider)})
        made = voicejob().model_copy(update={"spec": spec})
        plain = JobPlan(1, 2)
        assert pod_template(made, plan=plain, settings=SETTINGS) == pod_template(
            voicejob(), plan=plain, settings=SETTINGS
        )

    def test_keeps_the_operators_own_labels(self):
        metadata = {"labels": {"team": "a", "voicejob.dev/uid": "forged"}}
        made = job(podTemplate={"metadata": metadata})["spec"]["template"]["metadata"]["labels"]
        assert made["team"] == "a"
        assert made["voicejob.dev/uid"] == "11111111-aaaa"

    def test_adds_to_the_operators_pull_secrets(self):
        made = pod_spec(
            with_worker(image_pull_secrets=("ours",)),
            podTemplate={"spec": {"imagePullSecrets": [{"name": "theirs"}]}},
        )
        assert made["imagePullSecrets"] == [{"name": "theirs"}, {"name": "ours"}]


class TestProbe:
    def test_ends_a_hung_worker_within_seven_minutes_and_no_busy_one_within_one(self):
        probe = container(pod_spec())["livenessProbe"]
        assert probe["httpGet"] == {"path": "/healthz", "port": "status"}
        red_after, seconds = 300, probe["periodSeconds"] * probe["failureThreshold"]
        assert red_after + seconds <= 7 * 60
        assert seconds >= 60
        assert probe["initialDelaySeconds"] >= 60

    def test_the_worker_knows_the_time_that_the_kubelet_gives_it(self):
        spec = pod_spec(with_worker(termination_grace_seconds=45))
        assert spec["terminationGracePeriodSeconds"] == 45
        assert environment(spec)["VOICEJOB_TERMINATION_GRACE_SECONDS"]["value"] == "45"


def test_the_worker_knows_whose_attempt_it_is_for_its_log():
    found = environment(pod_spec())
    assert found["VOICEJOB_JOB_NAME"]["value"].startswith("hello")
    source = found["VOICEJOB_POD_NAME"]["valueFrom"]
    assert source == {"fieldRef": {"fieldPath": "metadata.name"}}


def test_a_gpu_becomes_a_limit_and_a_toleration():
    spec = pod_spec(gpu={})
    assert container(spec)["resources"]["limits"]["nvidia.com/gpu"] == "1"
    assert {"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"} in spec[
        "tolerations"
    ]


def test_an_engine_with_torch_gets_the_gpu_flavour_and_its_resources():
    made = container(pod_spec(**CLONED))
    assert made["image"] == SETTINGS.worker.gpu_image
    assert made["resources"]["limits"]["memory"] == "8Gi"
    assert container(pod_spec())["image"] == SETTINGS.worker.image


def test_a_conversion_takes_the_gpu_flavour_whatever_speaks():
    assert container(pod_spec(**CONVERTED))["image"] == SETTINGS.worker.gpu_image


def test_a_recogniser_of_ones_own_takes_the_flavour_that_holds_its_library():
    own = {"transcribe": True, "recogniser": {"uri": "pvc://whisper/small"}}
    assert container(pod_spec(quality=own))["image"] == SETTINGS.worker.gpu_image


def test_the_built_in_recogniser_is_in_the_small_image_too():
    assert container(pod_spec(quality={"transcribe": True}))["image"] == SETTINGS.worker.image


class TestEnvironment:
    def test_holds_users_credentials_by_reference_only(self):
        found = environment(pod_spec(output={"uri": "s3://mine/x/", "credentialsSecret": "mine"}))
        assert found["AWS_ACCESS_KEY_ID"]["valueFrom"]["secretKeyRef"] == {
            "name": "mine",
            "key": "AWS_ACCESS_KEY_ID",
            "optional": False,
        }
        assert found["AWS_ENDPOINT_URL"]["valueFrom"]["secretKeyRef"]["optional"] is True

    def test_keeps_the_credentials_of_each_source_apart(self):
        found = environment(
            pod_spec(
                textFrom={"uri": "s3://tex/t", "credentialsSecret": "text"},
                engine="f5-tts",
                voice={
                    "reference": {
                        "uri": "s3://rec/r.wav",
                        "credentialsSecret": "recording",
                        "transcript": "x",
                    }
                },
                model={"uri": "s3://mod/m.pt", "credentialsSecret": "model"},
            )
        )
        for prefix, secret in (("TEXT", "text"), ("REFERENCE", "recording"), ("MODEL", "model")):
            reference = found[f"VOICEJOB_{prefix}_AWS_SECRET_ACCESS_KEY"]["valueFrom"]
            assert reference["secretKeyRef"]["name"] == secret
        assert "AWS_SECRET_ACCESS_KEY" not in found
        assert "HF_TOKEN" not in found

    def test_holds_the_token_of_a_model_on_a_hub(self):
        model = {"uri": "hf://me/mine/v.onnx", "credentialsSecret": "hub"}
        token = environment(pod_spec(model=model))["HF_TOKEN"]
        assert token["valueFrom"]["secretKeyRef"] == {
            "name": "hub",
            "key": "HF_TOKEN",
            "optional": False,
        }

    def test_holds_what_is_set_for_workers(self):
        found = environment(
            pod_spec(
                with_worker(
                    accepted_licences=("CPML",),
                    checkpoint_seconds=7,
                    gpu_fallback_to_cpu=True,
                    gpu_low_vram="On",
                    upload_retry_seconds=99,
                    allowed_hosts=("*.example.com",),
                    allowed_private_hosts=("10.1.0.0/16", "books.lan"),
                )
            )
        )
        values = {name: item.get("value") for name, item in found.items()}
        assert values["VOICEJOB_ACCEPTED_LICENCES"] == '["CPML"]'
        assert values["VOICEJOB_CHECKPOINT_SECONDS"] == "7"
        assert values["VOICEJOB_FALLBACK_TO_CPU"] == "true"
        assert values["VOICEJOB_LOW_VRAM"] == "On"
        assert values["VOICEJOB_UPLOAD_RETRY_SECONDS"] == "99"
        assert values["VOICEJOB_ALLOWED_HOSTS"] == '["*.example.com"]'
        assert values["VOICEJOB_ALLOWED_PRIVATE_HOSTS"] == '["10.1.0.0/16", "books.lan"]'

    def test_always_has_addresses_guarded(self):
        assert environment(pod_spec())["VOICEJOB_GUARD_ADDRESSES"]["value"] == "true"


class TestVolumes:
    def test_hold_both_secrets_in_one_folder_and_wait_for_both(self):
        spec = pod_spec()
        sources = volume(spec, "job")["projected"]["sources"]
        found = {
            item["path"]: source["secret"]["name"]
            for source in sources
            for item in source["secret"]["items"]
        }
        assert found == {
            "job.json": f"{job()['metadata']['name'][:-2]}-job",
            "catalogue.json": f"{job()['metadata']['name'][:-2]}-job",
            "grants.json": f"{job()['metadata']['name'][:-2]}-grants",
        }
        assert not any(source["secret"].get("optional") for source in sources)
        assert "/var/run/voicejob/job/grants.json" in container(spec)["args"]

    def test_of_what_is_only_read_are_read_only_as_volumes_too(self):
        spec = pod_spec(**CLONED, quality={"transcribe": True, "recogniser": {"uri": "pvc://w/x"}})
        for name, claim in (("model", "models"), ("reference", "voices"), ("recogniser", "w")):
            source = volume(spec, name)["persistentVolumeClaim"]
            assert source == {"claimName": claim, "readOnly": True}
            assert mount(spec, _path(spec, name))["readOnly"] is True

    @pytest.mark.parametrize(
        "addresses",
        [
            {"modelUri": "pvc://rvc/ana.pth"},
            {"modelUri": "pvc://rvc/ana.pth", "indexUri": "hf://me/voices/ana.index"},
            {"modelUri": "hf://me/voices/ana.pth", "indexUri": "pvc://rvc/ana.index"},
        ],
    )
    def test_hold_the_claim_of_a_conversion(self, addresses):
        spec = pod_spec(voice={"conversion": addresses})
        source = volume(spec, "conversion")["persistentVolumeClaim"]
        assert source == {"claimName": "rvc", "readOnly": True}

    def test_mount_a_claim_once_that_several_inputs_name(self):
        shared = {**CLONED, "model": {"uri": "pvc://voices/f5"}}
        spec = pod_spec(**shared)
        claims = [each for each in spec["volumes"] if "persistentVolumeClaim" in each]
        assert [each["persistentVolumeClaim"] for each in claims] == [
            {"claimName": "voices", "readOnly": True}
        ]
        for path in ("/var/run/voicejob/model", "/var/run/voicejob/voice"):
            assert mount(spec, path) == {
                "name": claims[0]["name"],
                "mountPath": path,
                "readOnly": True,
            }

    def test_can_be_written_to_where_the_audio_goes_into_the_claim_of_the_model(self):
        output = {"persistentVolumeClaim": {"claimName": "models"}}
        spec = pod_spec(**CLONED, output=output)
        name = mount(spec, "/var/run/voicejob/output")["name"]
        assert volume(spec, name)["persistentVolumeClaim"] == {"claimName": "models"}
        assert "readOnly" not in mount(spec, "/var/run/voicejob/output")
        assert mount(spec, "/var/run/voicejob/model")["readOnly"] is True

    def test_hold_a_recording_of_a_config_map_as_one_file(self):
        ref = {"configMapKeyRef": {"name": "voices", "key": "ana.wav"}, "transcript": "Bom dia."}
        spec = pod_spec(**{**CLONED, "voice": {"reference": ref}})
        source = volume(spec, "reference")
        assert source["configMap"]["items"] == [{"key": "ana.wav", "path": "reference"}]

    def test_hold_no_model_that_is_fetched(self):
        spec = pod_spec(model={"uri": "https://example.com/faber.onnx"})
        assert "model" not in {volume["name"] for volume in spec["volumes"]}
        assert volume(spec, "models")["emptyDir"] == {"sizeLimit": "20Gi"}

    def test_share_a_claim_for_models_where_there_is_one(self):
        settings = with_worker(model_cache=ModelCacheSettings(claim_name="models"))
        source = volume(pod_spec(settings), "models")["persistentVolumeClaim"]
        assert source == {"claimName": "models"}

    def test_keep_no_voices_where_other_namespaces_share_them(self):
        shared = ModelCacheSettings(claim_name="models", keeps_voices=False)
        for cache, kept in ((ModelCacheSettings(claim_name="models"), "true"), (shared, "false")):
            (worker,) = pod_spec(with_worker(model_cache=cache))["containers"]
            told = {one["name"]: one.get("value") for one in worker["env"]}
            assert told["VOICEJOB_KEEP_VOICES"] == kept

    def test_keep_the_shared_models_from_being_written_to_as_a_job_s_own(self):
        settings = with_worker(model_cache=ModelCacheSettings(claim_name="models"))
        spec = pod_spec(settings, **CLONED)
        assert mount(spec, "/var/run/voicejob/model") == {
            "name": "models",
            "mountPath": "/var/run/voicejob/model",
            "readOnly": True,
        }


def _path(spec, name):
    mounts = container(spec)["volumeMounts"]
    return next(each["mountPath"] for each in mounts if each["name"] == name)
