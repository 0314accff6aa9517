"""What a foreign file holds forms no markup in the comment, wherever it comes up."""

import re
from typing import Any

import pytest
from markdown_it import MarkdownIt

from metallb.runner.markdown import markdown
from metallb.runner.report import (
    ErrorReport,
    ProblemReport,
    PropertyChange,
    ResourceChange,
    RunReport,
)

HOSTILE = (
    "<img src=x onerror=y>",
    "</details><h1>gone</h1>",
    "a|b|c",
    "a\\|b",
    "`code` and ``more``",
    "```\nfence",
    "~~~\nfence",
    "[link](https://evil.example/)",
    "![image](https://evil.example/x.png)",
    "https://evil.example/ and @someone",
    "**bold** _thin_ # heading",
    "first\nsecond\r\nthird",
    "\x1b[31mred\x07 \x00 \u202eback",
    "ends in \\",
    "--> <!--",
    "&lt;b&gt; &#124;",
)
ALLOWED = {
    *("h3", "p", "code", "pre", "strong", "table", "thead", "tbody", "tr", "th", "td"),
    *("details", "summary"),
}
FIELDS = ("where", "summary", "detail", "help")


def problem(**texts: str) -> ProblemReport:
    usual = {"where": "w", "summary": "s", "detail": "r", "help": "h"}
    return ProblemReport(
        id="K6", code="K6", severity="warning", file="Pulumi.x.yaml", line=1, **usual | texts
    )


def rendered(**fields: Any) -> str:
    """The comment as HTML; but for its first line, which is a comment of HTML itself."""
    shown = markdown(RunReport(**{"command": "preview", "stack": "demo", **fields}))
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f\u202e]", shown)
    html: str = MarkdownIt("commonmark").enable("table").render(shown.split("\n", 1)[1])
    assert {tag.lower() for tag in re.findall(r"</?([A-Za-z0-9]+)", html)} <= ALLOWED
    assert "href" not in html
    return html


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("text", HOSTILE)
def test_a_problem_stays_one_row_of_four_cells(field: str, text: str) -> None:
    html = rendered(findings=(problem(**{field: text}), problem(where="next")))
    rows = re.findall(r"<tr>(.*?)</tr>", html, re.DOTALL)
    assert [row.count("<td>") for row in rows] == [0, 4, 4]
    # Outside of code there are our own words alone, so that no mention or link is made.
    bare = re.sub(r"<code>.*?</code>|<[^>]*>", "", rows[1], flags=re.DOTALL)
    assert " ".join(bare.split()) == "warning K6 ; ; help:"


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("text", HOSTILE)
def test_an_error_stays_in_its_fence(field: str, text: str) -> None:
    hostile = problem(**{field: text})
    error = ErrorReport(where="w", summary=text, detail="r", help="h", exit_code=1)
    for each in (error, error.model_copy(update={"problems": (hostile,)})):
        html = rendered(error=each)
        assert html.count("<pre>") == 1
        assert html.endswith("</code></pre>\n")


@pytest.mark.parametrize("text", HOSTILE)
def test_a_change_stays_in_its_fence(text: str) -> None:
    changed = PropertyChange(path=text, kind="update", old=text, new={"key": text})
    resource = ResourceChange(
        kind="update", type="t:t:T", name=text, urn="u", properties=(changed,)
    )
    html = rendered(resources=(resource,))
    assert html.count("<pre>") == 1
    assert re.search(r"</code></pre>\n</details>\s*$", html)


@pytest.mark.parametrize("text", HOSTILE)
def test_the_name_of_the_stack_stays_in_its_heading(text: str) -> None:
    html = rendered(stack=text)
    assert re.match(r"<h3>MetalLB <code>.*</code>: preview succeeded</h3>\n", html)
