"""What every model of a MetalLB object shares: spelling of its keys, strictness, and word types.

A field has one Python name. Its custom-resource key is the alias (camelCase, as in MetalLB's
api/ types); its ConfigMap key is the kebab-case of the Python name, unless it is declared otherwise
(`metallb.routing.fields`).
"""

from typing import Annotated, Any, ClassVar, NamedTuple, Self

from pydantic import BaseModel, ConfigDict, Field, GetJsonSchemaHandler
from pydantic_core import CoreSchema

from metallb.models.strict import WHOLE_NUMBER, StrictModel
from metallb.problems.problem import Location
from metallb.releases import BgpMode
from metallb.routing.fields import EVERY_MODE, FRR_MODES, declared, words_in_crd

__all__ = ["OWN_LABELS", "Address", "Asn", "MetalLBObject", "ObjectName", "SpecModel"]

OWN_LABELS = {"app": "metallb", "app.kubernetes.io/managed-by": "pulumi"}
"""Labels of every object that a stack makes."""


Asn = Annotated[
    int, Field(ge=0, le=4_294_967_295, json_schema_extra={"format": "int64"}), WHOLE_NUMBER
]
"""An autonomous system number in MetalLB's schema. Zero is well formed and refused by a rule."""


class _Word(NamedTuple):
    """Marks a text that is more than a text: a stack file checks it as what it is."""

    meaning: str


Address = Annotated[str, _Word("an IP address")]
"""The text of an IP address; MetalLB's schema takes any text."""
ObjectName = Annotated[str, _Word("the name of an object")]
"""The name of another object; MetalLB's schema takes any text."""


class SpecModel(StrictModel):
    """A part of a MetalLB object. Immutable; refuses unknown keys; no values in its errors."""

    modes: ClassVar[frozenset[BgpMode]] = EVERY_MODE
    """The BGP modes that take an object with this spec at all."""

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler, /
    ) -> dict[str, Any]:
        """pydantic's schema, with the release of each field, and the modes in its text."""
        schema = super().__get_pydantic_json_schema__(core_schema, handler)
        resolved = handler.resolve_ref_schema(schema)
        if cls.modes == FRR_MODES:
            resolved["description"] = f"{resolved['description']} {cls.words_of_modes()}"
        properties = resolved.get("properties", {})
        for name, known in cls.model_fields.items():
            shown = properties.get(known.alias) or properties.get(name)
            field = declared(cls, name)
            if shown is None:
                continue
            if words := words_in_crd(field):
                shown["description"] = f"{shown['description']} {words}"
            if field.since is not None:
                shown["since"] = str(field.since)
        return schema

    @classmethod
    def words_of_modes(cls) -> str:
        """The modes that take such an object, as a sentence; empty for all of them."""
        return "Used by the FRR modes only." if cls.modes == FRR_MODES else ""

    def to_manifest(self) -> dict[str, Any]:
        """The custom resource's keys and values; what was left at its default is left out."""
        return self.model_dump(by_alias=True, exclude_defaults=True, mode="json")


class MetalLBObject(BaseModel):
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
    spec: Any
    """What MetalLB reads; each kind has a model of its own."""
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
