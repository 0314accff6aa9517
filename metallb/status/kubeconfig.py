"""The client that a kubeconfig makes, with the limits that the library lacks.

What is wrong with the file is one error. The library quotes whole entries of it in some of its
messages, keys and tokens included, and YAML's messages may quote a line: no error here repeats what
stands in braces, or a line's text.
"""

import logging
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from metallb.files.bounded import MIB, NotRegular, TooLarge, read_bounded
from metallb.problems.errors import ConfigError, EngineError
from metallb.stackfile.yaml_documents import parse_yaml
from metallb.status.limits import guard_connections, watch

__all__ = ["client_of", "limit_opening"]

_HELP = "check kubeconfig and context of metallb:kubernetes, or give --kubeconfig and --context"
_LONGEST = 200
_MOST_BYTES = 4 * MIB
_TOO_LARGE = "E112"
_AT_ONCE = 16
"""Connections kept; `look` reads so many pods at the same time."""


def client_of(kubeconfig: str | None, context: str | None) -> Any:
    """A client of the kubernetes library, which does not repeat what failed.

    :raises EngineError: there is no kubeconfig, it makes no client, or the library is missing.
    """
    try:
        from kubernetes import client, config
    except ModuleNotFoundError as error:
        raise EngineError(
            "the package kubernetes is not installed",
            code="E504",
            detail="Commands that read a cluster need the client of its API.",
            help='pip install "metallb-bare-metal[cluster]"; in a clone, make env',
        ) from error

    paths = kubeconfig or os.environ.get("KUBECONFIG") or "~/.kube/config"
    _refuse_unreadable(paths, context)
    settings: Any = type.__call__(client.Configuration)
    # Else every call to a node that is dead would be made four times over.
    settings.retries = False
    settings.connection_pool_maxsize = _AT_ONCE
    new_client: Any = config.new_client_from_config
    with _complaints() as complaints:
        try:
            api = new_client(
                config_file=paths,
                context=context,
                persist_config=False,
                client_configuration=settings,
            )
        except config.ConfigException as error:
            raise _unusable(str(error)) from None
        except yaml.YAMLError as error:
            raise _unusable(_place(error)) from None
        except OSError as error:
            raise _unusable(f"{error.filename or 'it'}: {error.strerror or error}") from None
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            # Raised by the library for a file that is no kubeconfig; the text may quote the file.
            raise _unusable(f"not a kubeconfig ({type(error).__name__})") from None
    # A plugin that fails is logged and otherwise ignored: requests would have no credential.
    if complaints and not (settings.api_key or settings.cert_file):
        raise EngineError(
            f"the kubeconfig's credential plugin fails: {_shown(complaints[-1])}",
            code="E602",
            help="log in again; where that does not help, run the plugin by hand",
        )
    _guard_token(api.configuration)
    guard_connections(api.rest_client.pool_manager)
    return api


def _refuse_unreadable(paths: str, context: str | None) -> None:
    """Name the file that can't be read: the library takes a missing one for an empty one, and reads
    whatever a path leads to, without end.

    :param paths: one path, or several as KUBECONFIG has them, of which one is enough.
    :raises EngineError: none of the files can be read, or one of them, or a file that the context
        needs, is too large or no regular file.
    """
    reason = ""
    found: list[tuple[Path, Any]] = []
    for path in filter(None, paths.split(os.pathsep)):
        try:
            whole = Path(path).expanduser()
            found.append((whole, _document(read_bounded(whole, _MOST_BYTES))))
        except (NotRegular, TooLarge) as error:
            raise _unusable(f"{path} {error.strerror}") from error
        except (OSError, ValueError, RuntimeError) as error:
            reason = (getattr(error, "strerror", None) or "no such file or directory").lower()
    if not found:
        raise EngineError(f"cannot read the kubeconfig {paths}: {reason}", code="E601", help=_HELP)
    for name in _named_files(found, context):
        try:
            read_bounded(name, _MOST_BYTES)
        except (NotRegular, TooLarge) as error:
            raise _unusable(f"it names {name}, which {error.strerror}") from error
        except (OSError, ValueError):
            continue  # the library says what it needs the file for


def _document(content: bytes) -> Any:
    """A kubeconfig's document; nothing of one that the library will refuse.

    :raises EngineError: it is nested beyond what the library can read.
    """
    try:
        return parse_yaml(content.decode("utf-8"), where="the kubeconfig", aliases=True)
    except ConfigError as error:
        if error.problem.code == _TOO_LARGE:
            raise _unusable(error.problem.summary) from error
        return None
    except ValueError:  # not UTF-8
        return None


def _named_files(found: list[tuple[Path, Any]], context: str | None) -> Iterator[Path]:
    """The files that the cluster and the user of a context name; of several entries, the first."""
    documents = [(path, each) for path, each in found if isinstance(each, dict)]
    name = context or next(
        (each["current-context"] for _, each in documents if each.get("current-context")), None
    )
    _, chosen = _entry(documents, "contexts", "context", name)
    for section, kind, keys in (
        ("clusters", "cluster", ("certificate-authority",)),
        ("users", "user", ("client-certificate", "client-key", "tokenFile")),
    ):
        path, entry = _entry(documents, section, kind, chosen.get(kind))
        for key in keys:
            if isinstance(entry.get(key), str) and entry[key]:
                yield path.parent / entry[key]


def _entry(
    documents: list[tuple[Path, Any]], section: str, kind: str, name: Any
) -> tuple[Path, dict[str, Any]]:
    for path, document in documents:
        listed = document.get(section)
        for each in listed if isinstance(listed, list) else ():
            if isinstance(each, dict) and each.get("name") == name:
                held = each.get(kind)
                return path, held if isinstance(held, dict) else {}
    return Path(), {}


def _guard_token(configuration: Any) -> None:
    """Trim the kubeconfig's token each time it is read, and refuse one that no header holds.

    A tokenFile ends with a line break more often than not, and Python's refusal of such a header
    quotes it whole.
    """
    read = configuration.refresh_api_key_hook

    def trimmed(of: Any) -> None:
        if read is not None:
            read(of)
            # The library sets its own hook anew whenever it is called.
            of.refresh_api_key_hook = trimmed
        token = str(of.api_key.get("BearerToken") or "").strip()
        if not (token.isascii() and token.isprintable()):
            raise EngineError(
                "the kubeconfig's bearer token has a line break, or another character that no HTTP "
                "header can hold, inside",
                code="E602",
                detail="A token is one line of letters, digits and signs.",
                help="write the user's token, or tokenFile, anew",
            )
        if token:
            of.api_key["BearerToken"] = token

    configuration.refresh_api_key_hook = trimmed


def limit_opening(seconds: float) -> None:
    """Have port-forwards give up when they are not opened in time.

    The library opens its websocket without a limit, and has no parameter for one: a node that hangs
    would hold its caller for as long as it hangs. So its class of websockets is replaced.
    """
    from kubernetes.stream import ws_client

    library: Any = ws_client
    plain: Any = getattr(library.WebSocket, "plain", library.WebSocket)

    class Limited(plain):  # type: ignore[misc]
        def __setattr__(self, name: str, value: Any) -> None:
            if name == "sock" and value is not None:
                watch(value)
            super().__setattr__(name, value)

        def connect(self, url: str, **options: Any) -> None:
            super().connect(url, timeout=seconds, **options)
            # From here on the library waits for data before it reads.
            self.settimeout(None)

    Limited.plain = plain
    library.WebSocket = Limited


def _unusable(reason: str) -> EngineError:
    return EngineError(
        f"the kubeconfig can't be used: {_shown(reason)}",
        code="E601",
        help=_HELP,
    )


def _shown(text: str) -> str:
    return re.sub(r"\{.*\}", "{...}", " ".join(text.split()))[:_LONGEST]


def _place(error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    return f"not YAML (line {mark.line + 1})" if mark else "not YAML"


@contextmanager
def _complaints() -> Iterator[list[str]]:
    """What the library logs as an error meanwhile, which then does not go to standard error."""
    found: list[str] = []

    class Keeper(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            found.append(record.getMessage())

    keeper = Keeper(logging.ERROR)
    root = logging.getLogger()
    root.addHandler(keeper)
    try:
        yield found
    finally:
        root.removeHandler(keeper)
