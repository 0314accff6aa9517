"""Who runs a command that a page shows: the one list, and a command that is on none fails a test.

A way is one of the three runners, each of which takes every page's lines of its kinds by itself,
or a test that runs the same command for another reason.
"""

import contextlib
import importlib
from collections.abc import Sequence

from tests.docs.commands import Command
from tests.platforms import parts

HERE = "tests/docs/test_commands.py"
"""In a copy of the repository; needs Python alone."""
LAB = "tests/docs/lab/test_commands_in_the_lab.py"
"""In the lab: API server, MetalLB, and two routers that run what `metallb routers` wrote."""
ENGINE = "tests/docs/engine/test_commands_on_the_engine.py"
"""On the Pulumi CLI with its plugins, emulated cloud and API server included."""
SITE = "tests/docs/test_site.py::test_the_site_builds_strictly"

WAYS = {
    ".": ENGINE,
    "bird": LAB,
    "birdc": LAB,
    "cp": HERE,
    "curl": LAB,
    "export": ENGINE,
    "ip": LAB,
    "kubectl": LAB,
    "make down": ENGINE,
    "make env": HERE,
    "make lab": LAB,
    "make lab-down": LAB,
    "make lint": HERE,
    "make test": HERE,
    "make test-fast": HERE,
    "make tour": "tests/updates/test_main_job.py",
    "make up": ENGINE,
    "mkdocs build": SITE,
    "pulumi": ENGINE,
    "metallb --help": HERE,
    "metallb check": HERE,
    "metallb destroy": ENGINE,
    "metallb impact": HERE,
    "metallb import": HERE,
    "metallb new": HERE,
    "metallb outputs": ENGINE,
    "metallb preview": ENGINE,
    "metallb recover": ENGINE,
    "metallb refresh": ENGINE,
    "metallb render": HERE,
    "metallb render prod --diff-cluster": LAB,
    "metallb routers": HERE,
    "metallb routers prod": LAB,
    "metallb status": LAB,
    "metallb topology": HERE,
    "metallb up": ENGINE,
    "metallb whatif": HERE,
    "python -m pip install": HERE,
    "python -m pytest": HERE,
    "python -m tools.docs": HERE,
    "sed": LAB,
    "sysctl": LAB,
    "vtysh": LAB,
    **{line: test for part in parts() for line, test in part.ways.items()},
}


def way(command: Command) -> str:
    """What runs the command: the entry with most of its first words.

    :raises LookupError: nothing does.
    """
    words = command.words
    for count in range(len(words), 0, -1):
        found = WAYS.get(" ".join(words[:count]))
        if found is not None:
            return found
    raise LookupError(f"{command.where}: nothing runs `{command.line}`; tests/docs/registry.py")


def of(found: Sequence[Command], *runners: str) -> list[Command]:
    """The commands that runners take. One that no runner takes fails a test of its own."""
    taken = []
    for command in found:
        with contextlib.suppress(LookupError):
            taken += [command] if way(command) in runners else []
    return taken


def is_a_test(name: str) -> bool:
    """Whether a file, or a function in it, is there to be run by pytest."""
    path, _, function = name.partition("::")
    module = importlib.import_module(path.removesuffix(".py").replace("/", "."))
    tests = [each for each in vars(module) if each.startswith("test_")]
    return function in tests if function else bool(tests)
