"""A program in this process whose engine is gone, and a language without a program."""

import contextvars
import logging
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import grpc
import pytest
from google.protobuf import empty_pb2
from pulumi.runtime import stack
from pulumi.runtime.proto import language_pb2, language_pb2_grpc, resource_pb2, resource_pb2_grpc
from pulumi.runtime.settings import Settings

from metallb.program.pulumi_cli import PulumiCli
from metallb.runner import inline


@pytest.fixture
def shown(monkeypatch):
    """What Python's own hook was called with, after the ends were made quiet."""
    found = []
    monkeypatch.setattr(sys, "unraisablehook", found.append)
    logger = logging.getLogger("grpc")
    level = logger.level
    inline._quiet_ends()
    inline._quiet_ends()
    yield found
    logger.setLevel(level)


def test_what_is_left_of_the_sdks_coroutines_is_passed_over(shown):
    left = stack.run_in_stack(lambda: None)
    sys.unraisablehook(SimpleNamespace(object=left))
    left.close()
    assert shown == []


def test_everything_else_is_shown_once(shown):
    async def own():
        pass

    left = own()
    other = [SimpleNamespace(object=left), SimpleNamespace(object=None)]
    for one in other:
        sys.unraisablehook(one)
    left.close()
    assert shown == other


def test_a_broken_connection_is_not_logged(shown):
    assert not logging.getLogger("grpc._server").isEnabledFor(logging.ERROR)


def test_a_language_without_a_program_needs_no_plugin():
    with inline.no_program() as address, grpc.insecure_channel(address) as channel:
        language = language_pb2_grpc.LanguageRuntimeStub(channel)
        request = language_pb2.GetRequiredPackagesRequest()
        assert not language.GetRequiredPackages(request, timeout=20).packages
        request = language_pb2.GetRequiredPluginsRequest()
        assert not language.GetRequiredPlugins(request, timeout=20).plugins


class Monitor(resource_pb2_grpc.ResourceMonitorServicer):
    """The part of an engine that a program calls first."""

    def GetDeploymentInfo(self, request, context):
        return resource_pb2.DeploymentInfo()


@contextmanager
def an_engine(port=0):
    """The port of an engine, which is killed in the end."""
    server = grpc.server(ThreadPoolExecutor(max_workers=1))
    resource_pb2_grpc.add_ResourceMonitorServicer_to_server(Monitor(), server)
    port = server.add_insecure_port(f"127.0.0.1:{port}")
    server.start()
    yield port
    server.stop(0).wait()


def test_a_program_reaches_its_engine_on_the_port_of_one_that_was_killed():
    def both():
        inline.inline_program(PulumiCli("pulumi"), Path(), {})
        with an_engine() as port:
            former = Settings("metallb", "former", monitor=f"127.0.0.1:{port}").monitor
            former.GetDeploymentInfo(empty_pb2.Empty())
        # The former program makes its calls, in vain.
        for _ in range(3):
            with pytest.raises(grpc.RpcError):
                former.GetDeploymentInfo(empty_pb2.Empty())
        with an_engine(port):
            monitor = Settings("metallb", "next", monitor=f"127.0.0.1:{port}").monitor
            monitor.GetDeploymentInfo(empty_pb2.Empty())

    contextvars.copy_context().run(both)
