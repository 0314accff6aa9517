"""Checks what a component is given, before anything is registered.

The models are those of the rest of the product: the arguments' own typed dictionaries, MetalLB's
specs, the sections of the stack file. What an Output holds is checked inside an apply, as soon as
it is known, and a mistake in it names the same key.

Deliberately judges form alone: whether the objects go together is preflight's to say.
"""

import inspect
from collections.abc import Awaitable, Iterable, Mapping
from dataclasses import replace
from typing import Annotated, Any, ClassVar, NotRequired, TypeVar, get_args, get_origin
from weakref import WeakSet

import pulumi
from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError, WrapValidator
from pydantic import create_model as made_model

from metallb.components.guard import ReportedError
from metallb.models.strict import AS_GO_READS, TRUTH, WHOLE_NUMBER, InvalidValue
from metallb.problems.errors import ConfigError
from metallb.problems.escape import quoted
from metallb.problems.journal import record
from metallb.problems.problem import Location, Problem
from metallb.stackfile.form_codes import problem_of_form
from metallb.stackfile.mistakes import problems_of_form

__all__ = [
    "ArgumentError",
    "Arguments",
    "ArgumentsModel",
    "Sound",
    "arguments_model",
    "holds_outputs",
    "is_output",
    "sound",
]

T = TypeVar("T")

Path = tuple[str | int, ...]


class ArgumentError(ConfigError, ReportedError):
    """A component was given what it can't work with.

    A program that does not catch it ends with its text alone, without a traceback.
    """

    def __init__(self, summary: str = "", **facts: Any) -> None:
        super().__init__(summary, **facts)
        self.error = self
        record(self.problems)


_CODE = "E117"


class Later:
    """Stands for an Output in what is checked before its value is known."""

    def __str__(self) -> str:
        return "an Output"


class ArgumentsModel(BaseModel):
    """Base of the models of arguments."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True, defer_build=True)

    untouched: ClassVar[frozenset[str]] = frozenset()
    """Keys whose values are looked at elsewhere, or never: resources, futures, functions."""


def arguments_model(args: type, **closer: Any) -> type[ArgumentsModel]:
    """The model of a component's arguments, made from their typed dictionary.

    :param closer: annotations that say more about a key than the dictionary does.
    """
    fields: dict[str, Any] = {}
    untouched = set()
    for key, annotation in args.__annotations__.items():
        origin: Any = get_origin(annotation)
        optional = origin is NotRequired
        wanted = get_args(annotation)[0] if optional else annotation
        may_be_output = _takes_outputs(wanted)
        of = get_args(wanted)[0] if may_be_output else wanted
        if of in _OPAQUE:
            untouched.add(key)
        marks = _MARKS.get(of, ())
        of = closer.get(key, of)
        if marks:
            of = Annotated[of, *marks]
        if wanted is not Any:
            later = WrapValidator(_plain_or_later) if may_be_output else BeforeValidator(_plain)
            of = Annotated[of, later]
        fields[key] = (of, None if optional else ...)
    model = made_model(args.__name__, __base__=ArgumentsModel, **fields)
    model.untouched = frozenset(untouched)
    return model


_OPAQUE = (Any, list[Any], Mapping[str, Any])
# What pydantic takes for a number or a truth value besides numbers and truth values is refused.
_MARKS: dict[Any, tuple[Any, ...]] = {int: (WHOLE_NUMBER,), bool: (TRUTH,)}


def _takes_outputs(annotation: Any) -> bool:
    """Whether an annotation is an `Input`: an Output, or something to wait for, will do as well."""
    return any(get_origin(each) is Awaitable for each in get_args(annotation))


class NeededNow(InvalidValue):
    """Refuses an Output where only the value itself will do."""


def _plain(value: Any) -> Any:
    if isinstance(value, Later):
        rule = "The value is needed before anything is registered."
        raise NeededNow("is an Output, which is known only later", rule, "pass the value itself")
    return value


def _plain_or_later(value: Any, handler: Any) -> Any:
    return value if isinstance(value, Later) else handler(value)


class Arguments:
    """What one component is given, checked piece by piece; `refuse` reports all mistakes."""

    def __init__(self, component: type, name: str) -> None:
        self._component = component.__name__
        self._at = f"{self._component} {name}"
        self._problems: list[Problem] = []

    def whole(self, model: type[ArgumentsModel], args: Any) -> dict[str, Any]:
        """All arguments, without optional ones that are None.

        :raises ArgumentError: something is wrong with them.
        """
        given: dict[str, Any] = self.part(model, args, (), f"{self._component}'s arguments")
        self.refuse()
        return given

    def part(
        self,
        model: type[BaseModel],
        given: Any,
        at: Location,
        what: str,
        *,
        of_stack_file: bool = False,
    ) -> Any:
        """A part of them, whose Outputs are checked once they are known.

        :param at: keys of the part below the component; a first one with a blank is the kind and
            name of an object.
        :param what: what the part is called in errors.
        :param of_stack_file: it may hold numbers in quotes, as a stack file may.
        """
        if isinstance(given, Sound):
            return given
        given = _without_none(model, given)
        context = None if of_stack_file else AS_GO_READS
        piece = _Piece(model, self._location(at), what, context, self._at)
        self._problems += piece.problems(piece.hollow(given))
        return piece.watched(given)

    def note(self, at: Location, summary: str, help: str, detail: str = "") -> None:
        """Add a problem that no model finds."""
        location = self._location(at)
        self._problems.append(
            problem_of_form(summary, location, code=_CODE, detail=detail, help=help)
        )

    def _location(self, at: Location) -> Location:
        if at and " " in str(at[0]):
            return (f"{self._at}: {at[0]}", *at[1:])
        return (self._at, *at)

    def unique(self, at: Location, names: Iterable[str], *below: str) -> None:
        """Note every name that comes twice: each one names resources.

        :param at: location of the list.
        :param below: keys of an entry that lead to its name.
        """
        met: set[str] = set()
        for index, name in enumerate(names):
            if name in met:
                summary = f"{quoted(name)} names two entries"
                detail = "Resources are named after it."
                self.note((*at, index, *below), summary, "rename one of the two", detail)
            met.add(name)

    def refuse(self) -> None:
        """End the program where mistakes were found.

        :raises ArgumentError: with all of them.
        """
        if self._problems:
            raise _error(self._at, self._problems)


class Sound(dict[str, Any]):
    """What a model has written: no Output is in it, and it is not checked a second time.

    :ivar model: the model, for who reads it.
    """

    def __init__(self, written: Mapping[str, Any], model: BaseModel | None = None) -> None:
        super().__init__(written)
        self.model = model


def holds_outputs(value: Any) -> bool:
    """Whether a value is an Output, or something to wait for, or has one somewhere inside."""
    if isinstance(value, Sound):
        return False
    if isinstance(value, Mapping):
        return any(holds_outputs(item) for item in value.values())
    if isinstance(value, list | tuple):
        return any(holds_outputs(item) for item in value)
    return is_output(value)


_SOUND: WeakSet[pulumi.Output[Any]] = WeakSet()


def sound(output: pulumi.Output[T]) -> pulumi.Output[T]:
    """The Output, whose value is made by the models that it would be checked with.

    At a thousand nodes a check of each costs a third of a program's time.
    """
    _SOUND.add(output)
    return output


class _Piece:
    """A model, what it is about, and how errors call that and the component that has it."""

    def __init__(
        self,
        model: type[BaseModel],
        at: Location,
        what: str,
        context: Any,
        component: str,
    ) -> None:
        self._model = model
        self._component = component
        self._at = at
        self._what = what
        self._context = context
        self._untouched: frozenset[str] = getattr(model, "untouched", frozenset())

    def problems(self, value: Any, *, secret: bool = False) -> list[Problem]:
        """Everything that is wrong with a value, but for what is known later."""
        try:
            self._model.model_validate(value, context=self._context, by_alias=True, by_name=False)
        except ValidationError as error:
            return [
                replace(each, code=_CODE)
                for each in problems_of_form(
                    error,
                    value,
                    self._model,
                    prefix=self._at,
                    secret=lambda _: secret,
                    file=self._what,
                    unknown=_is_unknown,
                    in_program=True,
                )
            ]
        return []

    def hollow(self, value: Any) -> Any:
        """The value with `Later` in place of each Output."""
        if not self._untouched or not isinstance(value, Mapping):
            return _hollow(value)
        return {
            key: item if key in self._untouched and not is_output(item) else _hollow(item)
            for key, item in value.items()
        }

    def watched(self, value: Any) -> Any:
        """The value, in which each Output fails as soon as it turns out to be wrong."""
        return self._watched(value, self.hollow(value), ()) if holds_outputs(value) else value

    def _watched(self, value: Any, whole: Any, path: Path) -> Any:
        if isinstance(value, Sound):
            return value
        if isinstance(value, Mapping):
            untouched = () if path else self._untouched
            return {
                key: item if key in untouched else self._watched(item, whole, (*path, key))
                for key, item in value.items()
            }
        if isinstance(value, list | tuple):
            return [self._watched(item, whole, (*path, index)) for index, item in enumerate(value)]
        if not is_output(value) or value in _SOUND:
            return value
        output: pulumi.Output[Any] = pulumi.Output.from_input(value)

        def check(known: Any) -> Any:
            filled = _put(whole, path, _hollow(known))
            if self.problems(filled, secret=True):
                return self._refused(output, filled)
            return self._watched(known, filled, path) if holds_outputs(known) else known

        return output.apply(check)

    async def _refused(self, output: pulumi.Output[Any], filled: Any) -> None:
        secret = await output.is_secret()
        raise _error(self._component, self.problems(filled, secret=secret))


def _is_unknown(value: Any, refusal: InvalidValue | None) -> bool:
    return isinstance(value, Later) and not isinstance(refusal, NeededNow)


def is_output(value: Any) -> bool:
    """Whether a value is an Output, or something else to wait for."""
    return isinstance(value, pulumi.Output) or inspect.isawaitable(value)


def _hollow(value: Any) -> Any:
    if isinstance(value, Sound):
        return value
    if isinstance(value, Mapping):
        return {key: _hollow(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_hollow(item) for item in value]
    return Later() if is_output(value) else value


def _put(whole: Any, path: Path, value: Any) -> Any:
    """The whole with another value at a path; nothing of it is changed."""
    if not path:
        return value
    copy: Any = dict(whole) if isinstance(whole, Mapping) else list(whole)
    copy[path[0]] = _put(whole[path[0]], path[1:], value)
    return copy


def _without_none(model: type[BaseModel], given: Any) -> Any:
    """None where an argument is optional is no argument, as everywhere in Python."""
    if not issubclass(model, ArgumentsModel) or not isinstance(given, Mapping):
        return given
    optional = {key for key, field in model.model_fields.items() if not field.is_required()}
    return {key: item for key, item in given.items() if item is not None or key not in optional}


def _error(at: str, problems: list[Problem]) -> ArgumentError:
    count = f"{len(problems)} mistake{'s' if len(problems) != 1 else ''}"
    return ArgumentError.of(problems, f"{count} in the arguments of {at}")
