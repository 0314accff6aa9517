"""HTTP load from the client's namespace, with every request's fate written down.

Runs as ``python -m lab.traffic ADDRESS FILE SECONDS``. Two kinds at once: *short* requests, each on
a connection of its own, and *long* connections that ask again and again. Bounded in rate and time;
it stops by itself, or at SIGTERM. A refused, reset or unanswered request is lost, and nothing is
tried again.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import sys
import time
from pathlib import Path

PORT = 80
SHORT_EVERY = 0.02
LONG_CONNECTIONS = 24
LONG_EVERY = 0.1
PATIENCE = 1.0
"""An answer that takes longer is lost."""
MOST_SECONDS = 120.0
BEGUN = ".begun"
"""Ending of an empty file beside the result, there from the beginning of the load."""

Fate = tuple[float, str, bool, str]
"""When it was sent (monotonic clock); its kind: short, long, or open (the first request of a long
connection); whether it was answered; and by whom, or why not."""


async def _ask(address: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> str:
    host = f"[{address}]" if ":" in address else address
    writer.write(f"GET / HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(head.lower().split(b"content-length:")[1].split(b"\r\n")[0])
    return (await reader.readexactly(length)).decode()


async def _short(address: str, fates: list[Fate]) -> None:
    sent = time.monotonic()
    writer = None
    try:
        async with asyncio.timeout(PATIENCE):
            reader, writer = await asyncio.open_connection(address, PORT)
            fates.append((sent, "short", True, await _ask(address, reader, writer)))
    except (OSError, TimeoutError, asyncio.IncompleteReadError) as error:
        fates.append((sent, "short", False, type(error).__name__))
    finally:
        if writer is not None:
            writer.close()


async def _long(address: str, fates: list[Fate], over: asyncio.Event) -> None:
    """One connection for as long as it lives; a broken one is reported and opened again."""
    reader = writer = None
    while not over.is_set():
        sent = time.monotonic()
        kind = "open" if writer is None else "long"
        try:
            async with asyncio.timeout(PATIENCE):
                if reader is None or writer is None:
                    reader, writer = await asyncio.open_connection(address, PORT)
                fates.append((sent, kind, True, await _ask(address, reader, writer)))
        except (OSError, TimeoutError, asyncio.IncompleteReadError) as error:
            fates.append((sent, kind, False, type(error).__name__))
            if writer is not None:
                writer.transport.abort()
            reader = writer = None
        await asyncio.sleep(LONG_EVERY)
    if writer is not None:
        writer.close()


async def load(address: str, seconds: float) -> list[Fate]:
    """Ask for so many seconds; returns every request's fate in order of sending."""
    fates: list[Fate] = []
    over = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, over.set)
    loop.call_later(min(seconds, MOST_SECONDS), over.set)
    tasks = [asyncio.create_task(_long(address, fates, over)) for _ in range(LONG_CONNECTIONS)]
    following = time.monotonic()
    while not over.is_set():
        tasks.append(asyncio.create_task(_short(address, fates)))
        following += SHORT_EVERY
        await asyncio.sleep(max(0.0, following - time.monotonic()))
    await asyncio.gather(*tasks)
    return sorted(fates)


def main(address: str, path: str, seconds: float) -> None:
    """Load, then write every request's fate to the file at once."""
    Path(path).with_suffix(BEGUN).touch()
    with contextlib.suppress(KeyboardInterrupt):
        fates = asyncio.run(load(address, seconds))
        draft = Path(path).with_suffix(".new")
        draft.write_text(json.dumps(fates))
        draft.replace(path)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], float(sys.argv[3]))
