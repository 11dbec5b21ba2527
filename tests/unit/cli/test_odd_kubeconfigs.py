"""Kubeconfigs with odd values: told by what is wrong, with neither a traceback nor a secret."""

import os
import threading

import pytest
import yaml


def with_odd(world, kind, **changes):
    """Write the kubeconfig with these changes to its context, its cluster or its user."""
    found = yaml.safe_load(world.kubeconfig.read_text())
    (entry, *_) = found[f"{kind}s"]
    entry[kind] |= changes
    world.kubeconfig.write_text(yaml.safe_dump(found))


@pytest.mark.parametrize(
    ("kind", "changes", "told"),
    [
        ("context", {"namespace": 123}, "namespace of its context here is no text"),
        ("context", {"cluster": ["c"]}, "cluster of its context here is no text"),
        ("context", {"namespace": ".."}, "its context here has the namespace '..'"),
        ("cluster", {"server": 5}, "the server of the cluster c of its context must begin with"),
        ("cluster", {"server": "localhost:8080"}, "must begin with https:// or http://"),
        ("cluster", {"server": "ftp://a"}, "must begin with https:// or http://"),
        ("user", {"as": "a", "as-user-extra": {"b": "cd"}}, "as-user-extra a mapping of lists"),
    ],
)
def test_what_is_of_another_kind_is_told(world, kind, changes, told):
    with_odd(world, kind, **changes)
    result = world.run("list")
    assert (result.exit_code, world.server.requests) == (1, []), result.output
    assert told in result.stderr


@pytest.mark.parametrize("context", ["here", ["here"]])
def test_a_context_that_is_no_object_is_told(world, context):
    found = yaml.safe_load(world.kubeconfig.read_text())
    found["contexts"][0]["context"] = context
    world.kubeconfig.write_text(yaml.safe_dump(found))
    assert "here of its contexts is no object" in world.run("list").stderr


@pytest.mark.parametrize(
    ("user", "header"),
    [
        ({"token": "hidden\n"}, "authorization"),
        ({"token": "hidden\u2014"}, "authorization"),
        ({"username": "a", "password": "hidden\u2014"}, ""),
        ({"token": "t", "as": "hidden\nX-Remote: b"}, "Impersonate-User"),
        ({"token": "t", "as": "a", "as-groups": ["hidden\r"]}, "Impersonate-Group"),
    ],
)
def test_a_credential_that_no_header_holds_is_told_and_never_shown(world, user, header):
    world.user = user
    world.write_kubeconfig()
    result = world.run("list")
    told = result.output + repr(result.exception)
    if header:
        assert result.exit_code == 1
        assert f"the header {header} cannot be sent" in result.stderr
    assert "hidden" not in told
    assert "Traceback" not in told


@pytest.mark.parametrize(
    "written",
    [
        "users: [{name: ana, user: {token: hidden",
        "token: 'hidden",
        "a: b\n token: hidden: c",
        "\ttoken: hidden",
    ],
)
def test_what_is_no_yaml_is_told_by_its_line_and_never_shown(world, written):
    world.kubeconfig.write_text(written)
    result = world.run("list")
    assert result.exit_code == 1
    assert "it is no YAML: " in result.stderr
    assert ", in line " in result.stderr
    assert "hidden" not in result.output


def test_what_the_official_client_misses_is_told_without_the_rest_of_the_user(world):
    config = {"client-secret": "hidden", "refresh-token": "hidden"}
    world.user = {"auth-provider": {"name": "oidc", "config": config}}
    world.write_kubeconfig()
    result = world.run("list")
    assert result.exit_code == 1
    assert "Expected key id-token" in result.stderr
    assert "hidden" not in result.output


def test_the_password_in_an_address_is_never_shown(world):
    world.write_kubeconfig(server="http://ana:hidden@127.0.0.1:1")
    result = world.run("list")
    assert "at http://127.0.0.1:1 cannot be reached" in result.stderr
    world.write_kubeconfig(server="http://ana:hid/den@[::1]:99999")
    assert "hidden" not in (result.output + world.run("list").output)


def test_what_is_no_file_is_told_as_what_it_is(world, here):
    assert f"{here} is a folder" in world.run("list", "--kubeconfig", str(here)).stderr
    pipe = here / "pipe"
    os.mkfifo(pipe)
    writing = threading.Thread(target=lambda: pipe.write_text("a"), daemon=True)
    writing.start()
    assert "is a pipe, and it is read more than once" in (
        world.run("list", "--kubeconfig", str(pipe)).stderr
    )
    pipe.read_text()
    writing.join()


def test_a_user_without_a_home_has_no_kubeconfig_there(world, monkeypatch):
    """As in a pod that runs as any number."""
    monkeypatch.delenv("HOME")
    monkeypatch.setattr("pwd.getpwuid", raising)
    result = world.run("list", env={"KUBECONFIG": ""})
    assert "~/.kube/config is no file that is there" in result.stderr
    result = world.run("list", "--kubeconfig", "~nobody-of-that-name/config")
    assert "~nobody-of-that-name/config is no file that is there" in result.stderr


def raising(_number):
    raise KeyError
