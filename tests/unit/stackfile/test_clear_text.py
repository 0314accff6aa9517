"""Credentials in clear text: found wherever they can be, reported without their value."""

import contextvars
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pulumi.runtime import config as runtime_config
from pydantic import BaseModel, SecretStr

from metallb.cli import main
from metallb.loading import settings
from metallb.problems.problem import spelled
from metallb.stackfile import StackConfig
from metallb.stackfile.clear_text import clear_texts
from metallb.stackfile.keys import leaves
from tests.support.yaml_text import dumped
from tests.unit.stacks import CIPHERTEXT, static

SECRET = "N3verShownKey"
SEALED = {"secure": CIPHERTEXT}
PEM = f"-----BEGIN EC PRIVATE KEY-----\n{SECRET}\n-----END EC PRIVATE KEY-----"
KUBECONFIG = f"users:\n- name: a\n  user:\n    token: {SECRET}\n"


def router(**settings: Any) -> dict[str, Any]:
    return {"racks": [{"routers": [{"address": "10.1.0.1"}, settings]}]}


FOUND = [
    ("metallb:bgp", {"password": SECRET}, "metallb:bgp.password"),
    ("metallb:bgp", {"password": 12345678}, "metallb:bgp.password"),
    (
        "metallb:platform",
        router(password=SECRET),
        "metallb:platform.racks[0].routers[1].password",
    ),
    ("metallb:install", {"memberlistSecret": SECRET}, "metallb:install.memberlistSecret"),
    (
        "metallb:install",
        {"helmValues": {"a": {"apiKey": SECRET}}},
        "metallb:install.helmValues.a.apiKey",
    ),
    (
        "metallb:install",
        {"helmValues": {"env": [{"name": "X_PASSWORD", "value": SECRET}]}},
        "metallb:install.helmValues.env[0].value",
    ),
    ("metallb:install", {"helmValues": {"tls": PEM}}, "metallb:install.helmValues.tls"),
    (
        "metallb:install",
        {"helmRepository": f"https://ann:{SECRET}@charts.example.com"},
        "metallb:install.helmRepository",
    ),
    ("metallb:kubernetes", {"kubeconfig": KUBECONFIG}, "metallb:kubernetes.kubeconfig"),
    ("acme-cloud:authToken", SECRET, "acme-cloud:authToken"),
    ("netbox:token", SECRET, "netbox:token"),
    ("aws:secretKey", SECRET, "aws:secretKey"),
    ("kubernetes:kubeconfig", KUBECONFIG, "kubernetes:kubeconfig"),
    (
        "kubernetes:kubeconfig",
        {"users": [{"name": "a", "user": {"client-key-data": SECRET}}]},
        "kubernetes:kubeconfig.users[0].user.client-key-data",
    ),
    (
        "kubernetes:kubeconfig",
        json.dumps({"users": [{"user": {"password": SECRET}}]}),
        "kubernetes:kubeconfig",
    ),
]

SILENT = [
    ("metallb:bgp", {"password": SEALED, "communities": {"password": "65000:1"}}),
    ("metallb:install", {"imagePullSecrets": ["mirror"], "memberlistSecret": SEALED}),
    ("metallb:install", {"speaker": {"nodeSelectors": {"token": "yes"}}}),
    ("metallb:install", {"helmValues": {"speaker": {"secretName": "memberlist"}}}),
    ("metallb:install", {"helmValues": {"controllerMetricsTLSSecret": "tls"}}),
    ("metallb:install", {"helmValues": {"automountServiceAccountToken": True}}),
    ("metallb:install", {"helmChart": "oci://registry.example.com:5000/metallb"}),
    ("metallb:addressPools", {"password": {"addresses": ["203.0.113.0/28"]}}),
    ("metallb:kubernetes", {"kubeconfig": "/home/ann/.kube/config", "context": "token"}),
    ("kubernetes:kubeconfig", "~/.kube/prod.yaml"),
    ("kubernetes:kubeconfig", "users:\n- name: a\n  user: {tokenFile: /run/token}\n"),
    ("acme-cloud:authToken", SEALED),
    ("acme-cloud:maxRetries", 3),
]


@pytest.mark.parametrize(("key", "value", "where"), FOUND, ids=lambda each: str(each)[:40])
def test_a_credential_in_clear_text_is_found_where_it_stands(
    key: str, value: Any, where: str
) -> None:
    (found,) = clear_texts({key: value})
    assert spelled(found.location) == where
    path = f"--path '{where}'" if where != key else f"'{where}'"
    assert found.command == f"pulumi config set --secret {path}"
    assert SECRET not in repr(found)


@pytest.mark.parametrize(("key", "value"), SILENT, ids=lambda each: str(each)[:40])
def test_what_is_encrypted_or_no_credential_is_left_alone(key: str, value: Any) -> None:
    assert list(clear_texts({key: value})) == []


def test_a_key_that_pulumi_reads_as_a_path_stands_in_quotes_in_the_command() -> None:
    (found,) = clear_texts({"metallb:install": {"helmValues": {"a.b/token": SECRET}}})
    assert found.command.endswith("""--path 'metallb:install.helmValues["a.b/token"]'""")


def secret_fields(model: type[BaseModel], *path: str) -> Iterator[tuple[str, ...]]:
    for name, field in model.model_fields.items():
        key = field.alias or name
        for leaf in leaves(field.annotation):
            if leaf is SecretStr:
                yield (*path, key)
            elif isinstance(leaf, type) and issubclass(leaf, BaseModel):
                yield from secret_fields(leaf, *path, key)


def test_every_secret_field_of_the_stack_file_is_found() -> None:
    fields = list(secret_fields(StackConfig))
    assert len(fields) >= 3
    for section, *keys in fields:
        value: Any = SECRET
        for key in reversed(keys):
            value = {key: value}
        (found,) = clear_texts({f"metallb:{section}": value})
        assert spelled(found.location) == ".".join((f"metallb:{section}", *keys))


def write(folder: Path, config: dict[str, Any]) -> Path:
    path = folder / "Pulumi.test.yaml"
    path.write_text(dumped({"config": config}, sort_keys=False), encoding="utf-8")
    return path


def of_file(**sections: Any) -> dict[str, Any]:
    return {f"metallb:{key}": value for key, value in static(**sections).items()}


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        (of_file(bgp={"password": SECRET}), ["metallb:bgp.password"]),
        (
            {**of_file(), "acme-cloud:authToken": SECRET, "a:token": SEALED},
            ["acme-cloud:authToken"],
        ),
        # What rules look at is encrypted: the form alone is checked, and this all the same.
        (of_file(bgp={"password": SECRET, "myAsn": SEALED}), ["metallb:bgp.password"]),
        (
            of_file(
                bgp={"password": SECRET, "myAsn": SEALED},
                preflight={"ignore": [{"id": "K5", "reason": "a file of the lab's own"}]},
            ),
            [],
        ),
        (of_file(bgp={"password": SEALED}), []),
    ],
    ids=["password", "token", "beside encrypted", "silenced", "encrypted"],
)
def test_check_warns_at_the_line_of_the_key(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    config: dict[str, Any],
    expected: list[str],
) -> None:
    path = write(tmp_path, config)
    assert main(["check", str(path), "--format", "json"]) == 0
    shown = capsys.readouterr().out
    found = json.loads(shown)
    assert [(each["id"], each["where"]) for each in found] == [("K5", each) for each in expected]
    lines = path.read_text().splitlines()
    for each in found:
        assert SECRET in lines[each["line"] - 1]
    assert SECRET not in shown


@pytest.mark.parametrize(
    ("secret", "expected"),
    [
        ([], ["acme-cloud:authToken", "metallb:bgp.password"]),
        (["metallb:bgp"], ["acme-cloud:authToken"]),
        (["metallb:bgp", "acme-cloud:authToken"], []),
    ],
)
def test_through_the_engine_a_value_is_clear_where_pulumi_does_not_call_it_secret(
    secret: list[str], expected: list[str]
) -> None:
    def look() -> list[str]:
        values = {
            "metallb:bgp": json.dumps({"password": SECRET}),
            "acme-cloud:authToken": SECRET,
        }
        runtime_config.set_all_config(values, secret)
        return [spelled(each.location) for each in settings.clear_settings()]

    assert contextvars.copy_context().run(look) == expected
