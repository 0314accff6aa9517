"""A provider plugin as a process, and the gRPC calls that the engine makes to it."""

import os
import subprocess
from collections.abc import Iterator, Mapping
from concurrent import futures
from contextlib import contextmanager
from typing import Any

import grpc
from google.protobuf import empty_pb2, json_format
from google.protobuf.message import Message
from pulumi.runtime.proto import (
    engine_pb2_grpc,
    provider_pb2,
    provider_pb2_grpc,
    status_pb2,
)

Json = dict[str, Any]

REQUESTS: dict[str, type[Message]] = {
    "CheckConfig": provider_pb2.CheckRequest,
    "DiffConfig": provider_pb2.DiffRequest,
    "Configure": provider_pb2.ConfigureRequest,
    "Invoke": provider_pb2.InvokeRequest,
    "Check": provider_pb2.CheckRequest,
    "Diff": provider_pb2.DiffRequest,
    "Create": provider_pb2.CreateRequest,
    "Read": provider_pb2.ReadRequest,
    "Update": provider_pb2.UpdateRequest,
    "Delete": provider_pb2.DeleteRequest,
    "Construct": provider_pb2.ConstructRequest,
    "Call": provider_pb2.CallRequest,
    "GetPluginInfo": empty_pb2.Empty,
    "Cancel": empty_pb2.Empty,
}
UNORDERED = ("replaces", "stables", "diffs")
CALL_SECONDS = 120.0


class _Engine(engine_pb2_grpc.EngineServicer):
    """The engine's side: a plugin may log there, and the published one always does."""

    def Log(self, request: Any, context: grpc.ServicerContext) -> empty_pb2.Empty:
        return empty_pb2.Empty()


class Plugin:
    """A running plugin."""

    def __init__(self, channel: grpc.Channel) -> None:
        self._stub = provider_pb2_grpc.ResourceProviderStub(channel)

    def call(self, rpc: str, request: Mapping[str, Any]) -> Json:
        """One call; both sides as JSON. An error is `{"error": {...}}`."""
        message = json_format.ParseDict(dict(request), REQUESTS[rpc]())
        try:
            answer = getattr(self._stub, rpc)(message, timeout=CALL_SECONDS)
        except grpc.RpcError as error:
            return {"error": _error(error)}
        return as_json(answer)


def as_json(answer: Message) -> Json:
    """A message as JSON; lists that have no order are sorted."""
    values: Json = json_format.MessageToDict(answer)
    for key in UNORDERED:
        if key in values:
            values[key] = sorted(values[key])
    if "failures" in values:
        values["failures"].sort(key=lambda one: (one.get("property", ""), one["reason"]))
    return values


def _error(error: Any) -> Json:
    found: Json = {"code": error.code().name, "message": error.details()}
    for key, value in error.trailing_metadata() or ():
        if key != "grpc-status-details-bin":
            continue
        status = status_pb2.Status()
        status.ParseFromString(value)
        found["message"] = status.message
        for detail in status.details:
            name = detail.type_url.rpartition(".")[2]
            kind = getattr(provider_pb2, name, None)
            if kind is not None:
                message = kind()
                detail.Unpack(message)
                found[name] = as_json(message)
    return found


@contextmanager
def running_plugin(command: str, environment: Mapping[str, str]) -> Iterator[Plugin]:
    """Starts a plugin as the engine does, until the block ends."""
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=4))
    engine_pb2_grpc.add_EngineServicer_to_server(_Engine(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    # The caller's proxy settings are for the plugin's calls: gRPC stays on loopback.
    with subprocess.Popen(
        [command, f"127.0.0.1:{port}"],
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stdout is not None
            own = process.stdout.readline().strip()
            assert own.isdecimal(), f"{command} named no port: {own!r}"
            options = [("grpc.enable_http_proxy", 0)]
            with grpc.insecure_channel(f"127.0.0.1:{own}", options=options) as channel:
                yield Plugin(channel)
        finally:
            process.kill()
            server.stop(None)
