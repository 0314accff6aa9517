"""Emulated clouds for programs that run without an engine."""

import contextlib
import json
import os
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from unittest import mock

from lab.metal_api.mocks import MetalMocks, open_mocks
from lab.metal_api.seed import Seed, load_seed

__all__ = ["cloud_of", "no_network"]


def cloud_of(stack: Mapping[str, Any], seed: Seed | None = None) -> MetalMocks:
    """An emulated cloud with the project that the stack file names."""
    seed = seed or load_seed("demo")
    platform = stack.get("platform")
    project = platform.get("projectId") if isinstance(platform, dict) else None
    project = project or seed.project.id
    return open_mocks(
        seed.model_copy(update={"project": seed.project.model_copy(update={"id": project})})
    )


@contextlib.contextmanager
def no_network(cloud: MetalMocks) -> Iterator[None]:
    """The program's own look-ups go to the emulation; no token of this machine is used."""

    def send(
        method: str,
        path: str,
        token: str,
        query: Any = None,
        *,
        check: Callable[[int, bytes], object],
    ) -> tuple[int, bytes]:
        reply = cloud.api.handle(method, path, query=query or {}, token=token)
        body = json.dumps(reply.body).encode()
        check(reply.status, body)
        return reply.status, body

    tokens = {"METAL_AUTH_TOKEN", "PACKET_AUTH_TOKEN"}
    kept = {key: value for key, value in os.environ.items() if key not in tokens}
    with (
        mock.patch("metallb.platforms.equinix_metal.transport.send", send),
        mock.patch.dict(os.environ, kept, clear=True),
    ):
        yield
