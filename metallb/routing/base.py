"""What every model of a MetalLB object shares: spelling of its keys and strictness.

A field has one Python name. Its custom-resource key is the alias (camelCase, as in MetalLB's
api/ types); its ConfigMap key is the kebab-case of the Python name unless the field has another
(`localpref` and `ebgp-multihop` do). There is no other list of fields anywhere.
"""

from typing import Annotated, Any, ClassVar, Generic, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field

from metallb.problems.problem import Location
from metallb.strict import WHOLE_NUMBER, StrictModel

__all__ = ["Asn", "MetalLBObject", "SpecModel", "configmap_key"]


Asn = Annotated[
    int, Field(ge=0, le=4_294_967_295, json_schema_extra={"format": "int64"}), WHOLE_NUMBER
]
"""An autonomous system number in MetalLB's schema. Zero is well formed and refused by a rule."""


class SpecModel(StrictModel):
    """A part of a MetalLB object. Immutable; refuses unknown keys; no values in its errors."""

    def to_manifest(self) -> dict[str, Any]:
        """The custom resource's keys and values; what was left at its default is left out."""
        return self.model_dump(by_alias=True, exclude_defaults=True, mode="json")


Spec = TypeVar("Spec", bound=SpecModel)


class MetalLBObject(BaseModel, Generic[Spec]):
    """One named MetalLB object, and where the file that it comes from has it.

    Does not know in which format it will be written, nor in which namespace it will live.
    """

    model_config = ConfigDict(
        frozen=True, extra="forbid", hide_input_in_errors=True, defer_build=True
    )

    kind: ClassVar[str]
    plural: ClassVar[str]
    api_version: ClassVar[str] = "metallb.io/v1beta1"

    name: str
    """Kubernetes name of the object. The ConfigMap format keeps it for pools only."""
    spec: Spec
    """What MetalLB reads."""
    origin: Location = Field(default=(), exclude=True, repr=False)
    """Keys down to it in its file; problems point there. One of another file than a stack file
    begins with a key that names file and object: `("tor.yaml: BGPPeer tor1",)`."""

    def __eq__(self, other: object) -> bool:
        """Equal in meaning: where an object came from does not count."""
        return (
            isinstance(other, MetalLBObject)
            and self.kind == other.kind
            and (self.name, self.spec) == (other.name, other.spec)
        )

    def __hash__(self) -> int:
        return hash((self.kind, self.name))

    def to_manifest(self, namespace: Any) -> dict[str, Any]:
        """The whole custom resource. `namespace` may be a Pulumi Output: it is only placed."""
        return {
            "apiVersion": self.api_version,
            "kind": self.kind,
            "metadata": {"name": self.name, "namespace": namespace},
            "spec": self.spec.to_manifest(),
        }

    def at(self, origin: Location) -> Self:
        """The same object with another origin."""
        return self.model_copy(update={"origin": origin})


def configmap_key(model: type[BaseModel], field: str) -> str:
    """The key of a field in the ConfigMap document (MetalLB v0.12.1, internal/config/config.go)."""
    extra = model.model_fields[field].json_schema_extra
    if isinstance(extra, dict) and isinstance(extra.get("configmap"), str):
        return str(extra["configmap"])
    return field.replace("_", "-")
