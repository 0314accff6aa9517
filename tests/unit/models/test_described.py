"""Texts below fields: whose they are, and what happens where there is no source."""

import importlib
import py_compile
import shutil
import sys
import zipfile
from pathlib import Path

import pytest

from metallb.models.described import field_texts
from metallb.routing import BgpPeerSpec
from metallb.stackfile import StackConfig

MODELS = '''
from pydantic import Field
from metallb.models.strict import StrictModel

class Outer(StrictModel):
    kept: int = 1
    """The outer
    text."""
    shown: int = Field(default=1, description="written otherwise")
    """Not shown."""
    silent: int = 2

class Inner(Outer):
    kept: int = 3
    own: int = 4
    """Its own."""
'''


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "described_models", raising=False)
    (tmp_path / "described_models.py").write_text(MODELS)
    return tmp_path


def schema(name: str) -> dict[str, dict[str, object]]:
    importlib.invalidate_caches()
    model = getattr(importlib.import_module("described_models"), name)
    found: dict[str, dict[str, object]] = model.model_json_schema()["properties"]
    return found


@pytest.mark.usefixtures("place")
def test_a_field_is_described_by_the_string_below_it_and_a_description_wins() -> None:
    found = {key: value.get("description") for key, value in schema("Outer").items()}
    assert found == {"kept": "The outer\ntext.", "shown": "written otherwise", "silent": None}


@pytest.mark.usefixtures("place")
def test_a_model_takes_its_bases_texts() -> None:
    found = {key: value.get("description") for key, value in schema("Inner").items()}
    assert (found["kept"], found["own"]) == ("The outer\ntext.", "Its own.")


def test_a_zip_archive_has_a_source_too(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = place / "models.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        packed.write(place / "described_models.py", "described_models.py")
    (place / "described_models.py").unlink()
    monkeypatch.syspath_prepend(str(archive))
    assert schema("Inner")["own"]["description"] == "Its own."


def test_without_a_source_a_schema_goes_without_texts(place: Path) -> None:
    source = place / "described_models.py"
    compiled = py_compile.compile(str(source))
    assert compiled is not None
    shutil.move(compiled, place / "described_models.pyc")
    source.unlink()
    assert "description" not in schema("Inner")["own"]


def test_every_key_that_a_person_writes_is_described() -> None:
    assert set(field_texts(StackConfig)) == set(StackConfig.model_fields)
    assert set(field_texts(BgpPeerSpec)) == set(BgpPeerSpec.model_fields)
