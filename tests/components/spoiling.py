"""What the tests of wrong arguments share: a routing configuration to spoil, and its refusal."""

from collections.abc import Callable, Iterable
from typing import Any

import pulumi

from metallb.components import ArgumentError, MetalLBComponent
from metallb.components.guard import ReportedError
from metallb.problems.problem import Problem, spelled
from metallb.problems.text import problems_text
from tests.support.record import Record
from tests.support.recording import run_failing

NAME = "thing"
LEFT_OUT = "(left out)"
OF_FILES = ("pulumi config", "quotes", "VALUE", "`- `", ": ...", "below it", "stack file")
"""What a help for files has, and one for arguments of a program has not."""


def peer(**spec: Any) -> dict[str, Any]:
    usual = {"myASN": 65000, "peerASN": 65530, "peerAddress": "10.0.0.1"}
    kept = {key: value for key, value in (usual | spec).items() if value != LEFT_OUT}
    return {"kind": "BGPPeer", "name": "a", "spec": kept}


def an_object(kind: str, **spec: Any) -> dict[str, Any]:
    return {"kind": kind, "name": "a", "spec": spec}


def routing(*objects: Any, **more: Any) -> dict[str, Any]:
    args = {"namespace": "metallb-system", "format": "custom-resources", "objects": list(objects)}
    return {key: value for key, value in (args | more).items() if value != LEFT_OUT}


def program(component: type[MetalLBComponent], args: Callable[[], Any]) -> Callable[[], None]:
    return lambda: component(NAME, args()) and None  # type: ignore[call-arg]


def refused(
    component: type[MetalLBComponent], args: Callable[[], Any], **options: Any
) -> tuple[Record, tuple[Problem, ...]]:
    """The record and the problems of a run that has to be refused."""
    record = run_failing(program(component, args), **options)
    error = record.error
    assert isinstance(error, ArgumentError), f"a traceback: {error!r}"
    assert isinstance(error, pulumi.RunError), "only its text is printed"
    assert isinstance(error, ReportedError)
    assert error.error is error
    assert str(error) == problems_text(error.problems)
    assert "pydantic" not in str(error)
    assert "Input should" not in str(error)
    for problem in error.problems:
        assert problem.code == "E117"
        assert problem.help, problem
        words = (word for word in OF_FILES if word in problem.help)
        assert not list(words), problem.help
    return record, error.problems


def id_of(value: Any) -> str | None:
    """Of a parameter: a component by its name, keys by theirs."""
    if isinstance(value, type):
        return value.__name__
    return "+".join(value) if isinstance(value, list) else ""


def is_refused(component: type[MetalLBComponent], args: Any, keys: list[str]) -> None:
    """Arguments are refused with these keys, and nothing is registered."""
    record, problems = refused(component, lambda: args)
    if keys == [""]:
        assert [each.location for each in problems] == [(f"{component.__name__} {NAME}",)]
    else:
        assert sorted(wheres(component, problems)) == sorted(keys)
    assert record.resources == [], "a wrong component is not half registered"


def wheres(component: type[MetalLBComponent], problems: Iterable[Problem]) -> list[str]:
    """Places of problems below the component."""
    prefix = f"{component.__name__} {NAME}: "
    found = [spelled(each.location) for each in problems]
    assert all(each.startswith(prefix) for each in found), found
    return [each.removeprefix(prefix) for each in found]


POOL = an_object("IPAddressPool", addresses=["203.0.113.0/28"])
