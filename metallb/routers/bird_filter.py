"""BIRD's filters, evaluated for one route. What is not understood makes no verdict.

Source: BIRD 2.0 user's guide (filters).
"""

from collections.abc import Mapping, Sequence

from metallb.algebra.addresses import bits_of
from metallb.algebra.intervals import Interval, interval_of
from metallb.routers.bird_words import Word
from metallb.routers.found import Route

__all__ = ["judge_condition", "judge_filter"]

_Set = list[tuple[Interval, int, int]]
_COMMUNITIES = {"bgp_community": "standard", "bgp_large_community": "large"}


class _NotUnderstood(Exception):
    """A part of a filter that is beyond this reader."""


def judge_filter(
    words: Sequence[Word], route: Route, constants: Mapping[str, Sequence[Word]]
) -> bool | None:
    """Whether a filter accepts a route; None where it is not understood.

    :param words: of the filter's body.
    :param constants: values of `define` by name.
    """
    try:
        verdict = _Evaluation(words, route, constants).run()
    except _NotUnderstood:
        return None
    # A filter that decides nothing rejects.
    return verdict is True


def judge_condition(
    words: Sequence[Word], route: Route, constants: Mapping[str, Sequence[Word]]
) -> bool | None:
    """Whether a condition holds for a route, likewise."""
    try:
        return _Evaluation(words, route, constants).condition()
    except _NotUnderstood:
        return None


class _Evaluation:
    """Reads words one after the other, and judges the route by them."""

    def __init__(
        self, words: Sequence[Word], route: Route, constants: Mapping[str, Sequence[Word]]
    ) -> None:
        self._words, self._route, self._constants = list(words), route, constants
        self._at = 0

    def run(self) -> bool | None:
        """The verdict of the statements; None where none decides."""
        verdict: bool | None = None
        while self._at < len(self._words) and self._peek() != "}":
            found = self._statement(active=verdict is None)
            verdict = found if verdict is None else verdict
        return verdict

    def _statement(self, *, active: bool) -> bool | None:
        word = self._peek()
        if word in ("accept", "reject"):
            self._through(";")
            return (word == "accept") if active else None
        if word == "if":
            return self._if(active=active)
        if word == "{":
            self._take("{")
            verdict: bool | None = None
            while self._peek() != "}":
                found = self._statement(active=active and verdict is None)
                verdict = found if verdict is None else verdict
            self._take("}")
            return verdict
        if word in _COMMUNITIES or (word in ("case", "return", "for") and active):
            # It may change what a later condition looks at.
            raise _NotUnderstood
        self._through(";")
        return None

    def _if(self, *, active: bool) -> bool | None:
        self._take("if")
        holds = self.condition() if active else self._skip_condition()
        self._take("then")
        verdict = self._statement(active=active and holds)
        if self._peek() == "else":
            self._take("else")
            other = self._statement(active=active and not holds)
            verdict = other if verdict is None else verdict
        return verdict

    def _skip_condition(self) -> bool:
        while self._peek() != "then":
            self._next()
        return False

    # -- conditions ----------------------------------------------------------------------------

    def condition(self) -> bool:
        """A disjunction."""
        holds = self._conjunction()
        while self._peek() == "||":
            self._take("||")
            other = self._conjunction()
            holds = holds or other
        return holds

    def _conjunction(self) -> bool:
        holds = self._negation()
        while self._peek() == "&&":
            self._take("&&")
            other = self._negation()
            holds = holds and other
        return holds

    def _negation(self) -> bool:
        if self._peek() == "!":
            self._take("!")
            return not self._negation()
        if self._peek() == "(" and not self._is_tuple():
            self._take("(")
            holds = self.condition()
            self._take(")")
            return holds
        return self._comparison()

    def _is_tuple(self) -> bool:
        return self._at + 2 < len(self._words) and self._words[self._at + 2].text == ","

    def _comparison(self) -> bool:
        word = self._peek()
        if word in ("true", "false"):
            self._next()
            return word == "true"
        if word == "net":
            self._next()
            return self._of_net()
        if word == "net.len":
            self._next()
            return self._of_length()
        if word == "(":
            value = self._tuple()
            self._take("~")
            name = self._next().text
            if name not in _COMMUNITIES:
                raise _NotUnderstood
            known: tuple[tuple[int, ...], ...] = getattr(
                self._route.communities, _COMMUNITIES[name]
            )
            return value in known
        raise _NotUnderstood

    def _of_net(self) -> bool:
        sign = self._next().text
        if sign in ("~", "!~"):
            return self._within(self._set()) is (sign == "~")
        if sign in ("=", "!="):
            word = self._next()
            block = interval_of(word.text) if word.kind == "prefix" else None
            if block is None:
                raise _NotUnderstood
            return (block == _interval(self._route)) is (sign == "=")
        raise _NotUnderstood

    def _of_length(self) -> bool:
        sign, number, length = self._next().text, self._number(), self._route.length
        verdicts = {
            "=": length == number,
            "!=": length != number,
            "<": length < number,
            "<=": length <= number,
            ">": length > number,
            ">=": length >= number,
        }
        if sign not in verdicts:
            raise _NotUnderstood
        return verdicts[sign]

    def _within(self, values: _Set) -> bool:
        prefix = _interval(self._route)
        for block, low, high in values:
            if block.version != prefix.version or not low <= self._route.length <= high:
                continue
            # A shorter prefix than the block's is one that covers it.
            if block.covers(prefix) or prefix.covers(block):
                return True
        return False

    def _set(self) -> _Set:
        word = self._peek()
        if word != "[":
            name = self._next()
            words = self._constants.get(name.text)
            if words is None:
                raise _NotUnderstood
            return _Evaluation(words, self._route, self._constants)._set()
        self._take("[")
        found: _Set = []
        while self._peek() != "]":
            found.append(self._prefix())
            if self._peek() == ",":
                self._take(",")
        self._take("]")
        return found

    def _prefix(self) -> tuple[Interval, int, int]:
        word = self._next()
        block = interval_of(word.text) if word.kind == "prefix" else None
        if block is None:
            raise _NotUnderstood
        bits = bits_of(block.version)
        own = bits - (block.size.bit_length() - 1)
        sign = self._peek()
        if sign == "+":
            self._take("+")
            return block, own, bits
        if sign == "-":
            self._take("-")
            return block, 0, own
        if sign == "{":
            self._take("{")
            low = self._number()
            self._take(",")
            high = self._number()
            self._take("}")
            return block, low, high
        return block, own, own

    def _tuple(self) -> tuple[int, ...]:
        self._take("(")
        values = [self._number()]
        while self._peek() == ",":
            self._take(",")
            values.append(self._number())
        self._take(")")
        return tuple(values)

    def _number(self) -> int:
        word = self._next()
        if word.kind == "name":
            words = self._constants.get(word.text, ())
            if len(words) != 1:
                raise _NotUnderstood
            [word] = words
        if word.kind != "number":
            raise _NotUnderstood
        return int(word.text, 0)

    # -- words ---------------------------------------------------------------------------------

    def _peek(self) -> str:
        return self._words[self._at].text if self._at < len(self._words) else ""

    def _next(self) -> Word:
        if self._at >= len(self._words):
            raise _NotUnderstood
        self._at += 1
        return self._words[self._at - 1]

    def _take(self, text: str) -> None:
        if self._next().text != text:
            raise _NotUnderstood

    def _through(self, text: str) -> None:
        while self._next().text != text:
            pass


def _interval(route: Route) -> Interval:
    size = 1 << bits_of(route.version) - route.length
    return Interval(route.version, route.first, route.first + size - 1)
