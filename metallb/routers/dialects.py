"""The dialects in which a router's half is written; one module each."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from metallb.routers import bird, frr, junos
from metallb.routers.model import Half

__all__ = ["DIALECTS", "Dialect"]


class Dialect(NamedTuple):
    """A way to write a router's half.

    :ivar text: the configuration of a half, given the stack's name; the same text each time.
    :ivar suffix: end of the file's name.
    """

    text: Callable[[Half, str], str]
    suffix: str


DIALECTS: Mapping[str, Dialect] = {
    "frr": Dialect(frr.text, frr.SUFFIX),
    "bird": Dialect(bird.text, bird.SUFFIX),
    "junos": Dialect(junos.text, junos.SUFFIX),
}
