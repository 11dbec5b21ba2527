"""The CustomResourceDefinition, made from the models."""

import hashlib
import json
from typing import Any, Final

from pydantic import BaseModel

from voicejob_api import names
from voicejob_api.rules import VALIDATIONS
from voicejob_api.spec import MUTABLE_FIELDS, VoiceJobSpec
from voicejob_api.status import VoiceJobStatus

Schema = dict[str, Any]

_DROPPED: Final = frozenset({"title", "default", "$defs", "$ref", "const", "anyOf"})
"""Keywords that a structural schema does not know, or that are translated."""

_PRINTER_COLUMNS: Final = (
    ("Engine", "string", ".spec.engine", "What synthesises.", 0),
    ("Phase", "string", ".status.phase", "Where the VoiceJob stands.", 0),
    ("Stage", "string", ".status.stage", "What the worker is doing.", 0),
    ("Progress", "string", ".status.progress.summary", "Share of the text synthesised.", 0),
    ("ETA", "string", ".status.progress.eta", "Estimated time until the end.", 0),
    ("RTF", "number", ".status.performance.realTimeFactor", "Synthesis time by audio time.", 0),
    ("Audio", "string", ".status.audio.duration", "Length of the audio.", 0),
    ("Reason", "string", ".status.reason", "Why it stands where it does.", 0),
    ("Age", "date", ".metadata.creationTimestamp", "Time since creation.", 0),
    ("Device", "string", ".status.model.device", "What the engine computes on.", 1),
    (
        "VRAM",
        "string",
        ".status.attempts[-1:].vram.summary",
        "Peak of the GPU by what was asked.",
        1,
    ),
    ("Node", "string", ".status.attempts[-1:].node", "Node of the newest attempt.", 1),
    ("GPU", "string", ".status.attempts[-1:].gpu.name", "GPU of the newest attempt.", 1),
    ("URI", "string", ".status.audio.uri", "Address of the audio.", 1),
)
"""Name, type, path, description and priority; priority 1 is shown by ``-o wide`` only."""


def custom_resource_definition() -> dict[str, Any]:
    """The CustomResourceDefinition of VoiceJob as a manifest, marked with what it is."""
    spec = _definition()
    digest = hashlib.sha256(json.dumps(spec, sort_keys=True).encode()).hexdigest()[:16]
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {
            "name": f"{names.PLURAL}.{names.GROUP}",
            "annotations": {
                names.ANNOTATION_RELEASE: names.RELEASE,
                names.ANNOTATION_SCHEMA: digest,
            },
        },
        "spec": spec,
    }


def _definition() -> Schema:
    return {
        "group": names.GROUP,
        "scope": "Namespaced",
        "names": {
            "kind": names.KIND,
            "listKind": f"{names.KIND}List",
            "plural": names.PLURAL,
            "singular": names.SINGULAR,
            "shortNames": [names.SHORT_NAME],
            "categories": [names.CATEGORY],
        },
        "versions": [
            {
                "name": names.VERSION,
                "served": True,
                "storage": True,
                "schema": {"openAPIV3Schema": _resource_schema()},
                "subresources": {"status": {}},
                "additionalPrinterColumns": [
                    {"name": name, "type": kind, "jsonPath": path}
                    | {"description": description, "priority": priority}
                    for name, kind, path, description, priority in _PRINTER_COLUMNS
                ],
            }
        ],
    }


def _resource_schema() -> Schema:
    spec = structural_schema(VoiceJobSpec)
    spec[VALIDATIONS] += [
        _immutable(name) for name in spec["properties"] if name not in MUTABLE_FIELDS
    ]
    return {
        "type": "object",
        "description": "A VoiceJob is one request for speech: a text, an engine, an output.",
        "required": ["spec"],
        "properties": {
            "apiVersion": {"type": "string", "description": f"{names.API_VERSION}."},
            "kind": {"type": "string", "description": f"{names.KIND}."},
            "metadata": {"type": "object"},
            "spec": spec,
            "status": structural_schema(VoiceJobStatus, defaults=False),
        },
        VALIDATIONS: [
            {
                "rule": f"self.metadata.name.size() <= {names.MAX_NAME_LENGTH}",
                "message": f"metadata.name is longer than {names.MAX_NAME_LENGTH} characters: "
                "choose a shorter one, it becomes a label of the pods",
            }
        ],
    }


def _immutable(name: str) -> dict[str, str]:
    return {
        "rule": f"has(self.{name}) == has(oldSelf.{name}) "
        f"&& (!has(self.{name}) || self.{name} == oldSelf.{name})",
        "message": f"spec.{name} cannot be changed after creation, only "
        f"{' and '.join(MUTABLE_FIELDS)} can: delete the VoiceJob and create it anew",
        "fieldPath": f".{name}",
    }


def structural_schema(model: type[BaseModel], *, defaults: bool = True) -> Schema:
    """The model's schema as Kubernetes wants it: no references, no null, defaults where useful."""
    document = model.model_json_schema(by_alias=True)
    schema = _translate(document, document.get("$defs", {}))
    return schema if defaults else _without_defaults(schema)


def _translate(node: Schema, definitions: dict[str, Schema]) -> Schema:
    node = _resolved(node, definitions)
    if "x-kubernetes-int-or-string" in node:
        return {key: value for key, value in node.items() if key not in ("title", "default")}
    out = {key: value for key, value in node.items() if key not in _DROPPED}
    if "description" in out:
        out["description"] = " ".join(out["description"].split())
    if "const" in node:
        out["enum"] = [node["const"]]
    if out.get("additionalProperties") is False:
        del out["additionalProperties"]
    if "properties" in node:
        out["properties"] = {
            name: _translate(part, definitions) for name, part in node["properties"].items()
        }
    for inner in ("items", "additionalProperties"):
        if inner in out:
            out[inner] = _translate(node[inner], definitions)
    return out | _default(node, out)


def _without_defaults(schema: Schema) -> Schema:
    """The schema of a status: what is not known is absent, never filled in."""
    out = {key: value for key, value in schema.items() if key != "default"}
    if "properties" in out:
        out["properties"] = {
            name: _without_defaults(part) for name, part in out["properties"].items()
        }
    for inner in ("items", "additionalProperties"):
        if isinstance(out.get(inner), dict):
            out[inner] = _without_defaults(out[inner])
    return out


def _resolved(node: Schema, definitions: dict[str, Schema]) -> Schema:
    """Replace references and ``X | None`` by X, keeping what stands beside them."""
    while "$ref" in node or _optional_part(node) is not None:
        part = _optional_part(node)
        if part is None:
            part = definitions[node["$ref"].rpartition("/")[2]]
        beside = {key: value for key, value in node.items() if key not in ("$ref", "anyOf")}
        node = part | beside
    return node


def _optional_part(node: Schema) -> Schema | None:
    parts = node.get("anyOf", [])
    real = [part for part in parts if part.get("type") != "null"]
    return real[0] if len(parts) == 2 and len(real) == 1 else None


def _default(node: Schema, translated: Schema) -> Schema:
    """A default for scalars; an empty object where the object's own fields have defaults."""
    default = node.get("default")
    if default is None or default in ("", []):
        return {}
    if not isinstance(default, dict):
        return {"default": default}
    inner = translated.get("properties", {}).values()
    return {"default": {}} if any("default" in part for part in inner) else {}
