"""The public interface: every name is there, documented, and costs nothing until asked for."""

from __future__ import annotations

import inspect
import re
import subprocess
import sys
from pathlib import Path

import mkdocs_postmortem
import pytest

ROOT = Path(__file__).parent.parent


@pytest.mark.parametrize("name", mkdocs_postmortem.__all__)
def test_every_public_name_is_there_and_documented(name: str) -> None:
    value = getattr(mkdocs_postmortem, name)
    if name == "__version__":
        assert re.fullmatch(r"\d+\.\d+\.\d+", value)
        return
    assert value.__module__.startswith("mkdocs_postmortem.")
    # Not one that a base class has left.
    assert inspect.getdoc(value)
    assert value.__doc__
    if not inspect.isclass(value):
        return
    for method, member in vars(value).items():
        if inspect.isfunction(member) and not method.startswith("_"):
            assert member.__doc__, f"{name}.{method}"


def test_what_is_imported_for_types_is_what_is_exported() -> None:
    source = Path(mkdocs_postmortem.__file__).read_text(encoding="utf-8")
    block = source.split("if TYPE_CHECKING:\n")[1].split("\n\n")[0]
    for_types = {
        name.strip() for line in block.split("\n") for name in line.split(" import ")[1].split(",")
    }
    exported = set(mkdocs_postmortem.__all__) - {"__version__"}
    assert for_types == exported == set(mkdocs_postmortem._HOMES)
    assert exported <= set(dir(mkdocs_postmortem))
    assert mkdocs_postmortem.__all__ == sorted(mkdocs_postmortem.__all__)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        mkdocs_postmortem.nothing  # noqa: B018


def test_every_public_name_is_in_the_readers_hands() -> None:
    text = (ROOT / "docs/publishing.md").read_text(encoding="utf-8")
    section = text.split("## From Python")[1].split("\n## ")[0]
    assert set(re.findall(r"^\| `(\w+)", section, re.MULTILINE)) == set(mkdocs_postmortem.__all__)


def test_importing_it_imports_nothing_else(tmp_path: Path) -> None:
    code = (
        "import sys; before = set(sys.modules); import mkdocs_postmortem\n"
        "new = {name.partition('.')[0] for name in set(sys.modules) - before}\n"
        "print(sorted(new - set(sys.stdlib_module_names)))\n"
        "from mkdocs_postmortem import read_incident\n"
        "print('mkdocs' in sys.modules, read_incident.__name__)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines() == ["['mkdocs_postmortem']", "False read_incident"]


def test_the_example_in_its_documentation_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    documentation = inspect.getdoc(mkdocs_postmortem)
    assert documentation is not None
    code = documentation.split("::\n\n")[1].split("\n\nNames")[0]
    folder = tmp_path / "incidents"
    folder.mkdir()
    text = "---\ntitle: T\nseverityy: x\ntimeline:\n  - 18:03: a\n---\n"
    (folder / "2024-02-20-api-errors.md").write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    exec(inspect.cleandoc(code), names)
    assert "2024-02-20-api-errors.md:3:1: error PM116" in capsys.readouterr().out
    assert names["public"] is None
