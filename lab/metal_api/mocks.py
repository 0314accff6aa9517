"""The second door: answers Pulumi registrations and invokes from the same cloud, without HTTP.

It makes the API calls that the provider plugin would make, in its order, and translates the
answers as the plugin does. What the plugin refuses before it calls is refused here too. A token of
the provider that is not known here raises: an invented answer would be worse than none.
"""

import time
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any

from lab.metal_api.api import Api
from lab.metal_api.backend import open_backend
from lab.metal_api.caller import InProcessCaller
from lab.metal_api.ids import Clock, Ids, steady_ids, still_clock
from lab.metal_api.inventory import Seed
from lab.metal_plugin.caller import Json
from lab.metal_plugin.checks import refuse
from lab.metal_plugin.errors import PluginError
from lab.metal_plugin.functions import Functions
from lab.metal_plugin.resources import Resources
from lab.metal_plugin.values import opened


class MetalMocks:
    """Answers by token, from one `Api`. Holds no state of its own."""

    def __init__(self, api: Api, *, sleep: Callable[[float], None] = time.sleep) -> None:
        self.api = api
        caller = InProcessCaller(api, sleep)
        self._resources = Resources(caller)
        self._functions = Functions(caller, self._resources)

    def new_resource(self, token: str, name: str, inputs: Mapping[str, Any]) -> tuple[str, Json]:
        """Creates a resource: its id, and its inputs with everything the plugin computes."""
        _known(self._resources.make, token, name)
        plain = opened(inputs)
        refuse(token, plain)
        resource_id = self._resources.make[token](plain)
        if token in self._resources.complete:
            self._resources.complete[token](resource_id, plain)
        return resource_id, {**plain, **self._resources.read[token](resource_id), "id": resource_id}

    def read(self, token: str, resource_id: str) -> Json:
        """Reads a resource that is there already, as an import does."""
        _known(self._resources.read, token, resource_id)
        return {**self._resources.read[token](resource_id), "id": resource_id}

    def delete(self, token: str, resource_id: str) -> None:
        """Deletes a resource; gone or forbidden counts as deleted, as the plugin has it."""
        _known(self._resources.read, token, resource_id)
        self._resources.remove(token, resource_id)

    def call(self, token: str, args: Mapping[str, Any]) -> Json:
        """Answers a function."""
        _known(self._functions.known, token, "invoke")
        plain = opened(args)
        refuse(token, plain)
        return self._functions.answer(token, plain)


def open_mocks(
    seed: Seed | str = "demo",
    *,
    state_path: Path | None = None,
    ids: Ids = steady_ids,
    clock: Clock = still_clock,
) -> MetalMocks:
    """The second door onto a cloud of its own; the clock stands, so that recordings repeat."""
    return MetalMocks(Api(open_backend(seed, state_path=state_path, ids=ids, clock=clock)))


def _known(tokens: Collection[str], token: str, what: str) -> None:
    if token not in tokens:
        known = ", ".join(sorted(tokens))
        raise PluginError(
            token, f"unknown to the emulated provider, for {what}; the tokens are {known}"
        )
