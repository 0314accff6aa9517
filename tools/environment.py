"""Makes the virtual environment .venv and keeps it true to the locks of all packages.

Standard library only: this runs before anything is installed. Does nothing when the locks have not
changed since the last time. Every file that is downloaded is compared with its hash. Packages are
wheels, which run nothing when they are installed, but for those of SOURCE_ONLY: such a one is built
in an environment of its own, which has what builds it, by its hashes too, and nothing else.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
import venv
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
ENVIRONMENT = ROOT / ".venv"
BUILD_LOCK = ROOT / "requirements" / "build.lock"
MINIMUM = (3, 11)
SOURCE_ONLY = ("pulumi-equinix-metal",)
"""Packages that are published as source alone: building one runs its setup.py."""
_PIP = ("-m", "pip", "--disable-pip-version-check")
_HASHED = ("--quiet", "--require-hashes")


def main(names: list[str]) -> int:
    """Install the named locks."""
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
    print(
        f"making {ENVIRONMENT.name}: installing the packages of {', '.join(names)}, each checked "
        "by its hash",
        flush=True,
    )
    python = ENVIRONMENT / "bin" / "python"
    if not python.exists():
        try:
            venv.create(ENVIRONMENT, with_pip=True, clear=ENVIRONMENT.exists())
        except (subprocess.CalledProcessError, OSError) as error:
            return _fail(f"cannot make a virtual environment: {error}", "install python3-venv")
    pinned = "".join(path.read_text(encoding="utf-8") for path in files)
    for name in SOURCE_ONLY:
        entry = _entry(name, pinned)
        if entry and not _installed(python, entry) and not _build(python, entry):
            return _fail(f"pip did not build {name}", "read pip's message above")
    words = [*_HASHED, "--only-binary", ":all:", *(f"-r{path}" for path in files)]
    if not _run(python, "install", *words):
        return _fail("pip did not install the packages", "read pip's message above")
    for old in ENVIRONMENT.glob(".installed-*"):
        old.unlink()
    for stamp in stamps:
        stamp.touch()
    return 0


def _digest(path: Path) -> str:
    """One for each file: an environment with more than the named ones is true to them as well."""
    return hashlib.sha256(sys.version.encode() + path.read_bytes()).hexdigest()[:16]


def _entry(name: str, lock: str) -> str:
    """The lines of a lock that pin a package; empty where it has none."""
    found = re.search(rf"^{re.escape(name)}==[^\\\n]*(?:\\\n[^\\\n]*)*", lock, re.M)
    return found[0] if found else ""


def _installed(python: Path, entry: str) -> bool:
    """Whether the environment has the pinned version."""
    name, version = entry.split()[0].split("==")
    code = f"import importlib.metadata as m; print(m.version({name!r}))"
    shown = subprocess.run([str(python), "-c", code], capture_output=True, text=True, check=False)  # noqa: S603
    return shown.returncode == 0 and shown.stdout.strip() == version


def _build(python: Path, entry: str) -> bool:
    """Build a package's wheel from its source, and install it."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        venv.create(folder / "builder", with_pip=True)
        builder = folder / "builder" / "bin" / "python"
        (folder / "entry").write_text(entry + "\n", encoding="utf-8")
        wanted = [*_HASHED, "--no-deps", "--no-build-isolation", "-r", str(folder / "entry")]
        return (
            _run(builder, "install", *_HASHED, "--only-binary", ":all:", f"-r{BUILD_LOCK}")
            and _run(builder, "wheel", *wanted, "-w", place)
            and _run(python, "install", "--quiet", "--no-deps", *map(str, folder.glob("*.whl")))
        )


def _run(python: Path, *words: str) -> bool:
    """Whether pip does it."""
    command: Sequence[str] = [str(python), *_PIP, *words]
    return subprocess.run(command, env=_without_pulumi(), check=False).returncode == 0  # noqa: S603


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
    sys.exit(main(sys.argv[1:] or ["requirements.lock"]))
