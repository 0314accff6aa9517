"""What import keeps, corrects and leaves to a person, and what it judges a file by."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from metallb.cli import main
from metallb.stackfile.yaml_documents import parse_yaml
from tests.unit.importing.inputs import (
    ADVERTISED,
    PEER,
    POOL,
    SECOND,
    SECRET,
    SIX,
    checked,
    config,
    documents,
    imported,
    keyed,
    written,
)

MADE = "apiVersion: external-secrets.io/v1\nkind: ExternalSecret\n"


def references(value: Any, path: str = "") -> dict[str, str]:
    """Secrets that a stack file refers to, by the path of a key in their place."""
    found: dict[str, str] = {}
    if isinstance(value, dict):
        for key, item in value.items():
            if key == "passwordSecret":
                found[f"{path}.password"] = item
            found |= references(item, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            found |= references(item, f"{path}[{index}]")
    return found


@pytest.mark.parametrize(
    ("parts", "paths"),
    [
        ((keyed(PEER),), {"metallb:bgp.password": "key"}),
        ((keyed(PEER), keyed(SECOND)), {"metallb:bgp.password": "key"}),
        (
            (keyed(PEER), keyed(SECOND, "other")),
            {
                "metallb:platform.racks[0].routers[0].password": "key",
                "metallb:platform.racks[0].routers[1].password": "other",
            },
        ),
        ((keyed(PEER), SECOND), {"metallb:platform.racks[0].routers[0].password": "key"}),
        (
            (keyed(PEER), keyed(SECOND, "other"), SECRET),
            {
                "metallb:platform.racks[0].routers[0].password": "",
                "metallb:platform.racks[0].routers[1].password": "other",
            },
        ),
        ((keyed(PEER), SECRET), {"metallb:bgp.password": ""}),
        (
            (keyed(PEER), SECRET.replace("stringData: {password: Hidden12345}", "data: {}")),
            {"metallb:bgp.password": "key"},
        ),
    ],
    ids=["one", "both", "two", "one of two", "known and unknown", "known", "without a password"],
)
def test_a_key_has_a_line_that_sets_it_or_its_secret_is_referred_to(
    parts: tuple[str, ...],
    paths: dict[str, str],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = written(tmp_path, documents(*parts, POOL, ADVERTISED))
    sections, lines = imported(capsys, str(path))
    shown = [each for each in lines if each.startswith("next: ")]
    found = [match[1] for each in shown if (match := re.search(r"--path '([^']+)'", each))]
    assert found == [each for each, secret in paths.items() if not secret]
    assert references(sections) == {each: secret for each, secret in paths.items() if secret}
    # Without a file to write, no stack has a name yet.
    assert all(each.partition("  #")[0].endswith(" --stack STACK") for each in shown)
    assert "Hidden12345" not in "\n".join(lines)


@pytest.mark.parametrize(
    "made",
    [
        MADE + "metadata: {name: key}\nspec: {}\n",
        MADE + "metadata: {name: other}\nspec: {target: {name: key}}\n",
        "apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nmetadata: {name: key}\nspec: {}\n",
        "apiVersion: secrets.hashicorp.com/v1beta1\nkind: VaultStaticSecret\n"
        "metadata: {name: x}\nspec: {destination: {name: key, create: true}}\n",
    ],
)
def test_a_secret_that_another_object_makes_is_there(
    made: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = written(tmp_path, documents(keyed(PEER), made, POOL, ADVERTISED))
    main(["check", str(path), "--format", "json"])
    assert json.loads(capsys.readouterr().out) == []
    written(tmp_path, documents(keyed(PEER), POOL, ADVERTISED))
    main(["check", str(path), "--format", "json"])
    assert [each["id"] for each in json.loads(capsys.readouterr().out)] == ["K3"]


@pytest.mark.parametrize(
    ("peers", "addresses"),
    [
        ((SIX.replace("2001:db8::1", "2001:DB8:0::0001"),), ["2001:db8::1"]),
        ((PEER.replace("192.0.2.1", '"::ffff:192.0.2.1"'),), ["192.0.2.1"]),
        ((PEER.replace("192.0.2.1", '"::FFFF:C000:0201"'),), ["192.0.2.1"]),
    ],
)
def test_an_address_is_written_in_one_spelling(
    peers: tuple[str, ...],
    addresses: list[str],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    path = written(tmp_path, documents(*peers, POOL, ADVERTISED))
    sections, _ = imported(capsys, str(path))
    (rack,) = sections["metallb:platform"]["racks"]
    assert [each["address"] for each in rack["routers"]] == addresses


def test_a_source_address_is_compared_as_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    host = "nodeSelectors: [{matchLabels: {kubernetes.io/hostname: n1}}], holdTime"
    six = SIX.replace("holdTime", f'sourceAddress: "2001:0DB8::0010", {host}')
    path = written(tmp_path, documents(six, POOL, ADVERTISED))
    sections, _ = imported(capsys, str(path))
    (rack,) = sections["metallb:platform"]["racks"]
    assert rack["nodes"] == [{"hostname": "n1", "sourceAddress": "2001:db8::10"}]


@pytest.mark.parametrize(
    ("block", "corrected"),
    [
        ("203.0.113.5/28", "203.0.113.0/28"),
        ("203.0.113.255/24", "203.0.113.0/24"),
        ("2001:DB8::5/120", "2001:db8::/120"),
    ],
)
@pytest.mark.parametrize("form", ["resource", "configmap"])
def test_host_bits_are_corrected_with_a_note(
    block: str, corrected: str, form: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = documents() if form == "resource" else config()
    path = written(tmp_path, text.replace("198.51.100.0/28", f'"{block}"'))
    target = tmp_path / "Pulumi.x.yaml"
    sections, lines = imported(capsys, str(path))
    assert sections["metallb:addressPools"]["web"]["addresses"] == [corrected]
    assert [each for each in lines if block in each and corrected in each]
    main(["import", str(path), "-o", str(target)])
    assert "A5" not in checked(capsys, str(target))[0]


@pytest.mark.parametrize("space", [" 198.51.100.0/28", "198.51.100.0/28 ", "198.51.100.0 /28"])
def test_a_space_in_a_block_is_what_is_wrong(
    space: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = written(tmp_path, documents().replace("198.51.100.0/28", f"'{space}'"))
    main(["check", str(path), "--format", "json"])
    (found,) = json.loads(capsys.readouterr().out)
    assert (found["id"], found["severity"]) == ("A1", "error")
    assert "space" in found["seen"]
    assert "198.51.100.0/28" in found["remedy"]
    _, lines = imported(capsys, str(path), code=2)
    (error,) = [line for line in lines if "error[E" in line]
    assert str(path) in error


@pytest.mark.parametrize("field", ["peerAddress", "sourceAddress", "routerID"])
def test_a_space_in_an_address_is_what_is_wrong(
    field: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    host = "nodeSelectors: [{matchLabels: {kubernetes.io/hostname: n1}}]"
    text = documents().replace("peerAddress: 192.0.2.1", f"peerAddress: 192.0.2.1, {host}")
    if field == "peerAddress":
        text = text.replace("peerAddress: 192.0.2.1", "peerAddress: ' 192.0.2.1'")
    else:
        text = text.replace("holdTime", f"{field}: '192.0.2.7 ', holdTime")
    main(["check", str(written(tmp_path, text)), "--format", "json"])
    (found,) = (each for each in json.loads(capsys.readouterr().out) if each["severity"] == "error")
    assert found["where"].endswith(f"spec.{field}")
    assert "space" in found["seen"]


def test_an_object_without_a_namespace_is_in_no_other_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bare = POOL.replace(", namespace: metallb-system", "")
    path = written(tmp_path, documents(PEER, bare, ADVERTISED))
    assert checked(capsys, str(path))[0] == set()
    written(tmp_path, documents(PEER, bare, ADVERTISED.replace("metallb-system", "other")))
    assert checked(capsys, str(path))[0] == {"K1"}


def found_ids(capsys: pytest.CaptureFixture[str], path: Path) -> set[str]:
    """Ids of all findings, warnings too."""
    main(["check", str(path), "--format", "json"])
    return {each["id"] for each in json.loads(capsys.readouterr().out)}


TWICE = {
    "peer": SECOND.replace("name: r2", "name: r1"),
    "advertisement": ADVERTISED.replace("}\nspec", "}\nspec").replace(
        "[web]", "[web], peers: [r1]"
    ),
    "secret": SECRET.replace("Hidden12345", "Other12345"),
    "communities": "apiVersion: metallb.io/v1beta1\nkind: Community\nmetadata: {name: c}\n"
    "spec: {communities: [{name: b, value: '1:3'}]}\n",
}


@pytest.mark.parametrize("kind", TWICE)
def test_the_second_of_one_name_is_not_lost_in_silence(
    kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = {
        "peer": PEER,
        "advertisement": ADVERTISED,
        "secret": SECRET,
        "communities": TWICE["communities"].replace("name: b", "name: a"),
    }
    others = {"peer": (POOL, ADVERTISED), "advertisement": (PEER, POOL)}.get(
        kind, (keyed(PEER), POOL, ADVERTISED)
    )
    path = written(tmp_path, documents(*others, first[kind], TWICE[kind]))
    main(["check", str(path), "--format", "json"])
    (found,) = (each for each in json.loads(capsys.readouterr().out) if each["severity"] == "error")
    text = path.read_text(encoding="utf-8").splitlines()
    assert found["id"] == "K4"
    # The second object's line: it differs from that of the first one.
    assert text.index("---") < found["line"] - 1
    assert TWICE[kind].splitlines()[0] == text[found["line"] - 1]
    assert found["line"] - 1 + len(TWICE[kind].splitlines()) == len(text)
    _, lines = imported(capsys, str(path), code=2)
    assert any(f"{path}:{found['line']}:" in each and "error[E115]" in each for each in lines)


@pytest.mark.parametrize(
    ("namespaces", "rules"),
    [
        (("metallb-system",), set()),
        (("other",), {"K3"}),
        (("other", "metallb-system"), set()),
        (("metallb-system", "other"), set()),
        (("metallb-system", "metallb-system"), {"K4"}),
    ],
)
def test_a_secret_counts_in_metallbs_own_namespace(
    namespaces: tuple[str, ...],
    rules: set[str],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    secrets = [SECRET.replace("metallb-system", name) for name in namespaces]
    path = written(tmp_path, documents(keyed(PEER), *secrets, POOL, ADVERTISED))
    assert found_ids(capsys, path) == rules


@pytest.mark.parametrize("namespace", ["other", "metallb-system", ""])
def test_what_makes_a_secret_makes_it_in_its_namespace(
    namespace: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    where = f", namespace: {namespace}" if namespace else ""
    made = f"{MADE}metadata: {{name: key{where}}}\nspec: {{}}\n"
    path = written(tmp_path, documents(keyed(PEER), made, POOL, ADVERTISED))
    assert found_ids(capsys, path) == ({"K3"} if namespace == "other" else set())


def test_two_values_of_a_communitys_name_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    one = TWICE["communities"]
    path = written(
        tmp_path,
        documents(PEER, POOL, ADVERTISED, one, one.replace("name: c", "name: d").replace("3", "4")),
    )
    assert checked(capsys, str(path))[0] == {"C1"}
    _, lines = imported(capsys, str(path), code=2)
    assert any("error[E115]" in each and each.endswith("(Community d)") for each in lines)


def test_racks_of_one_router_stay_apart_where_an_advertisement_tells_them_apart(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    zones = [
        PEER.replace("name: r1", f"name: {zone}").replace(
            "holdTime", f"nodeSelectors: [{{matchLabels: {{zone: {zone}}}}}], holdTime"
        )
        for zone in ("east", "west")
    ]
    shown = [
        ADVERTISED.replace("name: web", f"name: {zone}").replace("[web]", f"[web], {rest}")
        for zone, rest in (
            ("east", "peers: [east], communities: ['64512:7']"),
            ("west", "peers: [west]"),
        )
    ]
    path = written(tmp_path, documents(*zones, POOL, *shown))
    sections, _ = imported(capsys, str(path))
    assert len(sections["metallb:platform"]["racks"]) == 2


def test_everything_that_a_static_platform_needs_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sections, _ = imported(capsys, str(written(tmp_path, documents())))
    assert {"myAsn", "peerAsn", "holdTime"} <= set(sections["metallb:bgp"])
    path = written(tmp_path, documents(PEER.replace(", holdTime: 9s", ""), POOL, ADVERTISED))
    sections, _ = imported(capsys, str(path))
    assert sections["metallb:bgp"]["holdTime"] is None


@pytest.mark.parametrize(
    ("field", "key", "values"),
    [
        ("routerID", "routerId", ("192.0.2.10", "192.0.2.11")),
        ("connectTime", "connectTime", ("10s", "20s")),
        ("enableGracefulRestart", "gracefulRestart", (True, None)),
    ],
)
def test_a_value_in_which_peers_differ_is_at_their_routers(
    field: str,
    key: str,
    values: tuple[Any, Any],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    peers = [
        peer if value is None else peer.replace("holdTime", f"{field}: {value}, holdTime")
        for peer, value in zip((PEER, SECOND), values, strict=True)
    ]
    peers = [peer.replace("True", "true") for peer in peers]
    path = written(tmp_path, documents(*peers, POOL, ADVERTISED))
    sections, _ = imported(capsys, str(path))
    (rack,) = sections["metallb:platform"]["racks"]
    found = [router.get(key, sections["metallb:bgp"].get(key)) for router in rack["routers"]]
    assert tuple(found) == values


def test_a_name_with_a_line_break_stays_in_the_comment(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    odd = ADVERTISED.replace("name: web", 'name: "x\\nconfig: {}"').replace(
        "ipAddressPools: [web]", "ipAddressPoolSelectors: [{matchLabels: {a: b}}]"
    )
    path = written(tmp_path, documents(PEER, POOL, ADVERTISED, odd))
    target = tmp_path / "Pulumi.x.yaml"
    assert main(["import", str(path), "-o", str(target)]) == 0
    assert list(parse_yaml(target.read_text(encoding="utf-8"), where="x")) == ["config"]


@pytest.mark.parametrize("sign", ["\\e", "\\r", "\\u202e"])
def test_a_control_character_of_a_name_is_shown_as_its_code(
    sign: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    odd = f'apiVersion: v1\nkind: Thing\nmetadata: {{name: "{sign}x"}}\n'
    peer = PEER.replace("name: r,", f'name: "r{sign}",')
    path = written(tmp_path, documents(peer, POOL, ADVERTISED, odd))
    for command in (["import", str(path)], ["check", str(path)]):
        main(command)
        shown = "".join(capsys.readouterr())
        assert "note: passed over:" in shown
        assert not {"\x1b", "\r", "\u202e"} & set(shown)


def test_labels_of_a_pool_are_kept_but_those_of_every_object_and_of_appliers(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    labels = "{app: metallb, tier: front, app.kubernetes.io/managed-by: Helm}"
    pool = POOL.replace("metadata: {", f"metadata: {{labels: {labels}, ")
    sections, lines = imported(capsys, str(written(tmp_path, documents(PEER, pool, ADVERTISED))))
    (found,) = sections["metallb:addressPools"].values()
    assert found["labels"] == {"tier": "front"}
    assert [each for each in lines if each.startswith("note: not read")] == []
