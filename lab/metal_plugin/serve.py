"""The plugin's process: names its port on standard output, and ends with the engine."""

import importlib.util
import os
import signal
import sys
import time
import types
from collections.abc import Sequence
from concurrent import futures
from pathlib import Path

WORKERS = 256
"""Calls at a time: more than the engine makes."""

NAP_SECONDS = 0.5


def main(_arguments: Sequence[str]) -> int:
    """Serves until the engine ends it, or is gone: then calls that are under way end first."""
    # The engine interrupts a plugin that it has done with: no traceback for that.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    parent = os.getppid()
    _without_the_sdk()
    # After the line above: they import the protocol.
    import grpc
    from pulumi.runtime.proto import provider_pb2_grpc

    from lab.metal_plugin.provider import Provider

    # Its threads are waited for when the process ends.
    with futures.ThreadPoolExecutor(max_workers=WORKERS) as pool:
        options = [("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1)]
        server = grpc.server(pool, options=options)
        provider_pb2_grpc.add_ResourceProviderServicer_to_server(Provider(), server)
        port = server.add_insecure_port("127.0.0.1:0")
        server.start()
        sys.stdout.write(f"{port}\n")
        sys.stdout.flush()
        while os.getppid() == parent:
            time.sleep(NAP_SECONDS)
        server.stop(None)
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
