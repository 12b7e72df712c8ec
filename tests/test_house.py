"""The house's plan, where import contracts do not reach: no circles, and nothing stands in the corridor."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import grimp
import pytest

import segan_cli

PACKAGE = Path(segan_cli.__file__).parent
SHARED = {"__init__", "__main__", "glyph", "ink", "config", "errors", "workers", "models_folder"}


LINES = 60
"""Of a function, with its signature and its docstring."""


def long_functions(source: str) -> Iterator[str]:
    """Functions of more lines than a reader holds in mind, and how many they have."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno is not None:
            lines = node.end_lineno - node.lineno + 1
            if lines > LINES:
                yield f"{node.name} has {lines} lines"


def circles(imports: dict[str, set[str]]) -> list[str]:
    """Modules from which imports lead back to themselves."""
    found = []
    for start in imports:
        seen, waiting = set(), list(imports[start])
        while waiting:
            module = waiting.pop()
            if module not in seen:
                seen.add(module)
                waiting += imports.get(module, ())
        if start in seen:
            found.append(start)
    return found


def test_no_module_imports_itself_in_a_circle_by_types_neither() -> None:
    graph = grimp.build_graph("segan_cli")
    imports = {module: set(graph.find_modules_directly_imported_by(module)) for module in graph.modules}
    assert circles(imports) == []
    assert circles({"a": {"b"}, "b": {"a", "c"}, "c": set()}) == ["a", "b"]


def test_every_module_stands_in_a_room() -> None:
    assert {path.stem for path in PACKAGE.glob("*.py")} - SHARED == set()


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_module_says_what_it_is_for(path: Path) -> None:
    assert not re.match(r"(utils|helpers|common|constants)$", path.stem)
    assert path.read_text(encoding="utf-8").startswith('"""')


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_functions_are_short(path: Path) -> None:
    assert list(long_functions(path.read_text(encoding="utf-8"))) == []


def test_long_functions_are_found_with_their_signature_and_inside_of_classes() -> None:
    sixty = "async def long(\n" + "    a=1,\n" * 57 + "):\n    pass\n"
    assert list(long_functions(sixty)) == []
    in_a_class = "class Room:\n" + "".join(
        f"    {line}\n" for line in sixty.replace("pass", "x = 1\n    pass").splitlines()
    )
    assert list(long_functions(in_a_class)) == ["long has 61 lines"]


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_no_name_that_is_no_utf_8_stops_a_text_from_being_written(path: Path) -> None:
    strict = [
        node.lineno
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "write_text"
        if not any(word.arg == "errors" for word in node.keywords)
    ]
    assert strict == [], "file names of any bytes stand in what is written: write_text(…, errors='replace')"


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_no_link_in_a_circle_stops_a_path_from_being_followed(path: Path) -> None:
    calls = re.findall(r"[\w.()]+\.resolve\(\)", path.read_text(encoding="utf-8"))
    allowed = {"Path(__file__).resolve()", "path.resolve()" if path.name == "writing.py" else ""}
    assert [call for call in calls if call not in allowed] == [], "it raises RuntimeError; use files.writing.real_path"


OURS = {
    "evaluation/features.py": "a file of an installed package",
    "evaluation/recognizer.py": "a file of an installed package",
    "drawing/draw.py": "what was written a line before",
    "files/plain.py": "the door itself",
    "files/writing.py": "what the system says of a process",
    "generator/memory.py": "what the system says of this process",
    "review/place.py": "what was written a line before, to bring it to the disk",
    "review/server.py": "the page's own files",
    "training/run/export.py": "what was written a line before",
    "training/run/session.py": "the skeleton generator, which was opened before",
}
"""Modules that read files of this program's own, and which."""


def opened_plainly(source: str) -> Iterator[str]:
    """Calls that open a file by its name to read it; files that lie in the package are left out."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name | ast.Attribute):
            continue
        text, name = ast.unparse(node), node.func.id if isinstance(node.func, ast.Name) else node.func.attr
        whole = name in ("read_bytes", "read_text") and isinstance(node.func, ast.Attribute) and "files(" not in text
        parts = name == "open" and bool(
            re.search(r"""\(.*['"]r[bt]?\+?['"]|^Image\.open\((?!io\.|file\b|opened\b)""", text)
        )
        if whole or parts:
            yield text


@pytest.mark.parametrize("path", sorted(PACKAGE.rglob("*.py")), ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_files_of_people_are_opened_by_the_one_door(path: Path) -> None:
    if path.relative_to(PACKAGE).as_posix() not in OURS:
        found = list(opened_plainly(path.read_text(encoding="utf-8")))
        assert found == [], (
            "a plain `open` waits for ever for a pipe's writer; files.plain has open_plain and read_plain"
        )


def test_files_that_are_opened_plainly_are_found() -> None:
    calls = [
        "path.read_bytes()",
        "path.open('rb')",
        "open(path, 'r')",
        "Image.open(path)",
        "one.path.read_text('utf-8')",
    ]
    fine = [
        "Image.open(io.BytesIO(data))",
        "files('a').joinpath(name).read_text()",
        "Run.open(path)",
        "open_plain(path)",
    ]
    assert list(opened_plainly("\n".join([*calls, *fine]))) == calls
