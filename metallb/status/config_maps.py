"""Which ConfigMap holds MetalLB's configuration up to 0.12: its name differs between installations.

MetalLB's manifests call it `config`; its chart names it after the release, and says so in the
controller's arguments.
Source: MetalLB v0.12.1 controller/main.go (--config), charts/metallb/templates/controller.yaml.
"""

from collections.abc import Iterable, Iterator, Mapping

from metallb.problems.errors import ConfigError
from metallb.routing.configmap import CONFIGMAP_KEY, CONFIGMAP_NAME
from metallb.stackfile.yaml_documents import parse_yaml
from metallb.status.cluster import Object

__all__ = ["configuration_map"]

_ARGUMENTS = ("--config", "-config")
_KEYS = frozenset(("peers", "address-pools", "bgp-communities", "bfd-profiles"))


def configuration_map(
    config_maps: Iterable[Object], controllers: Iterable[Object]
) -> tuple[str, str | None]:
    """Name and document of the ConfigMap; no document where there is none of that name.

    The controller's argument decides. Where it has none, the usual name does, or a document that
    can be nothing else: a release from 0.13 on has no such argument, and may stand beside one.
    """
    texts = {
        str(each["metadata"]["name"]): (each.get("data") or {}).get(CONFIGMAP_KEY)
        for each in config_maps
    }
    for name in _named(controllers):
        return name, texts.get(name)
    if texts.get(CONFIGMAP_NAME) is None:
        for name, text in sorted(texts.items()):
            if isinstance(text, str) and _is_configuration(text):
                return name, text
    return CONFIGMAP_NAME, texts.get(CONFIGMAP_NAME)


def _named(controllers: Iterable[Object]) -> Iterator[str]:
    for pod in controllers:
        for container in (pod.get("spec") or {}).get("containers") or []:
            words = [*(container.get("command") or []), *(container.get("args") or [])]
            for index, word in enumerate(words):
                flag, equals, value = str(word).partition("=")
                if flag not in _ARGUMENTS:
                    continue
                if equals:
                    yield value
                elif index + 1 < len(words):
                    yield str(words[index + 1])


def _is_configuration(text: str) -> bool:
    try:
        document = parse_yaml(text, where=CONFIGMAP_KEY, spelled=True, aliases=True)
    except ConfigError:
        return False
    return isinstance(document, Mapping) and bool(_KEYS & set(document))
