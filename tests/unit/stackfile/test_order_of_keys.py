"""The order of keys in a stack file has no meaning: what is rendered does not depend on it."""

import random
from pathlib import Path
from typing import Any

import pytest

from metallb.cli import main
from tests.frozen import frozen_stacks, stack_file, tree_of
from tests.support.yaml_text import dumped, loaded

EVERY_MAPPING = """
config:
  metallb:install:
    version: VERSION
    monitoring: {serviceMonitor: true, labels: {z: p, a: q}}
    speaker:
      nodeSelectors: {b: "1", a: "2"}
      annotations: {z: "1", a: "2"}
      resources: {limits: {memory: 128Mi, cpu: 200m}, requests: {memory: 64Mi, cpu: 100m}}
  metallb:platform:
    kind: static
    sharedRouters:
      gw-z: {address: 10.9.0.1, asn: 64700}
      gw-a: {address: 10.9.0.2, asn: 64701}
    racks:
      - name: rack-b
        nodeSelectors: {zone: b, area: "1", room: c}
        sharedRouters: [gw-z, gw-a]
        routers:
          - {name: t2, address: 10.2.0.1, asn: 64602}
          - {name: t1, address: 10.2.0.2, asn: 64602}
      - name: rack-a
        nodes: [a2, a1]
        sharedRouters: [gw-a]
        routers: [{name: tor-1, address: 10.1.0.1, asn: 64601}]
  metallb:bgp:
    myAsn: 64512
    holdTime: 9s
    communities: {red: "64512:8", blue: "64512:7"}
  metallb:addressPools:
    zebra:
      addresses: [203.0.113.0/28, 198.51.100.10-198.51.100.20]
      advertisements:
        wide: {aggregationLength: 30, communities: [red, blue, "64512:9"]}
        default: {localPref: 100}
        alpha: {localPref: 200, aggregationLength: 31}
    alpha: {addresses: [192.0.2.0/28], autoAssign: false}
"""


def shuffled(value: Any, chance: random.Random) -> Any:
    if isinstance(value, dict):
        items = list(value.items())
        chance.shuffle(items)
        return {key: shuffled(item, chance) for key, item in items}
    return [shuffled(item, chance) for item in value] if isinstance(value, list) else value


def rendered(document: Any, folder: Path, name: str, answers: Path | None = None) -> dict[str, str]:
    folder.mkdir()
    path = folder / f"Pulumi.{name}.yaml"
    path.write_text(dumped(document, sort_keys=False), encoding="utf-8")
    if answers is not None and answers.exists():
        (folder / answers.name).write_bytes(answers.read_bytes())
    assert main(["render", str(path), "-o", str(folder / "out"), "--with-secrets"]) == 0
    return tree_of(folder / "out")


@pytest.mark.parametrize("version", ["0.12.1", "0.16.2"])
def test_no_order_of_keys_shows_in_what_is_rendered(version: str, tmp_path: Path) -> None:
    document = loaded(EVERY_MAPPING.replace("VERSION", version))
    trees = [
        rendered(shuffled(document, random.Random(seed)), tmp_path / str(seed), "dc1")
        for seed in range(6)
    ]
    assert all(tree == trees[0] for tree in trees)


@pytest.mark.parametrize("name", frozen_stacks())
def test_a_stack_with_its_keys_in_another_order_renders_to_the_same_bytes(
    name: str, tmp_path: Path
) -> None:
    document = loaded(stack_file(name).read_text(encoding="utf-8"))
    answers = stack_file(name).with_name(f"{name}.answers.yaml")
    trees = [
        rendered(shuffled(document, random.Random(seed)), tmp_path / str(seed), name, answers)
        for seed in range(2)
    ]
    assert trees[0] == trees[1]
