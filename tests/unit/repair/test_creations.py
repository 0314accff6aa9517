"""Which objects of a cluster an interrupted creation made, and what becomes of the state."""

from copy import deepcopy
from typing import Any

import pytest

from metallb.problems.errors import EngineError
from metallb.repair.state import pending_creates, with_created
from metallb.status.creations import ClusterCreations

Object = dict[str, Any]

PARENT = "urn:pulumi:prod::metallb::metallb:index:RoutingConfiguration::routing"
PROVIDER = "urn:pulumi:prod::metallb::pulumi:providers:kubernetes::kubernetes"
URN = f"{PARENT}$kubernetes:metallb.io/v1beta1:IPAddressPool::routing-ipaddresspool-public"
PATH = "/apis/metallb.io/v1beta1/namespaces/metallb-system/ipaddresspools/public"
BODY: Object = {
    "apiVersion": "metallb.io/v1beta1",
    "kind": "IPAddressPool",
    "metadata": {
        "name": "public",
        "namespace": "metallb-system",
        "labels": {"app.kubernetes.io/managed-by": "pulumi"},
    },
    "spec": {"addresses": ["203.0.113.0/28"], "avoidBuggyIPs": False},
}
STATE: Object = {
    "manifest": {"time": "2026-11-29T18:00:30.256551497Z"},
    "resources": [
        {"urn": PARENT, "created": "2026-11-29T18:00:01.1Z"},
        {"urn": PROVIDER, "id": "x", "created": "2026-11-29T18:00:00.7Z"},
    ],
    "pending_operations": [
        {
            "type": "creating",
            "resource": {
                "urn": URN,
                "custom": True,
                "type": "kubernetes:metallb.io/v1beta1:IPAddressPool",
                "inputs": {**BODY, "__initialApiVersion": "metallb.io/v1beta1"},
                "parent": PARENT,
                "provider": f"{PROVIDER}::x",
                "dependencies": [],
            },
        }
    ],
}


def there(manager: str = "pulumi-kubernetes", made: str = "2026-11-29T18:00:20Z") -> Object:
    """The object as the API server has it."""
    found = deepcopy(BODY)
    del found["spec"]["avoidBuggyIPs"]  # the API server leaves out what is empty
    found["spec"]["autoAssign"] = True
    operation = "Update" if manager == "pulumi-kubernetes" else "Apply"
    found["metadata"] |= {
        "creationTimestamp": made,
        "managedFields": [
            {"manager": "kubelet", "operation": "Update", "subresource": "status"},
            {"manager": manager, "operation": operation, "time": made},
        ],
    }
    return found


class Api:
    """An API server with one pool, or none."""

    def __init__(self, pool: Object | None) -> None:
        self.pool = pool

    def read(self, path: str) -> Object | None:
        if path == "/apis/metallb.io/v1beta1":
            kind = {"name": "ipaddresspools", "kind": "IPAddressPool", "namespaced": True}
            return {"resources": [{**kind, "name": "ipaddresspools/status"}, kind]}
        assert path == PATH
        return self.pool


def look(pool: Object | None, state: Object = STATE) -> tuple[list[str], list[str]]:
    made, others = ClusterCreations(cluster=Api(pool)).found(state)
    return [each.id for each in made], others


@pytest.mark.parametrize("manager", ["pulumi-kubernetes", "pulumi-kubernetes-5df13900"])
def test_what_a_provider_made_while_the_update_ran_is_the_stacks(manager: str) -> None:
    assert look(there(manager)) == (["metallb-system/public"], [])


def test_what_was_never_made_is_not_named() -> None:
    assert look(None) == ([], [])


def not_ours() -> dict[str, Object]:
    other = there()
    other["spec"]["addresses"] = ["198.51.100.0/28"]
    bare = there()
    del bare["metadata"]["labels"]
    return {
        "made by kubectl": there("kubectl-client-side-apply"),
        "made by a program whose name begins alike": there("pulumi-kubernetes-operator"),
        "older than what this stack's creation waited for": there(made="2026-11-29T17:58:00Z"),
        "with other addresses": other,
        "without the stack's labels": bare,
    }


@pytest.mark.parametrize("case", not_ours())
def test_an_object_of_another_owner_is_left_alone_and_named(case: str) -> None:
    made, others = look(not_ours()[case])
    assert made == []
    (line,) = others
    assert line.startswith("left IPAddressPool metallb-system/public alone")


def test_an_object_of_an_earlier_update_is_of_another_owner() -> None:
    """The stack is old, and so is an object that its last update did not know."""
    state = deepcopy(STATE)
    for item in state["resources"]:
        item["created"] = "2026-01-01T00:00:00Z"
    assert look(there(made="2026-11-29T16:00:00Z"), state)[0] == []
    assert look(there(made="2026-11-29T17:30:00Z"), state)[0] == ["metallb-system/public"]


def test_a_state_without_times_proves_nothing() -> None:
    state = {"pending_operations": STATE["pending_operations"]}
    assert look(there(), state)[0] == []


def test_a_secret_value_is_not_compared() -> None:
    state = deepcopy(STATE)
    inputs = state["pending_operations"][0]["resource"]["inputs"]
    inputs["spec"] = {"4dabf18193072939515e22adb298388d": "1b47", "ciphertext": "v1:x"}
    assert look(there(), state)[0] == ["metallb-system/public"]


def test_what_the_state_has_already_is_not_taken_twice() -> None:
    state = deepcopy(STATE)
    state["resources"].append({"urn": URN, "id": "metallb-system/public"})
    assert look(there(), state) == ([], [])


def test_a_release_of_a_chart_is_no_object() -> None:
    state = deepcopy(STATE)
    state["pending_operations"][0]["resource"]["type"] = "kubernetes:helm.sh/v3:Release"
    assert look(there(), state) == ([], [])


def test_a_cluster_that_does_not_answer_leaves_the_state_as_it_is() -> None:
    class Silent:
        def read(self, path: str) -> Object | None:
            raise EngineError("connection refused", code="E601", help="start it")

    with pytest.raises(EngineError) as raised:
        ClusterCreations(cluster=Silent()).found(STATE)
    problem = raised.value.problem
    assert problem.code == "E601"
    assert "1 Kubernetes object:" in problem.summary
    assert "--without-cluster" in problem.help


def test_the_provider_goes_on_with_the_field_manager_of_the_creation() -> None:
    (made,), _ = ClusterCreations(cluster=Api(there("pulumi-kubernetes-5df13900"))).found(STATE)
    assert made.manager == "pulumi-kubernetes-5df13900"
    (made,), _ = ClusterCreations(cluster=Api(there())).found(STATE)
    assert made.manager == "", "a plain creation has none"


def test_a_resource_that_was_made_stands_behind_what_it_needs() -> None:
    (pending,) = pending_creates(STATE)
    *before, last = with_created(STATE, pending, "metallb-system/public", {"a": 1})["resources"]
    assert before == STATE["resources"]
    assert (last["urn"], last["id"], last["outputs"]) == (URN, "metallb-system/public", {"a": 1})
    assert last["provider"] == f"{PROVIDER}::x"
    assert last["initErrors"]
