"""``voicejob-worker serve``: the engines behind an HTTP server, as OpenAI's clients expect one."""
