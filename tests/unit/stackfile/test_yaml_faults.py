"""A text that is no YAML: the line where the parser stops, and what the help leads to."""

import pytest

from metallb.problems.errors import ConfigError
from metallb.stackfile.yaml_documents import parse_yaml

CASES = [
    # text, line of the error, what its help names
    ("racks:\n  - name: a\n    routers: 1\n  nodes: 2\n", 4, "column 5"),
    ("racks:\n  - name: a\n   routers: 1\n", 3, "column 5"),
    ("racks:\n  - name: a\n   - name: b\n", 3, "column 3, like the entry of line 2"),
    ("config:\n  a:\n    b: 1\n   c: 2\n", 4, "column 3"),
    ("config:\n  a: 1\nb:\n    c: 1\n  d: 2\n", 5, "the key above"),
    ("config:\n  racks:\n    - a: 1\n   - b: 2\n", 4, "column 5"),
    ("config:\n  racks:\n    - a: 1\n  - b: 2\n", 4, "column 5, like the entry of line 3"),
    ("config:\n  a:\n    b: 1\n  c: 2\n    d: 3\n", 5, "column 3, like line 4"),
    ("config:\n  a:1\n  c: 2\n", 2, "line 2"),
    ("config:\n  a: one: two\n", 2, "quotes"),
    ("config:\n\ta: 1\n", 2, "spaces"),
    ("config:\n  a: 1\n\tb: 1\n", 3, "spaces"),
    ("config:\n  a: @b\n", 2, "quotes"),
    ("config:\n  a: [b, c\n  d: 1\n", 2, "line 2"),
    ("config:\n  a: {b: 1\n  d: 1\n", 2, "line 2"),
    ("config:\n  a: 'b\n  d: 1\n", 2, "line 2"),
    ("config:\n  a: &x b\n  c: *x\n", 3, "in each place"),
]


@pytest.mark.parametrize(("text", "line", "named"), CASES)
def test_a_text_that_is_no_yaml_has_a_line_and_help_for_its_own_mistake(
    text: str, line: int, named: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_yaml(text, where="Pulumi.x.yaml")
    (problem,) = caught.value.problems
    assert problem.code == "E101"
    assert problem.position is not None
    assert (problem.position.file, problem.position.line) == ("Pulumi.x.yaml", line)
    assert named in problem.help
