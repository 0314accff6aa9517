"""Files of other people: what is read, what is passed over, and what is left out by name."""

import json
from pathlib import Path

import pytest

from metallb.cli import main
from metallb.importing.reading import read_foreign
from metallb.problems.errors import ConfigError
from metallb.problems.problem import spelled
from metallb.routing.custom_resources import parse_manifests
from tests.unit.importing.inputs import (
    ADVERTISED,
    PEER,
    POOL,
    SECOND,
    SECRET,
    checked,
    config,
    documents,
    imported,
    keyed,
    written,
)

OPERATOR = "apiVersion: metallb.io/v1beta1\nkind: MetalLB\nmetadata: {name: metallb}\n"
STATUS = "apiVersion: metallb.io/v1beta1\nkind: ServiceBGPStatus\nmetadata: {name: a}\n"
DEPLOYMENT = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\n"
WORKFLOW = "on: [push]\njobs: {a: {steps: [{run: 'echo ${{ github.ref }}'}]}}\n"


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
    errors, printed = checked(capsys, str(path))
    assert errors == set()
    sections, lines = imported(capsys, str(path))
    for shown in (printed.splitlines(), lines):
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
    errors, printed = checked(capsys, str(tmp_path))
    assert errors == set()
    notes = [each for each in printed.splitlines() if "passed over" in each]
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
    (problem,) = caught.value.problems
    assert problem.code == "E113"
    expected = "kind MetalLB" if parts == (OPERATOR,) else "2 x kind Deployment"
    assert expected in problem.summary


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
        ("<ROUTER>", "filled in"),
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
    lines = path.read_text().splitlines()
    line = next(n for n, each in enumerate(lines, 1) if value in each)
    assert (found["code"], found["line"]) == ("E114", line)
    assert lines[line - 1][found["column"] - 1 :].startswith(value.removeprefix("192.0.2."))
    assert any(whose in found[name] for name in ("seen", "rule", "remedy"))
    assert imported(capsys, str(path), code=2)[0] == {}


def test_every_substitution_of_a_file_is_named_at_once(tmp_path: Path) -> None:
    text = documents().replace("64512", "'${A}'").replace("name: web", 'name: "${B}"')
    with pytest.raises(ConfigError) as caught:
        read_foreign(written(tmp_path, text))
    assert [each.summary.split()[0] for each in caught.value.problems] == ["${A}", "${B}", "${B}"]


def test_a_key_is_no_substitution_whatever_it_holds(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = documents().replace("holdTime", "password: '${abc}', holdTime")
    errors, printed = checked(capsys, str(written(tmp_path, text)))
    assert errors == set()
    assert "abc" not in printed


def test_items_of_a_list_of_one_kind_are_of_that_kind(tmp_path: Path) -> None:
    text = (
        "apiVersion: metallb.io/v1beta2\nkind: BGPPeerList\nitems:\n- metadata: {name: r1}\n"
        "  spec: {myASN: 64512, peerASN: 64513, peerAddress: 192.0.2.1}\n"
    )
    (peer,) = read_foreign(written(tmp_path, text)).routing.peers
    assert peer.name == "r1"


@pytest.mark.parametrize(
    "field", ["routerID", "sourceAddress", "vrf", "bfdProfile", "password", "interface"]
)
def test_an_empty_text_is_none(
    field: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = documents(PEER.replace("holdTime", f"{field}: '', holdTime"), POOL, ADVERTISED)
    path = written(tmp_path, text)
    assert checked(capsys, str(path))[0] == set()
    sections, lines = imported(capsys, str(path))
    assert sections["metallb:bgp"] == {"myAsn": 64512, "peerAsn": 64513, "holdTime": "9s"}
    assert not [each for each in lines if each.startswith("next: ")]


@pytest.mark.parametrize(
    "text",
    [
        documents(PEER, POOL, ADVERTISED.replace("[web]", "[web], aggregationLength: null")),
        documents(PEER, POOL.replace("}\n", ", autoAssign: null}\n", 2), ADVERTISED),
        documents(PEER.replace("holdTime", "peerPort: null, holdTime"), POOL, ADVERTISED),
    ],
)
def test_null_is_none(text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = text.replace("metallb-system, autoAssign: null", "metallb-system")
    assert checked(capsys, str(written(tmp_path, text)))[0] == set()


def test_a_peer_of_the_older_version_is_read(tmp_path: Path) -> None:
    text = PEER.replace("v1beta2", "v1beta1").replace("holdTime", "peerPort: 0, holdTime")
    (peer,) = read_foreign(written(tmp_path, text)).routing.peers
    assert peer.spec.peer_port == 179


@pytest.mark.parametrize(
    ("document", "where"),
    [
        (POOL.replace("IPAddressPool", "AddressPool"), "AddressPool web"),
        (POOL.replace("IPAddressPool", "IPAdressPool"), "IPAdressPool web"),
        (PEER.replace("v1beta2", "v1"), "BGPPeer r1: apiVersion"),
        (ADVERTISED.replace("v1beta1", "v1beta2"), "BGPAdvertisement web: apiVersion"),
        (
            keyed(PEER).replace("v1beta2", "v1beta1").replace("name: r1", "name: r9"),
            "BGPPeer r9: spec.passwordSecret",
        ),
        (
            SECOND.replace("v1beta2", "v1beta1").replace("holdTime", "vrf: red, holdTime"),
            "BGPPeer r2: spec.vrf",
        ),
    ],
)
def test_a_kind_that_the_api_server_does_not_serve_is_refused(
    document: str, where: str, tmp_path: Path
) -> None:
    path = written(tmp_path, documents(PEER, document))
    with pytest.raises(ConfigError) as caught:
        read_foreign(path)
    assert [spelled(each.location) for each in caught.value.problems] == [f"{path}: {where}"]
    assert {each.code for each in caught.value.problems} == {
        "E102" if ": spec." in where else "E115"
    }


@pytest.mark.parametrize(
    ("old", "new", "where", "summary", "mark"),
    [
        (
            "spec: {ipAddressPools: [web]}",
            "spec: []",
            "BGPAdvertisement web: spec",
            "spec (a list) is not a mapping",
            "spec",
        ),
        (
            "[198.51.100.0/28]",
            "198.51.100.0/28",
            "IPAddressPool web: spec.addresses",
            "addresses is not a list",
            "198.51.100.0/28",
        ),
        (
            "[198.51.100.0/28]",
            "[5]",
            "IPAddressPool web: spec.addresses[0]",
            "addresses[0] 5 is not text",
            "5]",
        ),
        (
            "holdTime: 9s",
            "holdTime: 9",
            "BGPPeer r1: spec.holdTime",
            "holdTime 9 is not a duration",
            "9}",
        ),
        ("holdTime", "hold: 9s, holdTime", "BGPPeer r1: spec.hold", "unknown key hold", "hold:"),
        (
            "spec: {addresses: [198.51.100.0/28]}",
            "spec: {}",
            "IPAddressPool web: spec.addresses",
            "addresses is missing",
            "spec",
        ),
        (
            "peerASN: 64513",
            "peerASN: '64513'",
            "BGPPeer r1: spec.peerASN",
            "peerASN '64513' is not a whole number",
            "'64513'",
        ),
        (
            "holdTime",
            "ebgpMultiHop: 'yes', holdTime",
            "BGPPeer r1: spec.ebgpMultiHop",
            "ebgpMultiHop 'yes' is not true or false",
            "'yes'",
        ),
        (
            "holdTime",
            "peerPort: 0, holdTime",
            "BGPPeer r1: spec.peerPort",
            "peerPort 0 is less than 1",
            "0,",
        ),
        (
            "holdTime",
            "dynamicASN: any, holdTime",
            "BGPPeer r1: spec.dynamicASN",
            "dynamicASN 'any' is not known",
            "any,",
        ),
        (
            "holdTime: 9s",
            "holdTime: 9 s",
            "BGPPeer r1: spec.holdTime",
            "holdTime '9 s' is not a duration with a unit, such as 3s, 90s or 1m30s",
            "9 s",
        ),
        (
            "holdTime",
            "password: [Hidden12345], holdTime",
            "BGPPeer r1: spec.password",
            "password is not text",
            "password",
        ),
    ],
)
def test_a_value_of_another_form_is_refused_in_words_of_the_format(
    old: str, new: str, where: str, summary: str, mark: str, tmp_path: Path
) -> None:
    path = written(tmp_path, documents().replace(old, new))
    with pytest.raises(ConfigError) as caught:
        read_foreign(path)
    (problem,) = caught.value.problems
    assert spelled(problem.location) == f"{path}: {where}"
    assert problem.code == ("E102" if summary.startswith("unknown") else "E115")
    assert problem.summary == summary
    assert problem.position is not None
    line = path.read_text(encoding="utf-8").splitlines()[problem.position.line - 1]
    assert line[problem.position.column - 1 :].startswith(mark)


def test_every_mistake_of_an_object_is_named_at_once(tmp_path: Path) -> None:
    text = documents().replace("holdTime: 9s", "holdTime: 9, peerPort: '5', vfr: red")
    with pytest.raises(ConfigError) as caught:
        read_foreign(written(tmp_path, text))
    assert [each.location[-1] for each in caught.value.problems] == ["peerPort", "holdTime", "vfr"]
    assert caught.value.problems[-1].help == "write vrf"


def test_a_value_that_a_program_made_is_not_shown() -> None:
    spec = {"myASN": 64512, "peerASN": "Hidden12345", "peerAddress": "192.0.2.1"}
    item = {"apiVersion": "metallb.io/v1beta2", "kind": "BGPPeer", "spec": spec}
    with pytest.raises(ConfigError) as caught:
        parse_manifests([{**item, "metadata": {"name": "r1"}}], where="program")
    assert "Hidden" not in str(caught.value)
    assert [each.location[-1] for each in caught.value.problems] == ["peerASN"]


def test_check_sums_up_the_files_of_other_programs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    written(tmp_path, documents())
    for number in range(3):
        written(tmp_path, DEPLOYMENT, f"deployment-{number}.yaml")
    written(tmp_path, "a: 1\n", "values.yaml")
    written(tmp_path, "kind: {{ .Values.kind }}\n", "chart.yaml")
    _, printed = checked(capsys, str(tmp_path))
    template, others = (each for each in printed.splitlines() if "passed over" in each)
    assert str(tmp_path / "chart.yaml") in template, "what could not be read is always named"
    assert "4 documents in 4 files" in others
    assert "3 x kind Deployment, a mapping with the keys a; -v lists them" in others
    _, printed = checked(capsys, str(tmp_path), "-v")
    listed = [each for each in printed.splitlines() if "passed over" in each]
    assert len(listed) == 5
    assert not any("-v" in each for each in listed)
