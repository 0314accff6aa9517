"""A language host: what the engine starts to run a project whose `runtime` is Python.

The engine of `make engine` has none, because Pulumi's own is no Go module that can be fetched by
itself. This one lets the tests run `pulumi up` and the like in a shell, as the pages show them. It
serves Pulumi's language protocol as far as those commands go: it runs programs, in the project's
virtual environment, and neither installs packages nor writes code.

- `install`: the executable, and where the engine looks for it.
- `host`: the protocol.
- `program`: the process of one program; it runs on the project's interpreter.
"""

NAME = "pulumi-language-python"
"""The executable that the engine looks for."""
