"""The operator's requests to the API server for one VoiceJob's life, by verb and resource.

    python tests/bench/api_requests.py [--jobs 5]

Read from the local cluster's audit log, watches and the watchdog's lists left out. Needs the
cluster and the chart (`make cluster-up images install`).
"""

import argparse
import json
import os
import subprocess
import time
from collections import Counter
from pathlib import Path

ACCOUNT = "system:serviceaccount:voicejob-system:voicejob-operator"
STATE = Path(os.environ.get("VOICEJOB_CLUSTER_DIR", "/var/lib/voicejob-cluster"))
WRITES = ("create", "update", "patch", "delete")


def kubectl(*arguments: str, stdin: str | None = None) -> str:
    """Run kubectl and return what it prints."""
    command = ["kubectl", *arguments]
    return subprocess.run(command, input=stdin, capture_output=True, text=True, check=True).stdout


def requests() -> Counter[tuple[str, str]]:
    """Requests of the operator so far, by verb and resource."""
    found: Counter[tuple[str, str]] = Counter()
    for line in (STATE / "logs" / "audit.log").read_text().splitlines():
        entry = json.loads(line)
        if entry["stage"] != "ResponseComplete" or entry["user"]["username"] != ACCOUNT:
            continue
        target = entry.get("objectRef", {})
        resource = "/".join(filter(None, (target.get("resource"), target.get("subresource"))))
        if entry["verb"] != "watch" and (entry["verb"], resource) != ("list", "voicejobs"):
            found[entry["verb"], resource] += 1
    return found


def main() -> None:
    """Run some VoiceJobs one after the other and print the requests of each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=5)
    options = parser.parse_args()
    before = requests()
    for number in range(options.jobs):
        name = f"requests-{number}"
        body = {
            "apiVersion": "voicejob.dev/v1alpha1",
            "kind": "VoiceJob",
            "metadata": {"name": name},
            "spec": {"text": "One sentence. And another one."},
        }
        kubectl("create", "-f", "-", stdin=json.dumps(body))
        kubectl("wait", f"voicejob/{name}", "--for=condition=Complete", "--timeout=60s")
        # What the operator still does after the end belongs to the life that is counted.
        time.sleep(3)
        kubectl("delete", "voicejob", name)
    # So does what it does after the deletion; the audit log is written a moment later.
    time.sleep(2)
    spent = requests() - before
    for (verb, resource), count in sorted(spent.items()):
        print(f"{verb:8} {resource:20} {count / options.jobs:5.1f}")
    writes = {key: count for key, count in spent.items() if key[0] in WRITES}
    events = sum(count for (_, resource), count in writes.items() if resource == "events")
    total = sum(writes.values())
    objects = (total - events) / options.jobs
    print(f"writes per VoiceJob: {objects:.1f}, and {events / options.jobs:.1f} events")


if __name__ == "__main__":
    main()
