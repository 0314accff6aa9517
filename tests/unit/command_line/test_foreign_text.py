"""Whatever comes from elsewhere is shown escaped, by every command in every format."""

import io
import json
import re
from contextlib import nullcontext, suppress
from html.parser import HTMLParser
from typing import Any

import pytest
from rich.console import Console

from metallb import cli
from metallb.cli import main
from metallb.problems.documents import FORMATS, as_format
from metallb.problems.errors import EngineError, MetalLBError, PlatformError
from metallb.problems.problem import Position, Problem, Severity
from metallb.runner.explain import explained
from metallb.runner.markdown import markdown
from metallb.runner.progress import Progress
from metallb.runner.report import Diagnostic, PropertyChange, ResourceChange, RunReport
from metallb.runner.text import text
from metallb.status.cluster import LiveCluster
from tests.support.paths import STACKS
from tests.support.yaml_text import dumped, dumped_all
from tests.unit.command_line.foreign_text import FORGED, HOSTILE, attacked, obeyed
from tests.unit.status.servers import Server

STACK: dict[str, Any] = {
    "config": {
        "metallb:install": {
            "version": "0.16.2",
            "source": "helm",
            "helmChart": "metallb",
            "helmRepository": "https://metallb.github.io/metallb",
            "helmValues": {"loadBalancerClass": "a"},
            "controller": {"nodeSelectors": {"a": "b"}},
        },
        "metallb:platform": {
            "kind": "static",
            "racks": [
                {
                    "name": "rack-a",
                    "nodes": ["a1", "a2"],
                    "routers": [{"name": "tor-1", "address": "10.1.0.1", "asn": 64601}],
                },
                {
                    "name": "rack-b",
                    "nodeSelectors": {"zone": "b"},
                    "routers": [{"name": "tor-1", "address": "10.2.0.1", "asn": 64601}],
                },
            ],
        },
        "metallb:bgp": {"myAsn": 64512, "holdTime": "9s"},
        "metallb:addressPools": {
            "public": {
                "addresses": ["203.0.113.0/28"],
                "advertisements": {"one": {"communities": ["64512:1"]}},
            }
        },
        "metallb:kubernetes": {"context": "lab"},
    }
}
RESOURCES: list[dict[str, Any]] = [
    {
        "apiVersion": "metallb.io/v1beta2",
        "kind": "BGPPeer",
        "metadata": {"name": "tor", "namespace": "metallb-system"},
        "spec": {
            "myASN": 64512,
            "peerASN": 64601,
            "peerAddress": "10.1.0.1",
            "passwordSecret": {"name": "key"},
            "nodeSelectors": [{"matchLabels": {"kubernetes.io/hostname": "n1"}}],
        },
    },
    {
        "apiVersion": "metallb.io/v1beta1",
        "kind": "IPAddressPool",
        "metadata": {"name": "public", "namespace": "metallb-system", "labels": {"a": "b"}},
        "spec": {"addresses": ["203.0.113.0/28"]},
    },
    {
        "apiVersion": "metallb.io/v1beta1",
        "kind": "BGPAdvertisement",
        "metadata": {"name": "one", "namespace": "metallb-system"},
        "spec": {"ipAddressPools": ["public"], "communities": ["64512:1"]},
    },
    {"apiVersion": "v1", "kind": "Thing", "metadata": {"name": "other"}},
]
DOCUMENT: dict[str, Any] = {
    "peers": [{"peer-address": "10.1.0.1", "peer-asn": 64601, "my-asn": 64512, "hold-time": "9s"}],
    "bgp-communities": {"mine": "64512:1"},
    "address-pools": [
        {
            "name": "public",
            "protocol": "bgp",
            "addresses": ["203.0.113.0/28"],
            "bgp-advertisements": [{"communities": ["mine"]}],
        }
    ],
}
OF_STACKS = ["check {} --format json"]
OF_STACKS += [f"topology {{}} --format {form}" for form in ("text", "mermaid", "svg", "html")]
OF_STACKS += ["plan {}", "plan {} --json", "render {} -o made"]
OF_FOREIGN = ["check {} --format json"]
OF_FOREIGN += ["import {}", "import {} -o written.yaml --force"]


def test_the_stack_file_itself_is_sound(shown):
    assert "0 errors" in shown("check {}", dumped(STACK))


@pytest.fixture(scope="module")
def stacks() -> list[tuple[str, str]]:
    """Which place is attacked, and the text."""
    return [(what, dumped(document)) for what, document in attacked(STACK)]


@pytest.fixture(scope="module")
def resources() -> list[tuple[str, str]]:
    return [(what, dumped_all(documents)) for what, documents in attacked(RESOURCES)]


@pytest.fixture(scope="module")
def documents() -> list[tuple[str, str]]:
    return [(what, dumped(document)) for what, document in attacked(DOCUMENT)]


@pytest.mark.usefixtures("every_format")
@pytest.mark.parametrize("words", OF_STACKS)
def test_of_a_stack_file(shown, stacks, words):
    for what, content in stacks:
        assert not obeyed(shown(words, content)), what


@pytest.mark.usefixtures("every_format")
@pytest.mark.parametrize("words", OF_FOREIGN)
def test_of_custom_resources(shown, resources, words):
    for what, content in resources:
        assert not obeyed(shown(words, content)), what


@pytest.mark.usefixtures("every_format")
@pytest.mark.parametrize("words", OF_FOREIGN)
@pytest.mark.parametrize("inside", [False, True], ids=["document", "ConfigMap"])
def test_of_a_config_map(shown, documents, words, inside):
    head = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "config"}}
    for what, document in documents:
        content = dumped({**head, "data": {"config": document}}) if inside else document
        assert not obeyed(shown(words, content)), what


LOKOMOTIVE = """component "metallb" {
  address_pools = { default = ["203.0.113.0/28"] }
  speaker_node_selectors = { "a" = "b" }
}
"""


@pytest.mark.usefixtures("every_format")
@pytest.mark.parametrize("words", OF_FOREIGN)
def test_of_a_lokomotive_file(shown, words):
    hostile = json.dumps(HOSTILE)[1:-1]
    for old in ("address_pools", "default", "203.0.113.0/28", '"a"', '"b"'):
        new = f'"{old.strip(chr(34))}{hostile}"' if old != "203.0.113.0/28" else f"{old}{hostile}"
        content = LOKOMOTIVE.replace(old, new, 1)
        assert not obeyed(shown(words, content, "x.lokocfg")), old


@pytest.mark.parametrize("form", ["svg", "html"])
def test_a_picture_holds_no_element_of_a_name(shown, stacks, form):
    elements: set[str] = set()

    class Elements(HTMLParser):
        def handle_starttag(self, tag: str, _: Any) -> None:
            elements.add(tag)

    Elements().feed(shown(f"topology {{}} --format {form}", dumped(STACK)))
    known = set(elements)
    for what, content in stacks:
        elements.clear()
        found = shown(f"topology {{}} --format {form}", content)
        if found.startswith("<"):  # else the file is refused
            Elements().feed(found)
        assert elements <= known, what


# --- the command line ---------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(cli._parser()._subparsers._group_actions[0].choices))  # type: ignore[union-attr]
@pytest.mark.parametrize("place", ["argument", "option", "value"])
def test_of_the_command_line(capsys, monkeypatch, tmp_path, name, place):
    monkeypatch.chdir(tmp_path)
    hostile = HOSTILE.replace("\0", "")  # no argument of a process holds it
    words = {
        "argument": [hostile],
        "option": ["x", f"--{hostile}"],
        "value": ["x", "--format", hostile, "--release", hostile, "--watch", hostile],
    }[place]
    with suppress(SystemExit):
        main([name, *words, *(["-o", "out"] if name == "render" else [])])
    assert not obeyed("".join(capsys.readouterr()))


# --- the cluster ----------------------------------------------------------------------------------


@pytest.mark.parametrize("code", [400, 401, 403, 500, 200])
@pytest.mark.parametrize("body", [HOSTILE, {"message": HOSTILE}])
def test_of_what_an_api_server_answers(tmp_path, code, body):
    server = Server()
    path = tmp_path / "kubeconfig"
    name = HOSTILE
    document = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": name,
        "clusters": [{"name": name, "cluster": {"server": f"http://127.0.0.1:{server.port}"}}],
        "users": [{"name": name, "user": {"token": "t"}}],
        "contexts": [{"name": name, "context": {"cluster": name, "user": name}}],
    }
    path.write_text(dumped(document))
    server.answers["GET", "/api/v1/nodes?limit=500"] = (code, body if code != 200 else HOSTILE)
    with pytest.raises(EngineError) as caught:
        LiveCluster(str(path)).list("/api/v1/nodes")
    assert not obeyed(f"{caught.value}\n{caught.value.line()}")
    if code != 200 and isinstance(body, dict):
        assert "FORGED" in str(caught.value)
    server.stop()


def test_of_the_names_of_a_kubeconfig(tmp_path, monkeypatch, shown):
    stack = {"config": {k: v for k, v in STACK["config"].items() if "kubernetes" not in k}}
    for name in (HOSTILE, f"a{HOSTILE}"):
        (tmp_path / "kubeconfig").write_text(dumped({"current-context": name}))
        monkeypatch.setenv("KUBECONFIG", str(tmp_path / "kubeconfig"))
        found = shown("check {}", dumped(stack))
        assert "current context" in found
        assert not obeyed(found)
    for what, document in attacked({"users": [{"name": "u", "user": {"token": "t"}}]}):
        (tmp_path / "kubeconfig").write_text(dumped(document))
        with pytest.raises(EngineError) as caught:
            LiveCluster(str(tmp_path / "kubeconfig"), "c")
        assert not obeyed(str(caught.value)), what


# --- the engine and providers -------------------------------------------------------------------


def test_of_the_engines_report():
    report = RunReport(
        command="preview",
        stack=HOSTILE,
        changes={"create": 1},
        resources=tuple(
            ResourceChange(
                kind="update",
                type=f"a:b:{HOSTILE}",
                name=HOSTILE,
                urn=HOSTILE,
                properties=tuple(
                    PropertyChange(path=HOSTILE, kind="update", old=old, new=new)
                    for old, new in ((HOSTILE, HOSTILE + "x"), ({HOSTILE: HOSTILE}, None))
                ),
            )
            for _ in range(2)
        ),
        outputs={HOSTILE: HOSTILE, "list": [HOSTILE]},
        diagnostics=(Diagnostic(severity="warning", message=HOSTILE, resource=HOSTILE),),
    )
    assert not obeyed(text(report))
    comment = markdown(report)
    assert not {each for each in obeyed(comment) if each not in FORGED}
    assert comment.partition("-->")[2].count("```") == 2, "a value opened or closed a fence"
    outside = re.sub(r"```.*?```", "", comment.partition("-->")[2], flags=re.DOTALL)
    assert "FORGED" not in re.sub(r"`[^`]*`", "", outside)


def test_of_an_error_of_the_engine_in_a_comment_and_as_text():
    error = explained(
        command="up",
        stack=HOSTILE,
        name=HOSTILE,
        text=HOSTILE,
        diagnostics=[Diagnostic(severity="error", message=HOSTILE, resource=HOSTILE)],
    )
    assert not obeyed(f"{error}\n{error.line()}")


def test_of_a_line_of_progress():
    out = io.StringIO()
    console = Console(file=out, highlight=False, soft_wrap=True, force_terminal=False)
    progress = Progress(f"up {HOSTILE}", steps=True, console=console)
    with progress:
        for phase in ("begun", "done", "failed"):
            progress.step(phase, "create", f"a:b:{HOSTILE}", HOSTILE)
    assert not obeyed(out.getvalue())
    assert "[red]x[/red]" in out.getvalue(), "markup of a name was read"


@pytest.mark.parametrize("error", [MetalLBError, PlatformError])
@pytest.mark.parametrize("form", FORMATS)
def test_of_any_problem(error, form):
    made = error(HOSTILE, detail=HOSTILE, help=HOSTILE, location=(HOSTILE, 0, HOSTILE))
    where = Position(HOSTILE, 3, 4)
    problem = Problem("P6", Severity.ERROR, HOSTILE, (HOSTILE,), HOSTILE, HOSTILE, where)
    shown = as_format([*made.problems, problem], form, ())
    assert not obeyed(shown + made.line())
    assert form != "github" or len(shown.splitlines()) == 2


def test_of_what_a_recovery_reports(monkeypatch, capsys, tmp_path):
    class Repair:
        def __init__(self, *_: object) -> None:
            pass

        def run(self, release: object) -> list[str]:
            return [f"removed {HOSTILE}"]

        def hints(self) -> list[str]:
            return [f"maybe {HOSTILE}"]

    monkeypatch.setattr("metallb.repair.Repair", Repair)
    monkeypatch.setattr("metallb.runner.raw.raw_engine", lambda _: nullcontext(lambda _: ""))
    monkeypatch.setattr("metallb.runner.raw.file_backend", lambda _: None)
    assert main(["recover", str(STACKS / "Pulumi.onprem.yaml")]) == 0
    found = capsys.readouterr().out
    assert found.count("FORGED: healthy") == 2
    assert not obeyed(found)


def test_every_control_character_and_mark_is_escaped_once():
    signs = [chr(number) for number in (*range(32), *range(127, 160))]
    signs += [chr(number) for number in (*range(0x200B, 0x2010), *range(0x2028, 0x202F))]
    signs += [chr(number) for number in range(0x2060, 0x2070)]
    problem = Problem("P6", Severity.ERROR, "".join(signs))
    for form in FORMATS:
        shown = as_format([problem], form, ())
        assert not {each for each in signs if each in shown and each not in "\n\t "}
