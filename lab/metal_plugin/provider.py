"""Pulumi's provider protocol, served with the behaviour of the published plugin.

Straight on the protocol, and not on the SDK's provider server: that one has no way to report a
resource that was made and could not be read, and hides old inputs, secrets and error codes.
"""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import grpc
from google.protobuf import any_pb2, empty_pb2, json_format, struct_pb2
from google.protobuf.message import Message
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc, status_pb2

from lab.metal_plugin import VERSION, tokens
from lab.metal_plugin.caller import Caller
from lab.metal_plugin.checks import failures, with_defaults
from lab.metal_plugin.diffs import differences, planned, stable
from lab.metal_plugin.errors import PluginError
from lab.metal_plugin.functions import Functions
from lab.metal_plugin.resources import Resources, gone
from lab.metal_plugin.schema import DEFAULTS, FUNCTIONS, RESOURCES, Kind, Shape
from lab.metal_plugin.transport import HttpCaller, Settings

Json = dict[str, Any]

CONFIG = "equinix-metal:config:"
ENVIRONMENT = ("METAL_AUTH_TOKEN", "PACKET_AUTH_TOKEN")
DEFAULT_RETRIES = 10
DEFAULT_WAIT = 30


class Failed(Exception):
    """A call that ends as an error of the protocol."""

    def __init__(
        self,
        message: str,
        code: grpc.StatusCode = grpc.StatusCode.UNKNOWN,
        detail: Message | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.detail = detail


class Provider(provider_pb2_grpc.ResourceProviderServicer):
    """One configured provider."""

    def __init__(self, connect: Callable[[Settings], Caller] = HttpCaller) -> None:
        self._connect = connect
        self._resources: Resources | None = None
        self._functions: Functions | None = None

    def GetPluginInfo(self, request: Any, context: Any) -> Any:
        """The version that the stack's state and program name."""
        return plugin_pb2.PluginInfo(version=VERSION)

    def Cancel(self, request: Any, context: Any) -> Any:
        """Ends nothing: calls that are under way come to their end."""
        return empty_pb2.Empty()

    def CheckConfig(self, request: Any, context: Any) -> Any:
        """Not served: the engine takes the configuration as it is."""
        _abort(context, _unserved("CheckConfig"))

    def DiffConfig(self, request: Any, context: Any) -> Any:
        """Not served: the engine compares the configuration itself."""
        _abort(context, _unserved("DiffConfig"))

    def Configure(self, request: Any, context: Any) -> Any:
        """Takes token and retries."""
        with _answering(context):
            caller = self._connect(_settings(dict(request.variables)))
            self._resources = Resources(caller)
            self._functions = Functions(caller, self._resources)
        return provider_pb2.ConfigureResponse(supportsPreview=True)

    def Check(self, request: Any, context: Any) -> Any:
        """Inputs with their defaults, and the reasons to refuse them."""
        with _answering(context):
            shape = _shape(request.urn, "Check")
            olds, news = _plain(request.olds), _plain(request.news)
            inputs = with_defaults(shape, olds, news)
            reasons = failures(shape, news, places=True)
            return provider_pb2.CheckResponse(
                inputs=_struct(inputs),
                failures=[provider_pb2.CheckFailure(reason=reason) for reason in reasons],
            )

    def Diff(self, request: Any, context: Any) -> Any:
        """What differs, and which of it replaces the resource."""
        with _answering(context):
            shape = _shape(request.urn, "Diff", whole=True)
            found = differences(
                shape, _plain(request.olds), _plain(request.news), set(request.ignoreChanges)
            )
            some = provider_pb2.DiffResponse.DIFF_SOME
            none = provider_pb2.DiffResponse.DIFF_NONE
            kinds = provider_pb2.PropertyDiff.Kind
            return provider_pb2.DiffResponse(
                changes=some if found else none,
                diffs=[one.key for one in found],
                replaces=[one.key for one in found if one.replaces],
                stables=stable(shape, found),
                detailedDiff={
                    one.path: provider_pb2.PropertyDiff(kind=kinds.Value(one.kind)) for one in found
                },
                hasDetailedDiff=True,
            )

    def Create(self, request: Any, context: Any) -> Any:
        """Makes a resource. One that was made and not read is reported with its id."""
        with _answering(context):
            shape = _shape(request.urn, "Create")
            token = _token(request.urn)
            inputs = _plain(request.properties)
            known = planned(shape, inputs)
            if request.preview:
                return provider_pb2.CreateResponse(properties=_struct({**known, "id": ""}))
            resources = self._configured()
            try:
                made = resources.make[token](inputs)
            except PluginError as error:
                raise Failed(_listed(error)) from error
            try:
                if token in resources.complete:
                    resources.complete[token](made, inputs)
                outputs = {**known, **resources.read[token](made), "id": made}
            except PluginError as error:
                left = {**_lowered(shape, known), "id": made}
                raise _unfinished(
                    made, left, f"creating {request.urn}: {_listed(error)}"
                ) from error
            return provider_pb2.CreateResponse(id=made, properties=_struct(outputs))

    def Read(self, request: Any, context: Any) -> Any:
        """A resource as it is: for a refresh with its state, for an import without."""
        with _answering(context):
            shape = _shape(request.urn, "Read")
            olds = _plain(request.properties)
            try:
                found = self._configured().read[_token(request.urn)](request.id)
            except PluginError as error:
                if gone(error):
                    return provider_pb2.ReadResponse()
                raise Failed(f"refreshing {request.urn}: {_listed(error)}") from error
            outputs = {**olds, **found, "id": request.id}
            if olds:
                inputs = _refreshed(shape, _plain(request.inputs), outputs)
            else:
                inputs = _imported(shape, outputs)
            return provider_pb2.ReadResponse(
                id=request.id, properties=_struct(outputs), inputs=_struct(inputs)
            )

    def Update(self, request: Any, context: Any) -> Any:
        """Changes a project; nothing else can be changed in place."""
        with _answering(context):
            shape = _shape(request.urn, "Update")
            olds, news = _plain(request.olds), _plain(request.news)
            found = differences(shape, olds, news, set(request.ignoreChanges))
            if request.preview:
                changed = {**olds, **planned(shape, news)}
                return provider_pb2.UpdateResponse(properties=_struct(changed))
            token = _token(request.urn)
            resources = self._configured()
            try:
                if token != tokens.PROJECT:
                    raise PluginError(where=shape.title, rule="doesn't support update")
                resources.change_project(request.id, news, {one.key for one in found})
                outputs = {**olds, **resources.read[token](request.id), "id": request.id}
            except PluginError as error:
                text = f"updating {request.urn}: {_listed(error)}"
                raise _unfinished(request.id, olds, text) from error
            return provider_pb2.UpdateResponse(properties=_struct(outputs))

    def Delete(self, request: Any, context: Any) -> Any:
        """Deletes a resource; gone or forbidden counts as deleted."""
        with _answering(context):
            _shape(request.urn, "Delete")
            try:
                self._configured().remove(_token(request.urn), request.id)
            except PluginError as error:
                raise Failed(f"deleting {request.urn}: {_listed(error)}") from error
        return empty_pb2.Empty()

    def Invoke(self, request: Any, context: Any) -> Any:
        """Answers a function."""
        with _answering(context):
            shape = FUNCTIONS.get(request.tok)
            if shape is None:
                raise Failed(f"unrecognized data function (Invoke): {request.tok}")
            args = with_defaults(shape, {}, _plain(request.args))
            del args[DEFAULTS]
            reasons = failures(shape, args, places=False)
            if reasons:
                return provider_pb2.InvokeResponse(
                    failures=[provider_pb2.CheckFailure(reason=reason) for reason in reasons]
                )
            if self._functions is None:
                raise Failed("the provider is not configured")
            try:
                result = self._functions.answer(request.tok, args)
            except PluginError as error:
                raise Failed(f"invoking {request.tok}: {_listed(error)}") from error
            return provider_pb2.InvokeResponse(**{"return": _struct(result)})

    def _configured(self) -> Resources:
        if self._resources is None:
            raise Failed("the provider is not configured")
        return self._resources


def _settings(variables: Mapping[str, str]) -> Settings:
    own = {
        key.removeprefix(CONFIG): value
        for key, value in variables.items()
        if key.startswith(CONFIG)
    }
    token = own.get("authToken") or next(filter(None, map(os.environ.get, ENVIRONMENT)), "")
    if not token:
        key = provider_pb2.ConfigureErrorMissingKeys.MissingKey(
            name="equinix-metal:config:authToken",
            description="The API auth key for API operations.",
        )
        raise Failed(
            "required configuration keys were missing",
            grpc.StatusCode.INVALID_ARGUMENT,
            provider_pb2.ConfigureErrorMissingKeys(missingKeys=[key]),
        )
    try:
        return Settings(
            token=token,
            retries=int(own.get("maxRetries") or DEFAULT_RETRIES),
            longest_wait=float(own.get("maxRetryWaitSeconds") or DEFAULT_WAIT),
        )
    except ValueError as error:
        raise Failed(f"malformed configuration value: {error}") from error


def _unserved(rpc: str) -> Failed:
    return Failed(f"{rpc} is not yet implemented", grpc.StatusCode.UNIMPLEMENTED)


def _token(urn: str) -> str:
    return urn.split("::")[2].rpartition("$")[2]


def _shape(urn: str, rpc: str, *, whole: bool = False) -> Shape:
    shape = RESOURCES.get(_token(urn))
    if shape is None:
        raise Failed(f"unrecognized resource type ({rpc}): {urn if whole else _token(urn)}")
    return shape


def _refreshed(shape: Shape, inputs: Json, outputs: Json) -> Json:
    """Inputs after a refresh: those that were there, with what they have become."""
    result: Json = {}
    defaults = set(inputs.get(DEFAULTS) or [])
    for key, value in inputs.items():
        if key == DEFAULTS:
            continue
        one = shape.place.get(key)
        if key not in outputs:
            defaults.discard(key)
            continue
        new = outputs[key]
        if one is not None and one.lower and isinstance(value, str):
            if value.lower() != new:
                defaults.discard(key)
            new = value
        elif one is not None and one.kind is Kind.SET:
            new = new[: len(value)]
        elif new != value:
            defaults.discard(key)
        result[key] = new
    if defaults:
        result[DEFAULTS] = sorted(defaults)
    return result


def _imported(shape: Shape, outputs: Json) -> Json:
    """Inputs after an import: all that the state has of them."""
    inputs = {one.wire: outputs[one.wire] for one in shape.inputs if one.wire in outputs}
    annotated = {
        key: {**value, DEFAULTS: []} if isinstance(value, dict) else value
        for key, value in inputs.items()
    }
    return {**annotated, DEFAULTS: []}


def _lowered(shape: Shape, known: Json) -> Json:
    return {key: value.lower() if shape.place[key].lower else value for key, value in known.items()}


def _listed(error: PluginError) -> str:
    return f"1 error occurred:\n\t* {error.rule}\n\n"


def _unfinished(resource_id: str, properties: Json, reason: str) -> Failed:
    detail = provider_pb2.ErrorResourceInitFailed(
        id=resource_id, properties=_struct(properties), reasons=[reason]
    )
    return Failed(reason, detail=detail)


def _plain(struct: Any) -> Json:
    """A message's values, without those that are null."""
    values: Json = json_format.MessageToDict(struct)
    return {key: value for key, value in values.items() if value is not None}


def _struct(values: Json) -> Any:
    struct = struct_pb2.Struct()
    struct.update(values)
    return struct


@contextmanager
def _answering(context: Any) -> Iterator[None]:
    """Ends a call with the error that was raised in it."""
    try:
        yield
    except Failed as failed:
        _abort(context, failed)


def _abort(context: Any, failed: Failed) -> None:
    if failed.detail is not None:
        packed = any_pb2.Any()
        packed.Pack(failed.detail)
        number = failed.code.value[0]
        status = status_pb2.Status(code=number, message=str(failed), details=[packed])
        context.set_trailing_metadata((("grpc-status-details-bin", status.SerializeToString()),))
    context.abort(failed.code, str(failed))
