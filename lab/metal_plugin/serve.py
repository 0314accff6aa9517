"""The plugin's process: names its port on standard output, and ends with the engine."""

import importlib.util
import os
import sys
import time
import types
from collections.abc import Sequence
from concurrent import futures
from pathlib import Path

WORKERS = 256
"""Calls at a time: more than the engine makes."""

GRACE_SECONDS = 300.0
"""How long calls that are under way may take once the engine is gone."""

NAP_SECONDS = 1.0


def main(arguments: Sequence[str]) -> int:
    """Serves until the engine ends it, or is gone."""
    _without_the_sdk()
    # After the line above: they import the protocol.
    import grpc
    from pulumi.runtime.proto import provider_pb2_grpc

    from lab.metal_plugin.provider import Provider

    provider = Provider()
    server = grpc.server(
        futures.ThreadPoolExecutor(max_workers=WORKERS),
        options=[("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)],
    )
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(provider, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    parent = os.getppid()
    while os.getppid() == parent:
        time.sleep(NAP_SECONDS)
    server.stop(GRACE_SECONDS).wait()
    return 0


def _without_the_sdk() -> None:
    """Lets the protocol's modules be imported without the SDK around them, which is slow."""
    spec = importlib.util.find_spec("pulumi")
    if spec is None or not spec.submodule_search_locations or "pulumi" in sys.modules:
        return
    folder = Path(spec.submodule_search_locations[0])
    for name, path in (("pulumi", folder), ("pulumi.runtime", folder / "runtime")):
        module = types.ModuleType(name)
        module.__path__ = [str(path)]
        sys.modules[name] = module
