"""etcd and kube-apiserver in a namespace of their own: the control plane of the lab.

No kubelet, scheduler or controller-manager runs; `lab.cluster` writes what those would write.
Nothing binds outside the namespace: the machine reaches it over one veth pair.
"""

from __future__ import annotations

import ipaddress
import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from lab import net
from lab.api import Api
from lab.needs import program
from lab.paths import BIN
from lab.record import Record
from lab.spawn import spawn, wait_until

_NETWORKS = tuple(f"198.18.{number}.0/24" for number in range(8))
"""Benchmark ranges (RFC 2544), one of which carries the lab's management network. Stacks that are
tried here use documentation ranges, which have to stay free for them."""
BRIDGE = "mgmt"
SERVICES = "10.96.0.0/16,fd00:10:96::/112"


@dataclass
class ControlPlane:
    """A running API server and the way to it."""

    record: Record
    folder: Path
    ns: str
    network: ipaddress.IPv4Network
    admin_token: str

    @classmethod
    def start(cls, record: Record, folder: Path, name: str) -> ControlPlane:
        """Namespace, management bridge, etcd, API server; returns when it is ready."""
        with net.one_at_a_time():
            plane = cls._wired(record, folder, name)
        plane._write_secrets()
        plane.start_etcd()
        plane.start_apiserver()
        record.facts |= {"server": plane.server, "network": str(plane.network)}
        record.save()
        return plane

    @classmethod
    def _wired(cls, record: Record, folder: Path, name: str) -> ControlPlane:
        """Namespace, management bridge and the machine's way to it."""
        network = net.free_network(_NETWORKS)
        plane = cls(record, folder, f"mlb-{name}-cp", network, secrets.token_hex(16))
        record.add_namespace(plane.ns)
        record.links.append(f"mlb-{name}")
        record.save()
        # An address of its own: by default a bridge takes the lowest of its ports, and changes it
        # under open connections when a host joins.
        mac = ("address", "02:00:00:00:00:01")
        net.ip("link", "add", BRIDGE, *mac, "type", "bridge", "forward_delay", "0", ns=plane.ns)
        net.ip("addr", "add", f"{plane.address}/{network.prefixlen}", "dev", BRIDGE, ns=plane.ns)
        net.ip("link", "set", BRIDGE, "up", ns=plane.ns)
        net.delete_link(f"mlb-{name}")
        net.veth(f"mlb-{name}", "machine", there_ns=plane.ns)
        net.ip("link", "set", "machine", "master", BRIDGE, ns=plane.ns)
        net.ip("addr", "add", f"{network[-2]}/{network.prefixlen}", "dev", f"mlb-{name}")
        return plane

    @classmethod
    def attach(cls, record: Record, folder: Path, name: str) -> ControlPlane:
        """The control plane that an earlier command started."""
        network = ipaddress.IPv4Network(record.facts["network"])
        token = (folder / "admin.token").read_text().strip()
        return cls(record, folder, f"mlb-{name}-cp", network, token)

    @property
    def address(self) -> ipaddress.IPv4Address:
        """The API server's address in the management network."""
        return self.network[1]

    @property
    def server(self) -> str:
        """The API server's URL."""
        return f"https://{self.address}:6443"

    @property
    def ca(self) -> Path:
        """The certificate that clients trust; the API server makes it itself."""
        return self.folder / "pki" / "apiserver.crt"

    @property
    def kubeconfig(self) -> Path:
        """The admin's kubeconfig file."""
        return self.folder / "kubeconfig.json"

    @property
    def audit_log(self) -> Path:
        """Every request of a ServiceAccount and how it was decided, one JSON object a line."""
        return self.folder / "logs" / "audit.log"

    def api(self) -> Api:
        """A client with the admin's rights."""
        return Api(self.server, self.admin_token, self.ca)

    def start_etcd(self) -> None:
        """Start etcd on the namespace's loopback."""
        url = "http://127.0.0.1:2379"
        data = self.folder / "etcd"
        command = [program("etcd") or "etcd", "--data-dir", str(data)]
        command += ["--listen-client-urls", url, "--advertise-client-urls", url]
        command += ["--listen-peer-urls", "http://127.0.0.1:2380", "--log-level", "warn"]
        spawn(self.record, "etcd", command, ns=self.ns, log=self.folder / "logs" / "etcd.log")

    def start_apiserver(self) -> None:
        """Start the API server and wait until it is ready."""
        pki = self.folder / "pki"
        log = self.folder / "logs" / "kube-apiserver.log"
        flags = {
            "etcd-servers": "http://127.0.0.1:2379",
            "bind-address": self.address,
            "advertise-address": self.address,
            "secure-port": 6443,
            "cert-dir": pki,
            "token-auth-file": self.folder / "tokens.csv",
            "authorization-mode": "RBAC",
            "service-account-issuer": "https://kubernetes.default.svc",
            "service-account-key-file": pki / "accounts.key",
            "service-account-signing-key-file": pki / "accounts.key",
            "service-cluster-ip-range": SERVICES,
            "allow-privileged": "true",
            # Where lab.kubelet says that a node's logs are.
            "kubelet-preferred-address-types": "InternalDNS",
            "audit-policy-file": self._write_audit_policy(),
            "audit-log-path": self.audit_log,
            # No kube-proxy here: webhooks go to the Service's endpoints, not to its ClusterIP.
            "enable-aggregator-routing": "true",
        }
        command = [str(BIN / "kube-apiserver"), *(f"--{k}={v}" for k, v in flags.items())]
        process = spawn(self.record, "kube-apiserver", command, ns=self.ns, log=log)
        wait_until("kube-apiserver", self.ready, seconds=90, log=log, of=process)

    def ready(self) -> bool:
        """Whether the API server answers and has made its first namespace."""
        if not self.ca.exists():
            return False
        api = self.api()
        try:
            api.request("GET", "/readyz")
            # The bootstrap roles and the default namespace come a moment after "ready".
            api.get("v1", "Namespace", "default")
            return True
        finally:
            api.close()

    def attach_host(self, ns: str, number: int) -> ipaddress.IPv4Address:
        """Give a host's namespace an interface in the management network."""
        address = self.network[number]
        net.veth(f"m{number}", "mgmt", here_ns=self.ns, there_ns=ns)
        net.ip("link", "set", f"m{number}", "master", BRIDGE, ns=self.ns)
        net.ip("addr", "add", f"{address}/{self.network.prefixlen}", "dev", "mgmt", ns=ns)
        return address

    def _write_audit_policy(self) -> Path:
        path = self.folder / "audit-policy.json"
        accounts = {"level": "Metadata", "userGroups": ["system:serviceaccounts"]}
        policy = {
            "apiVersion": "audit.k8s.io/v1",
            "kind": "Policy",
            "omitStages": ["RequestReceived"],
            "rules": [accounts, {"level": "None"}],
        }
        path.write_text(json.dumps(policy, indent=1))
        return path

    def _write_secrets(self) -> None:
        pki = self.folder / "pki"
        pki.mkdir(parents=True, exist_ok=True)
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        pem = key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.TraditionalOpenSSL,
            serialization.NoEncryption(),
        )
        _private(pki / "accounts.key", pem.decode())
        _private(self.folder / "admin.token", self.admin_token)
        line = f'{self.admin_token},admin,admin,"system:masters"\n'
        _private(self.folder / "tokens.csv", line)
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "lab",
            "contexts": [{"name": "lab", "context": {"cluster": "lab", "user": "admin"}}],
            "users": [{"name": "admin", "user": {"token": self.admin_token}}],
            "clusters": [
                {
                    "name": "lab",
                    "cluster": {"server": self.server, "certificate-authority": str(self.ca)},
                }
            ],
        }
        _private(self.kubeconfig, json.dumps(config, indent=1))


def _private(path: Path, text: str) -> None:
    """Write a file that only its owner reads."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
