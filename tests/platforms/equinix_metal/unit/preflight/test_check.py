"""What answers bring to the rules."""

import pytest

from metallb.platforms.equinix_metal.facts import Device
from metallb.preflight import check_facts, check_stack
from metallb.problems.problem import spelled
from tests.platforms.equinix_metal.stacks import metal, metal_answers
from tests.platforms.equinix_metal.unit.preflight.build import metal_platform
from tests.support.paths import PROJECT_ROOT
from tests.unit.stacks import stack, static

HOLE = "54825:666"
"""By which Equinix Metal's routers drop traffic."""


def test_answers_bring_what_the_file_could_not_tell_and_only_that() -> None:
    made = stack(metal(bgp={"holdTime": None}))
    assert [problem.code for problem in check_stack(made)] == ["P8"]
    answers = metal_answers()
    assert check_facts(made, answers) == ()
    same = answers.model_copy(
        update={
            "nodes": {
                **answers.nodes,
                "worker-1": Device(
                    **{
                        **answers.nodes["worker-1"].model_dump(),
                        "private_address": answers.nodes["worker-0"].private_address,
                    }
                ),
            }
        }
    )
    assert {problem.code for problem in check_facts(made, same)} == {"P22"}


def test_a_block_that_meets_a_router_comes_to_light_with_the_answers() -> None:
    made = stack(metal())
    answers = metal_answers(2, default="10.64.0.10/32")
    (problem,) = check_facts(made, answers)
    assert (problem.code, spelled(problem.location)) == (
        "A8",
        "metallb:addressPools.default.elasticIps[0]",
    )
    # The file has the block's name alone, and its addresses are not to choose.
    assert "block default" in problem.help
    assert "10.64.0.10" not in problem.help


def test_a_static_platform_has_no_answers_to_check() -> None:
    assert check_facts(stack(static()), metal_answers()) == ()


def test_devices_known_by_id_alone_are_not_taken_for_host_names() -> None:
    nodes = [{"deviceId": "2b9f6f0e-8a55-4c53-9a0e-0d5c3f6f1b00"}]
    pools = {
        "default": {
            "elasticIps": ["default"],
            "advertisements": {
                "default": {"nodeSelectors": [{"matchLabels": {"kubernetes.io/hostname": "w0"}}]}
            },
        }
    }
    sections = metal(**metal_platform(nodes=nodes), addressPools=pools)
    assert check_stack(stack(sections)) == ()


@pytest.mark.parametrize(
    ("name", "expected"),
    [("demo", []), ("seed", []), ("packet", ["metallb:platform.projectId"])],
)
def test_in_the_stacks_that_ship_only_a_placeholder_is_found(
    name: str, expected: list[str]
) -> None:
    from metallb.stackfile import stack_config
    from metallb.stackfile.files import read_stack_file

    path = PROJECT_ROOT / "stacks" / f"Pulumi.{name}.yaml"
    read = read_stack_file(path)
    made = stack_config(read.sections, source=str(path))
    found = check_stack(made, clear_texts=read.clear_texts)
    assert [spelled(each.location) for each in found if each.code == "M30"] == expected
    assert len(found) == len(expected)


@pytest.mark.parametrize("key", ["a b", "x" * 81, "Tab\there12"])
def test_a_key_that_no_project_takes_is_reported_once(key: str) -> None:
    made = stack(metal(bgp={"password": key}))
    found = [each for each in check_stack(made) if each.location == ("metallb:bgp", "password")]
    assert [each.code for each in found] == ["M3"]


def test_the_providers_own_blackhole_community_is_known_in_every_configuration() -> None:
    pool = {"addresses": ["203.0.113.0/28"], "advertisements": {"p": {"communities": [HOLE]}}}
    found = check_stack(stack(static(addressPools={"p": pool})))
    assert [each.code for each in found if each.code == "C3"] == ["C3"]
