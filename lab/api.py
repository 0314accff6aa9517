"""A small client of the lab's API server: server-side apply, tokens, status, waiting.

Speaks REST itself because the tests look at what the API server answers, byte for byte: its
status code, its reason, its resourceVersion. It learns the resources by discovery.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import httpx

from lab.errors import LabError

Object = dict[str, Any]
MANAGER = "lab"

_FIRST = ("Namespace", "CustomResourceDefinition", "ServiceAccount")


class Refused(LabError):
    """The API server refused a request. Keeps its answer."""

    def __init__(self, call: str, *, status: int, answer: Object) -> None:
        super().__init__(
            f"the API server refused {call}: {status}",
            detail=str(answer.get("message", answer)),
            help="compare the object with the API server's message",
        )
        self.status = status
        self.reason: str = answer.get("reason", "")
        self.message: str = answer.get("message", "")


def ident(obj: Object) -> str:
    """An object in words: ``BGPPeer metallb-system/rack-a``."""
    meta = obj["metadata"]
    return f"{obj['kind']} {meta['namespace'] + '/' if 'namespace' in meta else ''}{meta['name']}"


class Api:
    """The API server as one user, known by a bearer token."""

    def __init__(self, server: str, token: str, ca: Path) -> None:
        self.server, self.token, self.ca = server, token, ca
        self._http = httpx.Client(
            base_url=server,
            headers={"Authorization": f"Bearer {token}"},
            verify=ssl.create_default_context(cafile=str(ca)),
            timeout=60.0,
            trust_env=False,
        )
        self._kinds: dict[tuple[str, str], tuple[str, bool]] = {}

    def close(self) -> None:
        """Drop the connection."""
        self._http.close()

    def request(self, method: str, path: str, **options: Any) -> Object:
        """One request; an answer of 400 or more is a `Refused`."""
        try:
            answer = self._http.request(method, path, **options)
        except httpx.HTTPError as error:
            raise LabError(
                f"the API server did not answer {method} {self.server}{path}",
                detail=f"{type(error).__name__}: {error}",
                help="read kube-apiserver.log in .cache/lab/run",
            ) from error
        if "json" not in answer.headers.get("content-type", ""):
            content: Object = {"message": answer.text}
        else:
            content = answer.json()
        if answer.status_code >= 400:
            raise Refused(f"{method} {path}", status=answer.status_code, answer=content)
        return content

    def watch(self, path: str, seconds: int) -> int:
        """Watch a list for a while; the number of events that came."""
        parameters = {"watch": "true", "timeoutSeconds": str(seconds)}
        answer = self._http.get(path, params=parameters)
        if answer.status_code >= 400:
            raise Refused(
                f"watch {path}", status=answer.status_code, answer={"message": answer.text}
            )
        return len(answer.text.splitlines())

    def path(self, version: str, kind: str, name: str = "", namespace: str = "") -> str:
        """Where a kind lives, by discovery; looked up once."""
        if (version, kind) not in self._kinds:
            root = f"/api/{version}" if version == "v1" else f"/apis/{version}"
            for item in self.request("GET", root)["resources"]:
                if "/" not in item["name"]:
                    known = (f"{root}\t{item['name']}", item["namespaced"])
                    self._kinds[version, item["kind"]] = known
        if (version, kind) not in self._kinds:
            raise Refused(f"{version} {kind}", status=404, answer={"message": "no such kind"})
        place, namespaced = self._kinds[version, kind]
        root, plural = place.split("\t")
        middle = f"/namespaces/{namespace}" if namespaced and namespace else ""
        return f"{root}{middle}/{plural}" + (f"/{name}" if name else "")

    def path_of(self, obj: Object) -> str:
        """Where an object lives."""
        meta = obj["metadata"]
        return self.path(obj["apiVersion"], obj["kind"], meta["name"], meta.get("namespace", ""))

    def apply(self, obj: Object, *, dry_run: bool = False, manager: str = MANAGER) -> Object:
        """Server-side apply of one object, as its owner."""
        parameters = {"fieldManager": manager, "force": "true", "fieldValidation": "Strict"}
        if dry_run:
            parameters["dryRun"] = "All"
        return self.request(
            "PATCH",
            self.path_of(obj),
            params=parameters,
            json=obj,
            headers={"Content-Type": "application/apply-patch+yaml"},
        )

    def create(self, obj: Object, *, dry_run: bool = False) -> Object:
        """Create one object, strictly."""
        meta = obj["metadata"]
        path = self.path(obj["apiVersion"], obj["kind"], "", meta.get("namespace", ""))
        parameters = {"fieldValidation": "Strict"} | ({"dryRun": "All"} if dry_run else {})
        return self.request("POST", path, json=obj, params=parameters)

    def get(self, version: str, kind: str, name: str, namespace: str = "") -> Object:
        """One object by name."""
        return self.request("GET", self.path(version, kind, name, namespace))

    def list(self, version: str, kind: str, namespace: str = "", **query: str) -> list[Object]:
        """Every object of a kind, in a namespace or everywhere."""
        answer = self.request("GET", self.path(version, kind, "", namespace), params=query)
        items: list[Object] = answer["items"]
        return items

    def list_metadata(self, version: str, kind: str) -> list[Object]:
        """Every object of a kind, without more of it than its metadata."""
        of_metadata = "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io"
        answer = self.request("GET", self.path(version, kind), headers={"Accept": of_metadata})
        return [{**item, "apiVersion": version, "kind": kind} for item in answer["items"] or ()]

    def merge(self, obj: Object, change: Object, *, part: str = "") -> Object:
        """A merge patch; `part` names a subresource such as ``status``."""
        return self.request(
            "PATCH",
            self.path_of(obj) + (f"/{part}" if part else ""),
            json=change,
            headers={"Content-Type": "application/merge-patch+json"},
        )

    def delete(self, obj: Object) -> None:
        """Delete at once; an object that is gone already is no error."""
        try:
            self.request("DELETE", self.path_of(obj), params={"gracePeriodSeconds": "0"})
        except Refused as refusal:
            if refusal.status != 404:
                raise

    def token_of(self, namespace: str, account: str) -> str:
        """A real token of a ServiceAccount, by the TokenRequest API."""
        path = self.path("v1", "ServiceAccount", account, namespace) + "/token"
        body = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}}
        token: str = self.request("POST", path, json=body)["status"]["token"]
        return token

    def as_user(self, token: str) -> Api:
        """The same API server, as another user."""
        return Api(self.server, token, self.ca)


def in_order(objects: Iterable[Object]) -> list[Object]:
    """What others need comes first; the rest keeps its order."""
    rank = {kind: place for place, kind in enumerate(_FIRST)}
    return sorted(objects, key=lambda obj: rank.get(obj["kind"], len(_FIRST)))
