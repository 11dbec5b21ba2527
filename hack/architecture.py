"""Draws docs/architecture.svg: who talks with whom, in one picture. Run by `make generate`."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

TARGET = Path(__file__).resolve().parent.parent / "docs" / "architecture.svg"
WIDTH, HEIGHT = 960, 520
LINE = 17


@dataclass(frozen=True)
class Box:
    """A part, with its title and what it does."""

    x: int
    y: int
    width: int
    height: int
    title: str
    lines: tuple[str, ...] = ()
    kind: str = "part"


@dataclass(frozen=True)
class Arrow:
    """Who opens a connection to whom, and what for; the words stand at a place of their own."""

    points: tuple[tuple[int, int], ...]
    words: tuple[str, ...]
    at: tuple[int, int]


BOXES = (
    Box(20, 20, 180, 90, "You", ("kubectl, GitOps,", "kubectl voicejob"), "outside"),
    Box(290, 20, 640, 330, "The cluster", (), "frame"),
    Box(310, 60, 190, 90, "API server", ("VoiceJob: spec, status", "RBAC, CEL, policy")),
    Box(310, 240, 190, 90, "Gateway", ("read-only; who may hear", "gets that audio")),
    Box(580, 60, 150, 90, "Operator", ("watches, decides,", "signs grants")),
    Box(
        770,
        150,
        140,
        120,
        "Worker pod",
        ("one Job for each", "VoiceJob; speaks,", "masters, checks"),
        "worker",
    ),
    Box(
        310, 420, 420, 80, "Store (S3)", ("audio, checkpoints, results: in the cluster, or yours",)
    ),
    Box(770, 420, 160, 80, "Outside", ("texts, models,", "recordings"), "outside"),
)
ARROWS = (
    Arrow(((200, 65), (310, 85)), ("apply, watch",), (222, 62)),
    Arrow(
        ((110, 110), (110, 285), (310, 285)), ("audio, by the API", "server's proxy"), (120, 250)
    ),
    Arrow(((580, 90), (500, 90)), ("watch, status",), (503, 82)),
    Arrow(((405, 240), (405, 150)), ("who is it?",), (412, 200)),
    Arrow(((730, 110), (840, 110), (840, 150)), ("progress",), (745, 102)),
    Arrow(((655, 150), (655, 420)), ("grants, results", "(the only key)"), (545, 385)),
    Arrow(((405, 330), (405, 420)), ("reads",), (412, 385)),
    Arrow(((800, 270), (800, 385), (715, 385), (715, 420)), ("by grants alone",), (706, 378)),
    Arrow(((870, 270), (870, 420)), ("by address",), (876, 400)),
)
STYLE = """\
text { font: 13px sans-serif; fill: #222 } .title { font-weight: bold; font-size: 14px }
.part { fill: #e8eefc; stroke: #3f51b5 } .worker { fill: #e4f4e8; stroke: #2e7d32 }
.outside { fill: #fff; stroke: #777 } .frame { fill: #fafafa; stroke: #aaa; stroke-dasharray: 6 4 }
.arrow { fill: none; stroke: #444; stroke-width: 1.4; marker-end: url(#head) }
.words { font-size: 12px; fill: #444; paint-order: stroke; stroke: #fff; stroke-width: 4px }"""


def _box(box: Box) -> str:
    shape = (
        f'<rect class="{box.kind}" x="{box.x}" y="{box.y}" width="{box.width}" '
        f'height="{box.height}" rx="8"/>'
    )
    left, top = box.x + 12, box.y + 24
    title = f'<text class="title" x="{left}" y="{top}">{escape(box.title)}</text>'
    lines = (
        f'<text x="{left}" y="{top + LINE * number + 4}">{escape(line)}</text>'
        for number, line in enumerate(box.lines, 1)
    )
    return "\n".join((shape, title, *lines))


def _arrow(arrow: Arrow) -> str:
    points = " ".join(f"{x},{y}" for x, y in arrow.points)
    x, y = arrow.at
    words = (
        f'<text class="words" x="{x}" y="{y + 15 * number}">{escape(line)}</text>'
        for number, line in enumerate(arrow.words)
    )
    return "\n".join((f'<polyline class="arrow" points="{points}"/>', *words))


def picture() -> str:
    """The picture as SVG."""
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img">\n'
        "<title>Who talks with whom</title>\n"
        f"<style>{STYLE}</style>\n"
        '<defs><marker id="head" markerWidth="9" markerHeight="8" refX="8" refY="4" '
        'orient="auto"><path d="M0,0 L9,4 L0,8 z" fill="#444"/></marker></defs>\n'
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>'
    )
    frames = [_box(box) for box in BOXES if box.kind == "frame"]
    boxes = [_box(box) for box in BOXES if box.kind != "frame"]
    return "\n".join((head, *frames, *boxes, *map(_arrow, ARROWS), "</svg>\n"))


if __name__ == "__main__":
    TARGET.write_text(picture())
    print(f"wrote {TARGET}", file=sys.stderr)
