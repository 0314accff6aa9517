"""What a person reads when the engine fails."""

import shlex
from pathlib import Path

import pytest

from metallb.runner.explain import explained
from metallb.runner.report import Diagnostic

LOCKED = """
 code: 255
 stdout:
 stderr: error: the stack is currently locked by 1 lock(s). Either wait for the other process(es) \
to end or delete the lock file with `pulumi cancel`.
  file:///s/.pulumi/locks/x.json: created by root@vm (pid 31117) at 2026-11-24T08:46:09Z
"""


def explain(text="", *messages):
    diagnostics = [Diagnostic(severity="error", message=message) for message in messages]
    return explained(command="up", stack="demo", text=text, diagnostics=diagnostics)


def test_a_held_lock_names_its_holder_and_when_it_may_be_broken():
    error = explain(LOCKED)
    assert "root@vm (pid 31117)" in error.seen
    assert "metallb recover demo" in error.remedy
    assert "dead" in error.remedy


@pytest.mark.parametrize(
    ("message", "remedy"),
    [
        ("422 already has session: ipv4", "bgpSessions: {ipv4: SESSION-ID}"),
        ('resource "X" cannot be deleted\nbecause it is protected. To unprotect', "protect: false"),
        ("the current deployment has 1 resource(s) with pending operations", "recover demo"),
        ("get stack secrets manager: incorrect passphrase", "PULUMI_CONFIG_PASSPHRASE"),
        ("unable to read PULUMI_CONFIG_PASSPHRASE_FILE: open /x: no such file", "correct its path"),
        ("PULUMI_ACCESS_TOKEN must be set for login", "PULUMI_BACKEND_URL"),
        ('missing required configuration key "equinix-metal:authToken"', "METAL_AUTH_TOKEN"),
        ("no stack named 'demo' found", "metallb up demo"),
        ("unable to load schema information from the API server", "kubeconfig"),
        (
            "Could not automatically download and install resource plugin "
            "'pulumi-resource-kubernetes' at version v4.34.2",
            "make engine",
        ),
    ],
)
def test_a_known_failure_says_what_to_do(message, remedy):
    assert remedy in explain("", message).remedy


def test_an_unknown_failure_is_told_in_the_engines_words():
    error = explain("", "the moon is in the wrong house", "update failed")
    assert error.seen == "the moon is in the wrong house"


def test_a_traceback_is_told_by_its_last_line():
    error = explain("", "Traceback (most recent call last):\n  File x\nValueError: seven is odd")
    assert error.seen == "ValueError: seven is odd"


def test_one_refusal_of_the_program_keeps_its_own_rule_and_remedy():
    error = explain("", "metallb:bgp.holdTime: is too short; seen: 1s; remedy: write 3s")
    assert (error.rule, error.seen, error.remedy) == ("is too short", "1s", "write 3s")
    assert "metallb:bgp.holdTime" in error.where


@pytest.mark.parametrize(
    ("typed", "name"),
    [("acme/prod", "acme/prod"), ("/srv/my stacks/Pulumi.prod.yaml", "prod")],
)
@pytest.mark.parametrize(
    "message",
    [
        "the current deployment has 1 resource(s) with pending operations",
        "block: has to be read first; remedy: python -m metallb recover prod, then run it again",
        "a: has two; remedy: `python -m metallb recover STACK --release ID`",
        "a: is wrong; remedy: do this\nb: is too; remedy: python -m metallb recover prod, then up",
    ],
)
def test_a_remedy_names_the_stack_as_it_was_typed(typed, name, message):
    said = [Diagnostic(severity="error", message=message)]
    error = explained(command="up", stack=typed, name=name, text="", diagnostics=said)
    words = shlex.split(f"{error.seen} {error.remedy}".replace("`", "").replace(",", ""))
    assert words[words.index("recover") + 1] == typed


def test_a_command_of_the_engine_gets_the_engines_name_and_the_file():
    def remedy(command, message):
        return explained(
            command=command,
            stack="/srv/Pulumi.prod.yaml",
            name="prod",
            file=Path("/srv/Pulumi.prod.yaml"),
            text="",
            diagnostics=[Diagnostic(severity="error", message=message)],
        ).remedy

    token = 'missing required configuration key "equinix-metal:authToken"'
    assert "--stack prod --config-file /srv/Pulumi.prod.yaml" in remedy("up", token)
    assert "pulumi up --stack prod --config-file /srv/" in remedy("up", "the moon is wrong")
    assert "pulumi stack output --stack prod shows" in remedy("outputs", "the moon is wrong")


def test_several_refusals_of_the_program_are_all_told():
    lines = "a: is wrong; remedy: do this\nb: is wrong too; seen: 7; remedy: do that"
    error = explain("", lines)
    assert "do this" in error.seen
    assert "do that" in error.seen


def test_an_engine_that_was_killed_is_said_to_have_ended_without_a_word():
    error = explain(" code: -9\n stdout: Updating\n stderr: ")
    assert "without a word" in error.seen
    assert "recover" in error.remedy
