import os
from pathlib import Path

import pytest

from segan_cli.files import numba_cache
from segan_cli.files.numba_cache import PACKAGE, VARIABLE, choose_numba_cache, stamp


@pytest.fixture
def unnamed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Nobody has named a folder; temporary files lie in the test's folder, and so does the home."""
    monkeypatch.setenv(VARIABLE, "")
    monkeypatch.setattr(numba_cache.tempfile, "tempdir", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("XDG_CACHE_HOME", "")
    return tmp_path


@pytest.fixture
def closed(monkeypatch: pytest.MonkeyPatch, unnamed: Path) -> Path:
    """Neither package nor home can be written."""
    monkeypatch.setattr(numba_cache.os, "access", lambda *_: False)
    return unnamed


def chosen() -> Path:
    choose_numba_cache()
    return Path(os.environ[VARIABLE])


def test_a_closed_package_and_home_get_a_private_folder(closed: Path) -> None:
    folder = chosen().parent
    assert folder == closed / f"segan-numba-{os.getuid()}" and folder.stat().st_mode & 0o777 == 0o700


def test_a_folder_that_others_may_write_is_not_trusted(closed: Path) -> None:
    folder = closed / f"segan-numba-{os.getuid()}"
    folder.mkdir()
    folder.chmod(0o777)
    assert chosen().parent != folder


def test_an_open_package_keeps_its_own(unnamed: Path) -> None:
    assert chosen() == PACKAGE / "__pycache__" / f"numba-{stamp(PACKAGE / 'outline')}"


def test_a_closed_package_uses_the_home(monkeypatch: pytest.MonkeyPatch, unnamed: Path) -> None:
    monkeypatch.setattr(numba_cache.os, "access", lambda path, *_: path != PACKAGE)
    assert chosen().parent == unnamed / "home" / ".cache" / "segan"


def test_a_folder_that_somebody_names_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "elsewhere")
    assert chosen() == Path("elsewhere")


def test_what_another_user_or_other_sources_chose_is_chosen_again(
    monkeypatch: pytest.MonkeyPatch, unnamed: Path
) -> None:
    """A process hands its choice to those that it starts, which may run as somebody else."""
    own = chosen()
    assert chosen() == own
    monkeypatch.setattr(numba_cache.os, "access", lambda path, *_: unnamed in Path(path).parents)
    assert chosen().parent == unnamed / "home" / ".cache" / "segan"
    monkeypatch.setenv(VARIABLE, str(unnamed / "numba-0123456789abcdef"))
    assert chosen().name == own.name


def test_code_of_other_sources_is_never_used_and_goes(
    monkeypatch: pytest.MonkeyPatch, unnamed: Path, tmp_path: Path
) -> None:
    """One module changes, and another, which calls it, does not."""
    monkeypatch.setattr(numba_cache, "PACKAGE", tmp_path)
    (tmp_path / "outline").mkdir()
    for name in ("caller.py", "called.py"):
        (tmp_path / "outline" / name).write_text("one = 1\n")
    before = chosen()
    before.mkdir(parents=True)
    monkeypatch.setenv(VARIABLE, "")
    assert chosen() == before and before.exists()
    (tmp_path / "outline" / "called.py").write_text("one = 10\n")
    monkeypatch.setenv(VARIABLE, "")
    assert chosen() != before and not before.exists()
