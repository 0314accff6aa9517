"""0.12.1's document, read by the strict reader of the tests. Needs no lab."""

from pathlib import Path

import pytest
import yaml

from lab import rendering
from tests.installation.strict_configmap import NotAccepted, read
from tests.support.paths import STACKS

GOOD = """\
peers:
- {my-asn: 65000, peer-asn: 65530, peer-address: 10.0.0.1, hold-time: 3s}
address-pools:
- {name: a, protocol: bgp, addresses: [203.0.113.0/29]}
"""


def _rendered(tmp_path: Path, **sections: object) -> str:
    stack = tmp_path / "Pulumi.old.yaml"
    config = yaml.safe_load((STACKS / "Pulumi.onprem.yaml").read_text())["config"]
    config["metallb:install"] = {"version": "0.12.1"}
    config |= {f"metallb:{key}": value for key, value in sections.items()}
    stack.write_text(yaml.safe_dump({"config": config}))
    objects = rendering.render(stack, tmp_path / "rendered")
    (found,) = [
        o for kind in ("ConfigMap", "Secret") for o in rendering.find(objects, kind, "config")
    ]
    text: str = (found.get("data") or found["stringData"])["config"]
    return text


def test_a_document_with_everything_that_0_12_knows_is_accepted(tmp_path: Path) -> None:
    text = _rendered(
        tmp_path,
        bgp={
            "myAsn": 64512,
            "holdTime": "9s",
            "password": "lab-md5-key",
            "ebgpMultiHop": True,
            "communities": {"no-export": "65535:65281"},
        },
        addressPools={
            "public": {
                "addresses": ["203.0.113.0/28", "203.0.113.32-203.0.113.63"],
                "avoidBuggyIps": True,
                "advertisements": {
                    "default": {"communities": ["no-export"], "localPref": 200},
                    "wide": {"aggregationLength": 28, "communities": ["64512:1"]},
                },
            },
        },
    )
    content = read(text)
    assert {peer["password"] for peer in content["peers"]} == {"lab-md5-key"}
    assert content["bgp-communities"] == {"no-export": "65535:65281"}
    assert len(content["address-pools"][0]["bgp-advertisements"]) == 2


WRONG = {
    "an unknown key at the top": GOOD + "peer-autodiscovery: {}\n",
    "a key that stands twice": GOOD + "peers: []\n",
    "an unknown key of a peer": GOOD.replace("hold-time", "holdTime"),
    "a key of a peer that stands twice": GOOD.replace("my-asn", "peer-asn: 1, my-asn", 1),
    "a hold time without a unit": GOOD.replace("3s", "3"),
    "a hold time of two seconds": GOOD.replace("3s", "2s"),
    "an AS number of zero": GOOD.replace("65000", "0"),
    "an AS number as a text": GOOD.replace("65000", "'65000'"),
    "a host name for an address": GOOD.replace("10.0.0.1", "tor1"),
    "a keepalive time": GOOD.replace("hold-time", "keepalive-time"),
    "a single address for a pool": GOOD.replace("/29", ""),
    "an unknown protocol": GOOD.replace("protocol: bgp", "protocol: ospf"),
    "a pool without a protocol": GOOD.replace("protocol: bgp, ", ""),
    "local-pref in two words": GOOD.replace("/29]", "/29], bgp-advertisements: [{local-pref: 1}]"),
    "aggregation wider than the pool": GOOD.replace(
        "/29]", "/29], bgp-advertisements: [{aggregation-length: 24}]"
    ),
    "an alias that is not defined": GOOD.replace(
        "/29]", "/29], bgp-advertisements: [{communities: [mine]}]"
    ),
    "pools that overlap": GOOD + "- {name: b, protocol: bgp, addresses: [203.0.113.7/32]}\n",
    "two pools of one name": GOOD + "- {name: a, protocol: bgp, addresses: [198.18.0.0/32]}\n",
}


def test_the_reader_accepts_a_plain_document() -> None:
    assert read(GOOD)["peers"][0]["my-asn"] == 65000


@pytest.mark.parametrize("case", WRONG)
def test_the_reader_refuses(case: str) -> None:
    assert WRONG[case] != GOOD
    with pytest.raises(NotAccepted):
        read(WRONG[case])
