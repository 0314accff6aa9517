"""Releases and modes that are declared of fields, compared with the Go module of each release.

Every release is looked at that Go's cache has; the two of `make lab-tools` are enough for most.
"""

import re
from pathlib import Path

import pytest

from metallb.releases import FIRST_OF_CRDS, BgpMode, Release
from metallb.routing.fields import configmap_key, declared, is_known, manifest_key
from metallb.routing.table import OBJECTS, spec_of
from tests.support.metallb_module import cached_folders

STRUCTS = {
    "BGPPeer": ("api/v1beta2/bgppeer_types.go", "BGPPeerSpec"),
    "IPAddressPool": ("api/v1beta1/ipaddresspool_types.go", "IPAddressPoolSpec"),
    "BGPAdvertisement": ("api/v1beta1/bgpadvertisement_types.go", "BGPAdvertisementSpec"),
    "L2Advertisement": ("api/v1beta1/l2advertisement_types.go", "L2AdvertisementSpec"),
    "BFDProfile": ("api/v1beta1/bfdprofile_types.go", "BFDProfileSpec"),
    "Community": ("api/v1beta1/community_types.go", "CommunitySpec"),
}
DOCUMENTS = {
    "BGPPeer": "peer",
    "IPAddressPool": "addressPool",
    "BGPAdvertisement": "bgpAdvertisement",
    "BFDProfile": "bfdProfile",
}
"""Types of the ConfigMap's document."""
OF_THE_DOCUMENT = {"name", "protocol", "bgp-advertisements"}
"""Keys that are no fields: they name objects, and say how these belong together."""
IGNORED_BY_FRR_K8S = {"CurrentNode", "SessionName", "DisableMP"}
"""Parameters of a session that MetalLB itself needs, or ignores."""


def body(path: Path, head: str) -> str:
    """The text of a type or function of Go, up to its closing brace at the margin."""
    text = path.read_text(encoding="utf-8")
    assert head in text, f"{path}: {head}"
    return text.partition(head)[2].partition("\n}")[0]


def struct(path: Path, name: str, tag: str = "json") -> dict[str, str]:
    """Names of a type's fields in its documents, and in Go."""
    line = rf'^\s+(\w+)\s+\S+(?:\s+`{tag}:"([^",]*)[^`]*`)?\s*$'
    listed = re.findall(line, body(path, f"type {name} struct"), re.M)
    # A field without a tag has its own name, in lower case.
    return {key or field.lower(): field for field, key in listed}


def newest() -> tuple[Release, Path]:
    return max(cached_folders().items())


@pytest.mark.parametrize("kind", OBJECTS)
def test_each_release_has_the_fields_that_are_declared_for_it(kind: str) -> None:
    path, name = STRUCTS[kind]
    model = spec_of(kind)
    wrong = {}
    for release, folder in cached_folders().items():
        if release < FIRST_OF_CRDS:
            continue
        theirs = set(struct(folder / path, name))
        ours = {
            manifest_key(model, each)
            for each in model.model_fields
            if (declared(model, each).since or FIRST_OF_CRDS) <= release
        }
        if theirs != ours:
            wrong[str(release)] = theirs ^ ours
    assert wrong == {}


@pytest.mark.parametrize("kind", DOCUMENTS)
def test_the_last_release_with_a_configmap_has_the_keys_that_are_declared(kind: str) -> None:
    last = [each for each in cached_folders() if each < FIRST_OF_CRDS]
    if not last:
        pytest.skip("Go's cache has no release of MetalLB that reads a ConfigMap")
    path = cached_folders()[max(last)] / "internal/config/config.go"
    model = spec_of(kind)
    ours = {configmap_key(model, each) for each in model.model_fields} - {""}
    assert set(struct(path, DOCUMENTS[kind], "yaml")) - OF_THE_DOCUMENT == ours


def lacking(kind: str, mode: BgpMode) -> set[str]:
    """Fields of the newest release that a mode is declared not to carry."""
    model, (release, _) = spec_of(kind), newest()
    return {
        manifest_key(model, name)
        for name in model.model_fields
        if mode not in declared(model, name).modes and is_known(model, name, release)
    }


def test_native_mode_discards_the_fields_of_peers_that_it_is_declared_to_lack() -> None:
    _, folder = newest()
    path, name = STRUCTS["BGPPeer"]
    names = {field: key for key, field in struct(folder / path, name).items()}
    validation = folder / "internal/config/validation.go"
    refused = set(re.findall(r"if p\.Spec\.(\w+)", body(validation, "func DiscardFRROnly")))
    assert {names[each] for each in refused} == lacking("BGPPeer", BgpMode.NATIVE)


@pytest.mark.parametrize("mode", [BgpMode.NATIVE, BgpMode.FRR])
def test_the_other_modes_discard_the_fields_of_advertisements_of_frr_k8s(mode: BgpMode) -> None:
    release, folder = newest()
    if release < Release(0, 16, 2):
        pytest.skip("Go's cache has no MetalLB of 0.16.2 or later")
    path, name = STRUCTS["BGPAdvertisement"]
    names = {field: key for key, field in struct(folder / path, name).items()}
    validation = folder / "internal/config/validation.go"
    refused = set(re.findall(r"if adv\.Spec\.(\w+)", body(validation, "func DiscardFRRK8sOnly")))
    assert {names[each] for each in refused} == lacking("BGPAdvertisement", mode)


def test_frr_k8s_mode_passes_on_all_of_a_session_but_what_it_is_declared_to_lack() -> None:
    _, folder = newest()
    parameters = body(folder / "internal/bgp/bgp.go", "type SessionParameters struct")
    known = set(re.findall(r"^\s+(\w+)\s", parameters, re.M))
    config = body(
        folder / "internal/bgp/frrk8s/frrk8s.go", "func (sm *sessionManager) updateConfig"
    )
    passed_on = set(re.findall(r"\bs\.(\w+)", config))
    lost = {f"{each[0].lower()}{each[1:]}" for each in known - passed_on - IGNORED_BY_FRR_K8S}
    assert lost == lacking("BGPPeer", BgpMode.FRR_K8S)
