"""One module a command: `add` declares it, `run` does it and says the exit code.

Heavy imports (pulumi, the provider packages) stay inside `run`, so that `--help` is quick.
"""
