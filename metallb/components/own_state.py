"""What the last update of this stack left in the state, as the engine answers a program."""

import time
from collections.abc import Mapping
from typing import Any

import pulumi
from pulumi.runtime.mocks import MockMonitor
from pulumi.runtime.settings import get_monitor

__all__ = ["StateUnreadable", "own_stack", "own_state"]

# Built into the engine: the outputs of a stack's resources, from its last checkpoint.
_READ_STATE = "pulumi:pulumi:readStackResourceOutputs"
_WAITS = (0.1, 0.3, 1.0, 2.0)
"""Seconds before each further attempt to read the state."""


class StateUnreadable(Exception):
    """The engine does not give the state; the text has the reason."""


def own_stack() -> str:
    """This stack, by organization, project and name."""
    return f"{pulumi.get_organization()}/{pulumi.get_project()}/{pulumi.get_stack()}"


def own_state() -> Mapping[str, Any] | None:
    """What the engine has of this stack, by URN: `type`, `outputs`. None without an engine.

    The engine writes the state while the program reads it, and a reader of a file backend may meet
    half a file, so reading is repeated.

    :raises StateUnreadable: it stays unreadable.
    """
    stack = own_stack()
    for wait in (*_WAITS, None):
        try:
            answer = pulumi.runtime.invoke(_READ_STATE, {"stackName": stack})
            outputs = (answer.value or {}).get("outputs")
            if isinstance(outputs, Mapping):
                return outputs
            problem = "the engine answers without outputs"
        except Exception as error:
            problem = str(error)
        if isinstance(get_monitor(), MockMonitor) and not problem.startswith("invoke of"):
            # Tests, or `render`: what answers there has no state.
            return None
        if wait is not None:
            time.sleep(wait)
    raise StateUnreadable(problem)
