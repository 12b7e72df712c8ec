"""Where fonts are: fontconfig where it is installed, else the usual folders of Linux, macOS and Windows."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from segan_cli.errors import UsageError, did_you_mean
from segan_cli.files.font_file import FONT_SUFFIXES
from segan_cli.files.plain import check_plain
from segan_cli.files.writing import home_folder

KAI_FAMILIES = (
    "Liukai",
    "LiuKai",
    "Liu Kai",
    "KaiTi",
    "Kaiti SC",
    "STKaiti",
    "华文楷体",
    "楷体",
    "LXGW WenKai",
    "AR PL UKai CN",
    "AR PL UKai TW",
    "AR PL KaitiM GB",
    "TW-Kai",
    "TW-MOE-Std-Kai",
    "Kaiti TC",
    "BiauKai",
    "DFKai-SB",
)
"""Regular-script (Kai) families in the order in which they are looked for."""

_REGULAR_WEIGHT = 400


@dataclass(frozen=True, slots=True)
class InstalledFace:
    """One installed face: what it is called, and what opens it.

    Args:
        families: its family names in all languages.
        styles: its style names in all languages.
        weight: 100 to 900.
        upright: False for italics.
        spec: what `open_source_font` takes.
    """

    families: tuple[str, ...]
    styles: tuple[str, ...]
    weight: float
    upright: bool
    spec: str


def find_source_font() -> str:
    """The first Kai font that is installed.

    Raises:
        UsageError: none is; the message says how to install one on this system.
    """
    faces = installed_faces()
    for family in KAI_FAMILIES:
        found = _of_family(faces, family, None)
        if found:
            return found
    raise UsageError(
        "No source font was found (looked for Liukai, Kaiti, LXGW WenKai, UKai, TW-Kai). "
        f"{install_advice()} Or name a font file: --source-font FILE"
    )


def find_family(family: str, style: str | None) -> str:
    """What opens an installed family, its regular style unless another is named.

    Raises:
        UsageError: no such family or style.
    """
    faces = installed_faces()
    found = _of_family(faces, family, style)
    if found:
        return found
    styles = sorted({one for face in faces if _is_called(face, family) for one in face.styles})
    if styles:
        raise UsageError(f"The family {family!r} has no style {style!r}; installed are {', '.join(styles)}.")
    names = {name for face in faces for name in face.families}
    raise UsageError(
        f"There is no font file and no installed family {family!r}.{did_you_mean(family, names)} "
        "Give the path of a font file, or leave the option out to have one found."
    )


def installed_faces() -> list[InstalledFace]:
    """All installed faces, by fontconfig if it is there, else by a look into the usual folders."""
    program = shutil.which("fc-list")
    if program:
        faces = list(_by_fontconfig(program))
        if faces:
            return faces
    return [face for folder in font_folders() for face in _by_folder(folder)]


def font_folders() -> list[Path]:
    """The folders in which this system keeps fonts, those that exist."""
    home = home_folder()
    if sys.platform == "darwin":
        places = [home / "Library/Fonts", Path("/Library/Fonts"), Path("/System/Library/Fonts"), *_apple_assets()]
    elif sys.platform == "win32":
        local = os.environ.get("LOCALAPPDATA", str(home / "AppData/Local"))
        windows = os.environ.get("WINDIR", "C:/Windows")
        places = [Path(local) / "Microsoft/Windows/Fonts", Path(windows) / "Fonts"]
    else:
        data = os.environ.get("XDG_DATA_HOME", str(home / ".local/share"))
        places = [Path(data) / "fonts", home / ".fonts", Path("/usr/local/share/fonts"), Path("/usr/share/fonts")]
    return [place for place in places if place.is_dir()]


def install_advice() -> str:
    """One sentence: how to get LXGW WenKai (or another Kai font) on this system."""
    if sys.platform == "darwin":
        return "Install one with: brew install --cask font-lxgw-wenkai (or switch on Kaiti SC in Font Book)."
    if sys.platform == "win32":
        return (
            "Install one: Settings > Apps > Optional features > Chinese (Simplified) Supplemental Fonts brings KaiTi; "
            "or download LXGW WenKai from https://github.com/lxgw/LxgwWenKai/releases."
        )
    kin = _linux_kin()
    if kin & {"debian", "ubuntu"}:
        return "Install one with: sudo apt install fonts-lxgw-wenkai"
    if kin & {"arch"}:
        return "Install one with: sudo pacman -S ttf-lxgw-wenkai"
    return "Download LXGW WenKai from https://github.com/lxgw/LxgwWenKai/releases into ~/.local/share/fonts."


def _linux_kin() -> set[str]:
    try:
        release = platform.freedesktop_os_release()
    except OSError:
        return set()
    return {release.get("ID", ""), *release.get("ID_LIKE", "").split()}


def _apple_assets() -> list[Path]:
    assets = Path("/System/Library/AssetsV2")
    return sorted(assets.glob("com_apple_MobileAsset_Font*")) if assets.is_dir() else []


def _of_family(faces: list[InstalledFace], family: str, style: str | None) -> str | None:
    """What opens the family's face that is upright and nearest to regular, or that has the style."""
    mine = [face for face in faces if _is_called(face, family)]
    if style is not None:
        variable = [face for face in mine if "=" in style]
        mine = [face for face in mine if style.casefold() in {one.casefold() for one in face.styles}]
        if not mine and variable:
            return f"{variable[0].spec}@{style}"
    mine.sort(key=lambda face: (not face.upright, abs(face.weight - _REGULAR_WEIGHT), face.spec))
    return mine[0].spec if mine else None


def _is_called(face: InstalledFace, family: str) -> bool:
    return family.casefold() in {name.casefold() for name in face.families}


def _by_fontconfig(program: str) -> Iterator[InstalledFace]:
    layout = "%{file}\t%{index}\t%{family}\t%{style}\t%{weight}\t%{slant}\t%{variable}\n"
    try:
        run = subprocess.run([program, "-f", layout], capture_output=True, timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return
    for line in run.stdout.decode("utf-8", "replace").splitlines():
        parts = line.split("\t")
        if len(parts) == 7 and parts[1].isdecimal():
            yield _fontconfig_face(parts)


def _fontconfig_face(parts: list[str]) -> InstalledFace:
    """A line of fc-list; the upper half of its index numbers a variable font's named instances from 1."""
    file, index, families, styles, weight, slant, _ = parts
    face, instance = int(index) & 0xFFFF, int(index) >> 16
    names = tuple(styles.split(","))
    spec = file + (f"#{face}" if _is_collection(file) else "")
    if 0 < instance < 0x8000:
        spec += f"@{names[0]}"
    return InstalledFace(tuple(families.split(",")), names, _css_weight(weight), slant == "0", spec)


def _is_collection(file: str) -> bool:
    return file.lower().endswith((".ttc", ".otc"))


def _css_weight(fontconfig_weight: str) -> float:
    """fontconfig's 80 is CSS's 400, its 200 is 700; ranges of variable fonts count as regular."""
    try:
        weight = float(fontconfig_weight)
    except ValueError:
        return _REGULAR_WEIGHT
    return 400 + (weight - 80) * 2.5 if weight >= 80 else 100 + weight * 3.75


def _by_folder(folder: Path) -> Iterator[InstalledFace]:
    for place, _, files in os.walk(folder):
        for file in sorted(files):
            path = Path(place) / file
            if path.suffix.lower() in FONT_SUFFIXES:
                yield from _faces_in(path)


def _faces_in(path: Path) -> Iterator[InstalledFace]:
    """The faces of a file, by their name tables; a file that is no font is passed over."""
    from fontTools.ttLib import TTCollection, TTFont

    try:
        check_plain(path)
        collection = _is_collection(path.name)
        fonts = list(TTCollection(path, lazy=True)) if collection else [TTFont(path, lazy=True)]
        for number, font in enumerate(fonts):
            families = _names(font, (1, 16, 4))
            styles = _names(font, (2, 17))
            weight = float(font["OS/2"].usWeightClass) if "OS/2" in font else _REGULAR_WEIGHT
            upright = not font["head"].macStyle & 2
            yield InstalledFace(families, styles, weight, upright, f"{path}#{number}" if collection else str(path))
    except Exception:  # any damaged file in a system folder: it is simply no candidate
        return


def _names(font: object, ids: tuple[int, ...]) -> tuple[str, ...]:
    records = font["name"].names  # type: ignore[index]
    return tuple(dict.fromkeys(str(record) for record in records if record.nameID in ids))
