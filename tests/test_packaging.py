"""Wheel, source distribution and editable install: each has the package, the theme, the command."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
import tarfile
import zipfile
from pathlib import Path

import mkdocs_postmortem
import pytest

ROOT = Path(__file__).parent.parent
THEME = ROOT / "theme" / "mkdocs_postmortem_theme"
ASK = """
import importlib.metadata, importlib.resources, mkdocs_postmortem, mkdocs_postmortem_theme
theme = importlib.resources.files("mkdocs_postmortem_theme")
entry, = importlib.metadata.entry_points(group="mkdocs.plugins", name="postmortem")
print(mkdocs_postmortem.__file__)
print(importlib.metadata.version("mkdocs-postmortem"))
print(entry.load().__name__)
for path in {paths!r}:
    assert theme.joinpath(path).is_file(), path
"""


def run(*command: str | Path, cwd: Path = ROOT) -> str:
    done = subprocess.run(
        [str(part) for part in command], cwd=cwd, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def distributions(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    out = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", out)
    return {"wheel": next(out.glob("*.whl")), "sdist": next(out.glob("*.tar.gz"))}


@pytest.mark.parametrize("kind", ["wheel", "sdist", "editable"])
def test_installed(kind: str, distributions: dict[str, Path], tmp_path: Path) -> None:
    run(sys.executable, "-m", "venv", "--without-pip", tmp_path)
    site = Path(next((tmp_path / "lib").glob("python*/site-packages")))
    # The dependencies of this environment, behind what is installed here.
    (site / "zz.pth").write_text(sysconfig.get_paths()["purelib"], encoding="utf-8")
    target: list[str | Path] = [distributions[kind]] if kind != "editable" else ["--editable", ROOT]
    python = tmp_path / "bin" / "python"
    pip: list[str | Path] = [
        sys.executable,
        "-m",
        "pip",
        "--python",
        python,
        "install",
        "--quiet",
        "--no-deps",
    ]
    run(*pip, "--no-index", "--no-build-isolation", "--ignore-installed", *target)
    paths = [
        path.relative_to(THEME).as_posix()
        for path in THEME.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    ]
    asked = run(python, "-c", ASK.format(paths=paths), cwd=tmp_path).splitlines()
    where = ROOT / "plugins" if kind == "editable" else site
    assert Path(asked[0]).is_relative_to(where)
    assert asked[1:] == [mkdocs_postmortem.__version__, "PostmortemPlugin"]
    version = run(tmp_path / "bin" / "postmortem", "--version", cwd=tmp_path)
    assert version.strip() == f"postmortem, version {mkdocs_postmortem.__version__}"


def test_contents(distributions: dict[str, Path]) -> None:
    with zipfile.ZipFile(distributions["wheel"]) as wheel:
        tops = {name.split("/")[0] for name in wheel.namelist()}
    info = f"mkdocs_postmortem-{mkdocs_postmortem.__version__}.dist-info"
    assert tops == {"mkdocs_postmortem", "mkdocs_postmortem_theme", info}
    with tarfile.open(distributions["sdist"]) as sdist:
        names = {name.partition("/")[2] for name in sdist.getnames()}
    assert {"README.md", "LICENSE", "Makefile", "mkdocs.yml", "tests/test_packaging.py"} <= names
    assert not [name for name in names if name.startswith((".venv", "site/", "dist/"))]
