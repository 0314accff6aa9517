"""MetalLB in BGP mode on bare metal, from one reviewed file per cluster.

The package has no side effects on import. Where things are:

- `metallb.stackfile`      the stack file's models, and its one reader
- `metallb.platforms`   where nodes, gateways and addresses come from
- `metallb.routing`     MetalLB's own objects, their two formats and their CRDs
- `metallb.preflight`   the rules a stack file must keep before anything changes
- `metallb.installation`   the Kubernetes objects of a MetalLB release, as plain data
- `metallb.components`  the Pulumi components
- `metallb.program`     the only place that wires them
- `metallb.render`      the same program without engine, cluster or account
"""

__version__ = "1.0.0"
