"""How Kubernetes spells names, labels and images; the API server refuses other texts.

Sources: k8s.io/apimachinery, pkg/util/validation; distribution/reference, regexp.go.
"""

import re

__all__ = [
    "is_annotation_key",
    "is_host_label",
    "is_image",
    "is_image_prefix",
    "is_label_key",
    "is_label_value",
    "is_name",
    "is_subdomain",
]

_NAME = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
_QUALIFIED = re.compile(r"[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?")
_SUBDOMAIN = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
_MAX_SUBDOMAIN = 253

# A registry's host may be in capitals, the path behind it may not.
_HOST = r"[A-Za-z0-9]([-A-Za-z0-9]*[A-Za-z0-9])?(\.[A-Za-z0-9]([-A-Za-z0-9]*[A-Za-z0-9])?)*"
_REGISTRY = rf"({_HOST}|\[[0-9A-Fa-f:]+\])(:[0-9]{{1,5}})?"
_PART = r"[a-z0-9]+(([._]|__|-+)[a-z0-9]+)*"
_PREFIX = rf"{_REGISTRY}(/{_PART})*"
_IMAGE = (
    rf"({_REGISTRY}/)?{_PART}(/{_PART})*"
    r"(:[A-Za-z0-9_][-.A-Za-z0-9_]{0,127})?"
    # Digests of other algorithms are none that a container runtime checks (OCI image-spec).
    r"(@(sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128}))?"
)
_MAX_REFERENCE = 512


def is_name(text: str) -> bool:
    """Whether it is an RFC 1123 label, as namespaces are."""
    return _NAME.fullmatch(text) is not None


def is_subdomain(text: str) -> bool:
    """Whether it is an RFC 1123 subdomain, as most objects' names are."""
    return len(text) <= _MAX_SUBDOMAIN and _SUBDOMAIN.fullmatch(text) is not None


def is_host_label(text: str) -> bool:
    """Whether it is a host name in the spelling of the kubernetes.io/hostname label."""
    return len(text) <= _MAX_SUBDOMAIN and all(is_name(part) for part in text.split("."))


def is_label_key(text: str) -> bool:
    """Whether it is a label's key: a name, with a domain and a slash in front of it or without."""
    prefix, slash, name = text.rpartition("/")
    if slash and not is_subdomain(prefix):
        return False
    return _QUALIFIED.fullmatch(name) is not None


def is_label_value(text: str) -> bool:
    """Whether it is a label's value, which may be empty."""
    return text == "" or _QUALIFIED.fullmatch(text) is not None


def is_annotation_key(text: str) -> bool:
    """Whether it is an annotation's key: a label's, whose domain may be in capitals."""
    return is_label_key(text.lower())


def is_image(text: str) -> bool:
    """Whether it names an image, with tag and digest or without."""
    return len(text) <= _MAX_REFERENCE and re.fullmatch(_IMAGE, text) is not None


def is_image_prefix(text: str) -> bool:
    """Whether an image's name can follow it and a slash."""
    return len(text) <= _MAX_REFERENCE and re.fullmatch(_PREFIX, text) is not None
