"""What a worker tells, and what it never does: places and reasons, no text and no secret."""

import shutil


def test_neither_text_nor_secrets_are_ever_told(store, worker):
    worker.write_job(text="Xylophone quagmire zeppelin.")
    worker.write_grants(store.grants())
    worker.environment["AWS_SECRET_ACCESS_KEY"] = "hushhush"
    good = worker.run()
    store.rule = lambda _: store.indiscreet_refusal()
    bad = worker.run()
    assert (good.code, bad.code) == (0, 21)
    told = good.output + bad.output + str(good.report) + str(bad.report)
    for secret in ("ylophone", "zeppelin", "topsecret", "X-Amz", "hushhush"):
        assert secret not in told, secret


def test_an_unforeseen_fault_is_named_by_its_place_only(store, worker):
    worker.sabotage(
        "import voicejob_worker.text.plan as c\n"
        "def fail(passages, *_, **__): raise KeyError(passages[0].text)\n"
        "c.plan_chunks = fail\n"
    )
    worker.write_job(text="Xylophone.")
    worker.write_grants(store.grants())
    ended = worker.run()
    assert ended.code == 21
    assert ended.report["reason"] == "TransientFault"
    assert ended.report["message"].startswith("KeyError at break/sitecustomize.py:2")
    assert "ylophone" not in ended.output


def test_an_engines_unforeseen_fault_has_its_place_in_the_log(store, worker):
    worker.sabotage(
        "import voicejob_worker.engines.piper as p\n"
        "def fail(self, utterances, *_): raise RuntimeError(utterances[0].text)\n"
        "p.PiperEngine.synthesise = fail\n"
    )
    worker.write_job(text="Xylophone.")
    worker.write_grants(store.grants())
    ended = worker.run()
    assert ended.code == 21
    assert ended.report["message"] == (
        "the engine piper failed on chunk 1 of 1: RuntimeError at break/sitecustomize.py:2"
    )
    assert '"kind": "RuntimeError", "frames": "break/sitecustomize.py:2 fail < ' in ended.output
    assert "ylophone" not in ended.output


def test_what_an_engine_notes_is_told_as_it_comes(worker):
    worker.sabotage(
        "import voicejob_worker.engines.piper as p\n"
        "real = p.PiperEngine.synthesise\n"
        "def listen(self, tell): self.tell = tell\n"
        "def synthesise(self, *given):\n"
        "    self.tell('half the batch')\n"
        "    return real(self, *given)\n"
        "p.PiperEngine.listen, p.PiperEngine.synthesise = listen, synthesise\n"
    )
    worker.write_job(text="Hello there.")
    ended = worker.run("run", "--job", "job.json", "--output", "out")
    assert ended.code == 0
    assert 0 < ended.output.index("piper: note half the batch") < ended.output.index("mastering")


def test_a_worker_connects_to_the_store_and_nowhere_else(store, worker):
    strace = shutil.which("strace")
    assert strace, "strace is needed to see what the worker connects to"
    trace = worker.home / "trace"
    worker.write_job(text="Nothing phones home. " * 20)
    worker.write_grants(store.grants())
    calls = "connect,sendto,sendmsg,sendmmsg,openat"
    ended = worker.run(wrapper=(strace, "-f", "-qq", "-e", f"trace={calls}", "-o", str(trace)))
    assert ended.code == 0, ended.output
    lines = trace.read_text().splitlines()
    addressed = [line for line in lines if "sa_family=AF_INET" in line]
    port = f"htons({store.server.server_address[1]})"
    assert addressed
    assert [line for line in addressed if port not in line] == []
    local = [line for line in lines if "sa_family=AF_UNIX" in line or "AF_NETLINK" in line]
    assert [line for line in local if "nscd" not in line] == []
    # onnxruntime's telemetry client opens its session file as soon as it is made, long before it
    # sends anything.
    assert [line for line in lines if '/.ses"' in line] == []
