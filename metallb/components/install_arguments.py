"""The section `metallb:install` as an argument of the components that install MetalLB."""

from collections.abc import Iterator, Mapping
from typing import Any

from metallb.components.arguments import Arguments, ArgumentsModel, is_output
from metallb.config import Install, Source

__all__ = ["MEMBERLIST_KEY", "checked_install"]

MEMBERLIST_KEY = Install.model_fields["memberlist_secret"].annotation
"""The memberlist key, as the section has it."""
_SECTION = "install"
_SECRET = "memberlistSecret"  # noqa: S105 - a key's name
_PASSED_ON = "helmValues"
"""What is handed to the chart as it is, Outputs included."""


def checked_install(
    model: type[ArgumentsModel], component: type, name: str, args: Any, *, workload: bool = False
) -> tuple[dict[str, Any], Install]:
    """The arguments and the section in them.

    :param workload: the component makes one workload by itself.
    :raises ArgumentError: something is wrong with them.
    """
    arguments = Arguments(component, name)
    whole = arguments.whole(model, args)
    section = whole[_SECTION]
    for path in _outputs(section):
        arguments.note(
            f"{_SECTION}.{path}",
            "is needed before anything is registered, and an Output is known only later",
            "give the value itself",
            "an Output",
        )
    arguments.part(Install, section, _SECTION, "section metallb:install", of_stack_file=True)
    if section.get(_SECRET) is not None:
        remedy = "leave it to the component MetalLB" if workload else "give it as memberlist_secret"
        arguments.note(f"{_SECTION}.{_SECRET}", "is not read from here", remedy)
    arguments.refuse()
    install = Install.model_validate(section, by_alias=True, by_name=False)
    if workload and install.source is not Source.BUILTIN:
        arguments.note(
            f"{_SECTION}.source",
            "is builtin where a workload is made by itself",
            "leave source out, or leave the workload to whoever installs it",
            repr(install.source.value),
        )
        arguments.refuse()
    return whole, install


def _outputs(section: Mapping[str, Any], path: str = "") -> Iterator[str]:
    """Paths of the Outputs in the section, but for those that are only passed on."""
    for key, value in section.items():
        at = f"{path}{key}"
        if is_output(value):
            yield at
        elif isinstance(value, Mapping) and at != _PASSED_ON:
            yield from _outputs(value, f"{at}.")
