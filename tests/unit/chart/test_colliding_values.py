"""Values of somebody's own that meet the chart's own: told, or one goes before the other.

A list with a name twice is refused by the API server when half of the release is there; of a key
that stands twice in a manifest every reader takes what it likes, or nothing.
"""

from typing import Any

import pytest
from chart_manifests import CHART, Helm, Manifest, Refusal, Render

POD = ("", "gateway.")
CLOUD = {"store": {"embedded": {"enabled": False}}, "gateway": {"enabled": True}}


def at(path: str, value: Any) -> Manifest:
    """The values in which that path has that value."""
    for name in reversed(path.split(".")):
        value = {name: value}
    return value


def mounting(pod: str, path: str, name: str = "a") -> Manifest:
    """The values in which a volume ``a`` is there, and one of that name is mounted there."""
    where = {
        "extraVolumes": [{"name": "a", "emptyDir": {}}],
        "extraVolumeMounts": [{"name": name, "mountPath": path}],
    }
    return at(pod.rstrip("."), where) if pod else where


@pytest.mark.parametrize("pod", POD)
def test_two_volumes_of_one_name_are_told(refusal: Refusal, pod: str) -> None:
    volumes = [{"name": "a", "emptyDir": {}}] * 2
    assert f"{pod}extraVolumes has a twice" in refusal(at(f"{pod}extraVolumes", volumes))


@pytest.mark.parametrize("pod", POD)
def test_a_mount_of_no_volume_is_told(refusal: Refusal, pod: str) -> None:
    said = refusal(mounting(pod, "/a", name="b"))
    assert f"{pod}extraVolumeMounts mounts b, and {pod}extraVolumes has no volume" in said


@pytest.mark.parametrize("pod", POD)
@pytest.mark.parametrize(
    "path",
    ["/tmp", "/tmp/", "/var/run/voicejob/store", "/var/run/voicejob/gateway/x"],
)
def test_a_mount_over_one_of_the_charts_own_is_told(refusal: Refusal, pod: str, path: str) -> None:
    said = refusal(mounting(pod, path))
    assert f"{pod}extraVolumeMounts mounts a at {path}, where another volume" in said


@pytest.mark.parametrize("pod", POD)
def test_two_mounts_at_one_place_are_told(refusal: Refusal, pod: str) -> None:
    values = mounting(pod, "/a")
    where = values["gateway"] if pod else values
    where["extraVolumeMounts"] *= 2
    assert f"{pod}extraVolumeMounts mounts a at /a, where" in refusal(values)


@pytest.mark.parametrize("pod", POD)
@pytest.mark.parametrize("path", ["/a", "/tmp/a", "/var/run/voicejob/ca"])
def test_a_mount_beside_them_is_taken(render: Render, pod: str, path: str) -> None:
    mounted = render(mounting(pod, path)).all
    assert f"'mountPath': '{path}'" in str(mounted)


def test_labels_of_one_object_go_before_those_of_all(render: Render) -> None:
    """A key never stands twice: the loader of the tests refuses that."""
    own = {"labels": {"team": "own"}, "enabled": True}
    manifests = render(
        {
            "commonLabels": {"team": "all", "cost": "1"},
            "podLabels": {"team": "own"},
            "gateway": {"podLabels": {"team": "own"}},
            "metrics": {
                "serviceMonitor": own,
                "podMonitor": own,
                "prometheusRule": own,
                "dashboard": own,
            },
        }
    )
    monitors = {"ServiceMonitor", "PodMonitor", "PrometheusRule"}
    labels = [m["metadata"]["labels"] for m in manifests.all if m["kind"] in monitors]
    labels.append(manifests.one("ConfigMap", "voicejob-operator-dashboard")["metadata"]["labels"])
    for name in ("voicejob-operator", "voicejob-operator-gateway"):
        deployment = manifests.one("Deployment", name)
        assert deployment["metadata"]["labels"]["team"] == "all"
        labels.append(deployment["spec"]["template"]["metadata"]["labels"])
    assert [(found["team"], found["cost"]) for found in labels] == [("own", "1")] * 7


def test_an_annotation_of_ones_own_goes_before_the_charts(render: Render) -> None:
    values = {"podAnnotations": {"kubectl.kubernetes.io/default-container": "sidecar", "a": "b"}}
    template = render(values).one("Deployment")["spec"]["template"]
    assert template["metadata"]["annotations"] == values["podAnnotations"]


@pytest.mark.parametrize("name", ["AWS_EC2_METADATA_DISABLED", "OTEL_SERVICE_NAME"])
def test_a_variable_of_ones_own_goes_before_the_charts(render: Render, name: str) -> None:
    own = [{"name": name, "value": "own"}]
    values = {
        **CLOUD,
        "operator": {"extraEnv": own},
        "gateway": {"extraEnv": own},
        "tracing": {"endpoint": "http://collector.observability:4318"},
    }
    for deployment in render(values).of("Deployment"):
        (container,) = deployment["spec"]["template"]["spec"]["containers"]
        found = [one for one in container["env"] if one["name"] == name]
        assert found == own


def test_a_release_whose_services_could_have_no_name_is_told(
    render: Render, run_helm: Helm
) -> None:
    done = run_helm("template", "1st", str(CHART))
    assert "the objects would be called 1st-voicejob-operator" in done.stderr
    render({"fullnameOverride": "first"}, "1st")


@pytest.mark.parametrize("name", ["123", "true", "0x1f"])
def test_names_of_the_models_pods_stay_names(render: Render, name: str) -> None:
    worker = {
        "runtimeClassName": name,
        "caBundle": {"configMap": name},
        "modelCache": {
            "claimName": name,
            "namespaces": ["a"],
            "prefetch": {
                "models": [{"engine": "piper", "language": "en-US"}],
                "credentialsSecret": name,
            },
        },
    }
    (job,) = render({"worker": worker}).of("Job")
    pod = job["spec"]["template"]["spec"]
    volumes = {one["name"]: one for one in pod["volumes"]}
    (token,) = (one for one in pod["containers"][0]["env"] if one["name"] == "HF_TOKEN")
    assert [
        pod["runtimeClassName"],
        volumes["models"]["persistentVolumeClaim"]["claimName"],
        volumes["ca-bundle"]["configMap"]["name"],
        token["valueFrom"]["secretKeyRef"]["name"],
    ] == [name] * 4
    worker["caBundle"] = {"secret": name}
    (job,) = render({"worker": worker}).of("Job")
    (bundle,) = (
        one for one in job["spec"]["template"]["spec"]["volumes"] if one["name"] == "ca-bundle"
    )
    assert bundle["secret"]["secretName"] == name


def test_a_host_for_any_name_is_no_address(render: Render, refusal: Refusal) -> None:
    gateway: Manifest = {"ingress": {"enabled": True, "host": "*.example.com"}}
    assert "gateway.ingress.host is *.example.com, and" in refusal({"gateway": gateway})
    render({"gateway": {**gateway, "url": "https://audio.example.com"}})
