"""A faulty quantity is refused where it is read, and never taken for none."""

import pytest

from voicejob_api.resources import ContainerResources
from voicejob_operator.environment_settings import WrongSettingError, read_settings
from voicejob_operator.settings import OperatorSettings
from voicejob_operator.voicejobs.node_views import view_node


@pytest.mark.parametrize(
    "variable",
    [
        "MEMORY_RETRIES__MAX_GPU",
        "MEMORY_RETRIES__MAX_CONTAINER",
        "WORKER__WORK_DIR_SIZE",
        "WORKER__MODEL_CACHE__SIZE",
        "STORE__QUOTA__PER_NAMESPACE",
    ],
)
@pytest.mark.parametrize("quantity", ["80GB", "64K", "-1Gi", "many"])
def test_a_setting_that_is_no_quantity_is_refused(monkeypatch, variable, quantity):
    """Before this, a retry was never given more memory, and nobody knew why."""
    name = f"VOICEJOB_OPERATOR_{variable}"
    monkeypatch.setenv(name, quantity)
    with pytest.raises(WrongSettingError, match=f"{name}: .*'{quantity}'.* such as 50Gi"):
        read_settings(OperatorSettings)


@pytest.mark.parametrize(("written", "count"), [("8", 8), ("1k", 1000), (2, 2), ("none", 0)])
def test_a_node_has_as_many_as_the_api_server_writes(written, count):
    body = {"metadata": {"name": "n", "uid": "n"}}
    body["status"] = {"allocatable": {"nvidia.com/gpu": written}}
    assert view_node(body).resources == {"nvidia.com/gpu": count}


@pytest.mark.parametrize(
    ("asked", "limit", "is_told"),
    [("2Gi", "1Gi", True), ("1Gi", "1Gi", False), ("1Gi", "junk", False), ("junk", "1Gi", False)],
)
def test_only_quantities_are_compared(asked, limit, is_told):
    """What is no quantity is told of by itself, and is no limit of nothing."""
    within, _ = ContainerResources.rules
    both = {"requests": {"memory": asked}, "limits": {"memory": limit}}
    assert within.check(ContainerResources.model_construct(**both)) is not is_told
