"""What people have becomes a stack file that means the same."""

import copy
from pathlib import Path
from typing import Any

import pytest

from metallb.cli import main
from metallb.importing.formats import FileFormat
from metallb.importing.meaning import differences
from metallb.importing.reading import Reading, read_foreign
from metallb.importing.stack_document import Imported, stack_document
from metallb.importing.writing import stack_text
from metallb.platforms.facts import PlatformFacts
from metallb.platforms.plan import routing_config
from metallb.problems.errors import ConfigError
from metallb.problems.problem import spelled
from metallb.releases import BgpMode, parse_release
from metallb.routing import RoutingConfig
from metallb.routing.configmap import configmap_text
from metallb.routing.custom_resources import manifests
from metallb.stackfile import StackConfig, stack_config
from metallb.stackfile.files import read_stack_file
from metallb.stackfile.yaml_documents import parse_yaml
from tests.support.yaml_text import dumped, dumped_all, loaded, loaded_all
from tests.unit.importing.samples import CONFIGMAP, RESOURCES

SECRET = "Hidden12345"


def read(folder: Path, text: str, name: str = "metallb.yaml") -> Reading:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return read_foreign(path)


def imported(reading: Reading, release: str = "0.16.2", mode: str = "native") -> Imported:
    return stack_document(
        reading.routing,
        release=parse_release(release),
        mode=BgpMode(mode),
        source="metallb.yaml",
        labels=reading.foreign.pool_labels,
        from_resources=reading.format is FileFormat.RESOURCES,
    )


def back(made: Imported) -> StackConfig:
    """The stack file as its text is read again, with the passwords where the notes put them."""
    config = parse_yaml(stack_text(made.sections), where="import")["config"]
    for path, secret in made.passwords:
        _put(config, path, secret.get_secret_value())
    sections = {key.removeprefix("metallb:"): value for key, value in config.items()}
    return stack_config(sections, source="import")


def _put(config: dict[str, Any], path: str, value: str) -> None:
    section, _, rest = path.partition(".")
    target: Any = config[section]
    *steps, last = rest.replace("[", ".").replace("]", "").split(".")
    for step in steps:
        target = target[int(step)] if step.isdigit() else target[step]
    target[last] = value


def changed(reading: Reading, made: Imported) -> tuple[str, ...]:
    rendered = routing_config(back(made), PlatformFacts())
    return differences(
        reading.routing, rendered, labels=reading.foreign.pool_labels, pool_names=made.pool_names
    )


@pytest.mark.parametrize("release", ["0.12.1", "0.16.2"])
@pytest.mark.parametrize("text", [CONFIGMAP, RESOURCES], ids=["configmap", "resources"])
def test_the_stack_file_renders_back_to_the_same_meaning(
    tmp_path: Path, text: str, release: str
) -> None:
    reading = read(tmp_path, text)
    made = imported(reading, release)
    assert changed(reading, made) == ()


def test_the_document_inside_a_configmap_is_read_as_well_as_the_object(tmp_path: Path) -> None:
    inner = loaded(CONFIGMAP)["data"]["config"]
    bare = read(tmp_path, inner, "bare.yaml")
    assert bare.format is FileFormat.CONFIGMAP
    assert differences(bare.routing, read(tmp_path, CONFIGMAP).routing) == ()


def test_a_folder_of_resources_is_read_as_one_configuration(tmp_path: Path) -> None:
    whole = read(tmp_path, RESOURCES)
    folder = tmp_path / "folder"
    (folder / "deeper").mkdir(parents=True)
    for number, document in enumerate(loaded_all(RESOURCES)):
        name = folder / ("deeper" if number % 2 else "") / f"{number}.yaml"
        name.write_text(dumped(document), encoding="utf-8")
    assert differences(whole.routing, read_foreign(folder).routing) == ()


def test_what_we_write_is_read_back_to_the_same_meaning(tmp_path: Path) -> None:
    for text in (CONFIGMAP, RESOURCES):
        reading = read(tmp_path, text)
        objects = manifests(reading.routing, "metallb-system")
        again = read(tmp_path, dumped_all(objects), "again.yaml")
        assert differences(reading.routing, again.routing, labels=reading.foreign.pool_labels) == (
            ()
            if text is CONFIGMAP
            else ("pool Big differs in labels", "pool Big is announced in another way")
        )
    first = read(tmp_path, CONFIGMAP)
    again = read(tmp_path, configmap_text(first.routing), "document.yaml")
    assert differences(first.routing, again.routing) == ()


def test_a_difference_is_reported_for_each_thing_that_changed(tmp_path: Path) -> None:
    one = read(tmp_path, CONFIGMAP).routing
    other = read(
        tmp_path,
        CONFIGMAP.replace("hold-time: 9s", "hold-time: 8s")
        .replace("147.75.40.46/32", "147.75.40.47/32")
        .replace("localpref: 100", "localpref: 90"),
    ).routing
    found = differences(one, other)
    assert "pool default differs in addresses" in found
    assert "pool ns/svc is announced in another way" in found
    assert any("is lost" in line for line in found)
    assert any("is new" in line for line in found)
    assert SECRET not in " ".join(found)


def test_a_changed_password_is_a_difference_that_shows_no_password(tmp_path: Path) -> None:
    one = read(tmp_path, CONFIGMAP).routing
    other = read(tmp_path, CONFIGMAP.replace(SECRET, "Another12345")).routing
    assert differences(one, other)
    assert SECRET not in " ".join(differences(one, other))


def test_passwords_are_named_by_their_place_and_never_written(tmp_path: Path) -> None:
    made = imported(read(tmp_path, CONFIGMAP))
    assert SECRET not in stack_text(made.sections)
    assert {path for path, _ in made.passwords} == {
        "metallb:platform.sharedRouters.router-10-64-54-2.password"
    }, "one peer of nodes in three racks is one router"


def test_one_password_for_all_sessions_is_set_once(tmp_path: Path) -> None:
    text = CONFIGMAP.replace("hold-time: 3s", f"hold-time: 3s\n      password: {SECRET}")
    reading = read(tmp_path, text)
    made = imported(reading)
    assert [path for path, _ in made.passwords] == ["metallb:bgp.password"]
    assert changed(reading, made) == ()


@pytest.mark.parametrize("count", [1, 2])
def test_sessions_of_both_address_families_stay_so(tmp_path: Path, count: int) -> None:
    both = "peerAddress: 10.0.0.{0}\n  dualStackAddressFamily: true"
    text = RESOURCES.replace("peerAddress: 10.0.0.1", both.format(1))
    if count == 2:
        text = text.replace(
            "peerAddress: 10.0.0.2,", "peerAddress: 10.0.0.2, dualStackAddressFamily: true,"
        )
    reading = read(tmp_path, text)
    made = imported(reading, mode="frr-k8s")
    assert changed(reading, made) == ()
    assert made.sections["bgp"].get("dualStackAddressFamily") is (True if count == 2 else None)


@pytest.mark.parametrize(
    "field",
    [
        "interface: eth0",
        "dynamicASN: external",
    ],
)
def test_a_peer_that_metallb_refuses_is_refused(tmp_path: Path, field: str) -> None:
    reading = read(tmp_path, RESOURCES.replace("  holdTime: 1m30s", f"  {field}"))
    with pytest.raises(ConfigError) as caught:
        imported(reading, mode="frr")
    assert {each.code for each in caught.value.problems} == {"E116"}
    assert all(spelled(each.location).find("BGPPeer tor1") > 0 for each in caught.value.problems)


def test_every_mistake_of_a_document_is_reported_at_once(tmp_path: Path) -> None:
    text = (
        CONFIGMAP.replace("hold-time: 9s", "hold-tme: 9s")
        .replace("localpref: 100", "local-pref: 100")
        .replace("65530", "word")
    )
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, text)
    assert [each.location[1:] for each in caught.value.problems] == [
        ("peers", 0, "peer-asn"),
        ("peers", 1, "hold-tme"),
        ("address-pools", 1, "bgp-advertisements", 0, "local-pref"),
    ]
    assert [each.code for each in caught.value.problems] == ["E115", "E102", "E102"]
    lines = text.splitlines()
    found = [each.position for each in caught.value.problems]
    words = ("word", "hold-tme", "local-pref")
    for place, word in zip(found, words, strict=True):
        assert place is not None
        assert lines[place.line - 1][place.column - 1 :].startswith(word)


def test_the_command_writes_the_file_once_and_says_what_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source, target = tmp_path / "config.yaml", tmp_path / "Pulumi.mine.yaml"
    source.write_text(CONFIGMAP, encoding="utf-8")
    assert main(["import", str(source), "-o", str(target), "--release", "0.16.2"]) == 0
    shown = capsys.readouterr().err
    assert "pulumi config set --secret --path 'metallb:platform.sharedRouters" in shown
    assert all(line.endswith(" --stack mine") for line in shown.splitlines() if "--path" in line)
    assert "'ns/svc' is now 'ns-svc'" in shown
    assert SECRET not in shown + target.read_text(encoding="utf-8")
    before = target.read_text(encoding="utf-8")
    assert main(["import", str(source), "-o", str(target)]) == 2
    assert target.read_text(encoding="utf-8") == before
    assert main(["check", str(target)]) == 0
    assert main(["import", str(target)]) == 2


def test_an_empty_configuration_has_nothing_to_import() -> None:
    with pytest.raises(ConfigError) as caught:
        stack_document(
            RoutingConfig(), release=parse_release("0.16.2"), mode=BgpMode.NATIVE, source="x"
        )
    assert [each.summary for each in caught.value.problems] == ["no peer"]


def test_reading_leaves_its_input_alone(tmp_path: Path) -> None:
    made = imported(read(tmp_path, RESOURCES))
    before = copy.deepcopy(made.sections)
    stack_text(made.sections)
    assert made.sections == before


@pytest.mark.parametrize("text", ["", "hello", "- a\n", "a: 1\n", "config:\n", "# nothing\n"])
def test_import_knows_a_file_that_is_nothing_from_a_stack_file(
    text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(text, encoding="utf-8")
    assert main(["import", str(path)]) == 2
    shown = capsys.readouterr().err
    assert "none of the formats" in shown
    assert "use it as it is" not in shown
    path.write_text("config: {}\n", encoding="utf-8")
    assert main(["import", str(path)]) == 2
    assert "use it as it is" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "where"),
    [
        (CONFIGMAP.replace("name: ns/svc", "name: default"), "ConfigMap config: address-pools[1]"),
        (RESOURCES.replace("name: dark", "name: Big"), "IPAddressPool Big (2)"),
        (
            CONFIGMAP + "    bfd-profiles: [{name: a}, {name: a, receive-interval: 50}]\n",
            "ConfigMap config: bfd-profiles[1]",
        ),
    ],
)
def test_two_of_one_name_are_refused_rather_than_one_lost(
    text: str, where: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source, target = tmp_path / "config.yaml", tmp_path / "Pulumi.x.yaml"
    source.write_text(text, encoding="utf-8")
    assert main(["import", str(source), "-o", str(target)]) == 2
    (line,) = (
        line
        for line in capsys.readouterr().err.splitlines()
        if line.startswith(f"{source}:") and ": error[E115]: " in line
    )
    assert line.endswith(f" ({where})")
    assert not target.exists()


@pytest.mark.parametrize(("release", "mode"), [("0.16.2", "native"), ("0.14.9", "frr")])
def test_a_peer_of_nodes_in_several_racks_stays_one_peer_of_its_name(
    release: str, mode: str, tmp_path: Path
) -> None:
    two = "nodeSelectors: [{matchLabels: {rack: a}}, {matchLabels: {rack: b}}]"
    text = f"""\
apiVersion: metallb.io/v1beta2
kind: BGPPeer
metadata: {{name: gw, namespace: metallb-system}}
spec: {{myASN: 64512, peerASN: 64601, peerAddress: 10.1.0.1, holdTime: 9s, {two}}}
---
apiVersion: metallb.io/v1beta1
kind: IPAddressPool
metadata: {{name: public, namespace: metallb-system}}
spec: {{addresses: [203.0.113.0/28]}}
---
apiVersion: metallb.io/v1beta1
kind: BGPAdvertisement
metadata: {{name: public, namespace: metallb-system}}
spec: {{ipAddressPools: [public], peers: [gw]}}
"""
    path = tmp_path / "cluster.yaml"
    path.write_text(text)
    target = tmp_path / "Pulumi.new.yaml"
    command = ["import", str(path), "-o", str(target), "--release", release, "--mode", mode]
    assert main(command) == 0
    made = read_stack_file(target).sections
    assert list(made["platform"]["sharedRouters"]) == ["gw"]
    assert [rack["sharedRouters"] for rack in made["platform"]["racks"]] == [["gw"], ["gw"]]
    announced = made["addressPools"]["public"]["advertisements"]["default"]
    assert announced["peers"] == ["gw"]
