"""Reads texts for the tests of this folder."""

from voicejob_api.text_source import TextFormat
from voicejob_worker.markup.options import MarkupOptions
from voicejob_worker.markup.read import read_script

OPTIONS = MarkupOptions(voices=frozenset({"Ana", "Ben", "Dr. Silva"}))


def read(source, text_format=TextFormat.AUTO, options=OPTIONS, language="en-US"):
    return read_script(source, TextFormat(text_format), language=language, options=options)


def texts(source, text_format=TextFormat.AUTO, options=OPTIONS):
    return [passage.text for passage in read(source, text_format, options).passages]


def pauses(source, text_format=TextFormat.AUTO):
    return [(one.text, one.pause_after) for one in read(source, text_format).passages]


def chapters(script):
    return [one.chapter for one in script.passages if one.chapter is not None]
