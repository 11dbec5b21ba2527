"""Rules that a string matches a pattern."""

import re
from dataclasses import dataclass
from typing import Annotated, Final

from pydantic import Field

from voicejob_api.rules import Rule, cel_string

LANGUAGE_PATTERN: Final = (
    r"^[A-Za-z]{2,3}(-[A-Za-z]{4})?(-([A-Za-z]{2}|[0-9]{3}))?(-[A-Za-z0-9]{4,8})*$"
)
"""Of a BCP 47 tag such as en-US or pt-BR."""
MAX_LANGUAGE_CHARACTERS: Final = 35
"""Of such a tag: what RFC 5646, section 4.4.1, asks everybody to have room for."""
DEVICE_PATTERN: Final = r"^(auto|cpu|cuda(:(0|[1-9][0-9]?))?)$"
"""Of what an engine computes on: auto, cpu, cuda or cuda:1."""
BUCKET: Final = r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]"
"""Of a bucket's name; a part of the patterns of s3:// addresses."""
BUCKET_RULE: Final = "a bucket's name has 3 to 63 of a-z, 0-9, . and -"
"""The same for messages."""
_DNS_LABEL: Final = r"[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_ANY_CASE: Final = r"[A-Za-z0-9]([-A-Za-z0-9]*[A-Za-z0-9])?"
SUBDOMAIN: Final = rf"{_DNS_LABEL}(\.{_DNS_LABEL})*"
"""Of a DNS subdomain (RFC 1123); a part of the patterns of names and addresses."""
OBJECT_NAME_PATTERN: Final = rf"^{SUBDOMAIN}$"
"""Of the names of most Kubernetes objects."""
NAMESPACE_PATTERN: Final = rf"^{_DNS_LABEL}$"
"""Of the name of a namespace, which is one label of at most 63 characters."""
MAX_TYPED: Final = 128
"""Characters of what a pattern bounds more closely: over this limit the API server tells of the
limit alone, and not of what the pattern expects."""
MAX_OBJECT_NAME: Final = 253
"""Characters of such a name."""
MAX_LABEL_VALUE: Final = 63
"""Characters of the value of a label, and of a namespace's name."""
LABEL_VALUE_PATTERN: Final = r"^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$"
"""Of the value of a label."""


@dataclass(frozen=True)
class Pattern:
    """A regular expression in RE2 and Python alike, anchored at both ends."""

    pattern: str

    def cel(self, name: str) -> str:
        """The CEL expression that is true where the variable of that name fits."""
        return f"{name}.matches({cel_string(self.pattern)})"

    def fits(self, value: str) -> bool:
        """Whether the whole of a string fits. Python's ``$`` would let a line break follow."""
        return re.fullmatch(self.pattern, value, re.ASCII) is not None


QUALIFIED_NAME: Final = r"[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?"
"""Of what stands behind the domain of a label's key or an extended resource: up to 63."""
LABEL_KEY: Final = Pattern(rf"^({SUBDOMAIN}/)?{QUALIFIED_NAME}$")
"""Of the key of a label: a name of up to 63, and before it if needed a domain."""
ANNOTATION_KEY: Final = Pattern(rf"^({_ANY_CASE}(\.{_ANY_CASE})*/)?{QUALIFIED_NAME}$")
"""Of the key of an annotation, whose domain Kubernetes reads in small letters."""
SHORT_DOMAIN: Final = Pattern(r"^([^/]{1,253}/)?[^/]*$")
"""Of either: RE2 cannot bound the length of a domain and the form of its labels at once."""


def is_object_name(given: str) -> bool:
    """Whether an object of Kubernetes' may have that name."""
    return len(given) <= MAX_OBJECT_NAME and Pattern(OBJECT_NAME_PATTERN).fits(given)


def is_namespace(given: str) -> bool:
    """Whether a namespace may have that name."""
    return len(given) <= MAX_LABEL_VALUE and Pattern(NAMESPACE_PATTERN).fits(given)


def matches(pattern: str, message: str) -> Rule:
    """A rule that a string fits ``pattern``."""
    compared = Pattern(pattern)
    return Rule(cel=compared.cel("self"), check=compared.fits, message=message)


LanguageTag = Annotated[
    str,
    Field(max_length=MAX_LANGUAGE_CHARACTERS),
    matches(LANGUAGE_PATTERN, "must be a BCP 47 language tag such as en-US or pt-BR"),
]
"""A BCP 47 tag such as en-US or pt-BR."""
