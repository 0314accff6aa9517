"""`python -m lab.language_host ENGINE`: serves the language host, as the engine starts it."""

import sys
from collections.abc import Sequence

from lab.plugin_process import serve, without_the_sdk


def main(arguments: Sequence[str]) -> int:
    """Serves until the engine ends it, or is gone: programs that run end with it."""
    without_the_sdk()
    # After the line above: they import the protocol.
    from pulumi.runtime.proto import language_pb2_grpc

    from lab.language_host.host import Host

    host = Host(engine=arguments[-1] if arguments else "")
    add = language_pb2_grpc.add_LanguageRuntimeServicer_to_server
    serve(lambda server: add(host, server), host.stop)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
