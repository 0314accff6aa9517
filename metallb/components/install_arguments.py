"""The section `metallb:install` as an argument of the components that install MetalLB."""

from collections.abc import Iterator, Mapping
from typing import Any

from metallb.components.arguments import Arguments, ArgumentsModel, Sound, is_output
from metallb.stackfile import Install, Source

__all__ = ["MEMBERLIST_KEY", "checked_install"]

MEMBERLIST_KEY = Install.model_fields["memberlist_secret"].annotation
"""The memberlist key, as the section has it."""
_SECTION = "install"
_SECRET = "memberlistSecret"  # noqa: S105 - a key's name
_PASSED_ON = ("helmValues",)
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
    if isinstance(section, Sound) and isinstance(section.model, Install):
        return whole, section.model
    for path in _outputs(section):
        arguments.note(
            (_SECTION, *path),
            f"{path[-1]} is an Output, which is known only later",
            "pass the value itself",
            "The value is needed before anything is registered.",
        )
    arguments.part(Install, section, (_SECTION,), "section metallb:install", of_stack_file=True)
    if section.get(_SECRET) is not None:
        help = "leave it to the component MetalLB" if workload else "pass it as memberlist_secret"
        arguments.note((_SECTION, _SECRET), f"{_SECRET} is not read from here", help)
    arguments.refuse()
    install = Install.model_validate(section, by_alias=True, by_name=False)
    if workload and install.source is not Source.BUILTIN:
        arguments.note(
            (_SECTION, "source"),
            f"source is {install.source.value}, not builtin",
            "remove source, or the component: another source installs its own workload",
        )
        arguments.refuse()
    return whole, install


def _outputs(section: Mapping[str, Any], path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Keys of the Outputs in the section, but for those that are only passed on."""
    for key, value in section.items():
        at = (*path, str(key))
        if is_output(value):
            yield at
        elif isinstance(value, Mapping) and at != _PASSED_ON:
            yield from _outputs(value, at)
