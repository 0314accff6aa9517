"""A chart that everything on the way could replace is refused unless the stack file says so."""

from typing import Any

import pytest

from metallb.problems.problem import spelled
from tests.support.problems import one_problem_of
from tests.unit.stacks import stack, static

OVER_HTTP = [
    ({"helmRepository": "http://charts.example.com/metallb"}, "helmRepository"),
    ({"helmRepository": "HTTP://charts.example.com/metallb"}, "helmRepository"),
    (
        {"helmRepository": None, "helmChart": "http://charts.example.com/metallb-0.16.2.tgz"},
        "helmChart",
    ),
]


def chart(**keys: Any) -> dict[str, Any]:
    return static(install={"source": "helm", "version": "0.16.2", **keys})


@pytest.mark.parametrize(("keys", "name"), OVER_HTTP)
def test_a_chart_over_http_is_refused_with_the_key_that_accepts_it(
    keys: dict[str, Any], name: str
) -> None:
    found = one_problem_of(chart(**keys))
    assert (found.code, spelled(found.location)) == ("E111", f"metallb:install.{name}")
    assert "helmRepositoryInsecure: true" in found.help


@pytest.mark.parametrize(("keys", "_name"), OVER_HTTP)
def test_a_chart_over_http_is_taken_where_the_file_says_so(
    keys: dict[str, Any], _name: str
) -> None:
    assert stack(chart(**keys, helmRepositoryInsecure=True))


@pytest.mark.parametrize(
    "keys",
    [
        {},
        {"helmRepository": "https://charts.example.com"},
        {"helmRepository": None, "helmChart": "oci://registry.example.com/metallb"},
        {"helmRepository": None, "helmChart": "charts/http-metallb"},
    ],
)
def test_the_word_is_refused_where_nothing_is_read_over_http(keys: dict[str, Any]) -> None:
    assert stack(chart(**keys))
    found = one_problem_of(chart(**keys, helmRepositoryInsecure=True))
    assert spelled(found.location) == "metallb:install.helmRepositoryInsecure"
