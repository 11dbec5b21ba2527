"""Which addresses are public, and which hosts an entry of a list means."""

import pytest

from voicejob_worker.egress.addresses import kind_of, parse
from voicejob_worker.egress.hosts import HostEntry, canonical


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("10.1.2.3", "private"),
        ("172.31.255.255", "private"),
        ("192.168.0.1", "private"),
        ("100.64.0.1", "shared (carrier-grade NAT)"),
        ("127.0.0.1", "loopback"),
        ("127.9.9.9", "loopback"),
        ("169.254.169.254", "link-local"),
        ("168.63.129.16", "link-local"),
        ("0.0.0.0", "unspecified"),
        ("0.1.2.3", "not a public one"),
        ("192.0.0.192", "not a public one"),
        ("198.19.0.1", "not a public one"),
        ("203.0.113.9", "not a public one"),
        ("224.0.0.1", "multicast"),
        ("255.255.255.255", "not a public one"),
        ("::", "unspecified"),
        ("::1", "loopback"),
        ("::127.0.0.1", "not a public one (it embeds an IPv4 address)"),
        ("::ffff:127.0.0.1", "loopback"),
        ("::ffff:a9fe:a9fe", "link-local"),
        ("64:ff9b::169.254.169.254", "link-local"),
        ("64:ff9b::a00:1", "private"),
        ("64:ff9b:1::1", "not a public one (it embeds an IPv4 address)"),
        ("2002:7f00:1::", "not a public one (it embeds an IPv4 address)"),
        ("2001:0:7f00:1::", "not a public one (it embeds an IPv4 address)"),
        ("2001:db8::1", "not a public one"),
        ("fd00:ec2::254", "unique-local"),
        ("fe80::1%eth0", "link-local"),
        ("fec0::1", "private"),
        ("ff02::1", "multicast"),
        ("100::1", "not a public one"),
        ("5f00::1", "not a public one"),
        ("3fff::1", "not a public one"),
    ],
)
def test_an_address_of_this_network_alone_is_told_by_its_kind(address, kind):
    assert kind_of(parse(address)) == kind


@pytest.mark.parametrize(
    "address",
    ["1.1.1.1", "172.32.0.1", "100.128.0.1", "::ffff:8.8.8.8", "64:ff9b::808:808", "2606:4700::1"],
)
def test_a_public_address_is_of_no_kind(address):
    assert kind_of(parse(address)) is None


@pytest.mark.parametrize(
    ("entry", "host", "meant"),
    [
        ("minio.storage.svc", "minio.storage.svc", True),
        ("minio.storage.svc.", "MINIO.storage.svc", True),
        ("minio.storage.svc", "x.minio.storage.svc", False),
        ("*.example.com", "a.b.example.com", True),
        ("*.example.com", "example.com", False),
        ("*.example.com", "badexample.com", False),
        ("*.bücher.example", "a.xn--bcher-kva.example", True),
        ("bücher.example", "BÜCHER.example.", True),
    ],
)
def test_an_entry_means_its_name_or_all_below_its_pattern(entry, host, meant):
    assert HostEntry.parse(entry).names(canonical(host)) is meant


@pytest.mark.parametrize("entry", ["10.0.0.0/8", "10.1.2.3", "fd00::/8", "[fd00::1]"])
def test_an_entry_may_be_an_address_or_a_network(entry):
    found = HostEntry.parse(entry)
    assert found.network is not None
    assert found.holds(next(iter(found.network)))
    assert not found.holds(parse("1.1.1.1"))


@pytest.mark.parametrize("entry", ["", "*", "https://a.example", "a.example:443", "a b", "*.*.b"])
def test_what_is_no_host_is_refused(entry):
    with pytest.raises(ValueError, match="expected a name"):
        HostEntry.parse(entry)
