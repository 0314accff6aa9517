"""Plugins of pydantic, of which a process of our own loads none."""

import os

__all__ = ["load_no_plugins"]


def load_no_plugins() -> None:
    """Have pydantic look for no plugins, before the first model is used.

    One that is installed beside would be given every value, keys among them; and pydantic reads
    the metadata of every installed package to find them. For the process's own program only.
    """
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
