"""A program in this process whose engine is gone, and a language without a program."""

import logging
import sys
from types import SimpleNamespace

import grpc
import pytest
from pulumi.runtime import stack
from pulumi.runtime.proto import language_pb2, language_pb2_grpc

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
