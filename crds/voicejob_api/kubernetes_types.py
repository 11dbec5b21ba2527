"""Strings and maps of Kubernetes' own, with what the API server would say of them much later."""

from typing import Annotated, Final

from pydantic import Field

from voicejob_api.patterns import (
    ANNOTATION_KEY,
    LABEL_KEY,
    LABEL_VALUE_PATTERN,
    MAX_LABEL_VALUE,
    MAX_OBJECT_NAME,
    NAMESPACE_PATTERN,
    OBJECT_NAME_PATTERN,
    SHORT_DOMAIN,
    Pattern,
    matches,
)
from voicejob_api.rules import Offender, Rule

MAX_ANNOTATION_BYTES: Final = 4096
"""32 of them are within the 256 KiB that Kubernetes keeps of an object's annotations."""
_LABEL_KEY_MESSAGE: Final = (
    "must be a name of letters, digits, -, _ and . such as team, at most 63 of them, or a domain "
    "and a name such as example.com/team"
)

Text = Annotated[str, Field(max_length=MAX_OBJECT_NAME)]
ObjectName = Annotated[
    Text,
    matches(
        OBJECT_NAME_PATTERN,
        "must be the name of an object: small letters, digits, - and ., such as my-object",
    ),
]
"""Name of a Secret, a ConfigMap, a claim, a class."""
ObjectNameInLabel = Annotated[
    ObjectName,
    Rule(
        cel=f"self.size() <= {MAX_LABEL_VALUE}",
        check=lambda name: len(name) <= MAX_LABEL_VALUE,
        message=f"must have at most {MAX_LABEL_VALUE} characters: it becomes a label",
    ),
]
"""The same of what a label of the Job or the pod names."""
NamespaceName = Annotated[
    Text,
    matches(
        NAMESPACE_PATTERN,
        "must be the name of a namespace: small letters, digits and -, such as my-namespace",
    ),
    Rule(
        cel=f"self.size() <= {MAX_LABEL_VALUE}",
        check=lambda name: len(name) <= MAX_LABEL_VALUE,
        message=f"must have at most {MAX_LABEL_VALUE} characters, as namespaces' names have",
    ),
]
DataKey = Annotated[
    Text,
    matches(
        r"^[.]?[-_a-zA-Z0-9][-._a-zA-Z0-9]*$",
        "must be a key of letters, digits, -, _ and ., such as chapter-1.txt, and no .. at its "
        "beginning",
    ),
]
"""Key in a ConfigMap or Secret."""
LabelKey = Annotated[Text, matches(LABEL_KEY.pattern, _LABEL_KEY_MESSAGE)]
LabelValue = Annotated[
    str,
    Field(max_length=MAX_LABEL_VALUE),
    matches(
        LABEL_VALUE_PATTERN,
        "must be a label's value: letters, digits, -, _ and ., a letter or digit first and last",
    ),
]


def _keys_fit(pattern: Pattern) -> Rule:
    """A rule that each key of a map has a form, and a domain of at most 253."""

    def fits(key: str) -> bool:
        return pattern.fits(key) and SHORT_DOMAIN.fits(key)

    cel = f"{pattern.cel('key')} && {SHORT_DOMAIN.cel('key')}"
    return Rule(
        cel=f"self.all(key, {cel})",
        check=lambda given: all(map(fits, given)),
        message=f"each key {_LABEL_KEY_MESSAGE}",
        offender=Offender(
            cel=f"self.filter(key, !({cel}))[0]",
            find=lambda given: next(key for key in given if not fits(key)),
        ),
    )


LabelMap = Annotated[dict[str, LabelValue], Field(max_length=32), _keys_fit(LABEL_KEY)]
AnnotationMap = Annotated[
    dict[str, Annotated[str, Field(max_length=MAX_ANNOTATION_BYTES)]],
    Field(max_length=32),
    _keys_fit(ANNOTATION_KEY),
    Rule(  # of the map: a refusal of one value would repeat all of it
        cel=f"self.all(key, bytes(self[key]).size() <= {MAX_ANNOTATION_BYTES})",
        check=lambda annotations: all(
            len(value.encode()) <= MAX_ANNOTATION_BYTES for value in annotations.values()
        ),
        message=f"the value of an annotation may have at most {MAX_ANNOTATION_BYTES} bytes",
    ),
]
