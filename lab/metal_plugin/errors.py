"""What goes wrong in the plugin, in the texts of the published one."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

__all__ = ["ApiError", "PluginError", "decoding"]


class PluginError(Exception):
    """The plugin's refusal of an input, a reply that it can't read, or a connection that broke.

    Reaches a person by the engine alone, so it is no error of the product.

    :ivar subject: the call, input or function that failed.
    :ivar message: the published plugin's text, to the letter.
    """

    def __init__(self, subject: str, message: str) -> None:
        super().__init__(f"{subject}: {message}")
        self.subject = subject
        self.message = message


class ApiError(PluginError):
    """A reply with a status of failure. The published plugin spells one in two ways."""

    def __init__(
        self,
        status: int,
        texts: Sequence[str],
        *,
        call: str,
        single: str = "",
        from_api: bool = True,
    ) -> None:
        """What came back.

        :param call: method and address.
        :param single: text of a reply that has one error and no list.
        :param from_api: whether the API answered, with a request id and JSON, and not a proxy.
        """
        self.status = status
        self.from_api = from_api
        self._raw = f"{call}: {status} {', '.join(texts)} {single}"
        origin = "API Error " if from_api else ""
        super().__init__(call, f"{origin}HTTP {status} {'; '.join(texts or [single])}")

    @property
    def raw(self) -> str:
        """The text where the plugin passes its client's error on as it is."""
        return self._raw

    def as_raw(self) -> PluginError:
        """The same error in the client's spelling."""
        return PluginError(self.subject, self._raw)


@contextmanager
def decoding(subject: str) -> Iterator[None]:
    """Inside, a reply without what has to be there is one that the plugin can't decode."""
    try:
        yield
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise PluginError(subject, f"json: cannot unmarshal: {error}") from error
