"""Lines of a Lokomotive configuration: HCL's reader does not say where a value stood."""

import re
from pathlib import Path

from metallb.config.files import read_text
from metallb.errors import ConfigError

__all__ = ["lokomotive_line"]

_COMPONENT = re.compile(r'\s*component\s+"metallb"')
_FIRST_WORD = re.compile(r'\s*"?([\w-]+)')


def lokomotive_line(path: Path, where: str) -> int:
    """The line of a key path, or of the nearest part around it that is found; 0 where none is.

    :param where: a path in HCL's words (`component "metallb".address_pools.default`) or in those of
        the stack file that is made of it (`metallb:addressPools.default`).
    """
    try:
        lines = read_text(path).splitlines()
    except ConfigError:
        return 0
    words = [_plain(match[1]) if match else "" for match in map(_FIRST_WORD.match, lines)]
    found = next((number for number, line in enumerate(lines) if _COMPONENT.match(line)), None)
    if found is None:
        return 0
    rest = where.removeprefix(f"{path}: ").removeprefix('component "metallb"')
    if rest.startswith("metallb:platform"):
        # The platform comes from the cluster's block, wherever that stands.
        found = 0
    for step in re.findall(r"[\w-]+", rest.removeprefix("metallb:")):
        wanted = _plain(step)
        for number in range(found, len(words)):
            if words[number] == wanted or words[number].startswith(f"{wanted}_"):
                found = number
                break
    return found + 1


def _plain(word: str) -> str:
    """One spelling for addressPools, address_pools and address-pools."""
    return re.sub(r"(?<=[a-z0-9])([A-Z])", r"_\1", word).replace("-", "_").lower()
