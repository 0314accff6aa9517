"""Makes the virtual environment .venv and keeps it true to the requirements files.

Standard library only: this runs before anything is installed. Does nothing when the requirements
have not changed since the last time.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ENVIRONMENT = ROOT / ".venv"
MINIMUM = (3, 11)


def main(names: list[str]) -> int:
    """Install the named requirements files."""
    if sys.version_info < MINIMUM:
        wanted = ".".join(str(part) for part in MINIMUM)
        return _fail(
            f"Python {sys.version.split()[0]} is too old: {wanted} or later is needed",
            f"install it and run again with PYTHON=python{wanted}",
        )
    files = [ROOT / name for name in names]
    stamps = [ENVIRONMENT / f".installed-{_digest(path)}" for path in files]
    if all(stamp.exists() for stamp in stamps):
        return 0
    print(f"making {ENVIRONMENT.name} from {', '.join(names)}", flush=True)
    python = ENVIRONMENT / "bin" / "python"
    if not python.exists():
        try:
            venv.create(ENVIRONMENT, with_pip=True, clear=ENVIRONMENT.exists())
        except (subprocess.CalledProcessError, OSError) as error:
            return _fail(f"cannot make a virtual environment: {error}", "install python3-venv")
    command = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    # First the build tools: pulumi-equinix-metal comes as source only and builds with setuptools.
    steps = [["setuptools==80.8.0", "wheel"], [f"-r{path}" for path in files]]
    for step in steps:
        done = subprocess.run([*command, *step], env=_without_pulumi(), check=False)  # noqa: S603
        if done.returncode:
            return _fail("pip did not install the requirements", "read pip's message above")
    for old in ENVIRONMENT.glob(".installed-*"):
        old.unlink()
    for stamp in stamps:
        stamp.touch()
    return 0


def _digest(path: Path) -> str:
    """One for each file: an environment with more than the named ones is true to them as well."""
    return hashlib.sha256(sys.version.encode() + path.read_bytes()).hexdigest()[:16]


def _without_pulumi() -> dict[str, str]:
    """The environment without folders that hold a Pulumi CLI.

    The setup script of pulumi-equinix-metal downloads its plugin when it finds one, and fails where
    it can't; the engine fetches the plugin by itself when it is needed.
    """
    kept = [
        folder
        for folder in os.environ.get("PATH", "").split(os.pathsep)
        if not shutil.which("pulumi", path=folder)
    ]
    return {**os.environ, "PATH": os.pathsep.join(kept)}


def _fail(summary: str, help: str) -> int:
    print(f"error: {summary}\n  help: {help}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or ["requirements.txt"]))
