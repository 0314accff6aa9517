"""Rules that look at a stack file: pools, installation, silenced warnings."""

from typing import Any

from metallb.preflight.case import Case
from tests.unit.preflight.build import (
    HELM,
    case,
    of_static,
)
from tests.unit.preflight.table_peers import Row

NEW_POOL = {"addresses": ["203.0.113.0/28"]}


def ignoring(*ids: str) -> Any:
    reason = "known to the team, ticket 12"
    return of_static(preflight={"ignore": [{"id": each, "reason": reason} for each in ids]})


def on_control_planes(operator: str) -> Case:
    """Speakers on control-plane nodes, or on all others."""
    condition = {"key": "node-role.kubernetes.io/control-plane", "operator": operator}
    return of_static(install={"speaker": {"matchExpressions": [condition]}})


ROWS: dict[str, Row] = {
    "A16": ([lambda: of_static(addressPools={})], [lambda: of_static(), lambda: case()]),
    "A15": (
        [lambda: of_static(addressPools={"new": {**NEW_POOL, "renamedFrom": "old"}})],
        [
            lambda: of_static(addressPools={"new": NEW_POOL}),
            lambda: of_static(
                install={"version": "0.12.1"},
                addressPools={"new": {**NEW_POOL, "renamedFrom": "old"}},
            ),
        ],
    ),
    "I2": (
        [
            lambda: of_static(
                install={
                    "speaker": {"nodeSelectors": {"node-role.kubernetes.io/control-plane": ""}}
                }
            ),
            lambda: on_control_planes("Exists"),
        ],
        [
            lambda: on_control_planes("DoesNotExist"),
            lambda: of_static(
                install={
                    "speaker": {
                        "nodeSelectors": {"node-role.kubernetes.io/control-plane": ""},
                        "ignoreExcludeLb": True,
                    }
                }
            ),
            lambda: of_static(
                install={
                    "version": "0.12.1",
                    "speaker": {"nodeSelectors": {"node-role.kubernetes.io/master": ""}},
                }
            ),
        ],
    ),
    "I4": (
        [
            lambda: of_static(install={**HELM, "helmValues": {"configInline": {}}}),
            lambda: of_static(install={**HELM, "helmValues": {"frrk8s": {"enabled": False}}}),
            lambda: of_static(
                install={**HELM, "helmValues": {"speaker": {"frr": {"enabled": True}}}}
            ),
            lambda: of_static(
                install={
                    **HELM,
                    "helmValues": {
                        "prometheus": {
                            "serviceMonitor": {"enabled": True},
                            "podMonitor": {"enabled": True},
                        }
                    },
                }
            ),
            lambda: of_static(
                install={
                    **HELM,
                    "speaker": {"nodeSelectors": {"ingress": "yes"}},
                    "helmValues": {"speaker": {"memberlist": {"enabled": False}}},
                }
            ),
            lambda: of_static(
                install={
                    "source": "helm",
                    "bgpMode": "native",
                    "helmValues": {"frrk8s": {"enabled": "true"}},
                }
            ),
            lambda: of_static(install={**HELM, "helmValues": {"frrk8s": {"enabled": None}}}),
            lambda: of_static(
                install={**HELM, "helmValues": {"speaker": {"frr": {"enabled": "false"}}}}
            ),
        ],
        [
            lambda: of_static(install={**HELM, "helmValues": {"frrk8s": {"enabled": True}}}),
            lambda: of_static(install={**HELM, "helmValues": {"speaker": 3}}),
        ],
    ),
    "I5": (
        [lambda: of_static(kubernetes={"version": "1.20"})],
        [
            lambda: of_static(kubernetes={"version": "1.21"}),
            lambda: of_static(kubernetes={"version": "1.20"}, install={"version": "0.12.1"}),
        ],
    ),
    "I12": (
        [
            lambda: of_static(install={"monitoring": {"prometheusRule": True}}),
            lambda: of_static(install={"monitoring": {"dashboard": True}}),
        ],
        [
            lambda: of_static(
                install={"monitoring": {"prometheusRule": True, "serviceMonitor": True}}
            ),
            lambda: of_static(install={"source": "existing", "monitoring": {"dashboard": True}}),
        ],
    ),
    "I13": (
        [
            lambda: of_static(
                install={"source": "existing", "controller": {"nodeSelectors": {"a": "b"}}}
            ),
            lambda: of_static(install={"helmValues": {"a": 1}}),
            lambda: of_static(install={"source": "existing", "networkPolicy": True}),
            lambda: of_static(install={"source": "existing", "memberlistSecret": "x" * 32}),
            lambda: of_static(install={"source": "existing", "monitoring": {"dashboard": True}}),
            lambda: of_static(
                install={"source": "existing", "monitoring": {"prometheus": {"name": "p"}}}
            ),
            lambda: of_static(install={"helmChart": "oci://registry.example.com/metallb"}),
            lambda: of_static(install={"helmRepository": None}),
            lambda: of_static(install={**HELM, "version": "0.15.2", "networkPolicy": True}),
            lambda: of_static(
                install={**HELM, "version": "0.14.3", "speaker": {"ignoreExcludeLb": True}}
            ),
            lambda: of_static(install={**HELM, "monitoring": {"interval": "10s"}}),
            lambda: of_static(install={"version": "0.12.1", "speaker": {"ignoreExcludeLb": True}}),
        ],
        [
            lambda: of_static(
                install={
                    "source": "existing",
                    "version": "0.15.3",
                    "bgpMode": "frr",
                    "namespace": "metallb",
                }
            ),
            lambda: of_static(install={**HELM, "helmValues": {"a": 1}, "helmChart": "other"}),
            lambda: of_static(install={**HELM, "version": "0.15.3", "networkPolicy": True}),
            lambda: of_static(
                install={**HELM, "version": "0.14.4", "speaker": {"ignoreExcludeLb": True}}
            ),
            lambda: of_static(install={"networkPolicy": True, "monitoring": {"interval": "10s"}}),
        ],
    ),
    "G1": ([lambda: ignoring("P99")], [lambda: ignoring("M1")]),
    "G2": ([lambda: ignoring("P6")], [lambda: ignoring("M1", "P99")]),
    "G3": ([lambda: ignoring("M1", "M1")], [lambda: ignoring("M1", "M2")]),
}
