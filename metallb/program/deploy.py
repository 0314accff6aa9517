"""Wires a stack file's components."""

import pulumi
import pulumi_kubernetes as k8s

from metallb.components import RoutingConfiguration
from metallb.config import StackConfig
from metallb.guard import guarded
from metallb.leftovers import StateReader, find_leftovers
from metallb.platforms.plan import static_routing
from metallb.preflight import check_stack, refuse
from metallb.program.checks import gate, of_this_run, source, warn
from metallb.program.collector import collect_rarely
from metallb.program.exports import export
from metallb.program.installation import installation
from metallb.program.objects import routing_objects
from metallb.program.platform import elastic_ips, ingress_nodes
from metallb.program.project import ask_bgp, refuse_without_bgp
from metallb.program.webhook import webhook_answers
from metallb.pulumi_cli import exported_state
from metallb.settings import clear_settings, load_settings, metal_auth_token

__all__ = ["deploy", "main"]

_LABELS = {"app": "metallb", "app.kubernetes.io/managed-by": "pulumi"}


@guarded
def main(read_state: StateReader = exported_state) -> None:
    """Read the stack's config and deploy it. The process is this program's own.

    :param read_state: as of `deploy`.
    """
    collect_rarely()
    deploy(load_settings(), read_state)


def deploy(stack: StackConfig, read_state: StateReader = exported_state) -> None:
    """Register everything that a stack file describes.

    :param read_state: gives the whole state of a stack, by organization, project and name.
    :raises PreflightError: the file describes something that would fail or do nothing; nothing is
        registered then. Nor for a project without BGP.
    """
    findings = check_stack(stack, clear_texts=clear_settings())
    refuse(findings, source=source())
    warn(of_this_run(findings))
    token = metal_auth_token()
    leftovers = find_leftovers(stack, token, read_state)
    refuse_without_bgp(stack, ask_bgp(stack, leftovers, token), source())
    options = pulumi.ResourceOptions(providers={"kubernetes": _kubernetes(stack)})
    blocks = elastic_ips(stack, leftovers)
    nodes = ingress_nodes(stack, leftovers)
    known = static_routing(stack)
    passed = gate(stack, blocks, nodes, findings)
    metallb, ahead = installation(stack, passed, options)
    behind = [passed, *webhook_answers(stack, metallb)]
    routing = RoutingConfiguration(
        "routing",
        {
            "namespace": stack.install.namespace,
            "format": stack.install.release.format.value,
            "objects": routing_objects(stack, known, blocks, nodes, leftovers, passed),
            "passwords": {key: value.get_secret_value() for key, value in known.passwords.items()},
            "labels": _LABELS,
            "after": [*metallb.ready, *behind],
            "pools_after": [*metallb.definitions, *behind],
        },
        options,
    )
    ahead.settle(routing)
    export(stack, known, blocks, nodes, passed)


def _kubernetes(stack: StackConfig) -> k8s.Provider:
    target = stack.kubernetes
    return k8s.Provider(
        "kubernetes",
        kubeconfig=target.kubeconfig,
        context=target.context,
        render_yaml_to_directory=target.render_to,
        # Without these the provider replaces a ConfigMap or Secret whose data changes: MetalLB 0.12
        # would be without configuration in between, and a session without its MD5 key.
        enable_config_map_mutable=True,
        enable_secret_mutable=True,
    )
