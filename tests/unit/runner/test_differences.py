"""What differs between two long values is visible in a preview."""

import json

import pytest

from metallb.runner.differences import line_differences, value_pair
from metallb.runner.markdown import MAX_CHARACTERS, markdown
from metallb.runner.report import PropertyChange, ResourceChange, RunReport
from metallb.runner.text import text


def document(peers=4, hold="3s", addresses=("203.0.113.0/28",)):
    """The text in the ConfigMap of MetalLB 0.12."""
    lines = ["peers:"]
    for number in range(peers):
        lines += [
            "- my-asn: 64512",
            "  peer-asn: 64601",
            f"  peer-address: 10.1.{number}.1",
            f"  hold-time: {hold}",
            "  node-selectors:",
            "  - match-labels:",
            f"      kubernetes.io/hostname: node-{number}",
        ]
    lines += ["address-pools:", "- name: intranet", "  protocol: bgp", "  addresses:"]
    lines += ["  - 10.9.0.0/28", "- name: public", "  protocol: bgp", "  addresses:"]
    lines += [f"  - {address}" for address in addresses]
    return "\n".join(lines) + "\n"


def report(*values, resources=1):
    properties = tuple(
        PropertyChange(path=f"data.config{number or ''}", kind="update", old=old, new=new)
        for number, (old, new) in enumerate(values)
    )
    config = ResourceChange(
        kind="update",
        type="kubernetes:core/v1:ConfigMap",
        name="config",
        urn="u",
        properties=properties,
    )
    return RunReport(command="preview", stack="demo", resources=(config,) * resources)


BLOCKS = tuple(f"198.51.{number}.0/24" for number in range(60))


def test_a_changed_pool_is_below_its_name_in_terminal_and_comment():
    change = report((document(addresses=BLOCKS), document(addresses=(*BLOCKS, "203.0.113.0/28"))))
    shown = text(change).splitlines()
    at = shown.index("    data.config:")
    assert "address-pools > name: public, protocol: bgp > addresses @@" in shown[at + 1]
    assert shown[at + 2 : at + 5] == [
        "        " + "  - 198.51.58.0/24",
        "        " + "  - 198.51.59.0/24",
        "      + " + "  - 203.0.113.0/28",
    ]
    comment = markdown(change).splitlines()
    at = comment.index("      data.config:")
    assert comment[at + 1].startswith("@@ ")
    assert "name: public" in comment[at + 1]
    assert comment[at + 3 : at + 6] == [
        "        " + "  - 198.51.59.0/24",
        "+       " + "  - 203.0.113.0/28",
        "```",
    ]


def test_a_changed_peer_is_known_by_its_address():
    old = document()
    new = old.replace("hostname: node-2", "hostname: node-x")
    shown = text(report((old, new)))
    assert "peer-address: 10.1.2.1" in shown
    assert "10.1.1.1" not in shown
    assert "-       kubernetes.io/hostname: node-2" in shown
    assert "+       kubernetes.io/hostname: node-x" in shown


def test_what_is_left_out_is_left_out_by_whole_places_and_counted():
    lines = line_differences(document(1000), document(1000, hold="9s"))
    assert len(lines) <= 41
    removed = [line for line in lines if line.sign == "-"]
    added = [line for line in lines if line.sign == "+"]
    assert len(removed) == len(added) > 3
    assert lines[-1].sign == "..."
    assert f"{2000 - 2 * len(added)} more changed lines" in lines[-1].text


def test_a_pool_that_is_left_out_is_not_taken_for_one_more_peer():
    old, peers = document(50), document(50, hold="9s")
    assert "lines below peers: " in line_differences(old, peers)[-1].text
    both = document(50, hold="9s", addresses=BLOCKS)
    assert "lines below peers, address-pools: " in line_differences(old, both)[-1].text


def test_of_a_long_place_the_new_lines_are_shown_too():
    lines = line_differences(document(addresses=BLOCKS), document(addresses=("::1", "::2")))
    assert ("+", "  - ::1") in lines
    assert len(lines) <= 41
    left_out = 60 - sum(line.sign == "-" for line in lines)
    assert f"{left_out} more changed lines" in lines[-1].text


@pytest.mark.parametrize("at", [1, 150, 5_000, 9_999])
def test_a_long_value_is_cut_around_its_first_difference(at):
    old = "".join(chr(97 + number % 26) for number in range(10_000))
    for new in (f"{old[:at]}#{old[at + 1 :]}", old[:at]):
        before, after = value_pair(old, new)
        assert before.strip(".") != after.strip(".")
        assert max(len(before), len(after)) < 210
        shown = text(report((f"{old}\nend\n", f"{new}\nend\n")))
        removed, added = (
            next(line for line in shown.splitlines() if line.startswith(f"      {sign} "))
            for sign in "-+"
        )
        assert removed.strip(" -.") != added.strip(" +.")
        assert max(len(removed), len(added)) < 220


def test_a_list_is_cut_around_its_first_difference():
    before, after = value_pair(list(BLOCKS), [*BLOCKS[:40], "203.0.113.0/28", *BLOCKS[41:]])
    assert "198.51.40.0/24" in before
    assert "203.0.113.0/28" in after


@pytest.mark.parametrize(
    ("old", "new"),
    [("a\nb", "a\nb\n"), ("a\nb\n", "a\r\nb\r\n"), ("a b", "a  b"), (3, "3"), (True, "true")],
)
def test_values_that_differ_in_white_space_or_kind_alone_do_not_look_the_same(old, new):
    assert "-> " in text(report((old, new)))
    before, after = value_pair(old, new)
    assert before != after


@pytest.mark.parametrize(("old", "new"), [("[secret]", document()), (document(), "[secret]")])
def test_a_secret_has_no_lines(old, new):
    assert line_differences(old, new) == []
    shown = text(report((old, new)))
    assert "[secret]" in shown
    assert len(shown) < 400
    both = text(report(("[secret]", "[secret]")))
    assert "data.config: [secret] -> [secret]" in both


WIDE = "\n".join("x" * 400 for _ in range(300))
FENCED = "one\n```\n~~~\n<details>\n```diff\ntwo"


@pytest.mark.parametrize("resources", [1, 20])
def test_a_comment_with_long_texts_is_whole_and_short_enough(resources):
    values = [(WIDE, WIDE.replace("x", "y")), (document(200), document(200, hold="9s"))] * 30
    shown = markdown(report(*values, resources=resources))
    assert len(shown) <= MAX_CHARACTERS
    assert shown.count("! update ConfigMap config") >= 1
    assert "more properties" in shown
    assert "      data.config:\n@@ " in shown
    assert [line for line in shown.splitlines() if "```" in line] == ["```diff", "```"]


@pytest.mark.parametrize(("old", "new"), [(FENCED, "one\ntwo"), ("one\ntwo", FENCED), ("x", "```")])
def test_no_value_ends_the_fence_of_a_comment(old, new):
    lines = markdown(report((old, new))).splitlines()
    assert [line for line in lines if "```" in line] == ["```diff", "```"]
    inside = lines[lines.index("```diff") + 1 : lines.index("```")]
    assert all(line[0] in "!@+- " for line in inside)


def test_the_document_for_machines_has_both_values_whole():
    old, new = document(1000), document(1000, hold="9s")
    shown = json.loads(report((old, new)).model_dump_json(by_alias=True))
    (change,) = shown["resources"][0]["properties"]
    assert (change["old"], change["new"]) == (old, new)


@pytest.mark.parametrize("sign", ["\x1b[2J", "\r", "\u202e", "\0"])
def test_no_value_moves_the_cursor_of_a_terminal(sign):
    old, new = f"a{sign}b", f"c{sign}d"
    for shown in (report((old, new)), report((f"{old}\nx\n", f"{new}\nx\n")), report((sign, None))):
        assert sign not in text(shown)
        assert sign not in markdown(shown)
