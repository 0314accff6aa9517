"""Files of other people: what is read, what is passed over, and what is left out by name."""

import json
import textwrap
import time
from pathlib import Path
from typing import Any

import pytest

from metallb.cli import main
from metallb.config.files import parse_yaml
from metallb.errors import ConfigError
from metallb.importing import read_foreign
from tests.unit.importing.inputs import (
    ADVERTISED,
    PEER,
    POOL,
    SECRET,
    config,
    documents,
    written,
)

OPERATOR = "apiVersion: metallb.io/v1beta1\nkind: MetalLB\nmetadata: {name: metallb}\n"
STATUS = "apiVersion: metallb.io/v1beta1\nkind: ServiceBGPStatus\nmetadata: {name: a}\n"
DEPLOYMENT = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\n"
FRR = "apiVersion: frrk8s.metallb.io/v1beta1\nkind: FRRConfiguration\nmetadata: {name: in}\n"
WORKFLOW = "on: [push]\njobs: {a: {steps: [{run: 'echo ${{ github.ref }}'}]}}\n"
L2 = """\
apiVersion: metallb.io/v1beta1
kind: L2Advertisement
metadata: {name: lan, namespace: metallb-system}
"""
LAN = """\
apiVersion: metallb.io/v1beta1
kind: IPAddressPool
metadata: {name: lan, namespace: metallb-system, labels: {announce: arp}}
spec: {addresses: [203.0.113.0/28]}
"""


def checked(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[set[str], str]:
    """Ids of the errors, and what standard error says."""
    main(["check", *arguments, "--format", "json"])
    shown = capsys.readouterr()
    found = json.loads(shown.out)
    return {each["id"] for each in found if each["severity"] == "error"}, shown.err


def imported(
    capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0
) -> tuple[dict[str, Any], list[str]]:
    """The stack file's sections, and the lines of standard error."""
    assert main(["import", *arguments]) == code
    shown = capsys.readouterr()
    sections = parse_yaml(shown.out, where="out")["config"] if code == 0 else {}
    return sections, shown.err.splitlines()


@pytest.mark.parametrize(
    ("document", "kind"),
    [
        (OPERATOR, "kind MetalLB metallb"),
        (STATUS, "kind ServiceBGPStatus a"),
        (DEPLOYMENT, "kind Deployment web"),
        (SECRET, "kind Secret key"),
        ("- {op: replace, path: /spec, value: {}}\n", "a list"),
        ("speaker: {frr: {enabled: true}}\nconfigInline: {}\n", "keys speaker, configInline"),
        (WORKFLOW, "keys on, jobs"),
        ("just a text\n", "a text"),
        ("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {b: c}\n", "kind ConfigMap"),
        (
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {config: 'b: c'}\n",
            "kind ConfigMap",
        ),
    ],
)
def test_what_is_not_metallbs_is_passed_over_with_one_note(
    document: str, kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = written(tmp_path, documents(PEER, document, POOL, ADVERTISED))
    line = documents(PEER, document).count("\n", 0, documents(PEER, document).index(document)) + 1
    errors, told = checked(capsys, str(path))
    assert errors == set()
    sections, lines = imported(capsys, str(path))
    for shown in (told.splitlines(), lines):
        (note,) = (each for each in shown if each.startswith("note: passed over: "))
        assert f"{path}:{line}: document 2: " in note
        assert kind in note
    assert list(sections["metallb:addressPools"]) == ["web"]


def test_empty_documents_are_nothing_to_speak_of(tmp_path: Path) -> None:
    path = written(tmp_path, documents("", PEER, "", "# a comment\n", POOL, ""))
    assert read_foreign(path).passed_over == ()


def test_many_documents_of_one_kind_share_a_note(tmp_path: Path) -> None:
    path = written(tmp_path, documents(PEER, *[DEPLOYMENT] * 30))
    (note,) = read_foreign(path).passed_over
    assert "29 more" in note


def test_a_folder_is_read_though_it_holds_a_kustomization_patches_and_templates(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    written(tmp_path, documents())
    written(
        tmp_path,
        "resources: [metallb.yaml]\npatches: [{path: deeper/set.yaml}]\n"
        "patchesStrategicMerge: [peer.yaml]\n",
        "kustomization.yaml",
    )
    written(tmp_path, "- {op: add, path: /spec/a, value: b}\n", "deeper/set.yaml")
    partial = PEER.replace("myASN: 64512, peerASN: 64513, peerAddress: 192.0.2.1, ", "")
    written(tmp_path, partial, "peer.yaml")
    written(tmp_path, "kind: {{ .Values.kind }}\n", "chart.yaml")
    errors, told = checked(capsys, str(tmp_path))
    assert errors == set()
    notes = [each for each in told.splitlines() if "passed over" in each]
    files = ("chart.yaml", "deeper/set.yaml", "kustomization.yaml", "peer.yaml")
    assert len(notes) == len(files)
    assert all(str(tmp_path / file) in note for file, note in zip(files, notes, strict=True))


@pytest.mark.parametrize("parts", [(OPERATOR,), (DEPLOYMENT, DEPLOYMENT, SECRET)])
def test_a_file_with_nothing_of_metallbs_is_refused_with_what_it_has(
    parts: tuple[str, ...], tmp_path: Path
) -> None:
    path = written(tmp_path, documents(*parts))
    with pytest.raises(ConfigError) as caught:
        read_foreign(path)
    assert all(word in caught.value.seen for word in ("MetalLB",) if parts == (OPERATOR,))
    assert ("2 x kind Deployment" in caught.value.seen) is (len(parts) == 3)


@pytest.mark.parametrize(
    ("value", "whose"),
    [
        ("${ROUTER}", "Flux"),
        ("${ROUTER:=192.0.2.1}", "envsubst"),
        ("192.0.2.${LAST}", "Flux"),
        ("$ROUTER", "envsubst"),
        ("$(ROUTER)", "Kustomize"),
        ("${var.router}", "Terraform"),
        ('"{{ .Values.router }}"', "Helm"),
        ('"{{ router }}"', "Jinja"),
        ("<path:kv/data/x#router>", "Argo CD"),
        ('"ENC[AES256_GCM,data:AAAA,iv:BB]"', "SOPS"),
        ("<ROUTER>", "fill in"),
        ("{{ .Values.router }}", "Helm"),
        ("{{ include 'a' . | nindent 2 }}", "Helm"),
        ("{% if a %}", "Jinja"),
    ],
)
@pytest.mark.parametrize("form", ["resource", "configmap"])
def test_a_substitution_is_named_with_its_owner_and_line(
    value: str, whose: str, form: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = documents() if form == "resource" else config()
    path = written(tmp_path, text.replace("192.0.2.1", value).replace("{my", "\n  {my"))
    main(["check", str(path), "--format", "json"])
    (found,) = json.loads(capsys.readouterr().out)
    line = next(n for n, each in enumerate(path.read_text().splitlines(), 1) if value in each)
    assert (found["id"], found["line"]) == ("FORM", line)
    assert whose in found["rule"]
    assert imported(capsys, str(path), code=2)[0] == {}


def test_every_substitution_of_a_file_is_named_at_once(tmp_path: Path) -> None:
    text = documents().replace("64512", "'${A}'").replace("name: web", 'name: "${B}"')
    with pytest.raises(ConfigError) as caught:
        read_foreign(written(tmp_path, text))
    assert [each.seen for each in caught.value.mistakes] == ["${A}", "${B}", "${B}"]


def test_a_key_is_no_substitution_whatever_it_holds(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = documents().replace("holdTime", "password: '${abc}', holdTime")
    errors, told = checked(capsys, str(written(tmp_path, text)))
    assert errors == set()
    assert "abc" not in told


ANCHORED = """\
peers:
- &first {peer-address: 192.0.2.1, peer-asn: 64513, my-asn: 64512, hold-time: 9s}
- <<: *first
  peer-address: 192.0.2.2
- {peer-address: 192.0.2.9, <<: [{peer-port: 1179}, *first], peer-address: 192.0.2.3}
address-pools:
- {name: web, protocol: bgp, addresses: &blocks [198.51.100.0/28]}
"""


def test_aliases_and_merge_keys_are_followed_as_go_does(tmp_path: Path) -> None:
    text = ANCHORED.replace("{peer-address: 192.0.2.9, ", "{")
    routing = read_foreign(written(tmp_path, text)).routing
    assert [(peer.spec.peer_address, peer.spec.peer_port) for peer in routing.peers] == [
        ("192.0.2.1", 179),
        ("192.0.2.2", 179),
        ("192.0.2.3", 1179),
    ]


def test_a_merge_replaces_what_stands_before_it() -> None:
    text = "a: &a {x: 1, y: 1}\nb: {x: 2, <<: *a, y: 2}\nc: {<<: [{x: 3}, *a]}\n"
    found = parse_yaml(text, where="x", aliases=True)
    assert (found["b"], found["c"]) == ({"x": 1, "y": 2}, {"x": 3, "y": 1})


@pytest.mark.parametrize(
    "text",
    [
        "a0: &a0 [x, x]\n"
        + "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}, *a{n - 1}]\n" for n in range(1, 40)),
        "a0: &a0 {x: y}\n"
        + "".join(f"a{n}: &a{n} {{<<: [*a{n - 1}, *a{n - 1}]}}\n" for n in range(1, 60)),
        "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}]\n" for n in range(1, 100)),
        "a: &a [*a]\n",
        "a: &a {b: {c: *a}}\n",
        "a: *b\nb: &b 1\n",
        "a: &a 1\nb: {<<: *a}\n",
    ],
    ids=["laughs", "merged laughs", "deep", "itself", "itself below", "before", "no mapping"],
)
def test_aliases_out_of_bounds_are_refused_at_once(text: str, tmp_path: Path) -> None:
    begun = time.process_time()
    with pytest.raises(ConfigError):
        read_foreign(written(tmp_path, text + config()))
    assert time.process_time() - begun < 0.5


def test_a_stack_file_has_no_aliases(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = written(tmp_path, "config:\n  a:b: &x {c: d}\n  a:e: *x\n", "Pulumi.x.yaml")
    errors, _ = checked(capsys, str(path))
    assert errors == {"FORM"}


def test_a_key_for_anchors_is_read_and_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = "x-common: &c {peer-asn: 64513, my-asn: 64512, hold-time: 9s}\n" + config(
        "peer-asn: 64513, my-asn: 64512, hold-time: 9s", "<<: *c"
    )
    path = written(tmp_path, text)
    assert checked(capsys, str(path))[0] == {"V10"}
    sections, _ = imported(capsys, str(path))
    assert sections["metallb:bgp"]["peerAsn"] == 64513


INLINE = {
    "values": "configInline:\n{}",
    "values of an umbrella chart": "metallb:\n  configInline:\n  {}",
    "HelmRelease": "apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\n"
    "metadata: {{name: a}}\nspec:\n  values:\n    configInline:\n    {}",
    "Application with a text": "apiVersion: argoproj.io/v1alpha1\nkind: Application\n"
    "metadata: {{name: a}}\nspec:\n  source:\n    helm:\n      values: |\n"
    "        configInline:\n        {}",
    "Application": "apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {{name: a}}\n"
    "spec:\n  sources:\n  - helm:\n      valuesObject:\n        configInline:\n        {}",
    "HelmChart": "apiVersion: helm.cattle.io/v1\nkind: HelmChart\nmetadata: {{name: a}}\n"
    "spec:\n  valuesContent: |-\n    configInline:\n    {}",
}


@pytest.mark.parametrize("form", INLINE)
def test_values_of_the_chart_are_read_and_their_mistakes_have_a_line(
    form: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    head, _, _ = INLINE[form].rpartition("{}")
    width = len(head) - len(head.rstrip(" ")) + 2
    text = INLINE[form].format(textwrap.indent(config(), " " * width).lstrip(" "))
    text = text.replace("configInline:\n" + " " * (width - 2), "configInline:\n" + " " * width, 1)
    path = written(tmp_path, text)
    sections, _ = imported(capsys, str(path))
    assert sections["metallb:platform"]["racks"][0]["routers"] == [{"address": "192.0.2.1"}]
    wrong = text.replace("hold-time: 9s", "hold-time: 2s")
    written(tmp_path, wrong)
    main(["check", str(path), "--format", "json"])
    (found,) = json.loads(capsys.readouterr().out)
    line = next(n for n, each in enumerate(wrong.splitlines(), 1) if "2s" in each)
    assert (found["id"], found["line"]) == ("P6", line)


def test_items_of_a_list_of_one_kind_are_of_that_kind(tmp_path: Path) -> None:
    text = (
        "apiVersion: metallb.io/v1beta2\nkind: BGPPeerList\nitems:\n- metadata: {name: r1}\n"
        "  spec: {myASN: 64512, peerASN: 64513, peerAddress: 192.0.2.1}\n"
    )
    (peer,) = read_foreign(written(tmp_path, text)).routing.peers
    assert peer.name == "r1"


@pytest.mark.parametrize(
    ("document", "where"),
    [
        (POOL.replace("IPAddressPool", "AddressPool"), "AddressPool web"),
        (POOL.replace("IPAddressPool", "IPAdressPool"), "IPAdressPool web"),
        (PEER.replace("v1beta2", "v1"), "BGPPeer r1: apiVersion"),
        (ADVERTISED.replace("v1beta1", "v1beta2"), "BGPAdvertisement web: apiVersion"),
    ],
)
def test_a_kind_that_the_api_server_does_not_serve_is_refused(
    document: str, where: str, tmp_path: Path
) -> None:
    path = written(tmp_path, documents(PEER, document))
    with pytest.raises(ConfigError) as caught:
        read_foreign(path)
    assert [each.where for each in caught.value.mistakes] == [f"{path}: {where}"]


BY_NAME = f"{L2}spec: {{ipAddressPools: [lan]}}\n"
BY_LABEL = f"{L2}spec: {{ipAddressPoolSelectors: [{{matchLabels: {{announce: arp}}}}]}}\n"
BESIDE = (PEER, POOL, ADVERTISED, LAN)


@pytest.mark.parametrize(
    ("parts", "left", "pools"),
    [
        ((*BESIDE, BY_NAME), ("L2Advertisement lan", "IPAddressPool lan"), {"web"}),
        ((*BESIDE, BY_LABEL), ("L2Advertisement lan", "IPAddressPool lan"), {"web"}),
        ((*BESIDE, L2), ("L2Advertisement lan", "IPAddressPool lan"), {"web"}),
        (
            (PEER, POOL, LAN, ADVERTISED.replace("[web]", "[web, lan]"), BY_LABEL),
            ("L2Advertisement lan", "IPAddressPool lan: labels announce=arp"),
            {"web", "lan"},
        ),
        (
            (PEER, POOL, ADVERTISED, FRR),
            ("FRRConfiguration in",),
            {"web"},
        ),
        (
            (
                PEER,
                POOL,
                ADVERTISED,
                "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: bgpextras}\n"
                "data: {extras: 'a b'}\n",
            ),
            ("ConfigMap bgpextras",),
            {"web"},
        ),
        (
            (
                PEER,
                POOL,
                ADVERTISED,
                "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: config}\n"
                "data: {config: 'peers: []'}\n",
            ),
            ("config",),
            {"web"},
        ),
        (
            (
                PEER,
                POOL,
                ADVERTISED,
                ADVERTISED.replace("name: web", "name: none").replace(
                    "ipAddressPools: [web]",
                    "ipAddressPoolSelectors: [{matchLabels: {a: b}}]",
                ),
            ),
            ("BGPAdvertisement none",),
            {"web"},
        ),
        (
            (PEER.replace("holdTime", "disableMP: true, holdTime"), POOL, ADVERTISED),
            ("BGPPeer r1: disableMP",),
            {"web"},
        ),
    ],
    ids=["l2 by name", "l2 by label", "l2 of all", "both", "frr", "extras", "old", "none", "mp"],
)
def test_what_is_left_out_is_named(
    parts: tuple[str, ...],
    left: tuple[str, ...],
    pools: set[str],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = written(tmp_path, documents(*parts))
    sections, lines = imported(capsys, str(path))
    told = [each for each in lines if each.startswith("note: not read: ")]
    assert len(told) == len(left)
    assert all(f"{path}: {what}" in line for what, line in zip(left, told, strict=True))
    assert set(sections["metallb:addressPools"]) == pools


def test_layer_2_of_a_configmap_is_judged_and_never_taken_away(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lan = "- {name: lan, protocol: layer2, addresses: [203.0.113.0/28]}\n"
    path = written(tmp_path, config(more=lan))
    assert checked(capsys, str(path))[0] == set()
    _, lines = imported(capsys, str(path), code=2)
    assert f"{path}: config.address-pools[1]: " in lines[-1]
    sections, lines = imported(capsys, str(path), "--release", "0.16.2")
    assert set(sections["metallb:addressPools"]) == {"web"}
    assert any("not read: " in each and "pool lan" in each for each in lines)
    written(tmp_path, config(more=lan.replace("203.0.113.0", "198.51.100.0")))
    assert checked(capsys, str(path))[0] == {"A2"}


@pytest.mark.parametrize(
    ("entry", "form"),
    [
        ("protocol: arp", "FORM"),
        ("protocol: layer2, bgp-advertisements: [{}]", "FORM"),
        ("protocol: ''", "FORM"),
    ],
)
def test_a_pool_of_another_protocol_is_refused(
    entry: str, form: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = written(tmp_path, config("protocol: bgp", entry))
    assert checked(capsys, str(path))[0] == {form}


def test_an_empty_entry_is_one_at_its_defaults(tmp_path: Path) -> None:
    text = config("protocol: bgp", "protocol: bgp, bgp-advertisements: [null, {localpref: 5}]")
    text = text.replace("hold-time", "node-selectors: [null], hold-time")
    routing = read_foreign(written(tmp_path, text)).routing
    assert [each.spec.local_pref for each in routing.advertisements] == [None, 5]
    (peer,) = routing.peers
    assert peer.spec.node_selectors is not None
    assert peer.spec.node_selectors[0].matches({"any": "thing"})


def test_the_forks_key_is_an_error_and_its_peers_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = written(tmp_path, config(more="peer-autodiscovery: {from-annotations: []}\n"))
    assert checked(capsys, str(path))[0] == {"V11"}
    _, lines = imported(capsys, str(path))
    assert any("not read: " in each and "peer-autodiscovery" in each for each in lines)
