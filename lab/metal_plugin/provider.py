"""Pulumi's provider protocol, served with the behaviour of the published plugin.

Straight on the protocol, and not on the SDK's provider server: that one has no way to report a
resource that was made and could not be read, and hides old inputs, secrets and error codes.
"""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import grpc
from google.protobuf import any_pb2, empty_pb2
from google.protobuf.message import Message
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc, status_pb2

from lab.metal_plugin import VERSION, states, tokens
from lab.metal_plugin.caller import Caller
from lab.metal_plugin.checks import failures, with_defaults
from lab.metal_plugin.diffs import differences, stable
from lab.metal_plugin.errors import PluginError, decoding
from lab.metal_plugin.functions import Functions
from lab.metal_plugin.resources import Resources, gone
from lab.metal_plugin.schema import DEFAULTS, FUNCTIONS, RESOURCES, Shape
from lab.metal_plugin.transport import HttpCaller, Settings
from lab.metal_plugin.values import plain, struct

Json = dict[str, Any]

CONFIG = "equinix-metal:config:"
SETTINGS = {"authToken", "maxRetries", "maxRetryWaitSeconds"}
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
        self._secrets = False

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
            self._secrets = request.acceptSecrets
        return provider_pb2.ConfigureResponse(supportsPreview=True)

    def Check(self, request: Any, context: Any) -> Any:
        """Inputs with their defaults, and the reasons to refuse them."""
        with _answering(context):
            shape = _shape(request.urn, "Check")
            news = plain(request.news)
            name = request.urn.rpartition("::")[2]
            inputs = with_defaults(shape, plain(request.olds), news, name)
            return provider_pb2.CheckResponse(
                inputs=struct(inputs), failures=_failures(shape, {**inputs, **news}, places=True)
            )

    def Diff(self, request: Any, context: Any) -> Any:
        """What differs, and which of it replaces the resource."""
        with _answering(context):
            shape = _shape(request.urn, "Diff", whole=True)
            olds, news = plain(request.olds), plain(request.news)
            found = differences(shape, olds, news, set(request.ignoreChanges))
            replaces = [one.key for one in found if one.replaces]
            answer = provider_pb2.DiffResponse
            kinds = provider_pb2.PropertyDiff.Kind
            return answer(
                changes=answer.DIFF_SOME if found else answer.DIFF_NONE,
                diffs=[one.key for one in found],
                replaces=replaces,
                stables=stable(shape, found),
                deleteBeforeReplace=bool(replaces) and _keeps_its_name(shape, news),
                detailedDiff={
                    one.path: provider_pb2.PropertyDiff(kind=kinds.Value(one.kind)) for one in found
                },
                hasDetailedDiff=True,
            )

    def Create(self, request: Any, context: Any) -> Any:
        """Makes a resource. One that was made and not read is reported with its id."""
        with _answering(context):
            shape = _shape(request.urn, "Create")
            inputs = plain(request.properties)
            if request.preview:
                shown = {**states.previewed(shape, inputs), "id": ""}
                return provider_pb2.CreateResponse(properties=self._state(shape, shown))
            made, outputs = self._create(shape, request.urn, inputs)
            return provider_pb2.CreateResponse(id=made, properties=self._state(shape, outputs))

    def Read(self, request: Any, context: Any) -> Any:
        """A resource as it is: for a refresh with its state, for an import without."""
        with _answering(context):
            shape = _shape(request.urn, "Read")
            olds = plain(request.properties)
            if not request.id:
                raise Failed("importing : the importer has no id to start from")
            try:
                with decoding(request.id):
                    found = self._configured().read[_token(request.urn)](request.id)
            except PluginError as error:
                if gone(error):
                    return provider_pb2.ReadResponse()
                raise Failed(f"refreshing {request.urn}: {_listed(error)}") from error
            outputs = {**states.kept(shape, olds), **found, "id": request.id}
            outputs = states.complete(shape, outputs)
            if olds:
                inputs = states.refreshed(shape, plain(request.inputs), outputs)
            else:
                inputs = states.imported(shape, outputs)
            # The published plugin marks secrets in inputs, and not in what it read.
            return provider_pb2.ReadResponse(
                id=request.id, properties=struct(outputs), inputs=self._state(shape, inputs)
            )

    def Update(self, request: Any, context: Any) -> Any:
        """Changes a project; nothing else can be changed in place."""
        with _answering(context):
            shape = _shape(request.urn, "Update")
            olds, news = plain(request.olds), plain(request.news)
            planned = states.changed(shape, olds, news)
            if request.preview:
                return provider_pb2.UpdateResponse(properties=self._state(shape, planned))
            found = differences(shape, olds, news, set(request.ignoreChanges))
            token = _token(request.urn)
            resources = self._configured()
            try:
                if token != tokens.PROJECT:
                    raise PluginError(shape.title, "doesn't support update")
                resources.change_project(request.id, olds, news, {one.key for one in found})
                with decoding(request.id):
                    outputs = {**olds, **resources.read[token](request.id), "id": request.id}
            except PluginError as error:
                text = f"updating {request.urn}: {_listed(error)}"
                raise _unfinished(request.id, self._state(shape, planned), text) from error
            whole = states.complete(shape, outputs)
            return provider_pb2.UpdateResponse(properties=self._state(shape, whole))

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
            args = plain(request.args)
            found = _failures(shape, args, places=False)
            if found:
                return provider_pb2.InvokeResponse(failures=found)
            if self._functions is None:
                raise Failed("the provider is not configured")
            try:
                with decoding(request.tok):
                    result = self._functions.answer(request.tok, with_defaults(shape, {}, args))
            except PluginError as error:
                raise Failed(f"invoking {request.tok}: {_listed(error)}") from error
            return provider_pb2.InvokeResponse(**{"return": struct(result)})

    def _create(self, shape: Shape, urn: str, inputs: Json) -> tuple[str, Json]:
        token = _token(urn)
        resources = self._configured()
        try:
            with decoding(token):
                made = resources.make[token](inputs)
        except PluginError as error:
            raise Failed(_listed(error)) from error
        left = {**states.left_behind(shape, inputs), "id": made}
        try:
            if token in resources.complete:
                resources.complete[token](made, inputs)
            with decoding(made):
                return made, {**left, **resources.read[token](made)}
        except PluginError as error:
            if gone(error):
                # As the published plugin: what can't be found right away is forgotten.
                text = f"expected non-nil error with nil state during Create of {urn}"
                raise Failed(text) from error
            reason = f"creating {urn}: {_listed(error)}"
            raise _unfinished(made, self._state(shape, left), reason) from error

    def _state(self, shape: Shape, values: Json) -> Any:
        return struct(states.marked(shape, values) if self._secrets else values)

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
    own.pop("version", None)
    if set(own) - SETTINGS:
        unknown = "could not validate provider configuration: 1 error occurred:\n"
        raise Failed(f"{unknown}\t* Invalid or unknown key\n\n")
    token = own.get("authToken") or next(filter(None, map(os.environ.get, ENVIRONMENT)), "")
    if not token:
        key = provider_pb2.ConfigureErrorMissingKeys.MissingKey(
            name="equinix-metal:authToken",
            description="The API auth key for API operations.",
        )
        raise Failed(
            "required configuration keys were missing",
            grpc.StatusCode.INVALID_ARGUMENT,
            provider_pb2.ConfigureErrorMissingKeys(missingKeys=[key]),
        )
    return Settings(
        token=token,
        retries=_number(own.get("maxRetries"), DEFAULT_RETRIES),
        longest_wait=_number(own.get("maxRetryWaitSeconds"), DEFAULT_WAIT),
    )


def _number(text: str | None, default: int) -> int:
    if text is None:
        return default
    try:
        return int(text or 0)
    except ValueError as error:
        raise Failed(f"malformed configuration value '{text}': not a number") from error


def _unserved(rpc: str) -> Failed:
    return Failed(f"{rpc} is not yet implemented", grpc.StatusCode.UNIMPLEMENTED)


def _token(urn: str) -> str:
    return urn.split("::")[2].rpartition("$")[2]


def _shape(urn: str, rpc: str, *, whole: bool = False) -> Shape:
    shape = RESOURCES.get(_token(urn))
    if shape is None:
        raise Failed(f"unrecognized resource type ({rpc}): {urn if whole else _token(urn)}")
    return shape


def _keeps_its_name(shape: Shape, news: Json) -> bool:
    """Whether two of a resource would have the same name, which the person chose."""
    named = {one.wire for one in shape.inputs if one.named}
    return bool(named & set(news) - set(news.get(DEFAULTS, named)))


def _failures(shape: Shape, given: Json, *, places: bool) -> list[Any]:
    return [
        provider_pb2.CheckFailure(reason=reason) for reason in failures(shape, given, places=places)
    ]


def _listed(error: PluginError) -> str:
    return f"1 error occurred:\n\t* {error.message}\n\n"


def _unfinished(resource_id: str, properties: Any, reason: str) -> Failed:
    detail = provider_pb2.ErrorResourceInitFailed(
        id=resource_id, properties=properties, reasons=[reason]
    )
    return Failed(reason, detail=detail)


@contextmanager
def _answering(context: Any) -> Iterator[None]:
    """Ends a call with the error that was raised in it."""
    try:
        yield
    except Failed as failed:
        _abort(context, failed)
    except (KeyError, TypeError) as error:
        # A reply, or inputs that were refused before, without what has to be there.
        _abort(context, Failed(f"missing or of another type: {error}"))


def _abort(context: Any, failed: Failed) -> None:
    if failed.detail is not None:
        packed = any_pb2.Any()
        packed.Pack(failed.detail)
        number = failed.code.value[0]
        status = status_pb2.Status(code=number, message=str(failed), details=[packed])
        context.set_trailing_metadata((("grpc-status-details-bin", status.SerializeToString()),))
    context.abort(failed.code, str(failed))
