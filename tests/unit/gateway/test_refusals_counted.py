"""What the alerts of the gateway are made of: each answer of 400 or above, by its word and code."""

import pytest
from gateway_world import capable
from making.s3_server import refusal
from prometheus_client import REGISTRY

from voicejob_api.capability import audio_path

NAME = "voicejob_gateway_refusals_total"


def counted():
    """Refusals so far, by word and code."""
    return {
        (sample.labels["error"], sample.labels["code"]): sample.value
        for family in REGISTRY.collect()
        for sample in family.samples
        if sample.name == NAME
    }


def counted_by(told):
    before = counted()
    told()
    return {
        key: now - before.get(key, 0) for key, now in counted().items() if now != before.get(key)
    }


@pytest.mark.parametrize(
    ("path", "headers", "expected"),
    [
        (audio_path("team", "letter"), {}, ("Unauthenticated", "401")),
        (audio_path("team", "nobody"), capable(name="nobody"), ("CapabilityRefused", "403")),
        ("/api/v2", {}, ("NotFound", "404")),
    ],
)
def test_who_asks_wrongly_is_counted(tell, path, headers, expected):
    assert counted_by(lambda: tell(lambda g: g.get(path, **headers))) == {expected: 1}


def test_a_store_that_refuses_is_counted_as_the_gateways_fault(tell, store):
    store.rule = lambda _: refusal(403, "AccessDenied")
    assert counted_by(lambda: tell(lambda g: g.get(**capable()))) == {("StoreForbidden", "502"): 1}


def test_an_api_server_that_fails_is_counted(tell, cluster):
    cluster.refusal = (500, "etcd is away")
    assert counted_by(lambda: tell(lambda g: g.get(Authorization="Bearer x"))) == {
        ("ApiServerUnavailable", "503"): 1
    }


def test_what_is_answered_counts_nothing(tell):
    assert counted_by(lambda: tell(lambda g: g.get(**capable()))) == {}


def test_what_an_alert_rates_has_begun_before_its_first():
    assert ("TooManyStreams", "503") in counted()
