"""Pulumi's own mappings are read, and a secret is masked at any depth."""

import json
from pathlib import Path

import pytest
from pulumi.automation.events import EngineEvent

from metallb.runner.engine_values import SECRET, UNKNOWN, plain, value_at
from metallb.runner.events import EventLog
from metallb.runner.report import RunReport

SIGNATURE = "4dabf18193072939515e22adb298388d"
HIDDEN = {SIGNATURE: "1b47061264138c4ac30d75fd1eb44270", "ciphertext": "[secret]"}
# An engine that shows secrets writes them so.
SHOWN = {SIGNATURE: "1b47061264138c4ac30d75fd1eb44270", "plaintext": '"hunter2"'}
ASSET = "c44067f5952c0a294b673a41bacd8c17"
ARCHIVE = "0def7320c3a5731c473e5ecbe6d01bc7"
RESOURCE = "5cf8f73096256a8f31e491e813e4eb8e"
OUTPUT = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
NOT_YET = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"

# Pulumi CLI 3.259.0, renderTo, MetalLB 0.12.1: a password comes, changes, and goes again.
RECORDED = Path(__file__).parent / "recorded" / "password_of_0_12.jsonl"


def test_a_text_that_becomes_a_secret_and_clear_again_is_shown_so():
    shown = []
    for line in RECORDED.read_text().splitlines():
        log = EventLog()
        log.hear(EngineEvent.from_json(json.loads(line)))
        (resource,) = log.resources
        (change,) = resource.properties
        assert change.path == "data.config"
        shown.append(tuple("text" if "peers:" in v else v for v in (change.old, change.new)))
        report = RunReport(command="preview", stack="s", resources=log.resources)
        assert SIGNATURE not in report.model_dump_json()
    assert shown == [("text", SECRET), (SECRET, SECRET), (SECRET, "text")]


@pytest.mark.parametrize("secret", [HIDDEN, SHOWN, {SIGNATURE: OUTPUT, "value": 1, "secret": True}])
@pytest.mark.parametrize("path", ["data", "data.config", "data.config[0].key", 'data["a.b"]'])
def test_everything_below_a_secret_is_masked(path, secret):
    # What the outputs say in clear must not be looked for where the inputs have a secret.
    clear = {"data": {"config": [{"key": "hunter2"}], "a.b": "hunter2"}}
    assert value_at(path, {"data": secret}, clear) == SECRET
    assert value_at(path, clear, {"data": secret}) == SECRET


def test_a_secret_inside_a_shown_value_stays_one():
    value = {"spec": {"peers": [{"password": SHOWN, "port": 179}, [HIDDEN]]}}
    assert value_at("spec", value) == {"peers": [{"password": SECRET, "port": 179}, [SECRET]]}
    archive = {SIGNATURE: ARCHIVE, "assets": {"a": {SIGNATURE: ASSET, "text": SHOWN}}}
    assert plain(archive) == {"a": SECRET}


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ({SIGNATURE: ASSET, "hash": "a" * 64, "text": "one\ntwo"}, "one\ntwo"),
        ({SIGNATURE: ASSET, "hash": "a" * 64, "path": "./f"}, "[asset ./f aaaaaaaaaaaa]"),
        ({SIGNATURE: ASSET, "uri": "https://x/f"}, "[asset https://x/f]"),
        ({SIGNATURE: ARCHIVE, "path": "./d", "hash": "b" * 64}, "[archive ./d bbbbbbbbbbbb]"),
        ({SIGNATURE: RESOURCE, "urn": "urn:x", "id": "7"}, "7"),
        ({SIGNATURE: RESOURCE, "urn": "urn:x", "id": NOT_YET}, UNKNOWN),
        ({SIGNATURE: RESOURCE, "urn": "urn:x"}, "urn:x"),
        ({SIGNATURE: OUTPUT, "value": [NOT_YET, 1]}, [UNKNOWN, 1]),
        ({SIGNATURE: OUTPUT, "dependencies": ["urn:x"]}, UNKNOWN),
        ({SIGNATURE: "a later one", "value": "hunter2"}, "[of a kind that only Pulumi reads]"),
    ],
)
def test_other_values_with_a_signature_are_readable(value, shown):
    assert value_at("spec", {"spec": value}) == shown


def test_a_path_leads_through_an_output_value_and_an_archive():
    output = {SIGNATURE: OUTPUT, "value": {"port": 179}}
    assert value_at("spec.port", {"spec": output}) == 179
    archive = {SIGNATURE: ARCHIVE, "assets": {"a": {SIGNATURE: ASSET, "text": "x"}}}
    assert value_at("spec.a", {"spec": archive}) == "x"
