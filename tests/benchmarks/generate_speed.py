"""How fast characters become glyphs: `python tests/benchmarks/generate_speed.py`, which rewrites its part of README.md here.

The network is the `cpu` preset's with fresh weights (speed does not depend on them), or `--bundle FOLDER`. All figures are
processor time, which other programs on the machine disturb least; glyphs/s on N cores are N over it, and the wall clock
of the whole run stands beside it.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import resource
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime

from segan_cli.drawing.draw import DrawResult, DrawSettings, draw, plan_drawing
from segan_cli.generator.bundle import (
    Bundle,
    BundleManifest,
    SourceFontName,
    Style,
    WeightsFile,
    make_probe,
    open_bundle,
    write_bundle,
)
from segan_cli.glyph import Frame
from segan_cli.source.charset import parse_charset
from segan_cli.source.raster import render_glyph
from segan_cli.source.skeleton import skeleton_ink, thin
from segan_cli.source.source_font import open_source_font

README = Path(__file__).with_name("README.md")
BEGIN, END = "<!-- generate_speed: begin -->", "<!-- generate_speed: end -->"
SIZE_PX = 128
CALIBRATION = 24
ARRANGED = 32


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--glyphs", type=int, default=200)
    parser.add_argument("--bundle", type=Path, help="a bundle's folder; without it, the cpu preset's network")
    parser.add_argument("--style", help="which of the bundle's styles")
    parser.add_argument("--repeats", type=int, default=5, help="timings of each network; the best counts")
    options = parser.parse_args()
    feeds = _feeds(64)
    with tempfile.TemporaryDirectory() as folder:
        files = _networks(options.bundle, Path(folder), feeds)
        bundle = (
            open_bundle(options.bundle, options.style) if options.bundle else _bundle(Path(folder) / "preset", files)
        )
        lines = [
            *_head(),
            *_precision_table(files, feeds, options.repeats),
            *_arrangement_table(files["fp32"], feeds, options.repeats),
        ]
        for check in (False, True):
            lines += _whole_way(bundle, options.glyphs, Path(folder) / f"out-{check}", check)
    text = "\n".join(
        [*lines, "", f"Largest memory of this process, calibration and torch included: {_memory_gib():.2f} GiB."]
    )
    print(text)
    _write(text)


def _head() -> list[str]:
    cores, load = len(os.sched_getaffinity(0)), os.getloadavg()[0]
    return [f"ONNX Runtime {onnxruntime.__version__}, {cores} cores, load of the machine {load:.1f} at the start.", ""]


def _feeds(count: int) -> list[dict[str, Any]]:
    """Real source glyphs, as the network sees them, one a feed."""
    font, frame = open_source_font(None), Frame(SIZE_PX)
    feeds = []
    for char in parse_charset("gb2312")[:: 6763 // count][:count]:
        ink = render_glyph(font, char, frame).ink
        line = skeleton_ink(thin(ink), SIZE_PX)
        style = np.zeros(1, np.int64)
        feeds.append(
            {"source": (ink * 2 - 1)[None, None], "source_skeleton": (line * 2 - 1)[None, None], "style": style}
        )
    return feeds


def _networks(bundle: Path | None, folder: Path, feeds: Sequence[dict[str, Any]]) -> dict[str, bytes]:
    """The network in 32 bits, with weights stored in 16, and quantised to 8 (static, calibrated on real glyphs)."""
    from segan_cli.training.run.onnx_graph import halve_weights

    whole = (bundle / "generator.onnx").read_bytes() if bundle else _preset_network()
    return {"fp32": whole, "fp16": halve_weights(whole), "int8": _quantised(whole, folder, feeds[:CALIBRATION])}


def _preset_network() -> bytes:
    import torch

    from segan_cli.training.model.networks import Generator
    from segan_cli.training.run.onnx_graph import to_onnx
    from segan_cli.training.settings import load_train_settings

    torch.manual_seed(1)
    return to_onnx(Generator(load_train_settings("cpu").network, 6), SIZE_PX)


def _quantised(whole: bytes, folder: Path, feeds: Sequence[dict[str, Any]]) -> bytes:
    from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
    from onnxruntime.quantization.shape_inference import quant_pre_process

    class Glyphs(CalibrationDataReader):  # type: ignore[misc]
        def __init__(self) -> None:
            self.feeds = iter(feeds)

        def get_next(self) -> dict[str, Any] | None:
            return next(self.feeds, None)

    source, ready, done = folder / "whole.onnx", folder / "ready.onnx", folder / "int8.onnx"
    source.write_bytes(whole)
    quant_pre_process(str(source), str(ready), skip_symbolic_shape=True)
    quantize_static(
        str(ready),
        str(done),
        Glyphs(),
        quant_format=QuantFormat.QDQ,
        per_channel=True,
        weight_type=QuantType.QInt8,
        activation_type=QuantType.QUInt8,
        op_types_to_quantize=["Conv"],
    )
    return done.read_bytes()


def _bundle(folder: Path, files: dict[str, bytes]) -> Bundle:
    font = open_source_font(None)
    ink = render_glyph(font, "永", Frame(SIZE_PX)).ink
    names = {precision: f"{precision}.onnx" for precision in files}
    manifest = BundleManifest(
        name="preset",
        styles=tuple(Style(f"hand-{number}", "none", number=number) for number in range(1, 7)),
        frame=Frame(SIZE_PX),
        source_font=SourceFontName(font.family, font.sha256),
        files={key: WeightsFile(names[key], hashlib.sha256(data).hexdigest()) for key, data in files.items()},
        probe=make_probe("永", 0, ink, ink),
        license="none",
    )
    write_bundle(folder, manifest, {names[key]: data for key, data in files.items()})
    return open_bundle(folder, "1")


def _precision_table(files: dict[str, bytes], feeds: Sequence[dict[str, Any]], repeats: int) -> list[str]:
    """One core, batches of four, the networks in turn."""
    runs = {name: _runner(data, 1) for name, data in files.items()}
    batch = _joined(feeds[CALIBRATION : CALIBRATION + 4])
    best = dict.fromkeys(files, np.inf)
    pictures = {}
    for _ in range(repeats + 1):
        for name, run in runs.items():
            start = time.thread_time()
            pictures[name] = run(batch)
            best[name] = min(best[name], (time.thread_time() - start) / 4 * 1e3)
    rows = [
        f"| {name} | {len(files[name]) / 1e6:.1f} | {best[name]:.1f} | {2000 / best[name]:.0f} | {6763 * best[name] / 2000:.0f} "
        f"| {np.abs(pictures[name] - pictures['fp32']).mean() / 2:.4f} |"
        for name in files
    ]
    head = [
        "| weights | MB | ms a glyph, one core | glyphs/s, two cores | s for 6,763 | mean ink difference |",
        "|---|---|---|---|---|---|",
    ]
    return ["The ONNX session alone, by precision:", "", *head, *rows, ""]


def _arrangement_table(data: bytes, feeds: Sequence[dict[str, Any]], repeats: int) -> list[str]:
    rows = []
    for threads, batch, calls in ((1, 1, 1), (1, 1, 2), (1, 4, 2), (1, 16, 2), (2, 1, 1), (2, 4, 1), (2, 16, 1)):
        run, batches = _runner(data, threads), [_joined(feeds[i : i + batch]) for i in range(0, ARRANGED, batch)]
        processor, wall = min(_timed(run, batches, calls) for _ in range(min(repeats, 2)))
        rows.append(f"| {threads} | {batch} | {calls} | {processor / ARRANGED * 1e3:.1f} | {ARRANGED / wall:.1f} |")
    head = [
        "| threads in a call | batch | calls side by side | processor ms a glyph | glyphs/s by the wall clock |",
        "|---|---|---|---|---|",
    ]
    return ["Threads and batches (fp32):", "", *head, *rows, ""]


def _timed(run: Callable[[dict[str, Any]], Any], batches: Sequence[dict[str, Any]], calls: int) -> tuple[float, float]:
    run(batches[0])
    processor, wall = time.process_time(), time.perf_counter()
    with ThreadPoolExecutor(calls) as pool:
        list(pool.map(run, batches))
    return time.process_time() - processor, time.perf_counter() - wall


def _runner(data: bytes, threads: int) -> Callable[[dict[str, Any]], Any]:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.log_severity_level = threads, 3
    session = onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
    return lambda feed: session.run(None, feed)[0]


def _joined(feeds: Sequence[dict[str, Any]]) -> dict[str, Any]:
    return {name: np.concatenate([feed[name] for feed in feeds]) for name in feeds[0]}


def _whole_way(bundle: Bundle, count: int, out: Path, check: bool) -> list[str]:
    from segan_cli.evaluation.recognizer import Recognizer

    reader = Recognizer.open(threads=1) if check else None
    chars = parse_charset("gb2312")[:: max(1, 6763 // count)][:count]
    settings = DrawSettings(device="cpu")
    draw(plan_drawing(bundle, chars[:8], out / "warm", settings, check=check), reader)
    start = time.process_time()
    result = draw(plan_drawing(bundle, chars, out / "timed", settings, check=check), reader)
    return list(_stage_rows(result, time.process_time() - start, len(chars), check))


def _stage_rows(result: DrawResult, processor: float, count: int, check: bool) -> Iterator[str]:
    stages = result.stage_seconds
    yield f"Characters to files, {count} characters, {'every glyph read back' if check else 'without reading back (`--no-check`)'}:"
    yield from ("", "| stage | processor ms a glyph | beside the network |", "|---|---|---|")
    rest = processor - sum(stages.values())
    for name, seconds in (*sorted(stages.items(), key=lambda item: -item[1]), ("journal, threads, start", rest)):
        yield f"| {name} | {seconds / count * 1e3:.2f} | {seconds / stages['network'] * 100:.0f} % |"
    network = stages["network"] + stages.get("read", 0)
    yield f"| **all** | **{processor / count * 1e3:.1f}** | |"
    yield from (
        "",
        f"Everything beside the ONNX sessions: {(processor / network - 1) * 100:.0f} % of them. Two cores of their own: "
        f"{2 * count / processor:.0f} glyphs/s, 6,763 in {6763 * processor / count / 2:.0f} s. The wall clock on this machine: "
        f"{count / result.seconds:.1f} glyphs/s.",
        "",
    )


def _memory_gib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def _write(text: str) -> None:
    """Put the text between this benchmark's marks."""
    page = README.read_text(encoding="utf-8") if README.exists() else "# What was measured\n"
    if BEGIN not in page:
        page = page.rstrip() + f"\n\n## Drawing: `generate_speed.py`\n\n{BEGIN}\n{END}\n"
    before, _, rest = page.partition(BEGIN)
    README.write_text(f"{before}{BEGIN}\n{text}\n{END}{rest.partition(END)[2]}", encoding="utf-8")


if __name__ == "__main__":
    main()
