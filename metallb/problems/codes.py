"""What a code stands for, and the errors that are no rule: form, files, providers, the engine.

A code is never used again for something else. One that goes is redirected in `REDIRECTED`.
"""

from typing import NamedTuple

from metallb.problems.problem import Severity

__all__ = ["CODES", "FORM", "INTERNAL", "REDIRECTED", "Code"]

FORM = "FORM"
"""Id of every problem that is no rule in the JSON documents, as in their first version."""
INTERNAL = "E900"


class Code(NamedTuple):
    """What `--explain` and docs/rules.md say of a rule or of a kind of error.

    :ivar fault: what is wrong.
    :ivar requirement: what holds instead.
    :ivar help: what to do.
    :ivar source: where the requirement is known from.
    :ivar why: what breaking it does.
    """

    id: str
    fault: str
    requirement: str
    help: str
    source: str
    why: str = ""
    severity: Severity = Severity.ERROR


_LIST = (
    # Form of a file.
    Code(
        "E101",
        "A file is not valid YAML, JSON or HCL",
        "The file can be read by the parser of its format, in UTF-8.",
        "Correct the line that the message points at; the mistake is often one line above it.",
        "YAML 1.1 (PyYAML), YAML 1.2 (yaml.v3, which Pulumi and MetalLB use); HCL (Lokomotive).",
    ),
    Code(
        "E102",
        "A key is not known",
        "Every key is one that the format has; an unknown key would change nothing.",
        "Correct the spelling, or remove the key. docs/stack-file.md lists every key.",
        "docs/stack-file.md; MetalLB config/manifests (CRDs are strict as well).",
    ),
    Code(
        "E103",
        "A key is missing",
        "Required keys are present.",
        "Add the key.",
        "docs/stack-file.md.",
    ),
    Code(
        "E104",
        "A value has the wrong type",
        "A value has the type of its key: text, whole number, true or false, list or mapping.",
        "Write a value of that type; a text that looks like a number stands in quotes.",
        "docs/stack-file.md.",
    ),
    Code(
        "E105",
        "A value is not one that its key takes",
        "A value has the form of its key: an address, a name, a duration, one of a list of words.",
        "Write such a value; the message has an example or the list.",
        "docs/stack-file.md.",
    ),
    Code(
        "E106",
        "A key is in the wrong place",
        "A section stands directly below `config:`, and each key in its own section.",
        "Move the key to the place that the message names.",
        "docs/stack-file.md; Pulumi's stack configuration files.",
    ),
    Code(
        "E107",
        "A plain word is read differently by YAML's readers",
        "A value means the same to PyYAML (YAML 1.1) and to yaml.v3, which the engine uses.",
        "Write the value that is meant, or put the text in quotes.",
        "YAML 1.1 and 1.2, tag resolution; yaml.v3, resolve.go.",
    ),
    Code(
        "E108",
        "A key or an entry of a list is written twice",
        "A mapping has a key once, and a list of names, addresses or ids an entry once.",
        "Remove one of the two, or correct the one that is wrong.",
        "YAML 1.2.2, 3.2.1.3; docs/stack-file.md.",
        "readers keep one of two equal keys or refuse both, and two equal entries would become one "
        "object twice.",
    ),
    Code(
        "E109",
        "A name refers to nothing",
        "A name refers to a pool, profile, router or node of the same file.",
        "Correct the name, or define what it refers to.",
        "docs/stack-file.md.",
    ),
    Code(
        "E110",
        "An encrypted value is needed in clear text",
        "Only the engine decrypts the values of a stack file.",
        "Use a command that runs the engine (`metallb up`), or write the value in clear text where "
        "it is no secret.",
        "Pulumi's configuration secrets.",
    ),
    Code(
        "E111",
        "Keys do not go together",
        "Keys that exclude each other are not both set; a key that needs another is set with it.",
        "Remove one of them, or add the other.",
        "docs/stack-file.md.",
    ),
    Code(
        "E112",
        "A file is larger than a configuration is",
        "A file, its depth and its aliases stay within limits that no configuration reaches.",
        "Split the file, or write aliases out.",
        "metallb/stackfile/files.py.",
    ),
    Code(
        "E113",
        "A file is in a format that is not known here",
        "A file is a stack file, a MetalLB ConfigMap, custom resources or a Lokomotive file.",
        "Give a file of one of these formats.",
        "docs/import.md; docs/lokomotive.md.",
    ),
    Code(
        "E114",
        "A file holds variables or templates that are not filled in",
        "What is checked is what the cluster gets, after Helm, kustomize, Flux or Terraform.",
        "Render the template first (`helm template`, `kustomize build`), and give the output.",
        "docs/gitops.md.",
    ),
    Code(
        "E115",
        "An object of MetalLB can't be read",
        "An object has the fields of its CRD, or the ConfigMap those of MetalLB 0.12.",
        "Correct the field: MetalLB refuses the same.",
        "MetalLB api/v1beta1, api/v1beta2; internal/config/config.go of 0.12.",
    ),
    Code(
        "E116",
        "A stack file has no key for a part of a configuration",
        "What is imported has a key of the stack file.",
        "Keep the object beside the stack, or change it as the message says.",
        "docs/import.md; docs/lokomotive.md.",
    ),
    Code(
        "E117",
        "An argument of a component is wrong",
        "Arguments of components have the names and types of docs/components.md.",
        "Correct the argument.",
        "docs/components.md.",
    ),
    # Command line and file system.
    Code(
        "E201",
        "A stack or a file does not exist",
        "The argument is a path, or the name of a stack whose file is in stacks/ or here.",
        "Use one of the names that the message lists, or a path.",
        "docs/install.md.",
    ),
    Code(
        "E202",
        "An option or argument has no use here",
        "Every option that is given takes effect.",
        "Leave it out.",
        "`metallb COMMAND --help`.",
    ),
    Code(
        "E203",
        "A file or folder can't be read or written",
        "The path exists where it is read, its folder where it is written, and both with rights.",
        "Choose another path, or correct its rights or the free space.",
        "The operating system.",
    ),
    Code(
        "E204",
        "A target holds what is not this program's",
        "Nothing is overwritten or deleted that this program did not make.",
        "Choose another folder or file, or remove what is there yourself.",
        "docs/gitops.md.",
    ),
    Code(
        "E205",
        "Something protected would be destroyed",
        "Public addresses are kept unless a person gives them up in so many words.",
        "Use --keep-protected, or remove the protection in the stack file and run up first.",
        "docs/operations.md.",
    ),
    Code(
        "E207",
        "A command that changes or deletes something was not confirmed",
        "A person confirms what a command shows that it would do; without a terminal, --yes does.",
        "Answer on a terminal (yes, or the stack's name to delete), or give --yes.",
        "docs/operations.md.",
    ),
    Code(
        "E208",
        "An argument is missing or empty",
        "Every argument has a value, status looks at one stack, and render writes to a folder.",
        "Give the argument; most often a shell variable is not set.",
        "`metallb COMMAND --help`.",
    ),
    Code(
        "E209",
        "Another process writes into the folder",
        "One process at a time writes into a folder.",
        "Wait for the process that the message names, or give another folder.",
        "docs/gitops.md.",
    ),
    Code(
        "E210",
        "A file with a key would be written without a request for it",
        "What holds a key and has no reference (the ConfigMap of 0.12, values of the chart) is "
        "written with --with-secrets alone.",
        "Use --with-secrets and keep the folder out of a repository, or remove the key.",
        "docs/gitops.md; docs/security.md.",
    ),
    Code(
        "E211",
        "A folder or a cluster is not what a stack file renders",
        "What render --check and --diff-cluster compare is what render would write.",
        "Run render and commit its files, or apply them; where the stack file is wrong, correct "
        "that.",
        "docs/gitops.md.",
    ),
    # Provider of the nodes and addresses.
    Code(
        "E301",
        "The provider's API refused the token or the request",
        "The token is valid for the project and may do what the stack needs.",
        "Check the token, the project id and the token's rights.",
        "The provider's API reference.",
    ),
    Code(
        "E302",
        "Something does not exist at the provider",
        "Ids of the stack file exist in the project.",
        "Correct the id, or remove it.",
        "The provider's API reference.",
    ),
    Code(
        "E303",
        "The provider's answer can't be used",
        "A node is active and has the addresses and BGP sessions that the stack file expects.",
        "Correct the device at the provider, then run the command again.",
        "The provider's API reference.",
    ),
    Code(
        "E304",
        "The provider's API does not answer",
        "The API is reachable and not overloaded.",
        "Check network, proxy and certificates; then run the command again.",
        "RFC 9110, 15.6; RFC 6585, 4.",
    ),
    Code(
        "E305",
        "No API token is set",
        "The provider's API needs a token.",
        "Set the variable or the secret that the message names.",
        "docs/security.md.",
    ),
    Code(
        "E306",
        "Something exists at the provider outside the stack's state",
        "What the stack manages is in its state, or is adopted by id.",
        "`metallb recover STACK`, or write its id into the stack file.",
        "docs/recovery.md.",
    ),
    Code(
        "E308",
        "Something that is no longer wanted still exists at the provider",
        "What a stack no longer has is deleted at the provider.",
        "Follow the message; `metallb status STACK --drift` shows what is left.",
        "docs/recovery.md.",
    ),
    # Recorded facts.
    Code(
        "E401",
        "Recorded facts of the platform are missing",
        "`render` and `check` know gateways and addresses from a recorded file.",
        "`metallb snapshot STACK` writes it after an update.",
        "docs/gitops.md.",
    ),
    Code(
        "E402",
        "Recorded facts do not fit the stack file",
        "The recorded file is of this stack and has the facts of every node and block.",
        "`metallb snapshot STACK` writes it anew.",
        "docs/gitops.md.",
    ),
    # Pulumi's engine.
    Code(
        "E500",
        "Pulumi's engine failed",
        "The engine ends an update without an error.",
        "Read the engine's own message.",
        "Pulumi CLI.",
    ),
    Code(
        "E501",
        "Another update of the stack is running, or its lock was left",
        "One update of a stack runs at a time.",
        "Wait for it; `metallb recover STACK` removes the lock of an update that died.",
        "Pulumi, DIY backends: locks.",
    ),
    Code(
        "E502",
        "An earlier update was interrupted",
        "The state says how every operation ended.",
        "`metallb recover STACK` settles it; then run up again.",
        "Pulumi, pending operations.",
    ),
    Code(
        "E503",
        "The state can't be opened",
        "Backend, passphrase and stack name are those that the state was written with.",
        "Set PULUMI_BACKEND_URL and PULUMI_CONFIG_PASSPHRASE as the message says.",
        "Pulumi, state and backends.",
    ),
    Code(
        "E504",
        "A plugin or package is missing",
        "The engine finds the provider plugins, and Python the packages that "
        "the stack's platform needs.",
        "`make engine`, or run where get.pulumi.com can be reached; `make env` for a package.",
        "Pulumi, plugins.",
    ),
    Code(
        "E505",
        "No Pulumi CLI is usable",
        "A CLI of the oldest release that is supported, or later, is on PATH or installed.",
        "`make engine`, or Pulumi's installer.",
        "docs/contributing.md.",
    ),
    Code(
        "E506",
        "A protected resource would be deleted or replaced",
        "Addresses are protected: once released they can't be had again.",
        "Keep them with `pulumi state delete`, or give them up in the stack file first.",
        "docs/operations.md.",
    ),
    Code(
        "E507",
        "The stack does not exist in the backend",
        "A command other than up and preview needs a stack that was deployed.",
        "Run up, or correct PULUMI_BACKEND_URL.",
        "Pulumi, stacks.",
    ),
    # The cluster.
    Code(
        "E601",
        "The cluster can't be reached",
        "The cluster of metallb:kubernetes answers.",
        "Check kubeconfig, context and network.",
        "kubernetes.io, kubeconfig files.",
    ),
    Code(
        "E602",
        "The cluster refused a request",
        "The user of the context may read what the command reads.",
        "Give it the rights of docs/status.md.",
        "kubernetes.io, RBAC.",
    ),
    Code(
        "E603",
        "MetalLB's webhook does not answer",
        "The controller serves its webhook before configuration is written.",
        "Look at the controller's Pod; then run up again.",
        "MetalLB, internal/k8s/webhooks.",
    ),
    Code(
        "E604",
        "Sessions that an update reset are not up again",
        "The sessions of a wave are established before the next wave begins.",
        "Compare both ends (`metallb routers STACK --check FILE`), correct one, and run up again.",
        "docs/waves.md; RFC 4271, 8.2.2.",
        "the next wave would take down the sessions that are left.",
    ),
    Code(
        "E605",
        "A node has too few sessions for the next wave, or a pool too few announcers",
        "No more sessions of a node are down at once, and no fewer nodes announce a pool, than "
        "`metallb:availability` permits.",
        "Mend the session that is down (`metallb status`), then run up again.",
        "docs/waves.md.",
        "the wave would take down a session that the node can't spare.",
    ),
    Code(
        "E606",
        "A change can't be made in waves that keep metallb:availability",
        "Peers change one after the other, as far as the limit needs it.",
        "Divide the change, or permit more for this update.",
        "docs/waves.md.",
        "objects that change together end their sessions together.",
    ),
    Code(
        "E607",
        "It is not known which sessions are up",
        "An update in waves reads every session that it resets.",
        "Let the update read the speakers' metrics, as docs/operations.md describes.",
        "docs/waves.md; docs/operations.md.",
        "without that no wave could be awaited.",
    ),
    # The routers.
    Code(
        "E651",
        "It is not known where a router's nodes are",
        "A router knows its neighbors by address, or by a network of the nodes.",
        "Write metallb:kubernetes.nodeCidrs, or give the nodes' addresses by --nodes or --cluster.",
        "docs/routers.md.",
    ),
    Code(
        "E652",
        "A router has no neighbor for a node",
        "A router has a neighbor, or a range of neighbors, for every node that dials it.",
        "Add the neighbor, or correct the router's address in the stack file.",
        "RFC 4271, 8.2.2.",
        "the router closes connections from addresses that it does not know.",
    ),
    Code(
        "E653",
        "A router has a neighbor that is no node",
        "Neighbors with the nodes' AS number are nodes of the stack file.",
        "Remove the neighbor, or add the node to the stack file.",
        "docs/routers.md.",
        "a machine that gets the address of a former node could announce the pools.",
        Severity.WARNING,
    ),
    Code(
        "E654",
        "The two ends of a session expect different AS numbers",
        "Each end expects the AS number that the other one has.",
        "Correct the number at the router, or myAsn, peerAsn or asn in the stack file.",
        "RFC 4271, 6.2.",
        "the session ends in OPEN with the error Bad Peer AS.",
    ),
    Code(
        "E655",
        "One end of a session alone has an MD5 key",
        "Both ends of a session have the same MD5 key, or neither has one.",
        "Write the key at the router, or set or remove password in the stack file.",
        "RFC 2385.",
        "the kernel drops every segment without an answer, and the session never opens.",
    ),
    Code(
        "E656",
        "A router's hold time is shorter than the nodes'",
        "The router's hold time is at least that of the stack file: BGP uses the smaller one.",
        "Raise the hold time of the router, or write the shorter one into the stack file.",
        "RFC 4271, 4.2.",
        "the session has another hold time than the stack file says.",
        Severity.WARNING,
    ),
    Code(
        "E657",
        "The two ends of a session have different BFD settings",
        "Both ends watch the session by BFD with the same intervals, or neither does.",
        "Write the profile's values at the router, or change bfdProfile in the stack file.",
        "RFC 5880, 6.8; RFC 5882.",
        "without BFD at both ends a silent node is noticed at the end of the hold time alone.",
        Severity.WARNING,
    ),
    Code(
        "E658",
        "A router allows one hop to nodes that are several hops away",
        "Both ends allow several hops where there are several.",
        "Allow them at the router (ebgp-multihop, multihop), or correct ebgpMultiHop.",
        "RFC 4271, 5.1.3; the routers' documentation.",
        "packets with a TTL of one do not arrive, and the session never opens.",
    ),
    Code(
        "E659",
        "A router refuses routes of a pool",
        "A router takes every prefix that the pools announce, with its length and communities.",
        "Add the prefixes to the router's import filter; `metallb routers` writes a whole one.",
        "docs/routers.md.",
        "Services with these addresses are not reached by this router.",
    ),
    Code(
        "E660",
        "A router takes routes that no pool has",
        "A router takes the pools' prefixes and no others from the nodes.",
        "Narrow the router's import filter; `metallb routers` writes one.",
        "RFC 7454, 6; RFC 8212.",
        "a node that is configured wrongly can draw other traffic.",
        Severity.WARNING,
    ),
    Code(
        "E661",
        "A router's prefix limit is below what can come",
        "A router takes at least as many prefixes from a session as the pools can announce.",
        "Raise the limit at the router, aggregate the pools, or correct maxPrefixes.",
        "docs/routers.md; the routers' documentation (maximum-prefix, import limit).",
        "one Service too many ends the session.",
        Severity.WARNING,
    ),
    Code(
        "E662",
        "A router uses fewer next hops than nodes announce",
        "A router spreads an address over all nodes that announce it.",
        "Raise maximum-paths or the limit of merge paths, or announce from fewer nodes.",
        "RFC 2992; docs/routers.md.",
        "nodes beyond the limit get no traffic.",
        Severity.WARNING,
    ),
    Code(
        "E663",
        "An address family of a session is not active at the router",
        "The router has every address family active that the nodes announce.",
        "Activate it for the neighbor (FRR: activate; BIRD: a channel).",
        "RFC 4760, 8.",
        "routes of this family are not announced over the session.",
    ),
    Code(
        "E664",
        "A session is down",
        "Every session of the stack file is established.",
        "Correct what the other problems name; then look at the node's speaker with "
        "`metallb status`.",
        "RFC 4271, 8.2.2.",
    ),
    Code(
        "E665",
        "A router listens on another TCP port",
        "The router listens on the port that the nodes connect to.",
        "Change the port of the router, or peerPort in the stack file.",
        "docs/routers.md.",
        "the session never opens.",
    ),
    Code(
        "E666",
        "A router announces routes to the nodes",
        "A router announces nothing to the nodes: MetalLB takes no routes.",
        "Deny every route outbound (BIRD: export none).",
        "docs/routers.md.",
        "the nodes get updates for nothing, and FRR beside another program may use them.",
        Severity.WARNING,
    ),
    Code(
        "E667",
        "A router does not help at a graceful restart",
        "A router keeps the routes of a node that restarts gracefully.",
        "Remove graceful-restart-disable (BIRD: graceful restart off), or gracefulRestart.",
        "RFC 4724, 4.2.",
        "a speaker that restarts loses its routes at this router.",
        Severity.WARNING,
    ),
    # Recovery.
    Code(
        "E701",
        "What an interrupted update left can't be settled",
        "Recovery knows of each object whether it is the stack's.",
        "Decide as the message says.",
        "docs/recovery.md.",
    ),
    # The lab.
    Code(
        "E801",
        "A part of the lab failed",
        "The lab's programs are installed and built, and start, answer and end in time.",
        "Read the logs in .cache/lab/run; `python -m lab down` removes what is left.",
        "docs/contributing.md.",
    ),
    # The rest.
    Code(
        INTERNAL,
        "Internal error",
        "The program has an explanation for every failure.",
        "Report it as a defect, with what standard error shows.",
        "This program.",
    ),
)

CODES: dict[str, Code] = {code.id: code for code in _LIST}
"""Every code by its id, in the order of docs/rules.md."""

REDIRECTED: dict[str, tuple[str, ...]] = {FORM: tuple(CODES)}
"""Former ids, and the codes that took their place."""
