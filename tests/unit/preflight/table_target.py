"""Rules about where a stack's objects go, its credentials, placeholders, and addresses of hosts."""

from collections.abc import Callable
from typing import Any

from metallb.preflight.case import Case
from metallb.preflight.stacks import stack_case
from metallb.stackfile.clear_text import clear_texts
from tests.support.paths import PROJECT_ROOT
from tests.unit.preflight.build import (
    HELM,
    case,
    of_static,
    pool,
)
from tests.unit.preflight.table_peers import Row
from tests.unit.stacks import CIPHERTEXT, stack, static

NODES = ["10.1.0.0/16"]


def target(**kubernetes: Any) -> Callable[[], Case]:
    return lambda: of_static(kubernetes=kubernetes)


def addresses(*blocks: str) -> Callable[[], Case]:
    return lambda: of_static(addressPools={"public": {"addresses": list(blocks)}})


def router(address: str, source: str | None = None, **kubernetes: Any) -> Callable[[], Case]:
    """A rack whose router, or whose node's source, has an address in these networks."""
    node = {"hostname": "a1", **({} if source is None else {"sourceAddress": source})}
    racks = [{"name": "a", "nodes": [node], "routers": [{"address": address}]}]
    named = {"context": "prod", **kubernetes}
    return lambda: of_static(platform={"kind": "static", "racks": racks}, kubernetes=named)


def clear(**config: Any) -> Callable[[], Case]:
    """A stack beside what the reader of its file has found in these values."""
    values = {key.replace("__", "-").replace("_", ":"): value for key, value in config.items()}
    return lambda: stack_case(stack(static()), None, tuple(clear_texts(values)))


ROWS: dict[str, Row] = {
    "A5": (
        [addresses("10.0.0.5/24"), addresses("2001:db8::5/64")],
        [
            addresses("10.0.0.0/24", "10.0.1.5/32", "10.0.2.5-10.0.2.9"),
            lambda: case(pool("public", "10.0.0.5/24")),
        ],
    ),
    "A17": (
        [
            lambda: case(pool("public", "10.0.0.5/24")),
            lambda: case(pool("public", "2001:db8::5/64")),
        ],
        [lambda: case(pool("public", "10.0.0.0/24", "10.0.1.5/32")), addresses("10.0.0.5/24")],
    ),
    "A18": (
        [
            router("10.1.0.0", nodeCidrs=NODES),
            router("10.1.255.255", nodeCidrs=NODES),
            router("10.1.7.127", nodeCidrs=[*NODES, "10.1.7.0/25"]),
            router("10.1.0.1", "10.1.255.255", nodeCidrs=NODES),
        ],
        [
            router("10.1.0.1", "10.1.0.2", nodeCidrs=NODES),
            router("10.1.7.0", nodeCidrs=NODES),
            router("10.1.0.0", nodeCidrs=[*NODES, "10.1.0.0/31"]),
            router("10.1.255.255", nodeCidrs=[*NODES, "10.1.255.255/32"]),
            router("10.1.0.0"),
            router("2001:db8::", nodeCidrs=["2001:db8::/64"]),
        ],
    ),
    "A19": (
        [
            router("10.244.0.9", podCidrs=["10.244.0.0/16"]),
            router("10.96.0.1", serviceCidrs=["10.96.0.0/12"]),
            router("10.1.0.1", "10.244.0.9", podCidrs=["10.244.0.0/16"]),
            router("fd00::1", podCidrs=["10.244.0.0/16", "fd00::/56"]),
        ],
        [
            router("10.1.0.1", "10.1.0.2", nodeCidrs=NODES, podCidrs=["10.244.0.0/16"]),
            router("10.1.0.1"),
        ],
    ),
    "K5": (
        [
            clear(metallb_bgp={"password": "hunter2"}),
            clear(equinix__metal_authToken="abc"),
            clear(
                metallb_install={"helmValues": {"extraEnv": [{"name": "KEY_TOKEN", "value": "x"}]}}
            ),
        ],
        [
            clear(metallb_bgp={"password": {"secure": CIPHERTEXT}, "myAsn": 64500}),
            clear(metallb_install={"imagePullSecrets": ["mirror"]}),
            lambda: case(),
        ],
    ),
    "K6": (
        [
            target(context="<your context>"),
            target(context="${CLUSTER}"),
            lambda: of_static(bgp={"password": "changeme"}),
        ],
        [
            target(context="prod"),
            lambda: of_static(install={**HELM, "helmValues": {"a": "${B}"}}),
            lambda: case(),
        ],
    ),
    "V8": (
        [
            lambda: of_static(install={}),
            lambda: of_static(install={"source": "existing"}),
            lambda: stack_case(
                stack({key: part for key, part in static().items() if key != "install"}), None
            ),
        ],
        [lambda: of_static(install={"version": "0.16.2"}), lambda: case()],
    ),
    "X4": (
        [target(), target(version="1.31"), target(context=None)],
        [
            target(context="prod"),
            target(kubeconfig="prod.conf"),
            target(renderTo="build/prod"),
            lambda: case(),
        ],
    ),
    "X5": (
        [
            target(renderTo=folder)
            for folder in (
                *(
                    "/",
                    "//",
                    " / ",
                    ".",
                    "./",
                    "..",
                    "build/../..",
                    "~",
                    "~/out",
                    "~ann",
                    "stacks/",
                ),
                *(
                    "/etc",
                    "/home/ann",
                    "/proc/self",
                    "/dev/shm/out",
                    "/root",
                    "$HOME/out",
                    "a/${B}",
                    ".git/x",
                ),
                *(str(PROJECT_ROOT), f"{PROJECT_ROOT}/", str(PROJECT_ROOT.parent)),
            )
        ],
        [
            target(renderTo=folder)
            for folder in ("build/prod", "../site/prod", "/srv/prod", "stacks/out", "/home/ann/out")
        ]
        + [target(context="prod"), lambda: case()],
    ),
}
