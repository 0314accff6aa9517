"""What a run of the program is for."""

from pulumi.runtime.mocks import MockMonitor
from pulumi.runtime.settings import get_monitor

from metallb.stackfile import StackConfig

__all__ = ["changes_cluster"]


def changes_cluster(stack: StackConfig) -> bool:
    """Whether an engine runs the program for a cluster, in an update or its preview.

    Not in tests without an engine, and not where files are written in place of objects.
    """
    return not isinstance(get_monitor(), MockMonitor) and stack.kubernetes.render_to is None
