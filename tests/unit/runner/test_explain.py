"""What a person reads when the engine fails."""

import shlex
from pathlib import Path

import pytest

from metallb.problems.codes import CODES
from metallb.problems.problem import Problem, Severity
from metallb.runner import explain as explanations
from metallb.runner.explain import explained
from metallb.runner.report import Diagnostic

LOCKED = """
 code: 255
 stdout:
 stderr: error: the stack is currently locked by 1 lock(s). Either wait for the other process(es) \
to end or delete the lock file with `pulumi cancel`.
  file:///s/.pulumi/locks/x.json: created by root@vm (pid 31117) at 2026-11-24T08:46:09Z
"""
TOO_SHORT = Problem(
    code="P6",
    severity=Severity.ERROR,
    summary="hold time 1s is too short",
    location=("metallb:bgp", "holdTime"),
    detail="A hold time is 0, or 3 to 65535 whole seconds",
    help="write 3s",
)


def problem(text="", *messages):
    """The problem of a run that failed with these messages of the engine."""
    diagnostics = [Diagnostic(severity="error", message=message) for message in messages]
    error = explained(command="up", stack="demo", text=text, diagnostics=diagnostics)
    (found,) = error.problems
    return found


def test_a_held_lock_names_its_holder_and_when_it_may_be_broken():
    found = problem(LOCKED)
    assert found.code == "E501"
    assert "root@vm (pid 31117)" in found.detail
    assert "metallb recover demo" in found.help
    assert "dead" in found.help


@pytest.mark.parametrize(
    ("message", "code", "help"),
    [
        ("[409] Conflict: Another update is currently in progress", "E501", "recover demo"),
        (
            "previously-imported resources that still specify an ID may not be replaced",
            "E306",
            "bgpSessions",
        ),
        (
            "resource '2b9f6f0e-8a55-4c53-9a0e-0d5c3f6f1b00' does not exist",
            "E302",
            "write the id of one that exists",
        ),
        (
            'resource "X" cannot be deleted\nbecause it is protected. To unprotect',
            "E506",
            "protect: false",
        ),
        (
            "the current deployment has 1 resource(s) with pending operations",
            "E502",
            "recover demo",
        ),
        ("failed to load checkpoint: unexpected end of JSON input", "E502", "recover demo"),
        (
            "get stack secrets manager: incorrect passphrase",
            "E503",
            "PULUMI_CONFIG_PASSPHRASE",
        ),
        (
            "unable to read PULUMI_CONFIG_PASSPHRASE_FILE: open /x: no such file",
            "E503",
            "correct its path",
        ),
        ("passphrase must be set with PULUMI_CONFIG_PASSPHRASE", "E503", "it may be empty"),
        ("PULUMI_ACCESS_TOKEN must be set for login", "E503", "PULUMI_BACKEND_URL"),
        ("unable to open state directory", "E503", "correct PULUMI_BACKEND_URL"),
        ("no stack named 'demo' found", "E507", "metallb up demo"),
        ("unable to load schema information from the API server", "E601", "kubeconfig"),
        ("cannot refresh in yaml rendering mode", "E500", "run up again"),
        (
            "Could not automatically download and install resource plugin "
            "'pulumi-resource-kubernetes' at version v4.34.2",
            "E504",
            "make engine",
        ),
        ("ModuleNotFoundError: No module named 'pulumi_kubernetes'", "E504", "make env"),
        (
            'Internal error occurred: failed calling webhook "bgppeersvalidationwebhook.metallb.io"'
            ": failed to call webhook",
            "E603",
            "metallb up demo --skip-preview",
        ),
        ("Server-Side Apply field conflict detected.", "E502", "metallb recover"),
        ('ipaddresspools.metallb.io "public" already exists', "E502", "metallb recover"),
    ],
)
def test_a_known_failure_has_a_code_and_a_help_and_keeps_the_engines_words(message, code, help):
    found = problem("", message)
    assert found.code == code
    assert help in found.help
    assert " ".join(message.split()) in found.detail


def test_every_explanation_has_a_code_that_is_described():
    assert {each.code for each in explanations._TABLE} <= set(CODES)


def test_an_unknown_failure_is_shown_in_the_engines_words():
    found = problem("", "the moon is in the wrong house", "update failed")
    assert (found.code, found.summary) == ("E500", "the moon is in the wrong house")


def test_a_message_names_its_resource():
    reported = Diagnostic(severity="error", message="no", resource="bgp-sessions-a-ipv4")
    error = explained(command="up", stack="demo", text="", diagnostics=[reported])
    (found,) = error.problems
    assert found.summary == "bgp-sessions-a-ipv4: no"


def test_of_a_traceback_only_the_last_line_is_shown():
    found = problem("", "Traceback (most recent call last):\n  File x\nValueError: seven is odd")
    assert found.summary == "ValueError: seven is odd"


def test_problems_of_the_program_stay_as_they_are():
    error = explained(command="up", stack="demo", text=LOCKED, problems=[TOO_SHORT])
    assert error.problems == (TOO_SHORT,), "the CLI's own text repeats them"


def test_problems_of_the_program_and_of_a_provider_are_all_shown():
    message = "previously-imported resources that still specify an ID may not be replaced"
    refused = Diagnostic(severity="error", message=message)
    warning = Diagnostic(severity="warning", message="slow")
    error = explained(
        command="up",
        stack="demo",
        text="",
        diagnostics=[refused, warning],
        problems=[TOO_SHORT, TOO_SHORT.at(None)],
    )
    assert [each.code for each in error.problems] == ["P6", "P6", "E306"]
    assert error.exit_code == 1


@pytest.mark.parametrize(
    ("typed", "name"),
    [("acme/prod", "acme/prod"), ("/srv/my stacks/Pulumi.prod.yaml", "prod")],
)
@pytest.mark.parametrize(
    "help",
    [
        None,
        "run metallb recover prod, then run it again",
        "run `metallb recover STACK --release ID`",
    ],
    ids=["of the engine", "name of the stack", "STACK"],
)
def test_a_help_names_the_stack_as_it_was_typed(typed, name, help):
    pending = "the current deployment has 1 resource(s) with pending operations"
    own = Problem("E306", Severity.ERROR, "x", help=help or "")
    error = explained(
        command="up",
        stack=typed,
        name=name,
        text="",
        diagnostics=[] if help else [Diagnostic(severity="error", message=pending)],
        problems=[own] if help else [],
    )
    (found,) = error.problems
    words = shlex.split(found.help.replace("`", "").replace(",", ""))
    assert words[words.index("recover") + 1] == typed


def test_a_longer_name_that_begins_like_the_stacks_is_left_alone():
    own = Problem("E306", Severity.ERROR, "x", help="run metallb recover prod-2")
    error = explained(command="up", stack="acme/prod", text="", problems=[own])
    assert error.problems == (own,)


def help_of(command, message):
    error = explained(
        command=command,
        stack="/srv/Pulumi.prod.yaml",
        name="prod",
        file=Path("/srv/Pulumi.prod.yaml"),
        text="",
        diagnostics=[Diagnostic(severity="error", message=message)],
    )
    return error.problems[0].help


def test_a_command_of_the_engine_gets_the_engines_name_and_the_file():
    assert "pulumi up --stack prod --config-file /srv/" in help_of("up", "the moon is wrong")
    assert "pulumi stack output --stack prod shows" in help_of("outputs", "the moon is wrong")


def test_an_engine_that_was_killed_ended_without_a_message():
    found = problem(" code: -9\n stdout: Updating\n stderr: ")
    assert found.code == "E502"
    assert "without a message" in found.summary
    assert "metallb recover demo" in found.help
