"""A VoiceJob's own page in a real Chromium: heard, seen, read, saved, and what hinders that."""

from __future__ import annotations

import re
import threading
from pathlib import Path

import pytest
from making.s3_server import Answer, Asked, refusal
from page_browser import (
    browser,
    download_of,
    gateway,
    heard_at,
    is_loaded,
    open_job,
    page,
    whole_world,
)
from page_world import SECONDS, VTT, World, failed, running, speech
from playwright.sync_api import Page, Request, expect

__all__ = ["browser", "gateway", "page", "whole_world"]

INKED = """it => it.getContext("2d").getImageData(0, 0, it.width, it.height).data
    .filter((one, at) => at % 4 === 3 && one > 0).length"""
SRT = """1
00:00:00,000 --> 00:00:05,250
A <b> & &amp;

2
00:00:05,250 --> 00:00:12,000
B
"""


def asked_for_audio(page: Page) -> list[str]:
    """Addresses of the audio itself, as they are asked for."""
    asked = list[str]()

    def note(request: Request) -> None:
        if request.url.endswith("/audio"):
            asked.append(request.headers.get("range", "all"))

    page.on("request", note)
    return asked


class TestWhatIsHeard:
    def test_is_played_and_drawn(self, page: Page, gateway: World) -> None:
        gateway.spoken()
        open_job(page, gateway)
        is_loaded(page)

        assert page.locator("audio").evaluate("it => it.duration") == pytest.approx(SECONDS, 0.01)
        expect(page.locator("canvas")).to_be_visible()
        assert page.locator("canvas").evaluate(INKED) > 1000
        expect(page.get_by_text("0:12 · wav · 16000 Hz · 384 kB")).to_be_visible()

    def test_is_shown_along_and_a_click_leads_there(self, page: Page, gateway: World) -> None:
        gateway.spoken()
        open_job(page, gateway)
        is_loaded(page)
        first = page.get_by_role("button", name="The kettle is on.")
        expect(first).to_have_attribute("aria-current", "true")
        last = page.get_by_role("button", name="before the evening <b>.")
        last.click()

        expect(last).to_have_attribute("aria-current", "true")
        expect(first).not_to_have_attribute("aria-current", "true")
        assert heard_at(page) >= 7
        expect(page.get_by_role("button", name="0:07 Out")).to_have_attribute(
            "aria-current", "true"
        )
        expect(page.get_by_role("button", name="Ana: Come in & sit down.")).to_be_visible()

    @pytest.mark.parametrize(("wish", "how"), [("reduce", "auto"), ("no-preference", "smooth")])
    def test_is_brought_into_sight_without_motion_for_who_wants_none(
        self, page: Page, gateway: World, wish: str, how: str
    ) -> None:
        page.emulate_media(reduced_motion=wish)  # type: ignore[arg-type]
        gateway.spoken()
        open_job(page, gateway)
        is_loaded(page)
        page.evaluate("""() => {
            window.moved = [];
            Element.prototype.scrollTo = (where) => window.moved.push(where.behavior);
        }""")
        page.locator("audio").evaluate("it => { it.currentTime = 8; }")
        page.wait_for_function("() => window.moved.length >= 2")

        assert set(page.evaluate("() => window.moved")) == {how}

    def test_may_have_subtitles_in_srt_alone(self, page: Page, gateway: World) -> None:
        job = gateway.spoken()
        key = f"{gateway.folder(job)}/letter.srt"
        gateway.store.put("voicejob", key, SRT.encode())
        job["status"]["audio"]["subtitles"] = {"srt": f"s3://voicejob/{key}"}
        gateway.add(job)
        open_job(page, gateway)

        expect(page.locator(".cue")).to_have_count(2)
        expect(page.locator(".cue").first).to_contain_text("A <b> & &amp;")

    def test_is_saved_as_it_is_and_its_subtitles_too(
        self, page: Page, gateway: World, tmp_path: Path
    ) -> None:
        gateway.spoken()
        open_job(page, gateway)
        is_loaded(page)

        assert download_of(page, "Download", tmp_path, exact=True) == ("letter.wav", speech())
        assert download_of(page, "Download subtitles as vtt", tmp_path) == (
            "letter.vtt",
            VTT.encode(),
        )

    def test_goes_on_where_it_broke_off(self, page: Page, gateway: World, tmp_path: Path) -> None:
        content, broken = speech(400), list[str]()
        gateway.spoken(content=content)

        def break_off(asked: Asked) -> Answer | None:
            if asked.method == "GET" and asked.path.endswith("letter.wav") and not broken:
                broken.append(asked.path)
                return Answer(200, content, sent=8_000_000)
            return None

        gateway.store.rule = break_off
        asked = asked_for_audio(page)
        open_job(page, gateway)
        is_loaded(page)

        assert asked[0] == "all"
        assert re.fullmatch(r"bytes=[1-9][0-9]*-", asked[-1])
        assert download_of(page, "Download", tmp_path, exact=True)[1] == content

    def test_is_loaded_when_one_says_so_where_it_is_large(self, page: Page, gateway: World) -> None:
        gateway.spoken(content=speech(520))
        asked = asked_for_audio(page)
        open_job(page, gateway)
        load = page.get_by_role("button", name="Load to listen (16.6 MB)")
        expect(load).to_be_visible()
        assert asked == []
        load.click()

        is_loaded(page)
        expect(load).to_be_hidden()

    def test_that_was_saved_first_can_still_be_heard(
        self, page: Page, gateway: World, tmp_path: Path
    ) -> None:
        content = speech(520)
        gateway.spoken(content=content)
        asked = asked_for_audio(page)
        open_job(page, gateway)
        load = page.get_by_role("button", name="Load to listen (16.6 MB)")
        expect(load).to_be_visible()
        assert download_of(page, "Download", tmp_path, exact=True) == ("letter.wav", content)
        load.click()

        is_loaded(page)
        expect(load).to_be_hidden()
        assert asked == ["all"], "it is brought once"

    def test_is_loaded_no_further_when_one_says_so(self, page: Page, gateway: World) -> None:
        gateway.spoken(content=speech(520))
        released = threading.Event()
        gateway.store.rule = lambda asked: (
            refusal(500, "Late") if asked.path.endswith(".wav") and released.wait(30) else None
        )
        open_job(page, gateway)
        page.get_by_role("button", name="Load to listen (16.6 MB)").click()
        page.get_by_role("button", name="Stop loading").click()

        expect(page.get_by_role("button", name="Load to listen (16.6 MB)")).to_be_visible()
        expect(page.get_by_role("alert")).to_have_count(0)
        released.set()

    def test_is_not_held_where_it_is_too_large(self, page: Page, gateway: World) -> None:
        job = gateway.spoken()
        job["status"]["audio"] |= {"sizeBytes": 2_100_000_000, "durationSeconds": 65_000.0}
        gateway.add(job)
        asked = asked_for_audio(page)
        open_job(page, gateway)

        expect(page.get_by_text("18:03:20 · wav · 16000 Hz · 2.1 GB")).to_contain_text(
            "more than a page should hold"
        )
        expect(page.get_by_text("kubectl voicejob fetch letter --namespace team")).to_be_visible()
        expect(page.get_by_role("button", name="Download", exact=True)).to_be_visible()
        expect(page.locator(".cue").first).to_be_visible()
        assert asked == []

    def test_comes_when_it_is_there(self, page: Page, gateway: World) -> None:
        gateway.add(running("letter", 42, 75))
        open_job(page, gateway)
        expect(page.get_by_text("It can be heard here once it is whole.")).to_be_visible()
        expect(page.get_by_role("progressbar", name="Progress of letter")).to_have_attribute(
            "value", "42"
        )
        gateway.spoken()

        is_loaded(page)
        expect(page.locator("#status")).to_have_text("letter: Succeeded")
        expect(page.get_by_role("progressbar", name="Progress of letter")).to_be_hidden()


class TestItems:
    def test_are_heard_each_by_its_id(self, page: Page, gateway: World) -> None:
        gateway.of_items(60)
        open_job(page, gateway, "lines")
        expect(page.get_by_text("50 of 60 shown")).to_be_visible()
        page.get_by_role("button", name="Show more").click()
        expect(page.get_by_text("60 of 60 shown")).to_be_visible()
        expect(page.get_by_role("row", name="line-1 ").first).to_contain_text("nothing to speak")
        expect(page.get_by_role("button", name="Listen to line-1", exact=True)).to_have_count(0)
        page.get_by_label("Item contains").fill("line-2")
        page.get_by_role("button", name="Listen to line-2", exact=True).click()

        is_loaded(page)
        expect(page.get_by_role("heading", name="line-2")).to_be_focused()
        page.get_by_role("button", name="Listen to line-20", exact=True).click()
        expect(page.get_by_role("heading", name="line-20")).to_be_focused()
        expect(page.locator("audio")).to_have_count(1)


class TestWhatIsAmiss:
    def test_is_told_in_the_words_of_the_condition_that_matters_most(
        self, page: Page, gateway: World
    ) -> None:
        """Of those with the reason the last that is True, as kubectl's plugin tells it."""
        job = failed()
        told = job["status"]["conditions"][0]
        job["status"]["conditions"] = [
            {**told, "type": "Queued", "message": "an earlier one"},
            told,
            {**told, "type": "Stalled", "status": "False", "message": "one that does not hold"},
        ]
        gateway.add(job)
        open_job(page, gateway, "novel")

        expect(page.locator(".why")).to_contain_text(f"GPUOutOfMemory · {told['message']}")

    def test_in_a_bucket_of_ones_own_is_said_where_it_is(self, page: Page, gateway: World) -> None:
        job = gateway.spoken()
        job["spec"]["output"] = {"uri": "s3://mine/x/", "credentialsSecret": "mine"}
        job["status"]["audio"] |= {"uri": "s3://mine/x/letter.wav", "subtitles": {}}
        gateway.add(job)
        open_job(page, gateway)

        expect(page.get_by_role("alert")).to_contain_text("aws s3 cp s3://mine/x/letter.wav")
        expect(page.get_by_role("alert")).to_contain_text("What to do: ")

    def test_without_the_right_to_hear_the_rest_is_seen(self, page: Page, gateway: World) -> None:
        gateway.spoken()
        gateway.cluster.rights = {(gateway.user, "get", "team", "voicejobs")}
        open_job(page, gateway)

        expect(page.get_by_role("alert").first).to_contain_text("may not get voicejobs/audio")
        expect(page.get_by_role("alert").first).to_contain_text("ask for a role")
        expect(page.get_by_role("heading", name="Quality")).to_be_visible()

    def test_without_the_right_to_see_it_nothing_is(self, page: Page, gateway: World) -> None:
        gateway.spoken()
        gateway.cluster.rights = set()
        open_job(page, gateway)

        expect(page.get_by_role("alert")).to_contain_text("may not get voicejobs.voicejob.dev")
        expect(page.get_by_role("heading", name="Audio")).to_be_hidden()

    def test_of_what_is_not_there(self, page: Page, gateway: World) -> None:
        open_job(page, gateway, "nothing")

        expect(page.get_by_role("alert")).to_contain_text("There is no VoiceJob team/nothing.")
        expect(page.get_by_role("alert")).to_contain_text("What to do: ")

    def test_of_what_the_store_no_longer_has(self, page: Page, gateway: World) -> None:
        gateway.spoken()
        gateway.store.buckets["voicejob"].clear()
        open_job(page, gateway)

        expect(page.get_by_role("alert").first).to_contain_text(
            "the store no longer has", ignore_case=True
        )
        expect(page.get_by_role("alert").first).to_contain_text("speak it again")

    def test_for_a_while_is_tried_again(self, page: Page, gateway: World) -> None:
        gateway.spoken()
        gateway.store.rule = lambda asked: (
            refusal(500, "InternalError") if asked.path.endswith(".wav") else None
        )
        open_job(page, gateway)
        expect(page.get_by_role("alert")).to_contain_text("try again in a while")
        gateway.store.rule = lambda _: None
        page.get_by_role("button", name="Try again").click()

        is_loaded(page)
        expect(page.get_by_role("alert")).to_have_count(0)

    def test_in_an_attempt_is_told_with_what_to_do(self, page: Page, gateway: World) -> None:
        gateway.add(failed())
        open_job(page, gateway, "novel")
        first = page.get_by_role("listitem").filter(
            has=page.get_by_role("heading", name="Attempt 1")
        )

        expect(first).to_contain_text("CUDA ran out of memory")
        expect(first).to_contain_text("What to do: ")
        expect(first).to_contain_text("gpu.memory")
        expect(page.get_by_text("2 in all, 1 of 2 retries used")).to_be_visible()
