"""What the scenarios share: names, inputs, and the calls that every operation begins with."""

from lab.metal_plugin import tokens as t
from tests.platforms.equinix_metal.metal_api.facts import PROJECT, WORKER_0
from tests.platforms.equinix_metal.metal_plugin.client import Json
from tests.platforms.equinix_metal.metal_plugin.exchanges import Exchange

BLOCK = {"projectId": PROJECT, "quantity": 1, "metro": "ny"}
SESSION = {"deviceId": WORKER_0, "addressFamily": "ipv4"}
PROVIDER = "urn:pulumi:dev::p::pulumi:providers:equinix-metal::default"
RETRIES = {"equinix-metal:config:maxRetries": "2", "equinix-metal:config:maxRetryWaitSeconds": "0"}
IPS = "/projects/{id}/ips"
SESSIONS = "/devices/{id}/bgp/sessions"
NO_TOKEN = {"METAL_AUTH_TOKEN": "", "PACKET_AUTH_TOKEN": ""}


def urn(token: str, name: str = "it", parent: str = "") -> str:
    """A resource's name for the engine."""
    return f"urn:pulumi:dev::p::{parent}{token}::{name}"


B, S, A, P = (urn(one) for one in (t.RESERVED_IP_BLOCK, t.BGP_SESSION, t.IP_ATTACHMENT, t.PROJECT))


def configure(exchange: Exchange, **variables: str) -> None:
    """The first call of an operation."""
    own = {f"equinix-metal:config:{key}": value for key, value in variables.items()}
    exchange.call(
        "Configure", variables={**RETRIES, **own}, acceptSecrets=True, acceptResources=True
    )


def checked(exchange: Exchange, name: str, news: Json, olds: Json | None = None) -> Json:
    """Inputs as the engine keeps them."""
    answer = exchange.call("Check", urn=name, olds=olds or {}, news=news)
    inputs: Json = answer.get("inputs", {})
    return inputs


def made(exchange: Exchange, name: str, news: Json) -> tuple[Json, str, Json]:
    """Makes a resource, if its inputs are good: inputs, id and outputs."""
    checked = exchange.call("Check", urn=name, olds={}, news=news)
    inputs = checked["inputs"]
    if "failures" in checked:
        return inputs, "", {}
    answer = exchange.call("Create", urn=name, properties=inputs)
    answer = answer.get("error", {}).get("ErrorResourceInitFailed", answer)
    return inputs, answer.get("id", ""), answer.get("properties", {})
