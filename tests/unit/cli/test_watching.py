"""A watch that breaks is taken up again, in bounded numbers, and nothing is missed."""

import asyncio

import pytest
from aiohttp import web
from cli_world import NAMESPACE
from fake_api_server import cut, error, gone, throttled

from voicejob_cli.connection import Flags
from voicejob_cli.errors import CliError
from voicejob_cli.watching import Follower

PATH = f"/apis/voicejob.dev/v1alpha1/namespaces/{NAMESPACE}/voicejobs"
LETTER = "voicejob.dev", "voicejobs", NAMESPACE, "letter"
SUCCEEDED = {"status": {"phase": "Succeeded"}}


@pytest.fixture
def follow(world):
    def follow(name="letter", seconds=30.0):
        api, namespace = Flags(kubeconfig=str(world.kubeconfig)).connect()
        return Follower(api, namespace, name, seconds=seconds, first_pause=0.001)

    return follow


def phases(changes):
    return [(kind, (body.get("status") or {}).get("phase")) for kind, body in changes]


def until_done(changes):
    for kind, body in changes:
        yield kind, body
        if (body.get("status") or {}).get("phase") == "Succeeded":
            return


def change(world, *statuses):
    world.on_its_way(*({"phase": phase} for phase in statuses))


def test_what_is_there_comes_first_and_then_each_change(world, follow):
    world.voicejob("letter")
    change(world, "Running", "Succeeded")
    assert phases(until_done(follow().changes())) == [
        ("ADDED", None),
        ("MODIFIED", "Running"),
        ("MODIFIED", "Succeeded"),
    ]


def test_a_watch_that_is_cut_is_followed_by_another(world, follow):
    world.voicejob("letter")
    found = []
    for kind, body in until_done(follow().changes()):
        found.append((kind, (body.get("status") or {}).get("phase")))
        if found[-1] == ("ADDED", None):
            world.when_watched(world.server.break_watches)
            world.status("letter", phase="Running")
        if found[-1][1] == "Running":
            world.status("letter", phase="Succeeded")
    assert found[-1] == ("MODIFIED", "Succeeded")
    assert found.count(("MODIFIED", "Running")) >= 1


def test_what_is_too_old_is_listed_again(world, follow):
    world.voicejob("letter")
    world.do(world.server.fail, 1, gone(), watch=True)
    change(world, "Succeeded")
    assert phases(until_done(follow().changes()))[-1] == ("MODIFIED", "Succeeded")
    assert world.server.count("GET", "voicejobs", watch=False) == 2


@pytest.mark.parametrize("fault", [error(500), error(503), throttled(0), cut()])
def test_an_api_server_that_falters_is_asked_again(world, follow, fault):
    world.voicejob("letter")
    world.do(world.server.fail, 1, fault, method="GET", times=4)
    change(world, "Succeeded")
    assert phases(until_done(follow().changes()))[-1][1] == "Succeeded"


def test_an_api_server_that_stays_away_is_given_up(world, follow):
    world.voicejob("letter")
    world.do(world.server.fail_all, error(500), watch=True)
    with pytest.raises(CliError, match=r"cannot be watched any longer.*9 times in a row"):
        list(follow().changes())
    assert world.server.count("GET", "voicejobs", watch=True) == 9


def test_a_refusal_is_not_tried_again(world, follow):
    world.do(world.server.fail_all, error(403), method="GET")
    with pytest.raises(CliError):
        list(follow().changes())
    assert world.server.count("GET") == 1


def test_what_was_deleted_while_nobody_watched_is_told(world, follow):
    world.voicejob("letter")
    where = "voicejob.dev", "voicejobs", NAMESPACE, "letter"

    def unseen():
        world.server.mute_watches()
        world.server.objects.delete(*where)
        world.server.break_watches()

    world.when_watched(unseen)
    changes = follow().changes()
    assert [kind for kind, _ in (next(changes), next(changes))] == ["ADDED", "DELETED"]


def test_it_ends_when_the_time_is_over(world, follow):
    world.voicejob("letter")
    assert phases(follow(seconds=1).changes()) == [("ADDED", None)]


def broken(status, **headers):
    """An answer that breaks off in its body."""

    async def answer(request):
        response = web.StreamResponse(status=status, headers={"Content-Length": "1000", **headers})
        await response.prepare(request)
        await response.write(b'{"kind": ')
        request.transport.abort()
        return response

    return answer


class Scripted:
    """Answers of the list's path: these first, then those of the API server."""

    def __init__(self, world, *answers):
        self.world, self.answers, self.path = world, list(answers), PATH
        world.server.answers[PATH] = self

    async def __call__(self, request):
        answer = self.answers.pop(0)
        if not self.answers:
            del self.world.server.answers[PATH]
        return await answer(request)


def test_a_list_or_a_refusal_that_breaks_off_is_asked_again(world, follow):
    world.voicejob("letter", status={"phase": "Succeeded"})
    Scripted(world, broken(200), broken(500), broken(403))
    assert phases(until_done(follow().changes())) == [("ADDED", "Succeeded")]
    assert world.server.count("GET", "voicejobs", watch=False) == 4


def test_a_watch_that_lived_is_no_trouble_whatever_ends_it(world, follow):
    """A load balancer cuts a connection on which nothing comes, as that of a queued VoiceJob."""
    body = world.voicejob("letter", status={"phase": "Queued"})

    async def listed(_request):
        version = {"resourceVersion": body["metadata"]["resourceVersion"]}
        return web.json_response({"metadata": version, "items": [body]})

    async def cut_while_idle(request):
        response = web.StreamResponse()
        await response.prepare(request)
        await asyncio.sleep(0.05)
        request.transport.abort()
        return response

    Scripted(world, *[listed, cut_while_idle] * 12)
    world.when_watched(lambda: world.server.objects.merge(*LETTER, SUCCEEDED, "status"))
    follower = follow()
    follower.settled_seconds = 0.01
    assert phases(until_done(follower.changes()))[-1] == ("MODIFIED", "Succeeded")


def test_it_looks_once_even_where_there_is_no_time(world, follow):
    world.voicejob("letter")
    assert phases(follow(seconds=0).changes()) == [("ADDED", None)]
