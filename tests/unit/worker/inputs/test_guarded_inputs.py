"""With the guard, what a VoiceJob names must be public, and what its platform names need not be."""

import pytest

from voicejob_worker.errors import (
    AddressNotAllowedError,
)


def test_with_the_guard_a_model_that_the_job_names_must_be_public(inputs, server):
    server.put("/v", "x.onnx", "x.onnx.json")
    model = {"uri": f"{server.address}/v/x.onnx"}
    with pytest.raises(AddressNotAllowedError) as caught:
        inputs(settings={"guard_addresses": True}, model=model).model()
    assert server.asked == []
    assert caught.value.exit_code == 11
    assert "spec.model.uri leads to the host 127.0.0.1" in caught.value.message
    listed = {"guard_addresses": True, "allowed_private_hosts": ("127.0.0.1",)}
    assert inputs(settings=listed, model=model).model().exists()


def test_with_the_guard_the_hub_must_be_public_where_the_job_names_the_model(inputs, server):
    server.put("/h/v/resolve/main", "x.onnx", "x.onnx.json")
    with pytest.raises(AddressNotAllowedError, match=r"spec\.model\.uri leads to the host 127"):
        inputs(settings={"guard_addresses": True}, model={"uri": "hf://h/v/x.onnx"}).model()


def test_with_the_guard_a_models_redirect_must_lead_to_what_is_public(inputs, server):
    server.redirects["/v/x.onnx"] = server.address.replace("127.0.0.1", "127.0.0.2") + "/x"
    listed = {"guard_addresses": True, "allowed_private_hosts": ("127.0.0.1",)}
    with pytest.raises(AddressNotAllowedError, match=r"127\.0\.0\.2"):
        inputs(settings=listed, model={"uri": f"{server.address}/v/x.onnx"}).model()


def test_with_the_guard_a_conversion_and_a_recording_must_be_public(inputs, server):
    guarded, cpml = {"guard_addresses": True}, {"acceptLicences": ["CPML"]}
    conversion = {"modelUri": f"{server.address}/v/x.pth"}
    with pytest.raises(AddressNotAllowedError, match=r"spec\.voice\.conversion\.modelUri leads"):
        inputs(settings=guarded, voice={"conversion": conversion}).conversion()
    reference = {"uri": f"{server.address}/a.wav", "transcript": "Good morning."}
    with pytest.raises(AddressNotAllowedError, match=r"spec\.voice\.reference\.uri leads"):
        inputs(settings=guarded, voice={"reference": reference}, engine="xtts", **cpml).reference()
    assert server.asked == []


def test_with_the_guard_an_endpoint_in_a_secret_must_be_public(inputs, s3, monkeypatch):
    for name, value in s3.environment().items():
        monkeypatch.setenv(name, value)
    model = {"uri": "s3://models/x.onnx", "credentialsSecret": "mine"}
    with pytest.raises(AddressNotAllowedError, match=r"the Secret of spec\.model\.credentialsSec"):
        inputs(settings={"guard_addresses": True}, model=model).model()


def test_the_guard_leaves_the_catalogue_to_the_platform(inputs, server):
    server.put("/h/v/resolve/main", "de.onnx", "de.onnx.json")
    entry = {"engine": "piper", "language": "de-DE", "uri": "hf://h/v/de.onnx"}
    found = inputs([entry], settings={"guard_addresses": True}, language="de-DE")
    assert found.model().exists()
