"""What goes wrong in the plugin, in the texts of the published one."""

from collections.abc import Sequence

from metallb.errors import MetalLBError

__all__ = ["ApiError", "PluginError"]


class PluginError(MetalLBError):
    """The plugin's refusal of an input, a reply that it can't read, or a connection that broke.

    `rule` is the published plugin's text.
    """


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
        super().__init__(where=call, rule=f"{origin}HTTP {status} {'; '.join(texts or [single])}")

    @property
    def raw(self) -> str:
        """The text where the plugin passes its client's error on as it is."""
        return self._raw

    def as_raw(self) -> PluginError:
        """The same error in the client's spelling."""
        return PluginError(where=self.where, rule=self._raw)
