"""What a VoiceJob's page draws and writes in a real Chromium: its memory, its manifest."""

from __future__ import annotations

import re

import yaml
from page_browser import browser, gateway, open_job, page, whole_world
from page_world import World, failed, voicejob
from playwright.sync_api import Page, expect

__all__ = ["browser", "gateway", "page", "whole_world"]

HARD = (
    "yes",
    "null",
    "1.5",
    "0x1F",
    "- a",
    "a: b",
    "# no comment",
    "",
    " led by a blank",
    "two\nlines",
    "two\n\nlines and an end\n",
    "\nled by a break",
    "tab\tand \\ and \"quotes\" and 'more'",
    "Olá, ação — 你好 🎧",
    "\u0085\u2028\ufeff",
    "trailing \nblank",
    "2026-11-29",
    "=",
    "~",
)


class TestVRAM:
    def test_is_drawn_to_scale_and_said_to_who_cannot_see_it(
        self, page: Page, gateway: World
    ) -> None:
        gateway.add(failed())
        open_job(page, gateway, "novel")
        drawing = page.get_by_role("img", name=re.compile("attempt 1"))

        expect(drawing).to_have_accessible_name(
            re.compile("synthesise on the device, by all 5900 MiB")
        )
        expect(drawing.locator("rect.device").last).to_have_attribute("width", "72.02%")
        expect(drawing.locator("rect.allocated").first).to_have_attribute("width", "26.98%")
        expect(drawing.locator("line.requested")).to_have_attribute("x1", "75.00%")
        expect(drawing.locator("line.total")).to_have_attribute("x1", "100.00%")

    def test_is_a_table_too_that_stays_open(self, page: Page, gateway: World) -> None:
        job = failed()
        job["status"]["phase"] = "Running"
        gateway.add(job)
        open_job(page, gateway, "novel")
        page.get_by_text("The same as a table").first.click()
        table = page.get_by_role("table").first
        expect(table.get_by_role("row", name="load")).to_have_text("load310023002210")
        job["status"]["attempts"][0]["vram"]["stages"][0]["devicePeakMiB"] = 3333
        gateway.add(job)

        expect(table.get_by_role("row", name="load")).to_have_text("load333323002210")
        expect(table).to_be_visible()

    def test_that_was_not_measured_is_not_drawn(self, page: Page, gateway: World) -> None:
        job = failed()
        for attempt in job["status"]["attempts"]:
            attempt["vram"] = {"requestedMiB": 6144, "stages": [{"name": "load"}]}
        gateway.add(job)
        open_job(page, gateway, "novel")

        expect(page.get_by_role("heading", name="Attempt 2")).to_be_visible()
        expect(page.locator("svg")).to_have_count(0)


class TestTheManifest:
    def test_is_what_kubectl_takes(self, page: Page, gateway: World) -> None:
        job = voicejob("letter", "Queued")
        job["metadata"]["labels"] = {"app.kubernetes.io/part-of": "book", "n": "1"}
        job["spec"] |= {
            "items": [{"id": f"i{at}", "text": text} for at, text in enumerate(HARD)],
            "empty": [{}, []],
            "nested": [["a", {"b": None, "c": [True, 1.5]}]],
            "keys": {text: "x" for text in HARD if text},
        }
        gateway.add(job)
        open_job(page, gateway)
        shown = page.get_by_role("region", name="Manifest as YAML").text_content()
        metadata = {key: job["metadata"][key] for key in ("name", "namespace", "labels")}

        assert yaml.safe_load(shown or "") == {
            "apiVersion": "voicejob.dev/v1alpha1",
            "kind": "VoiceJob",
            "metadata": metadata,
            "spec": job["spec"],
        }

    def test_is_copied(self, page: Page, gateway: World) -> None:
        gateway.spoken()
        page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        open_job(page, gateway)
        page.get_by_role("button", name="Copy the manifest").click()

        expect(page.locator("#status")).to_have_text("The manifest is copied.")
        copied = page.evaluate("() => navigator.clipboard.readText()")
        assert yaml.safe_load(copied)["metadata"]["name"] == "letter"
