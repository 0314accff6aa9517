"""The plugin's process."""

from collections.abc import Sequence

from lab.plugin_process import serve, without_the_sdk


def main(_arguments: Sequence[str]) -> int:
    """Serves until the engine ends it, or is gone."""
    without_the_sdk()
    # After the line above: they import the protocol.
    from pulumi.runtime.proto import provider_pb2_grpc

    from lab.metal_plugin.provider import Provider

    add = provider_pb2_grpc.add_ResourceProviderServicer_to_server
    serve(lambda server: add(Provider(), server))
    return 0
