import os
from pathlib import Path

import pytest

from segan_cli.files import numba_cache


@pytest.fixture
def closed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Neither package nor home can be written; temporary files lie in the test's folder."""
    monkeypatch.setattr(numba_cache.os, "access", lambda *_: False)
    monkeypatch.setattr(numba_cache.tempfile, "tempdir", str(tmp_path))
    monkeypatch.setenv(numba_cache.VARIABLE, "")
    return tmp_path


def test_a_closed_package_and_home_get_a_private_folder(closed: Path) -> None:
    numba_cache.choose_numba_cache()
    folder = Path(os.environ[numba_cache.VARIABLE])
    assert folder == closed / f"segan-numba-{os.getuid()}" and folder.stat().st_mode & 0o777 == 0o700


def test_a_folder_that_others_may_write_is_not_trusted(closed: Path) -> None:
    folder = closed / f"segan-numba-{os.getuid()}"
    folder.mkdir()
    folder.chmod(0o777)
    numba_cache.choose_numba_cache()
    assert Path(os.environ[numba_cache.VARIABLE]) != folder


def test_an_open_package_needs_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(numba_cache.VARIABLE, "")
    numba_cache.choose_numba_cache()
    assert not os.environ[numba_cache.VARIABLE]
