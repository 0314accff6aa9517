"""Random sites with real speakers and routers, beside what is predicted of them.

`python -m benchmarks.sites` tries more sites, and more changes of each.
"""

import copy
import json
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from lab import needs
from lab.forecast.drawing import RandomSite, draw
from lab.forecast.ground import Ground
from lab.forecast.running import Running
from lab.forecast.trying import try_all
from lab.guard import guarded
from lab.site import Lab
from metallb.cli import main

pytestmark = pytest.mark.lab

SEEDS = (0, 9, 4, 19, 8)
"""Two of native mode, two of mode frr, one of mode frr-k8s."""


@pytest.fixture(scope="module")
def ground() -> Iterator[Ground]:
    if lacks := needs.missing() + needs.missing_frr(modes=True):
        pytest.skip("this machine can't run the lab with FRR; missing: " + "; ".join(lacks))
    Lab("random").down()
    lab = Lab("random")
    with guarded(lab):
        made = Ground(lab)
        made.start()
        yield made


@contextmanager
def started(ground: Ground, drawn: RandomSite) -> Iterator[Running]:
    running = Running(ground, drawn)
    try:
        running.start()
        yield running
    finally:
        running.end()


@pytest.mark.parametrize("seed", SEEDS)
def test_every_route_is_the_predicted_one_before_and_after_a_change_and_failures(
    ground: Ground, seed: int
) -> None:
    with started(ground, draw(seed)) as running:
        outcomes = list(try_all(running, edits=1))
    assert [line for each in outcomes for line in (each.what, *each.wrong) if each.wrong] == []
    assert outcomes[0].routes
    assert len(outcomes) >= 4


def test_a_change_is_judged_against_what_the_cluster_has(
    ground: Ground, capsys: pytest.CaptureFixture[str]
) -> None:
    drawn = draw(SEEDS[0])
    with started(ground, drawn) as running:
        config = copy.deepcopy(drawn.config)
        config["bgp"]["holdTime"] = "9s"
        config["addressPools"]["pool1"]["addresses"] = ["198.51.100.8/29"]
        changed = str(running.written(config))
        cluster = ("--kubeconfig", str(ground.lab.plane.kubeconfig))
        shown = []
        for options in (("cluster",), (str(running.stack), "--cluster")):
            words = ["impact", changed, "--format", "json", "--against", *options, *cluster]
            assert main(words) == 0
            shown.append(json.loads(capsys.readouterr().out))
        addresses = dict(running.addresses)
    of_cluster, of_file = shown
    services = of_cluster.pop("services")
    assert services == sorted(f"default/{name} {each}" for name, each in addresses.items())
    assert {**of_file, "services": []} == {**of_cluster, "services": []}
    assert of_cluster["redialled"]
    assert of_cluster["addresses"] == ["198.51.100.0/29"]
