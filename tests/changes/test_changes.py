"""Adding a field, a rule, a command, a platform or a release touches the files that are written in
docs/contributing.md, and no other."""

from pathlib import Path

import pytest

from tests.changes.scratch import Scratch
from tests.support.paths import PROJECT_ROOT

EXAMPLES = "tests/unit/routing/examples.py"
OF_FIELDS = (
    "tests/unit/routing",
    "tests/unit/importing/test_every_field.py",
    "tests/unit/importing/test_round_trip.py",
    "tests/unit/installation/test_crd_roundtrip.py",
    "tests/unit/installation/test_fields_against_metallb.py",
    "tests/unit/preflight/test_modes_table.py",
    "tests/docs/test_generated.py",
    "tests/docs/test_stack_file_page.py",
)
NEW_FIELD = '''\
    foo_bar: Annotated[
        Annotated[int, Field(ge=1, le=9), WHOLE_NUMBER] | None,
        MetalLBField(since=Release({since}), modes={modes}),
    ] = None
    """How much foo there is to a bar."""
'''
STACK = """\
config:
  metallb:install: {version: 0.16.2, source: existing}
  metallb:platform:
    kind: static
    racks:
      - name: a
        nodes: [a1]
        routers: [{address: 10.1.0.1, fooBar: 3}]
      - {name: b, nodes: [b1], fooBar: 4, routers: [{address: 10.2.0.1}]}
  metallb:bgp: {myAsn: 64512, peerAsn: 64513, holdTime: 9s}
  metallb:addressPools:
    public: {addresses: [203.0.113.0/28]}
  metallb:kubernetes: {context: prod}
"""


@pytest.fixture
def scratch(tmp_path: Path) -> Scratch:
    return Scratch(tmp_path)


def test_a_field_is_its_declaration_and_an_example(scratch: Scratch) -> None:
    new = NEW_FIELD.format(since="0, 17, 0", modes="FRR_MODES")
    scratch.edit(
        "metallb/routing/peers.py", "    def to_manifest(self)", f"{new}\n    def to_manifest(self)"
    )
    scratch.edit(
        EXAMPLES, '        "vrf": "red",\n', '        "vrf": "red",\n        "foo_bar": 5,\n'
    )
    assert len(scratch.edited) == 2
    assert scratch.generate() == {
        "docs/metallb-fields.md",
        "docs/stack-file.md",
        "metallb/routing/crds.json",
        "stacks/schema.json",
    }
    (scratch.folder / "Pulumi.x.yaml").write_text(STACK)
    shown = scratch.python("-m", "metallb", "check", "Pulumi.x.yaml", code=2)
    router, rack = "platform.racks[0].routers[0].fooBar", "platform.racks[1].fooBar"
    assert "error[V1]: MetalLB 0.16.2 does not know the field fooBar" in shown
    assert f"x.yaml:8:47: error[N1]: fooBar 3 needs an FRR mode (metallb:{router})" in shown
    assert f"x.yaml:9:40: error[N1]: fooBar 4 needs an FRR mode (metallb:{rack})" in shown
    scratch.passes(*OF_FIELDS)


def test_a_rule_is_its_function_a_case_and_a_committed_text(scratch: Scratch) -> None:
    rule = '''

@rule("P97", Severity.WARNING)
def usual_port(case: Case) -> Iterator[Hit]:
    """A router listens on port 7.

    Requirement: A router listens on another port than 7.
    Why: port 7 is that of the echo service, which answers no BGP session.
    Help: write the port of the router.
    Source: RFC 862 (Echo Protocol).
    """
    for peer in case.routing.peers:
        if peer.spec.peer_port == 7:
            yield Hit(case.at(peer, "peer_port"), f"the port of peer {peer.name} is 7")
'''
    module, table = "metallb/preflight/peers.py", "tests/unit/preflight/table_peers.py"
    scratch.append(module, rule)
    scratch.edit(
        table,
        "ROWS: dict[str, Row] = {\n",
        "ROWS: dict[str, Row] = {\n"
        '    "P97": ([lambda: case(peer(peerPort=7))], [lambda: case(peer(peerPort=179))]),\n',
    )
    scratch.python("-m", "tests.unit.preflight.texts")
    scratch.edited.add("tests/unit/preflight/texts/P97.txt")
    assert len(scratch.edited) <= 3
    assert scratch.generate() == {"docs/rules.md"}
    scratch.passes(
        "tests/unit/preflight/test_rules.py",
        "tests/unit/preflight/test_texts.py",
        "tests/unit/problems/test_codes.py",
        "tests/docs/test_generated.py",
    )


def test_a_command_is_one_module(scratch: Scratch) -> None:
    command = '''"""`greet`: a greeting."""

import argparse

__all__ = ["add", "run"]


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Declare the command."""
    parser = commands.add_parser("greet", help="print a greeting", description="Prints a greeting.")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print it."""
    print("hello")
    return 0
'''
    scratch.add("metallb/commands/greet.py", command)
    assert len(scratch.edited) == 1
    assert scratch.generate() == set()
    assert scratch.python("-m", "metallb", "greet") == "hello\n"
    assert "print a greeting" in scratch.python("-m", "metallb", "--help")
    scratch.passes(
        "tests/unit/command_line/test_command_line_form.py",
        "tests/unit/repository/test_architecture.py",
    )


def test_a_platform_is_one_folder_and_a_line(scratch: Scratch) -> None:
    outside = (PROJECT_ROOT / "tests/outside/harbor/harbor.py").read_text(encoding="utf-8")
    folder = "metallb/platforms/quay"
    scratch.add(f"{folder}/__init__.py", '"""Servers of one account."""\n')
    model = outside.replace("harbor", "quay").replace("Harbor", "Quay").replace("HARBOR", "QUAY")
    scratch.add(f"{folder}/section.py", model)
    line = '    "quay": "metallb.platforms.quay.section:Quay",\n'
    registry = "metallb/platforms/registry.py"
    before = '    "static": "metallb.platforms.static.section:StaticPlatform",\n'
    scratch.edit(registry, before, before + line)
    assert [path for path in scratch.edited if not path.startswith(folder)] == [registry]
    assert scratch.generate() == {"docs/stack-file.md", "stacks/schema.json"}
    (scratch.folder / "Pulumi.x.yaml").write_text(
        "config:\n"
        "  metallb:install: {version: 0.16.2, source: existing}\n"
        "  metallb:platform: {kind: quay, servers: [{id: s1, hostname: n1}], addresses: {web: 3}}\n"
        "  metallb:bgp: {holdTime: 9s}\n"
        "  metallb:addressPools: {default: {blocks: [web]}}\n"
        "  metallb:kubernetes: {context: quay}\n"
    )
    assert "BGPPeer n1-1" in scratch.python("-m", "metallb", "plan", "Pulumi.x.yaml")
    scratch.passes(
        "tests/unit/repository/test_architecture.py",
        "tests/unit/stackfile/test_stack_file_schema.py",
        "tests/docs/test_generated.py",
        "tests/docs/test_stack_file_page.py",
    )


PLACES_OF_A_RELEASE = ("metallb/releases.py", "metallb/installation/", "metallb/routing/", "docs/")


def test_a_release_is_its_line_its_differences_and_what_was_compared(scratch: Scratch) -> None:
    line = "    Release(0, 16, 2),\n"
    scratch.edit("metallb/releases.py", line, f"{line}    Release(0, 16, 3),\n")
    # Its one difference: a field that came with it.
    new = NEW_FIELD.format(since="0, 16, 3", modes="EVERY_MODE")
    path = "metallb/routing/pools.py"
    scratch.edit(
        path, "    service_allocation: Annotated[", f"{new}    service_allocation: Annotated["
    )
    scratch.edit(path, "import MetalLBField\n", "import EVERY_MODE, MetalLBField\n")
    scratch.edit(EXAMPLES, '"auto_assign": False,', '"auto_assign": False,\n        "foo_bar": 5,')
    product = {each for each in scratch.edited if not each.startswith("tests/")}
    assert all(each.startswith(PLACES_OF_A_RELEASE) for each in product)
    assert len(scratch.edited) == 3
    assert scratch.generate() == {
        "docs/metallb-fields.md",
        "docs/stack-file.md",
        "metallb/routing/crds.json",
        "stacks/schema.json",
    }
    scratch.passes(
        "tests/unit/installation/test_against_metallb.py",
        "tests/unit/installation/test_builtin_releases.py",
        "tests/unit/installation/test_crd_schemas.py",
        "tests/unit/installation/test_fields_against_metallb.py",
        "tests/unit/routing",
        "tests/docs/test_generated.py",
    )
