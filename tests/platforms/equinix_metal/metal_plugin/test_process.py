"""The plugin as a process: where it is found, when it ends, how it waits."""

import json
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import grpc
import pytest
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from lab.metal_api import Emulation
from lab.metal_plugin import NAME, VERSION
from lab.metal_plugin.errors import PluginError
from lab.metal_plugin.install import install, plugin_folder
from lab.metal_plugin.transport import HttpCaller, Settings
from lab.spawn import wait_until
from tests.platforms.equinix_metal.metal_api.facts import IPS, ONE
from tests.platforms.equinix_metal.metal_plugin.client import running_plugin
from tests.platforms.equinix_metal.metal_plugin.common import BLOCK, RETRIES, B
from tests.platforms.equinix_metal.metal_plugin.common import IPS as TEMPLATE

ENGINE = """
import subprocess, sys, time
plugin = subprocess.Popen([sys.argv[1], "127.0.0.1:1"], stdout=subprocess.PIPE, text=True)
print(plugin.pid, plugin.stdout.readline().strip(), flush=True)
time.sleep(600)
"""


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_it_lies_in_a_home_of_pulumi_as_an_installed_plugin(tmp_path: Path) -> None:
    folder = plugin_folder(tmp_path)
    assert folder == tmp_path / "plugins" / f"resource-equinix-metal-v{VERSION}"
    executable = install(folder)
    assert executable == folder / NAME
    assert executable.stat().st_mode & stat.S_IXUSR
    assert install(folder) == executable, "a second time changes nothing"
    assert [one.name for one in folder.iterdir()] == [NAME]


def test_the_command_installs_on_path_or_in_a_home(tmp_path: Path) -> None:
    for words, place in (
        ([str(tmp_path / "bin")], tmp_path / "bin" / NAME),
        ([str(tmp_path / "a home"), "--home"], plugin_folder(tmp_path / "a home") / NAME),
    ):
        done = subprocess.run(
            [sys.executable, "-m", "lab.metal_plugin.install", *words],
            capture_output=True,
            text=True,
            check=True,
        )
        assert Path(done.stdout.strip()) == place
        assert place.is_file()


def test_it_runs_from_a_folder_of_any_name_whatever_modules_lie_there(
    tmp_path: Path, steady: Emulation, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path / "it's a home"
    (home / "metallb").mkdir(parents=True)
    (home / "metallb" / "__init__.py").write_text("raise SystemExit('the wrong package')\n")
    (home / "json.py").write_text("raise SystemExit('the wrong module')\n")
    monkeypatch.chdir(home)
    with running_plugin(str(install(home)), steady.env) as plugin:
        assert plugin.call("GetPluginInfo", {}) == {"version": VERSION}


@contextmanager
def started_by_another(ours: str, steady: Emulation) -> Iterator[tuple[int, int, int]]:
    """A plugin that a stand-in for the engine started: ids of both, and the plugin's port."""
    with subprocess.Popen(
        [sys.executable, "-c", ENGINE, ours],
        env={**os.environ, **steady.env},
        stdout=subprocess.PIPE,
        text=True,
    ) as engine:
        try:
            assert engine.stdout is not None
            pid, port = map(int, engine.stdout.readline().split())
            yield engine.pid, pid, port
        finally:
            engine.kill()


def test_it_ends_with_the_engine_and_completes_calls_in_flight(
    ours: str, steady: Emulation
) -> None:
    steady.reset()
    steady.add_fault("reset", method="POST", path=TEMPLATE, times=2)
    options = [("grpc.enable_http_proxy", 0)]
    with (
        started_by_another(ours, steady) as (engine, pid, port),
        grpc.insecure_channel(f"127.0.0.1:{port}", options=options) as channel,
    ):
        stub = provider_pb2_grpc.ResourceProviderStub(channel)
        patient = {**RETRIES, "equinix-metal:config:maxRetryWaitSeconds": "30"}
        stub.Configure(provider_pb2.ConfigureRequest(variables=patient), timeout=30)
        request = provider_pb2.CreateRequest(urn=B)
        request.properties.update(BLOCK)
        call = stub.Create.future(request, timeout=60)
        wait_until("the call", lambda: steady.calls().get(f"POST {TEMPLATE}"), seconds=30)
        assert not call.done()
        # Killed while the plugin waits to try again, a second and then two: nothing is reserved.
        os.kill(engine, signal.SIGKILL)
        wait_until("the plugin's end", lambda: not alive(pid), seconds=30)
    assert steady.calls()[f"POST {TEMPLATE}"] == 3
    reserved = [one for one in steady.inventory()["blocks"] if one["type"] == "public_ipv4"]
    assert len(reserved) == 1


def test_an_interrupt_ends_it_without_a_traceback(ours: str) -> None:
    with subprocess.Popen(
        [ours, "127.0.0.1:1"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as plugin:
        assert plugin.stdout is not None
        assert plugin.stdout.readline().strip().isdecimal()
        plugin.send_signal(signal.SIGINT)
        _, errors = plugin.communicate(timeout=30)
    assert (plugin.returncode, errors) == (-signal.SIGINT, "")


@pytest.mark.parametrize(
    ("retries", "longest", "waits"),
    [
        (0, 30, []),
        (1, 30, [1]),
        (4, 30, [1, 2, 4, 8]),
        (10, 30, [1, 2, 4, 8, 16, 30, 30, 30, 30, 30]),
        (3, 1, [1, 1, 1]),
        (3, 0, [0, 0, 0]),
    ],
)
def test_the_waits_between_attempts_double_up_to_the_longest(
    monkeypatch: pytest.MonkeyPatch, retries: int, longest: float, waits: list[float]
) -> None:
    # Nothing listens on port 1.
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    slept: list[float] = []
    caller = HttpCaller(Settings("x", retries=retries, longest_wait=longest), slept.append)
    with pytest.raises(PluginError, match=rf"giving up after {retries + 1} attempt"):
        caller.ask("POST", IPS, ONE)
    assert slept == waits


def test_an_authority_that_is_not_trusted_is_tried_again_too(
    steady: Emulation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", steady.env["HTTPS_PROXY"])
    monkeypatch.delenv("SSL_CERT_FILE", raising=False)
    slept: list[float] = []
    caller = HttpCaller(Settings("x", retries=2), slept.append)
    with pytest.raises(PluginError, match="certificate"):
        caller.ask("GET", IPS)
    assert slept == [1, 2]


def test_the_defaults_are_those_of_the_published_plugin() -> None:
    assert json.dumps([Settings("x").retries, Settings("x").longest_wait]) == "[10, 30.0]"
