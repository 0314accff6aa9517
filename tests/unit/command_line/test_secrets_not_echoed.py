"""No message or document shows a value that may be a secret, whatever the mistake around it."""

from collections.abc import Callable
from typing import Any

import pytest
import yaml

from tests.unit.command_line.conftest import Shown
from tests.unit.command_line.secret_mistakes import SECRETS, broken_lines, mistakes, secret_keys

pytestmark = pytest.mark.usefixtures("every_format")

SECTIONS: dict[str, Any] = {
    "install": {
        "version": "0.16.2",
        "helmValues": {"frrk8s": {"password": "x"}},
        "source": "helm",
    },
    "platform": {
        "kind": "static",
        "racks": [
            {
                "name": "rack-a",
                "nodes": ["a1"],
                "routers": [{"name": "tor-1", "address": "10.1.0.1", "asn": 64601}],
            }
        ],
        "sharedRouters": {"edge": {"address": "10.9.0.1", "asn": 64602}},
    },
    "bgp": {"myAsn": 64512, "holdTime": "9s"},
    "addressPools": {"public": {"addresses": ["203.0.113.0/28"]}},
    "kubernetes": {"context": "lab"},
}
STACK = {"config": {f"metallb:{name}": section for name, section in SECTIONS.items()}}
CHECK = "check {} --format json"
COMMANDS = (*3 * [CHECK], "preview {} --json --markdown comment.md", "topology {} --format html")


def keys() -> list[tuple[str | int, ...]]:
    found = [("config", f"metallb:{first}", *rest) for first, *rest in secret_keys(SECTIONS)]
    # Keys of these mappings are names.
    found = [each for each in found if each[-2] not in ("sharedRouters", "helmValues", "frrk8s")]
    return [*found, ("config", "metallb:install", "helmValues", "frrk8s", "password")]


def lines(commands: tuple[str, ...], number: int, secret: str) -> list[str]:
    """The check of a mistake, in every format; now and then another command, or both."""
    both = {commands[number % len(commands)], CHECK}
    return sorted(both) if secret == SECRETS[0] else [commands[number % len(commands)]]


def parts_of(secret: str) -> set[str]:
    """What of a secret must not be shown: the whole, and its words."""
    return {secret, *(word for word in secret.replace(":", " ").split() if len(word) > 3)}


def test_the_keys_that_may_hold_a_secret_are_known() -> None:
    assert {each[-1] for each in keys()} == {"password", "memberlistSecret"}
    assert len(keys()) == 5


@pytest.mark.parametrize("secret", SECRETS)
def test_of_a_stack_file(shown: Shown, secret: str) -> None:
    leaks = []
    for number, (what, text) in enumerate(mistakes(STACK, keys(), secret)):
        for words in lines(COMMANDS, number, secret):
            found = shown(words, text)
            if any(part in found for part in parts_of(secret)):
                leaks.append(f"{words}: {what}: {found[:300]}")
    assert not leaks, f"{len(leaks)}\n" + "\n".join(leaks[:100])


PEER: dict[str, Any] = {
    "apiVersion": "metallb.io/v1beta2",
    "kind": "BGPPeer",
    "metadata": {"name": "tor", "namespace": "metallb-system"},
    "spec": {"myASN": 64512, "peerASN": 64601, "peerAddress": "10.1.0.1"},
}
SECRET: dict[str, Any] = {
    "apiVersion": "v1",
    "kind": "Secret",
    "type": "kubernetes.io/basic-auth",
    "metadata": {"name": "key", "namespace": "metallb-system"},
    "stringData": {"username": ""},
}
CONFIG: dict[str, Any] = {
    "peers": [{"peer-address": "10.1.0.1", "peer-asn": 64601, "my-asn": 64512}],
    "address-pools": [{"name": "public", "protocol": "bgp", "addresses": ["203.0.113.0/28"]}],
}
POOL = """---
apiVersion: metallb.io/v1beta1
kind: IPAddressPool
metadata: {name: public, namespace: metallb-system}
spec: {addresses: [203.0.113.0/28]}
---
apiVersion: metallb.io/v1beta1
kind: BGPAdvertisement
metadata: {name: public, namespace: metallb-system}
"""
FOREIGN: dict[str, tuple[Any, list[tuple[str | int, ...]], Callable[[str], str]]] = {
    "BGPPeer": (
        PEER,
        [("spec", "password"), ("spec", "passwordSecret")],
        lambda text: text + POOL,
    ),
    "Secret": (
        SECRET,
        [("stringData", "password")],
        lambda text: f"{text}---\n{yaml.safe_dump(PEER)}{POOL}",
    ),
    "document": (CONFIG, [("peers", 0, "password")], lambda text: text),
    "ConfigMap": (
        CONFIG,
        [("peers", 0, "password")],
        lambda text: (
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: config}\ndata:\n"
            "  config: |\n" + "".join(f"    {line}\n" for line in text.splitlines())
        ),
    ),
    "values": (
        CONFIG,
        [("peers", 0, "password")],
        lambda text: "configInline:\n" + "".join(f"  {line}\n" for line in text.splitlines()),
    ),
}
OF_FOREIGN = (*3 * [CHECK], "import {}")


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize("kind", FOREIGN)
def test_of_a_foreign_file(shown: Shown, kind: str, secret: str) -> None:
    document, paths, around = FOREIGN[kind]
    document = yaml.safe_load(yaml.safe_dump(document))
    if kind == "BGPPeer":
        document["spec"]["passwordSecret"] = {"name": "key"}
    leaks = []
    for number, (what, text) in enumerate(mistakes(document, paths, secret)):
        for words in lines(OF_FOREIGN, number, secret):
            found = shown(words, around(text))
            if any(part in found for part in parts_of(secret)):
                leaks.append(f"{words}: {what}: {found[:300]}")
    assert not leaks, f"{len(leaks)}\n" + "\n".join(leaks[:100])


HCL = """component "metallb" {
  address_pools = { default = ["203.0.113.0/28"] }
MARK
}
"""


@pytest.mark.parametrize("secret", SECRETS)
def test_of_a_lokomotive_file(shown: Shown, secret: str) -> None:
    broken = [*broken_lines("password", secret), f'password = "{secret}"', f"password = {secret}"]
    broken += [
        f'password = ["{secret}"]',
        f'password = "{secret}',
        f'password {{ a = "{secret}" }}',
    ]
    broken += [f'speaker_toleration {{ password = "{secret}" }}', f'service_monitor = "{secret}"']
    leaks = []
    for number, line in enumerate(broken):
        text = HCL.replace("MARK", f"  {line}")
        for words in lines(OF_FOREIGN, number, secret):
            found = shown(words, text, "x.lokocfg")
            if any(part in found for part in parts_of(secret)):
                leaks.append(f"{words}: {line!r}: {found[:300]}")
    assert not leaks, "\n".join(leaks)
