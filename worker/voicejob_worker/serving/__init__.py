"""``voicejob-worker serve``: the engines as an HTTP server, as OpenAI's clients expect one."""
