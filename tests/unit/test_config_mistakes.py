"""What a person is told about a mistake in a stack file: where, what, the rule, the remedy."""

from typing import Any

import pytest

from metallb.config import stack_config
from metallb.errors import ConfigError
from metallb.preflight import check_stack
from tests.unit.stacks import metal, stack, static

ONE_ID = "2b9f6f0e-8a55-4c53-9a0e-0d5c3f6f1b00"
SECRET = "Tr0ub4dor-and-3"


def lines(sections: dict[str, Any], secret_sections: tuple[str, ...] = ()) -> list[str]:
    """The lines a person reads."""
    with pytest.raises(ConfigError) as caught:
        stack_config(sections, source="stacks/Pulumi.x.yaml", secret_sections=secret_sections)
    assert caught.value.exit_code == 2
    return str(caught.value).splitlines()


def with_platform(**changes: Any) -> dict[str, Any]:
    sections = metal()
    sections["platform"].update(changes)
    return sections


@pytest.mark.parametrize(
    ("sections", "expected"),
    [
        (
            metal(bgp={"holdTime": "3"}),
            "metallb:bgp.holdTime: is not a duration with a unit, such as 3s, 90s or 1m30s; "
            "seen: '3'; remedy: write it as 3s or 90s",
        ),
        (
            metal(bgp={"holdTime": 9}),
            "metallb:bgp.holdTime: is a duration, and has no unit; seen: 9; "
            "remedy: write it with its unit, such as 9s",
        ),
        (
            with_platform(elasticIps={"default": {"quantity": 3}}),
            "metallb:platform.elasticIps.default.quantity: quantity is a power of two; "
            "seen: 3; remedy: set quantity to 2 or 4",
        ),
        (
            with_platform(nodes=[{"hostname": "worker_0"}]),
            "metallb:platform.nodes[0].hostname: is a host name: lower-case RFC 1123 labels joined "
            "by dots; seen: 'worker_0'; remedy: write the node's kubernetes.io/hostname label",
        ),
        (
            metal(install={"version": 0.16}),
            "metallb:install.version: is a text, and YAML reads this as a number; seen: 0.16; "
            "remedy: put it in quotes",
        ),
        (
            metal(install={"monitoring": {"interval": "bogus"}}),
            "metallb:install.monitoring.interval: is a Prometheus duration: whole numbers with y, "
            "w, d, h, m, s or ms, longest first; seen: 'bogus'; remedy: write it as 30s or 1m",
        ),
        (
            metal(install={"controller": {"resources": {"requests": {"cpu": "lots"}}}}),
            "metallb:install.controller.resources.requests.cpu: is a Kubernetes quantity: a "
            "number, not negative, with a suffix such as m, Mi or Gi; seen: 'lots'; remedy: write "
            "it as 100m (CPU), or 64Mi (memory)",
        ),
        (
            metal(install={"speaker": {"resources": {"limits": {"mem": "64Mi"}}}}),
            "metallb:install.speaker.resources.limits.mem: is a resource: cpu, memory, "
            "ephemeral-storage, or a name with its domain in front; seen: 'mem'; remedy: correct "
            "the name",
        ),
        (
            metal(
                install={
                    "speaker": {"resources": {"requests": {"cpu": "1"}, "limits": {"cpu": "500m"}}}
                }
            ),
            "metallb:install.speaker.resources.requests.cpu: a request is at most the limit of the "
            "same resource; seen: '1'; remedy: raise the limit, or lower the request",
        ),
        (
            metal(install={"version": "0.14.8"}),
            "metallb:install.version: source builtin installs MetalLB 0.12.1, 0.16.0, 0.16.1, "
            "0.16.2; seen: '0.14.8'; remedy: set one of these versions, or source existing or "
            "helm",
        ),
        (
            static(addressPools={"public": {"addresses": ["203.0.113.7"]}}),
            "metallb:addressPools.public.addresses[0]: is a block in CIDR notation, and MetalLB "
            "refuses a bare address; seen: '203.0.113.7'; remedy: for this one address write "
            "203.0.113.7/32",
        ),
        (
            metal(addressPools={"default": {"elasticIps": ["edge"]}}),
            "metallb:addressPools.default.elasticIps[0]: names a block of "
            "metallb:platform.elasticIps; seen: 'edge'; remedy: add it there, or use a known one "
            "(default)",
        ),
        (
            with_platform(nodes=[{"hostname": "worker-0"}, {"hostname": "worker-0"}]),
            "metallb:platform.nodes[1].hostname: is in the list twice: entry [0] has it already; "
            "seen: 'worker-0'; remedy: remove one of the two, or correct it",
        ),
    ],
)
def test_a_mistake_is_one_line_with_path_value_rule_and_remedy(
    sections: dict[str, Any], expected: str
) -> None:
    assert lines(sections) == [f"stacks/Pulumi.x.yaml: {expected}"]


@pytest.mark.parametrize(
    ("sections", "path", "nearest"),
    [
        (metal(instal={}), "metallb:instal", "metallb:install"),
        (metal(install={"verson": "0.16.2"}), "metallb:install.verson", "version"),
        (metal(bgp={"hold_tme": "3s"}), "metallb:bgp.hold_tme", "holdTime"),
        (
            metal(install={"speaker": {"tolerations": [{"kee": "x"}]}}),
            "metallb:install.speaker.tolerations[0].kee",
            "key",
        ),
        (
            static(addressPools={"public": {"adresses": ["203.0.113.0/28"]}}),
            "metallb:addressPools.public.adresses",
            "addresses",
        ),
        (static(bgp={"myASN": 64512}), "metallb:bgp.myASN", "localAsn"),
        (static(bgp={"my-asn": 64512}), "metallb:bgp.my-asn", "localAsn"),
        (static(bgp={"peer_asn": 64512}), "metallb:bgp.peer_asn", "peerAsn"),
        (
            static(bgp={"enableGracefulRestart": True}),
            "metallb:bgp.enableGracefulRestart",
            "gracefulRestart",
        ),
    ],
)
def test_an_unknown_key_is_refused_with_the_nearest_known_one(
    sections: dict[str, Any], path: str, nearest: str
) -> None:
    told = [line for line in lines(sections) if f" {path}: " in line]
    assert len(told) == 1
    assert "is not a key of the stack file" in told[0]
    assert f"did you mean '{nearest}'?" in told[0]


def test_all_mistakes_are_told_at_once() -> None:
    sections = metal(
        install={"version": "1"},
        bgp={"localAsn": 0, "peerAsn": "x"},
        addressPools={"Default": {"elasticIps": ["default"]}},
    )
    told = lines(sections)
    for path in (
        "metallb:install.version",
        "metallb:bgp.localAsn",
        "metallb:bgp.peerAsn",
        "metallb:addressPools.Default",
    ):
        assert sum(f" {path}: " in line for line in told) == 1, (path, told)


def test_a_list_emptied_by_its_own_mistakes_is_not_called_empty() -> None:
    told = lines(with_platform(nodes=[{"hostname": "worker_0"}, {"hostname": "Worker"}]))
    assert len(told) == 2, told


@pytest.mark.parametrize(
    "sections",
    [
        metal(bgp={"password": [SECRET]}),
        metal(install={"memberlistSecret": SECRET}),
        metal(bgp={"pasword": SECRET}),
        metal(bgp={"password": {"value": SECRET}}),
        static(
            platform={
                "kind": "static",
                "racks": [
                    {
                        "name": "a",
                        "nodes": ["x"],
                        "routers": [{"address": "10.0.0.1", "password": 5, "passwort": SECRET}],
                    }
                ],
            }
        ),
    ],
)
def test_a_secret_is_never_shown_even_under_a_misspelt_key(sections: dict[str, Any]) -> None:
    told = "\n".join(lines(sections))
    assert SECRET not in told
    assert "seen: 5" not in told


def test_no_value_of_a_section_that_pulumi_marks_secret_is_shown() -> None:
    told = "\n".join(lines(metal(bgp={"holdTime": SECRET}), ("bgp",)))
    assert "metallb:bgp.holdTime" in told
    assert SECRET not in told


def test_an_unknown_platform_kind_lists_the_known_ones() -> None:
    told = lines({"platform": {"kind": "gcp"}, "addressPools": {}})
    assert told == [
        "stacks/Pulumi.x.yaml: metallb:platform.kind: kind is one of equinix-metal, static; "
        "seen: 'gcp'; remedy: use one of them"
    ]


@pytest.mark.parametrize("reason", ["short", " " * 15, " too short "])
def test_a_reason_that_says_nothing_is_told_beside_the_other_mistakes(reason: str) -> None:
    ignored = {"ignore": [{"id": "M1", "reason": reason}]}
    told = lines(metal(preflight=ignored, bgp={"holdTime": "3"}))
    assert [line.split(": ")[1] for line in told] == [
        "metallb:bgp.holdTime",
        "metallb:preflight.ignore[0].reason",
    ]
    assert "at least 10 characters" in told[1]


def test_a_block_can_serve_one_pool_only() -> None:
    told = lines(
        metal(addressPools={"a": {"elasticIps": ["default"]}, "b": {"elasticIps": ["default"]}})
    )
    assert "metallb:addressPools.b.elasticIps[0]" in told[0]
    assert "metallb:addressPools.a has it already" in told[0]


@pytest.mark.parametrize(
    ("key", "shown", "read"),
    [
        (10, "10", "a number"),
        (1.5, "1.5", "a number"),
        (True, "true", "true or false"),
        (None, "null", "nothing"),
    ],
)
def test_a_name_that_yaml_reads_as_something_else_is_shown(key: Any, shown: str, read: str) -> None:
    (told,) = lines(static(addressPools={key: {"addresses": ["203.0.113.0/28"]}}))
    assert f" metallb:addressPools.{shown}: is a name, and YAML reads it as {read}; " in told
    assert f"seen: {shown}; remedy: put it in quotes" in told


def test_a_mistake_below_a_name_that_is_a_number_has_its_whole_place() -> None:
    told = lines(static(addressPools={10: {"adresses": []}}))
    assert any(" metallb:addressPools.10.adresses: " in line for line in told)


def test_a_key_of_the_other_kind_of_platform_is_told_with_its_kind() -> None:
    platform = {**static()["platform"], "projectId": "x", "metro": "ny"}
    told = lines(static(platform=platform)) + lines(with_platform(racks=[]))
    assert [line.partition(": ")[2] for line in told] == [
        f"metallb:platform.{key}: is a key of kind {there}, and this is kind {here}; "
        f"remedy: remove it, or set kind: {there}"
        for key, here, there in (
            ("projectId", "static", "equinix-metal"),
            ("metro", "static", "equinix-metal"),
            ("racks", "equinix-metal", "static"),
        )
    ]


def test_the_nearest_key_is_one_of_the_same_kind() -> None:
    (told,) = lines(with_platform(rack=[]))
    assert "did you mean" not in told or "'racks'" not in told


@pytest.mark.parametrize("key", ["nodeCidrs", "podCidrs", "serviceCidrs"])
@pytest.mark.parametrize(
    "network",
    [
        "203.0.113.0/255.255.255.0",
        "203.0.113.0/0.0.0.255",
        "203.0.113.0/0024",
        "::ffff:203.0.113.0/120",
        "::ffff:0:0/95",
        "fe80::%eth0/64",
    ],
)
def test_a_network_that_pools_could_not_be_compared_with_is_refused(key: str, network: str) -> None:
    (told,) = lines(static(kubernetes={key: [network]}))
    assert f" metallb:kubernetes.{key}[0]: is a block " in told


@pytest.mark.parametrize("network", ["203.0.113.0/24", "203.0.113.0/024", "2001:db8::/32"])
def test_a_network_of_the_cluster_is_compared_with_the_pools(network: str) -> None:
    addresses = ["2001:db8::/124"] if ":" in network else ["203.0.113.0/28"]
    pools = {"public": {"addresses": addresses}}
    found = check_stack(stack(static(kubernetes={"nodeCidrs": [network]}, addressPools=pools)))
    assert "A7" in {finding.rule_id for finding in found}


@pytest.mark.parametrize("shared", [True, False])
@pytest.mark.parametrize(
    "copy",
    [
        {"name": "tor-2", "address": "10.1.0.1"},
        {"name": "tor-2", "address": "10.1.0.1", "asn": 64602},
        {"name": "tor-2", "address": "10.1.0.1", "port": 179},
        {"address": "10.1.0.1"},
    ],
)
def test_a_router_whose_address_was_copied_is_told(copy: dict[str, Any], shared: bool) -> None:
    sections = static()
    sections["platform"]["sharedPeers"] = shared
    sections["platform"]["racks"][0]["routers"].append(copy)
    (told,) = lines(sections)
    assert (
        " metallb:platform.racks[0].routers[1].address: is in the list twice: entry [0] has it "
        "already; seen: '10.1.0.1'"
    ) in told


def test_one_address_may_have_a_router_on_each_port() -> None:
    sections = static()
    sections["platform"]["racks"][0]["routers"].append(
        {"name": "tor-2", "address": "10.1.0.1", "port": 1790}
    )
    assert stack(sections)


def test_an_empty_md5_key_is_not_taken_for_none() -> None:
    sections = static(bgp={"password": ""})
    sections["platform"]["racks"][0]["routers"][0]["password"] = ""
    told = lines(sections)
    for place in ("metallb:platform.racks[0].routers[0].password", "metallb:bgp.password"):
        assert sum(f" {place}: is a key of at least one character" in line for line in told) == 1
    assert len(told) == 2


def test_a_router_address_with_a_zone_is_refused() -> None:
    sections = static()
    sections["platform"]["racks"][0]["routers"][0]["address"] = "2001:db8::1%eth0"
    (told,) = lines(sections)
    assert " metallb:platform.racks[0].routers[0].address: is an IP address without a zone" in told


def test_one_existing_session_belongs_to_one_node() -> None:
    nodes = [
        {"hostname": f"worker-{n}", "bgpSessions": {"ipv4": id_}}
        for n, id_ in enumerate((ONE_ID, ONE_ID.upper()))
    ]
    (told,) = lines(with_platform(nodes=nodes))
    assert " metallb:platform.nodes[1].bgpSessions.ipv4: is a session of its own, and " in told
    assert "metallb:platform.nodes[0].bgpSessions.ipv4 names it already" in told


@pytest.mark.parametrize(("key", "value"), [("adoptTag", "metallb"), ("adoptId", ONE_ID)])
def test_one_existing_block_is_adopted_once(key: str, value: str) -> None:
    (told,) = lines(with_platform(elasticIps={"default": {key: value}, "edge": {key: value}}))
    assert f" metallb:platform.elasticIps.edge.{key}: is a block of its own" in told


def test_a_family_is_asked_for_once() -> None:
    (told,) = lines(with_platform(addressFamilies=["ipv4", "ipv4"]))
    assert " metallb:platform.addressFamilies[1]: is in the list twice" in told
    assert "seen: 'ipv4'" in told


@pytest.mark.parametrize(
    ("platform", "place"),
    [
        ({"metro": ""}, "metro"),
        ({"metro": None, "facility": " "}, "facility"),
        ({"elasticIps": {"default": {"adoptTag": ""}}}, "elasticIps.default.adoptTag"),
        ({"elasticIps": {"default": {"metro": ""}}}, "elasticIps.default.metro"),
    ],
)
def test_a_word_that_says_nothing_is_told(platform: dict[str, Any], place: str) -> None:
    (told,) = lines(with_platform(**platform))
    assert f" metallb:platform.{place}: is empty" in told


@pytest.mark.parametrize("key", ["helmChart", "helmRepository"])
@pytest.mark.parametrize("text", ["", " "])
def test_a_chart_is_named_where_it_is_given(key: str, text: str) -> None:
    (told,) = lines(metal(install={"source": "helm", key: text}))
    assert f" metallb:install.{key}: is empty" in told


def test_a_missing_section_is_named() -> None:
    sections = metal()
    del sections["platform"]
    assert lines(sections) == [
        "stacks/Pulumi.x.yaml: metallb:platform: is required; seen: nothing; remedy: add it"
    ]
