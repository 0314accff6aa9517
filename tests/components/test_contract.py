"""What every component owes its users, checked for all of them alike."""

import ast
import inspect
import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pulumi
import pulumi_kubernetes as k8s
import pytest
from pulumi.provider.experimental.component import ComponentProvider

import metallb.components
from metallb.components import ArgumentError, MetalLBComponent, components
from metallb.platforms.registry import platforms
from tests.components.samples import SAMPLES
from tests.support.record import Record, Registration
from tests.support.recording import run

NAME = "thing"
COMPONENTS = components()
ALL = pytest.mark.parametrize("component", COMPONENTS, ids=lambda each: each.__name__)
MODULES = sorted(Path(metallb.components.__file__).parent.glob("*.py"))


def _make(
    component: type[MetalLBComponent],
    *,
    preview: bool = False,
    options: Callable[[], pulumi.ResourceOptions] = pulumi.ResourceOptions,
) -> tuple[Record, Registration]:
    def program() -> None:
        component(NAME, SAMPLES[component](), options())  # type: ignore[call-arg]

    record = run(program, preview=preview)
    return record, record.one(component.__name__, NAME)


@cache
def _plain(component: type[MetalLBComponent], preview: bool = False) -> tuple[Record, Registration]:
    """A run without options of the caller's, shared by the tests that only read it."""
    return _make(component, preview=preview)


def _args_of(component: type[MetalLBComponent]) -> type:
    return inspect.get_annotations(component.__init__)["args"]


def _nested(annotation: Any) -> set[type]:
    """Every TypedDict that an annotation mentions, at any depth."""
    found: set[type] = set()
    for part in getattr(annotation, "__args__", ()):
        found |= _nested(part)
    if hasattr(annotation, "__total__"):
        found.add(annotation)
        for inner in annotation.__annotations__.values():
            found |= _nested(inner)
    return found


def _undescribed(described: type) -> list[str]:
    """Annotated keys of a class that no docstring line follows."""
    tree = ast.parse(inspect.getsource(described).lstrip())
    body = tree.body[0].body  # type: ignore[attr-defined]
    missing = []
    for node, after in zip(body, [*body[1:], None], strict=True):
        if isinstance(node, ast.AnnAssign):
            is_text = (
                isinstance(after, ast.Expr)
                and isinstance(after.value, ast.Constant)
                and isinstance(after.value.value, str)
            )
            if not is_text:
                missing.append(ast.unparse(node.target))
    return missing


def test_every_component_has_a_sample() -> None:
    assert set(SAMPLES) == set(COMPONENTS), "a new component needs a sample in samples.py"


def test_every_component_class_of_the_package_is_listed() -> None:
    public = {
        value
        for name in metallb.components.__all__
        if inspect.isclass(value := getattr(metallb.components, name))
    }
    of_platforms = {place.partition(":")[2] for each in platforms() for place in each.components}
    assert {
        each.__name__ for each in public - {MetalLBComponent, ArgumentError}
    } | of_platforms == {each.__name__ for each in COMPONENTS}


def test_a_component_of_a_platform_is_imported_from_the_package_by_its_name() -> None:
    for each in COMPONENTS:
        assert getattr(metallb.components, each.__name__) is each
    with pytest.raises(AttributeError):
        _ = metallb.components.NoSuchComponent  # type: ignore[attr-defined]


@ALL
def test_the_token_is_the_class_name(component: type[MetalLBComponent]) -> None:
    _, made = _plain(component)
    assert made.type == f"metallb:index:{component.__name__}", "the token is part of every state"


@ALL
@pytest.mark.parametrize("preview", [False, True], ids=["update", "preview"])
def test_registered_outputs_are_the_annotated_ones(
    component: type[MetalLBComponent], preview: bool
) -> None:
    record, made = _plain(component, preview)
    annotated = set(component.outputs())
    assert annotated, "a component without outputs is of no use to others"
    registered = record.outputs[made.urn].plain
    assert set(registered) == annotated, "state shows what a host publishes"


@ALL
def test_every_registered_output_has_a_value_after_an_update(
    component: type[MetalLBComponent],
) -> None:
    record, made = _plain(component)
    empty = [key for key, value in record.outputs_of(made).items() if value in (None, "")]
    assert not empty, f"outputs without a value: {empty}"


@ALL
def test_every_output_and_every_argument_is_described(component: type[MetalLBComponent]) -> None:
    classes = {component, *_nested(_args_of(component))}
    missing = {each.__name__: _undescribed(each) for each in classes if _undescribed(each)}
    assert not missing, f"the published schema would say nothing about {missing}"
    assert all(each.__doc__ for each in classes), "the class itself is described as well"


@ALL
def test_the_constructor_can_be_called_by_a_component_host(
    component: type[MetalLBComponent],
) -> None:
    parameters = list(inspect.signature(component.__init__).parameters.values())[1:]
    assert [each.name for each in parameters] == ["name", "args", "opts"]
    assert parameters[2].default is None, "opts may be left out"
    assert hasattr(_args_of(component), "__total__"), "args is a TypedDict: a host passes a dict"


@ALL
@pytest.mark.parametrize("preview", [False, True], ids=["update", "preview"])
def test_every_child_hangs_below_the_component_and_carries_its_name(
    component: type[MetalLBComponent], preview: bool
) -> None:
    record, made = _plain(component, preview)
    children = [item for item in record.resources if item is not made]
    assert children, "the sample makes children"
    for child in children:
        assert made.urn in record.parents(child), f"{child.urn} hangs elsewhere"
        assert child.name.startswith(f"{NAME}-"), f"{child.name}: a rename would replace it"


@ALL
def test_a_preview_registers_what_the_update_registers(
    component: type[MetalLBComponent],
) -> None:
    before, _ = _plain(component, True)
    after, _ = _plain(component)
    assert {item.urn for item in before.resources} == {item.urn for item in after.resources}


@ALL
def test_an_alias_of_the_component_stays_its_own(component: type[MetalLBComponent]) -> None:
    record, made = _make(
        component, options=lambda: pulumi.ResourceOptions(aliases=[pulumi.Alias(name="old")])
    )
    assert made.aliases == ("old",), "the component keeps its alias"
    plain, _ = _plain(component)
    # A kind's former API versions are aliases of its own, made by pulumi_kubernetes.
    expected = {item.urn: item.aliases for item in plain.resources}
    for child in record.below(made):
        assert child.aliases == expected[child.urn], f"{child.name} has an alias that leads nowhere"


@ALL
def test_the_callers_options_are_not_copied_to_children(
    component: type[MetalLBComponent],
) -> None:
    def options() -> pulumi.ResourceOptions:
        other = k8s.core.v1.ConfigMap("other")
        return pulumi.ResourceOptions(
            depends_on=[other], ignore_changes=["nothing"], protect=False, retain_on_delete=False
        )

    record, made = _make(component, options=options)
    plain, _ = _plain(component)
    others = {item.urn for item in record.resources if item.name == "other"}
    expected = {item.urn: item for item in plain.resources}
    for child in record.below(made):
        bare = expected[child.urn]
        assert child.ignore_changes == bare.ignore_changes, child.name
        assert child.retain_on_delete == bare.retain_on_delete, child.name
        assert not others & child.dependencies, f"{child.name} depends on it by itself"
    assert made.dependencies == others, "the component itself depends on it"


@ALL
def test_a_protected_component_does_not_unprotect_and_a_plain_one_protects_nothing_but_addresses(
    component: type[MetalLBComponent],
) -> None:
    record, made = _plain(component)
    protected = {item.kind for item in record.below(made) if item.protect}
    assert protected <= {"ReservedIpBlock"}, "only addresses can't be had again"


@ALL
def test_the_callers_provider_reaches_the_children(component: type[MetalLBComponent]) -> None:
    def options() -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(providers={"kubernetes": k8s.Provider("mine")})

    record, made = _make(component, options=options)
    for child in record.below(made):
        if child.package == "kubernetes":
            assert "::mine::" in child.provider, f"{child.name} goes to another cluster"


@ALL
def test_two_of_a_kind_live_side_by_side(component: type[MetalLBComponent]) -> None:
    def program() -> None:
        component("one", SAMPLES[component]())  # type: ignore[call-arg]
        component("two", SAMPLES[component]())  # type: ignore[call-arg]

    # A preview, because one device takes no second session.
    record = run(program, preview=True)
    assert len(record.of("metallb", component.__name__)) == 2


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.stem)
def test_component_modules_keep_annotations_that_a_host_can_read(module: Path) -> None:
    tree = ast.parse(module.read_text(encoding="utf-8"))
    future = [
        alias.name
        for node in tree.body
        if isinstance(node, ast.ImportFrom) and node.module == "__future__"
        for alias in node.names
    ]
    assert "annotations" not in future, "a host would see texts in place of types"


@pytest.fixture(scope="module")
def schema() -> dict[str, Any]:
    """The package schema as a component host would publish it."""
    provider = ComponentProvider(list(COMPONENTS), "metallb", None, "1.0.0")
    found = provider.schema
    document: dict[str, Any] = json.loads(found) if isinstance(found, str) else found.to_json()
    return document


def test_a_host_can_publish_every_component(schema: dict[str, Any]) -> None:
    assert set(schema["resources"]) == {f"metallb:index:{each.__name__}" for each in COMPONENTS}


@ALL
def test_the_published_schema_says_what_the_class_says(
    component: type[MetalLBComponent], schema: dict[str, Any]
) -> None:
    published = schema["resources"][f"metallb:index:{component.__name__}"]
    keys = _args_of(component).__annotations__
    assert len(published["inputProperties"]) == len(keys), "every argument is published"
    assert len(published["properties"]) == len(component.outputs()), "every output is published"
    described = [*published["inputProperties"].values(), *published["properties"].values()]
    assert all(each.get("description") for each in described), "each with its description"
