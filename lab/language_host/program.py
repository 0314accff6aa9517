"""Runs one program under the engine: a script, for the project's interpreter.

It imports nothing of the lab. Standard input brings what it has to know, as JSON.
"""

import asyncio
import json
import logging
import runpy
import sys
import traceback
from concurrent.futures import ThreadPoolExecutor
from typing import Any

__all__ = ["REPORTED"]

REPORTED = 32
"""The exit code after an error that was reported to the engine."""


def main(document: dict[str, Any]) -> int:
    """Runs the program; answers the exit code."""
    import pulumi
    from pulumi.runtime import Settings, configure, run_in_stack, set_all_config

    configure(Settings(**document["settings"]))
    set_all_config(document["config"], document["secret_keys"])
    program = document["program"]
    sys.argv = [program, *document["arguments"]]
    # A program that fails leaves tasks behind, which asyncio would complain of.
    logging.getLogger("asyncio").setLevel(logging.CRITICAL)
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    workers = 4 * max(document["settings"]["parallel"], 1)
    loop.set_default_executor(ThreadPoolExecutor(max_workers=workers))
    try:
        loop.run_until_complete(run_in_stack(lambda: runpy.run_path(program, run_name="__main__")))
    except pulumi.RunError as error:
        pulumi.log.error(str(error))
        return REPORTED
    except Exception as error:
        if not _engine_is_gone(error):
            pulumi.log.error(
                f"Program failed with an unhandled exception:\n{traceback.format_exc()}"
            )
        return REPORTED
    finally:
        loop.close()
    return 0


def _engine_is_gone(error: Exception) -> bool:
    import grpc

    return isinstance(error, grpc.RpcError) and error.code() == grpc.StatusCode.UNAVAILABLE


if __name__ == "__main__":
    sys.exit(main(json.loads(sys.stdin.read())))
