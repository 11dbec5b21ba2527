"""The page on security says what each right of operator and gateway would let an attacker do."""

import re
from pathlib import Path

import pytest

from voicejob_operator import rights

ROOT = Path(__file__).parents[3]
ROWS = [
    line.split("|")[1]
    for line in (ROOT / "docs" / "security.md").read_text().splitlines()
    if line.startswith("| `")
]
RIGHTS = [
    (resource, verb)
    for table in vars(rights).values()
    if isinstance(table, dict)
    for key, verbs in table.items()
    if isinstance(key, tuple)
    for resource in [key[1]]
    for verb in sorted(verbs)
]


CHART = ROOT / "charts" / "voicejob-operator" / "templates"
# Of the gateway, whose roles have their lists in one line each, as the operator's.
RULE = re.compile(r"resources: \[(.*)\]\n(?: *resourceNames: .*\n)? *verbs: \[(.*)\]")
RIGHTS += [
    (resource.strip('"'), verb)
    for resources, verbs in RULE.findall((CHART / "gateway-rbac.yaml").read_text())
    for resource in resources.split(", ")
    for verb in verbs.split(", ")
]


@pytest.mark.parametrize(("resource", "verb"), sorted(set(RIGHTS)))
def test_a_right_is_told_with_what_it_would_let_an_attacker_do(resource, verb):
    rows = [row for row in ROWS if f"`{resource}`" in row]
    assert any(verb in row for row in rows), rows
