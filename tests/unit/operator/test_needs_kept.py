"""What GPUs' memory was seen to need outlives the operator, in a ConfigMap; nothing hangs on it."""

import asyncio
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest
from fake_api_server import conflict, cut, error, forbidden, garbage, hang, throttled
from runtime_world import background, connected
from structlog.testing import capture_logs
from virtual_time import run

from voicejob_api import names
from voicejob_api.status import VRAM, Attempt, GPUInfo
from voicejob_api.voicejob import VoiceJob
from voicejob_operator.settings import WorkerSettings
from voicejob_operator.voicejobs.ended_attempts import EndedAttempt
from voicejob_operator.voicejobs.needs import kind_of
from voicejob_operator.voicejobs.needs_kept import CONFIG_MAPS, SAVE_SECONDS, NeedsKeeper

HOME = "voicejob-system"
PATH = f"/namespaces/{HOME}/configmaps"
PRIVATE = "https://models.example.com/secret-token/voice.onnx"
WORKER = WorkerSettings()
DAY = datetime(2026, 11, 29, tzinfo=UTC).date()


def voicejob(name="hello", gpu=None, **spec):
    metadata = {"name": name, "namespace": "team", "uid": "u"}
    spec = {"text": "Nobody else may read this", "gpu": gpu or {}, **spec}
    return VoiceJob.model_validate({"metadata": metadata, "spec": spec})


def ended(peak, size=23_034, of=None):
    """An attempt that has ended well and has taken so much."""
    attempt = Attempt(
        number=1,
        pod="hello-1-0-x",
        outcome="Succeeded",
        gpu=GPUInfo(name="X", uuid="U", memory_mib=size, compute_capability="8.9", driver="1"),
        vram=VRAM(device_before_mib=100, device_peak_mib=100 + peak),
    )
    kind = kind_of(of or voicejob(), WORKER)
    return EndedAttempt(attempt, "piper", kind, "float16", DAY, shows_need=True)


class Home:
    """The operator's own namespace, and the operators in it."""

    def __init__(self, server, client):
        self.server, self._client = server, client
        self.leads = True

    @asynccontextmanager
    async def operator(self, leads=None):
        keeper = NeedsKeeper(self._client, HOME, WORKER, leads or (lambda: self.leads))
        async with background(keeper.run()):
            yield keeper

    @property
    def stored(self):
        return self.server.get(CONFIG_MAPS, HOME, names.OBSERVED_MEMORY)

    def put(self, data, **more):
        metadata = {"name": names.OBSERVED_MEMORY, "namespace": HOME}
        self.server.put(CONFIG_MAPS, {"metadata": metadata, "data": data, **more})

    def holds(self, peak):
        return self.stored is not None and f'"peakMiB":{peak}' in str(self.stored["data"])

    async def until(self, condition):
        await self.server.until(condition, 300.0)

    def writes(self):
        return [asked.method for asked in self.server.asked(path=PATH) if asked.method != "GET"]


def story(told):
    """Run it, in virtual time, with a home."""

    async def whole():
        async with connected() as (server, client):
            await told(Home(server, client))

    return run(whole())


# -- over the operator's life ----------------------------------------------------------------------


def test_what_was_learned_is_known_to_the_next_process():
    async def told(home):
        async with home.operator() as keeper:
            assert keeper.needed_by(voicejob()) is None
            keeper.learn(ended(3_000))
            assert keeper.needed_by(voicejob()) == 3_000
            await home.until(lambda: home.holds(3_000))
        async with home.operator() as keeper:
            await home.until(lambda: keeper.is_read)
            assert keeper.needed_by(voicejob()) == 3_000
            assert keeper.needed_by(voicejob(language="de-DE")) is None
            keeper.learn(ended(4_000))
            await home.until(lambda: home.holds(4_000))
        assert home.writes() == ["POST", "PUT"]

    story(told)


def test_one_that_asks_for_no_gpu_needs_none():
    async def told(home):
        async with home.operator() as keeper:
            keeper.learn(ended(3_000))
            without = voicejob()
            spec = without.spec.model_copy(update={"gpu": None})
            assert keeper.needed_by(without.model_copy(update={"spec": spec})) is None

    story(told)


def test_nothing_of_a_voicejobs_own_is_in_it():
    async def told(home):
        async with home.operator() as keeper:
            keeper.learn(ended(3_000, of=voicejob("my-letter", model={"uri": PRIVATE})))
            await home.until(lambda: home.holds(3_000))
        for private in ("my-letter", "hello", "secret-token", "example.com", "Nobody", "team"):
            assert private not in str(home.stored), private
        assert home.stored["metadata"]["labels"] == {names.LABEL_MANAGED_BY: names.FIELD_MANAGER}

    story(told)


def test_it_is_written_at_most_every_half_minute_and_only_if_something_is_new():
    async def told(home):
        async with home.operator() as keeper:
            for second in range(300):
                keeper.learn(ended(3_000 + second // 10))
                await asyncio.sleep(1.0)
            await asyncio.sleep(SAVE_SECONDS)
            written = len(home.writes())
            assert 8 <= written <= 12
            assert home.holds(3_029)
            for _ in range(300):
                keeper.learn(ended(2_000))
                await asyncio.sleep(1.0)
            assert len(home.writes()) == written

    story(told)


def test_what_was_learned_last_is_written_when_it_stops():
    async def told(home):
        async with home.operator() as keeper:
            keeper.learn(ended(3_000))
            await home.until(lambda: home.holds(3_000))
            keeper.learn(ended(4_000))
        await keeper.save(2.0)
        assert home.holds(4_000)
        await keeper.save(2.0)
        assert home.writes() == ["POST", "PUT"]

    story(told)


# -- two operators ---------------------------------------------------------------------------------


def test_one_that_does_not_lead_writes_nothing():
    async def told(home):
        async with home.operator() as keeper:
            home.leads = False
            keeper.learn(ended(3_000))
            await asyncio.sleep(200.0)
            assert home.writes() == []
            home.leads = True
            keeper.read_anew()
            await home.until(lambda: home.holds(3_000))

    story(told)


def test_of_two_neither_overwrites_what_the_other_has_learned():
    async def told(home):
        async with home.operator() as one, home.operator() as other:
            await home.until(lambda: one.is_read and other.is_read)
            one.learn(ended(3_000))
            await home.until(lambda: home.holds(3_000))
            german = voicejob(language="de-DE")
            other.learn(ended(5_000, of=german))
            await home.until(lambda: home.holds(5_000))
            assert home.holds(3_000)
            assert other.needed_by(voicejob()) == 3_000
            one.learn(ended(4_000))
            await home.until(lambda: home.holds(4_000))
            assert home.holds(5_000)
            assert one.needed_by(german) == 5_000

    story(told)


def test_one_that_takes_over_reads_what_the_last_has_written():
    async def told(home):
        async with home.operator() as leader, home.operator(lambda: False) as standby:
            await home.until(lambda: standby.is_read)
            leader.learn(ended(3_000))
            await home.until(lambda: home.holds(3_000))
            assert standby.needed_by(voicejob()) is None
            standby.read_anew()
            await home.until(lambda: standby.needed_by(voicejob()) == 3_000)

    story(told)


# -- what may be wrong with it ---------------------------------------------------------------------


def test_one_that_somebody_has_deleted_is_made_again_of_what_is_new():
    async def told(home):
        async with home.operator() as keeper:
            keeper.learn(ended(3_000))
            await home.until(lambda: home.holds(3_000))
            home.server.delete(CONFIG_MAPS, HOME, names.OBSERVED_MEMORY)
            german = voicejob(language="de-DE")
            keeper.learn(ended(5_000, of=german))
            await home.until(lambda: home.holds(5_000))
            assert not home.holds(3_000), "who deletes it wants it forgotten"
            assert keeper.needed_by(german) == 5_000

    story(told)


BROKEN = [
    {"data": {"README": "what is this?"}},
    {"data": {"xtts.0000000000000000.Auto.float16": "{"}},
    {"data": ["no", "map"]},
    {"data": None, "binaryData": {"x": "AAAA"}},
]


@pytest.mark.parametrize("broken", BROKEN)
def test_one_that_is_broken_is_read_as_far_as_it_goes_and_mended_by_the_next_write(broken):
    async def told(home):
        home.put(**broken)
        with capture_logs() as logs:
            async with home.operator() as keeper:
                await home.until(lambda: keeper.is_read)
                assert keeper.needed_by(voicejob()) is None
                assert home.writes() == [], "it may be somebody's"
                keeper.learn(ended(3_000))
                await home.until(lambda: home.holds(3_000))
        assert len(home.stored["data"]) == 1
        assert len(logs) == (broken["data"] is not None)
        assert all("nobody can read" in each["trouble"] for each in logs)

    story(told)


@pytest.mark.parametrize("method", ["GET", "POST", ""])
def test_where_it_is_forbidden_the_log_says_so_once_and_what_is_known_is_used(method):
    async def told(home):
        fault = home.server.fail_all(forbidden("no such right"), method=method, path=PATH)
        with capture_logs() as logs:
            async with home.operator() as keeper:
                await home.until(lambda: keeper.is_read)
                keeper.learn(ended(3_000))
                await asyncio.sleep(600.0)
                assert keeper.needed_by(voicejob()) == 3_000
                assert len(logs) <= 2
                assert method == "GET" or "no such right" in logs[0]["trouble"]
                assert home.server.count(path=PATH) < 100
                home.server.heal(fault)
                await home.until(lambda: home.holds(3_000))
        assert {each["log_level"] for each in logs} == {"warning"} or method == "GET"

    story(told)


@pytest.mark.parametrize(
    "answer",
    [
        error(500),
        hang(),
        garbage(),
        garbage(b'{"data": {}}'),
        garbage(b'{"metadata": {"name": "x"}, "data": {}}'),
        cut(),
    ],
    ids=range(6),
)
def test_it_is_asked_for_again_until_there_is_an_answer(answer):
    """Else all of a fleet's VoiceJobs would ask for any GPU after each restart in a bad moment."""

    async def told(home):
        async with home.operator() as keeper:
            keeper.learn(ended(3_000))
            await home.until(lambda: home.holds(3_000))
        fault = home.server.fail_all(answer, path=PATH)
        with capture_logs() as logs:
            async with home.operator() as keeper:
                await asyncio.sleep(60.0)
                assert not keeper.is_read
                assert home.writes() == ["POST"], "nothing is written over what was not read"
                home.server.heal(fault)
                await home.until(lambda: keeper.needed_by(voicejob()) == 3_000)
        assert len(logs) == 1

    story(told)


def test_one_that_is_asked_to_wait_waits():
    async def told(home):
        home.server.fail_all(throttled(20), path=PATH)
        async with home.operator():
            await asyncio.sleep(110.0)
            assert home.server.count(path=PATH) == 6

    story(told)


@pytest.mark.parametrize("answer", [conflict(), cut("before"), cut("after"), error(500)])
def test_a_write_that_fails_is_made_again(answer):
    async def told(home):
        async with home.operator() as keeper:
            keeper.learn(ended(3_000))
            await home.until(lambda: home.holds(3_000))
            home.server.fail(1, answer, method="PUT", path=PATH)
            keeper.learn(ended(4_000))
            await asyncio.sleep(4 * SAVE_SECONDS)
            assert home.holds(4_000)
            keeper.learn(ended(5_000))
            await asyncio.sleep(2 * SAVE_SECONDS)
            assert home.holds(5_000)

    story(told)
