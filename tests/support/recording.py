"""Runs a program to its end on a monitor that records raw requests, as strict as the engine.

`run` is the only way to a record: it drains every request before it returns, so that an absence
can be asserted. Each run has runtime settings, config, event loop and cloud of its own.
"""

import asyncio
import contextlib
import contextvars
import inspect
import logging
from collections.abc import Callable, Collection, Iterator, Mapping
from contextvars import ContextVar
from typing import Any
from unittest import mock

import grpc
import pulumi
from google.protobuf import empty_pb2, json_format, struct_pb2
from pulumi.runtime import config as runtime_config
from pulumi.runtime import mocks
from pulumi.runtime import resource as runtime_resource
from pulumi.runtime import settings as runtime_settings
from pulumi.runtime import stack as runtime_stack
from pulumi.runtime.proto import resource_pb2, source_pb2

from tests.platforms import Cloud, Part, parts
from tests.support.record import STACK_TYPE, Invoke, Record, Registration
from tests.support.wire import read, write

PROJECT = "metallb"
READ_STATE = "pulumi:pulumi:readStackResourceOutputs"
"""Built into the engine: what the last update left in the state."""
RUNNING: ContextVar[bool] = ContextVar("running", default=False)
"""Whether a program runs right now; `forbid_components_outside_run` looks at it."""

_PARTS = {part.package: part for part in parts() if part.package}
_RESTING: list[asyncio.AbstractEventLoop] = []
_SETTLE_SECONDS = 10


class RecordingMonitor(mocks.MockMonitor):
    """Records requests; answers for a cloud from its emulation, for Kubernetes with an echo."""

    def __init__(
        self,
        record: Record,
        cloud: Cloud | None,
        stack: str,
        previous: Record | None,
        unreadable: int,
    ):
        super().__init__(_Unasked())
        self._record = record
        self._cloud = cloud
        self._stack = stack
        self._known = previous.answers if previous else {}
        self._unreadable = unreadable
        self._urns: set[str] = set()

    def make_urn(self, parent: str, type_: str, name: str) -> str:
        """The engine's own rule: a stack does not show in the types of what it holds."""
        if parent:
            outer = parent.split("::")[2]
            if outer != STACK_TYPE:
                type_ = f"{outer}${type_}"
        return f"urn:pulumi:{self._stack}::{PROJECT}::{type_}::{name}"

    def RegisterResource(self, request: Any) -> Any:
        """One registration."""
        urn = self.make_urn(request.parent, request.type, request.name)
        if request.type == STACK_TYPE:
            return resource_pb2.RegisterResourceResponse(urn=urn)
        item = _registration(urn, request)
        with self._record.lock:
            if urn in self._urns:
                message = f"Duplicate resource URN '{urn}'; try giving it a unique name"
                raise ValueError(message)
            self._urns.add(urn)
            self._record.resources.append(item)
            self._record.journal.append(item)
        resource_id, outputs = self._answer(item, request.object)
        with self._record.lock:
            self._record.answers[urn] = (resource_id, outputs)
        return resource_pb2.RegisterResourceResponse(urn=urn, id=resource_id, object=outputs)

    def RegisterResourceOutputs(self, request: Any) -> Any:
        """A component's outputs, or the stack's exports."""
        with self._record.lock:
            assert request.urn not in self._record.outputs, f"{request.urn}: outputs came twice"
            self._record.outputs[request.urn] = read(request.outputs)
        return empty_pb2.Empty()

    def ReadResource(self, request: Any) -> Any:
        """No program of ours reads a resource this way."""
        message = f"unexpected read of {request.type} {request.name}"
        raise ValueError(message)

    def Invoke(self, request: Any) -> Any:
        """A provider function; the cloud's only."""
        call = Invoke(request.tok, read(request.args), request.provider, request.version)
        with self._record.lock:
            self._record.invokes.append(call)
            self._record.journal.append(call)
        assert not call.args.unknown, f"{request.tok} was called with unknown arguments"
        if request.tok == READ_STATE:
            if self._unreadable:
                self._unreadable -= 1
                raise Refused("unexpected end of JSON input")
            # In the shape that engine 3.259.0 answers; every resource's outputs hold its id.
            known = {
                urn: {"outputs": {**json_format.MessageToDict(one[1]), "id": one[0]}}
                for urn, one in self._known.items()
            }
            result = {"name": self._stack, "outputs": known}
        else:
            result = self._called(request.tok, call.args.plain)
        return resource_pb2.ResourceInvokeResponse(**{"return": write(result)})

    def _called(self, token: str, args: Any) -> Any:
        part = _PARTS.get(token.partition(":")[0])
        assert part is not None, f"no provider here knows {token}"
        try:
            return self._its_cloud(part).call(token, args)
        except part.refusals as error:
            raise Refused(str(error)) from error

    def _its_cloud(self, part: Part) -> Cloud:
        # Requests come from several threads: two clouds would give the same ids to two resources.
        with self._record.lock:
            if self._cloud is None:
                self._cloud = part.cloud()
            return self._cloud

    def _answer(self, item: Registration, inputs: Any) -> tuple[str, struct_pb2.Struct]:
        if item.urn in self._known:
            return self._known[item.urn]
        if not item.custom:
            assert item.type.startswith(f"{PROJECT}:index:"), f"unknown component {item.type}"
            return "", struct_pb2.Struct()
        if item.package in _PARTS:
            cloud = self._its_cloud(_PARTS[item.package])
            if item.import_id:
                return item.import_id, write(cloud.read(item.type, item.import_id))
            if self._record.preview:
                return "", inputs
            resource_id, outputs = cloud.new_resource(item.type, item.name, item.inputs.plain)
            return resource_id, write(outputs)
        if item.type == "pulumi:providers:kubernetes" or item.package == "kubernetes":
            return "" if self._record.preview else f"id-of-{item.name}", inputs
        message = f"no provider here knows {item.type} ({item.name})"
        raise ValueError(message)


class Refused(grpc.RpcError):
    """A refusal as it comes over the wire."""

    def code(self) -> grpc.StatusCode:
        return grpc.StatusCode.UNKNOWN

    def details(self) -> str:
        return str(self)


class _Unasked(mocks.Mocks):
    """The monitor above answers everything itself."""

    def call(self, args: Any) -> Any:
        raise NotImplementedError

    def new_resource(self, args: Any) -> Any:
        raise NotImplementedError


class _Keep(logging.Handler):
    def __init__(self, record: Record) -> None:
        super().__init__(logging.DEBUG)
        self._record = record

    def emit(self, record: logging.LogRecord) -> None:
        self._record.logs.append((record.levelname.lower(), record.getMessage()))


def run(program: Callable[[], Any], **options: Any) -> Record:
    """Run a program to its end; its error, if any, is raised.

    A mapping that the program returns is exported, which is how a test sees an Output's value.
    See `_run` for the options.
    """
    record = contextvars.copy_context().run(_run, program, **options)
    if record.error is not None:
        raise record.error
    return record


def run_failing(program: Callable[[], Any], **options: Any) -> Record:
    """Run a program that has to fail; `record.error` says how."""
    record = contextvars.copy_context().run(_run, program, **options)
    assert record.error is not None, "the program ended well, and was to fail"
    return record


def unknown_output() -> pulumi.Output[Any]:
    """An Output of a resource that a preview has not made yet."""

    async def answer(value: Any) -> Any:
        return value

    return pulumi.Output(set(), answer(None), answer(False))


@contextlib.contextmanager
def forbid_components_outside_run() -> Iterator[None]:
    """Nothing would ever be sent for them, and the test would pass without testing."""
    original = pulumi.Resource.__init__

    def checked(self: Any, *args: Any, **kwargs: Any) -> None:
        assert RUNNING.get(), "resources are made by a program that `run` runs to its end"
        original(self, *args, **kwargs)

    pulumi.Resource.__init__ = checked
    try:
        yield
    finally:
        pulumi.Resource.__init__ = original


def _run(
    program: Callable[[], Any],
    *,
    preview: bool = False,
    cloud: Cloud | None = None,
    config: Mapping[str, str] | None = None,
    secret_keys: Collection[str] = (),
    stack: str = "test",
    previous: Record | None = None,
    unreadable: int = 0,
) -> Record:
    """Runs in a context of its own.

    :param cloud: the emulated cloud; a fresh one of the platform whose provider is called first.
    :param config: Pulumi config by full key.
    :param previous: a run whose resources exist already, so that a preview knows them.
    :param unreadable: how often the engine fails to read its state before it succeeds.
    """
    record = Record(preview=preview)
    RUNNING.set(True)
    logger = logging.Logger("recording", logging.DEBUG)
    logger.addHandler(_Keep(record))
    monitor = RecordingMonitor(record, cloud, stack, previous, unreadable)
    # set_mocks makes a root of its own where there is none; ours records the program's exports.
    runtime_settings.set_root_resource(object())  # type: ignore[arg-type]
    mocks.set_mocks(
        monitor.mocks, project=PROJECT, stack=stack, preview=preview, logger=logger, monitor=monitor
    )
    runtime_settings.set_root_resource(None)  # type: ignore[arg-type]
    runtime_settings.SETTINGS.outputs = set()
    runtime_config.set_all_config(dict(config or {}), list(secret_keys))
    loop = asyncio.new_event_loop()
    loop.set_exception_handler(lambda *_: None)
    asyncio.set_event_loop(loop)
    try:
        # Where in a program a resource is made takes a sixth of the run, and nothing here reads it.
        with mock.patch.object(runtime_resource, "_get_stack_trace", source_pb2.StackTrace):
            loop.run_until_complete(runtime_stack.run_in_stack(lambda: _export(program())))
    except Exception as error:
        record.error = error
    finally:
        _settle(loop)
    return record


def _export(result: Any) -> Any:
    if inspect.isawaitable(result):
        return result
    for key, value in (result or {}).items():
        pulumi.export(key, value)
    return None


def _settle(loop: asyncio.AbstractEventLoop) -> None:
    """Let everything that is under way end by itself: what it still sends belongs in the record."""
    pending = asyncio.all_tasks(loop)
    if pending:
        loop.run_until_complete(asyncio.wait(pending, timeout=_SETTLE_SECONDS))
        left = {task for task in asyncio.all_tasks(loop) if not task.done()}
        for task in left:
            task.cancel()
        loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
    loop.run_until_complete(loop.shutdown_default_executor())
    loop.close()
    if not _RESTING:
        _RESTING.append(asyncio.new_event_loop())
    asyncio.set_event_loop(_RESTING[0])


def _registration(urn: str, request: Any) -> Registration:
    return Registration(
        urn=urn,
        type=request.type,
        name=request.name,
        parent=request.parent,
        custom=request.custom,
        inputs=read(request.object),
        dependencies=frozenset(request.dependencies),
        property_dependencies={
            key: frozenset(value.urns) for key, value in request.propertyDependencies.items()
        },
        protect=request.protect if request.HasField("protect") else None,
        retain_on_delete=(request.retainOnDelete if request.HasField("retainOnDelete") else None),
        delete_before_replace=request.deleteBeforeReplace,
        replace_on_changes=tuple(request.replaceOnChanges),
        ignore_changes=tuple(request.ignoreChanges),
        import_id=request.importId,
        aliases=tuple(_alias(each) for each in request.aliases) + tuple(request.aliasURNs),
        provider=request.provider,
        providers=dict(request.providers),
        additional_secret_outputs=tuple(request.additionalSecretOutputs),
        version=request.version,
    )


def _alias(alias: Any) -> str:
    return alias.urn or alias.spec.name or str(alias.spec)
