"""Audio: from an engine's samples to the finished file and its subtitles.

Everything longer than a chunk lies on disk and is worked on in blocks, so that memory does not
depend on the length of the audio.
"""
