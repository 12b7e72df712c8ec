"""The drawing pipeline: character → source glyph → skeleton → network → brush glyph → file.

Worker threads each take a few characters all the way, so that on every core one is drawing while another reads,
thins or writes. A character that fails becomes a `GlyphError` in the report and costs no other.
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol, TypeVar

import numpy as np

from segan_cli.config import setting
from segan_cli.drawing.gestures import check_gesture, gesture_offsets
from segan_cli.drawing.ink_faults import ink_figures
from segan_cli.drawing.journal import JOURNALS, DrawnGlyph, Journal, glyph_file, journal_path, read_journals
from segan_cli.drawing.postprocess import draw_ink
from segan_cli.drawing.retry import Variation, draw_again, moved_back
from segan_cli.drawing.reviewed import settled, varied
from segan_cli.drawing.sources import Sources, open_sources
from segan_cli.errors import EmptyGlyphError, GlyphError, UsageError
from segan_cli.files.writing import make_folder
from segan_cli.generator.bundle import MANIFEST_FILE, Bundle
from segan_cli.generator.manifest import probe_source, thumbnail
from segan_cli.generator.normalize import Batch, Gestures, to_network
from segan_cli.generator.output import Field, fields_of, plain_inks
from segan_cli.generator.session import GeneratorSession
from segan_cli.glyph import Frame, GlyphRaster, Ink, Line, Placement, Reader
from segan_cli.ink import inspect_ink, resized, skeleton_distance
from segan_cli.source.glyph_folder import check_placed_alike, write_frame, write_glyph
from segan_cli.source.review_decisions import read_decisions
from segan_cli.source.skeleton import dilate, thin
from segan_cli.workers import core_count

T = TypeVar("T")


class Network(Protocol):
    """What draws: a `GeneratorSession`, or a training run in torch; threads share it."""

    @property
    def device(self) -> str:
        """What it runs on."""

    @property
    def batch_size(self) -> int:
        """Glyphs that a thread takes at a time."""

    def draw(self, source: Batch, skeleton: Batch, style: int, gesture: Gestures | None = None) -> Batch:
        """(B, 1, S, S) source glyphs and skeletons in the network's range to what the manifest's `output` says."""


@dataclass(frozen=True)
class DrawSettings:
    """How characters are drawn."""

    device: str = setting("auto", "What the network runs on: auto, cpu, cuda, coreml or directml.")
    precision: str | None = setting(None, "Weights to use, if the style has several: fp32, fp16 or int8.")
    size_px: int = setting(0, "Side of the written pictures in pixels; 0 takes twice the network's.", low=0, high=4096)
    retry: bool = setting(False, "Draw suspects again with small variations of the source, and keep what reads best.")
    finish: bool = setting(True, "Smooth drawn edges, take specks away and close pinholes.")
    weight: float = setting(
        0.0, "Strokes so many percent heavier than the hand's, or below 0 lighter.", low=-40, high=40
    )
    variant: int = setting(0, "Another number draws other glyphs of the same hand.", low=0, high=9999)
    workers: int = setting(0, "Threads; 0 takes one for each core.", low=0, high=256)

    def __post_init__(self) -> None:
        if 0 < self.size_px < 8:
            raise UsageError(
                f"Pictures of {self.size_px} px are too small; the least are 8, and 0 takes twice the network's."
            )


@dataclass(frozen=True)
class DrawPlan:
    """What a run would draw; `--dry-run` prints it.

    Args:
        bundle: the style.
        out: the folder of pictures.
        chars: the run's characters (this shard's), in order.
        kept: finished glyphs of them that stay as they are.
        to_draw: the rest.
        others: finished glyphs of other characters, which lie in the folder, too.
        begun: characters that have a picture of ours which is not finished, or is to be drawn again.
        sources: where source glyphs come from.
        settings: how.
        shard: (3, 16) is the third of sixteen; None is the whole.
        check: whether a reader is to be asked.
        variations: how refused glyphs are drawn, so that another glyph comes of it.
    """

    bundle: Bundle
    out: Path
    chars: tuple[str, ...]
    kept: dict[str, DrawnGlyph]
    to_draw: tuple[str, ...]
    others: dict[str, DrawnGlyph]
    begun: frozenset[str]
    sources: Sources
    settings: DrawSettings
    shard: tuple[int, int] | None
    check: bool
    variations: dict[str, Variation] = field(default_factory=dict)

    @property
    def frame(self) -> Frame:
        """The canvas of the written pictures."""
        return replace(self.bundle.manifest.frame, size_px=written_px(self.bundle, self.settings))

    @property
    def recipe(self) -> dict[str, Any]:
        """What draws, in the words of the journal."""
        return _recipe(self.bundle, self.settings)


@dataclass(frozen=True)
class DrawResult:
    """What a run left.

    Args:
        plan: what was wanted.
        glyphs: every finished glyph of the run's characters, kept and new.
        missing: what could not be drawn.
        device: what the network ran on.
        seconds: wall-clock time of the drawing.
        stage_seconds: processor time by stage, over all threads.
        interrupted: whether it was stopped before the end.
    """

    plan: DrawPlan
    glyphs: dict[str, DrawnGlyph]
    missing: tuple[GlyphError, ...]
    device: str
    seconds: float
    stage_seconds: dict[str, float]
    interrupted: bool = False


def plan_drawing(
    bundle: Bundle,
    chars: Sequence[str],
    out: Path,
    settings: DrawSettings,
    *,
    source_font: str | None = None,
    shard: tuple[int, int] | None = None,
    check: bool = True,
    overwrite: bool = False,
) -> DrawPlan:
    """See what is to be drawn, and what is there already.

    Args:
        bundle: the style.
        chars: the characters wanted, each once.
        out: the folder; it may hold an earlier run of the same style.
        settings: how.
        source_font: a font by file or family; None takes the pack and what is installed.
        shard: (3, 16) draws every sixteenth character from the third on.
        check: whether a reader will be asked; finished glyphs that it has not seen are drawn again.
        overwrite: draw everything anew, over whatever is in the folder but what a review accepted.

    Raises:
        UsageError: the folder holds another style's glyphs, or pictures that this program did not draw; the style can draw no
            variants.
    """
    check_gesture(bundle.style, variant=settings.variant, weight=settings.weight)
    mine = tuple(chars[shard[0] - 1 :: shard[1]] if shard else chars)
    sources = open_sources(source_font, bundle.manifest.source_font, mine, bundle.source_spec)
    recipe = _recipe(bundle, settings)
    finished, begun = read_journals(out, recipe, overwrite=overwrite) if out.is_dir() else ({}, set[str]())
    kept = {
        char: finished[char]
        for char in mine
        if char in finished and not overwrite and _stays(finished[char], sources, settings.retry, check)
    }
    decisions = read_decisions(out)
    kept |= settled(decisions, mine, finished)
    variations = varied(decisions, mine)
    kept = {char: kept[char] for char in mine if char in kept and char not in variations}
    to_draw = tuple(char for char in mine if char not in kept)
    if not overwrite:
        known = finished.keys() | begun | variations.keys()
        _refuse_strangers(out, [char for char in to_draw if char not in known])
        _refuse_others_folder(out, replace(bundle.manifest.frame, size_px=written_px(bundle, settings)))
    begun |= {char for char in to_draw if glyph_file(out, char).exists()}  # an interrupted redrawing goes on, too
    others = {char: finished[char] for char in finished.keys() - set(mine)}
    may_change = frozenset(begun | variations.keys())
    return DrawPlan(bundle, out, mine, kept, to_draw, others, may_change, sources, settings, shard, check, variations)


def _refuse_others_folder(out: Path, frame: Frame) -> None:
    """A folder of pictures where nothing was drawn yet: a `frame.json` that is not theirs would change how they are placed."""
    if not out.is_dir() or any(out.glob(JOURNALS)):
        return
    if (out / MANIFEST_FILE).is_file():
        raise UsageError(f"{out} has a {MANIFEST_FILE}: it is a bundle or a font's glyphs. Choose another --out.")
    check_placed_alike(out, frame)


def draw(
    plan: DrawPlan,
    reader: Reader | None = None,
    advance: Callable[[int], None] = lambda steps: None,
    network: Network | None = None,
) -> DrawResult:
    """Draw what the plan wants, into its folder.

    Args:
        plan: from `plan_drawing`.
        reader: reads every glyph; None leaves that out.
        advance: told how many characters are done since its last call.
        network: draws in the place of the bundle's own; a run that was not exported has one in torch.

    Returns:
        every glyph's status. After Ctrl-C it tells what was finished until then, and `interrupted` is true.

    Raises:
        BundleError, UsageError: the network or the device does not work.
        OSError: the disk is full or the folder cannot be written; what was finished is kept.
    """
    session = network or GeneratorSession.open(plan.bundle, plan.settings.device, precision=plan.settings.precision)
    make_folder(plan.out)
    write_frame(plan.frame, plan.out)
    start, interrupted = time.perf_counter(), False
    staying = [*plan.others.values(), *plan.kept.values()]
    with Journal(journal_path(plan.out, plan.shard), plan.recipe, staying, plan.begun) as journal:
        walker = _Walker(plan, session, reader, journal)
        try:
            for count in _in_threads(
                walker.draw_batch, _batches(plan.to_draw, session.batch_size), _workers(plan, session)
            ):
                advance(count)
        except KeyboardInterrupt:
            interrupted = True
    glyphs = {char: glyph for char in plan.chars if (glyph := walker.glyphs.get(char)) is not None}
    missing = tuple(sorted(walker.missing, key=lambda error: plan.chars.index(error.char)))
    seconds = time.perf_counter() - start
    return DrawResult(plan, glyphs, missing, session.device, seconds, dict(walker.clock.seconds), interrupted)


@dataclass(frozen=True, slots=True)
class ProbeResult:
    """Whether a bundle draws what it should.

    Args:
        sound: whether it does.
        difference: largest difference in the mean ink or in any cell of the thumbnail.
        tolerance: what is allowed.
    """

    sound: bool
    difference: float
    tolerance: float


def check_probe(bundle: Bundle, device: str = "auto") -> ProbeResult:
    """Draw the bundle's probe and hold it against what the bundle promises.

    Raises:
        BundleError: the network or the probe is broken.
    """
    probe = bundle.manifest.probe
    session = GeneratorSession.open(bundle, device)
    source = probe_source(probe, str(bundle.folder))
    line = thin(source, threshold=bundle.manifest.skeleton.threshold)
    drawn = plain_inks(_network(bundle, session, [source], [line], probe.style), bundle.manifest)[0]
    cells = np.abs(thumbnail(drawn) - np.asarray(probe.thumbnail, np.float32)).max()
    difference = max(float(cells), abs(float(drawn.mean()) - probe.mean_ink))
    return ProbeResult(difference <= probe.tolerance, difference, probe.tolerance)


def draw_sample(
    bundle: Bundle,
    text: str,
    sources: Sources,
    device: str = "auto",
    *,
    size_px: int = 0,
    network: Network | None = None,
) -> list[Ink]:
    """Draw a few characters, to look at.

    Args:
        bundle: the style.
        text: the characters; those that no source has are left out.
        sources: where source glyphs come from.
        device: what the network runs on.
        size_px: side of the pictures; 0 takes what `segan generate` writes.
        network: draws in the place of the bundle's own.

    Returns:
        (S, S) inks, finished.
    """
    chars = [char for char in text if sources.of(char) is not None]
    if not chars:
        return []
    frame, threshold = bundle.manifest.frame, bundle.manifest.skeleton.threshold
    inks = [sources.render(char, frame, bundle.style.hand_fit)[0].ink for char in chars]
    lines = [thin(ink, threshold=threshold) for ink in inks]
    session = network or GeneratorSession.open(bundle, device)
    gesture = gesture_offsets(bundle.style.gesture, chars)
    fields = fields_of(_network(bundle, session, inks, lines, bundle.style_index, gesture), bundle.manifest)
    side = size_px or written_px(bundle, DrawSettings())
    return [draw_ink(field, side, joins=bundle.style.joins_gaps) for field in fields]


def draw_variations(
    bundle: Bundle,
    network: Network,
    sources: Sources,
    char: str,
    variations: Sequence[Variation],
    settings: DrawSettings,
) -> list[tuple[Variation, Ink]]:
    """Draw one character from variations of its source, to choose from.

    Args:
        bundle: the style.
        network: an open session of it, or what draws in its place.
        sources: where source glyphs come from.
        char: the character.
        variations: how its source is changed.
        settings: finish, and the size of the pictures.

    Returns:
        What could be drawn, each moved back to its place, in the size of the settings.

    Raises:
        GlyphError: no source has the character.
    """
    manifest, fit = bundle.manifest, bundle.style.hand_fit
    frame, threshold = manifest.frame, manifest.skeleton.threshold
    inks = [sources.render(char, frame, one.of(fit), one.weight)[0].ink for one in variations]
    lines = [thin(ink, threshold=threshold) for ink in inks]
    gesture = _gestures(bundle, [_seed(char, one) for one in variations], settings, [one.gesture for one in variations])
    fields = fields_of(_network(bundle, network, inks, lines, bundle.style_index, gesture), manifest)
    written = replace(frame, size_px=written_px(bundle, settings))
    drawn = [
        draw_ink(field, written.size_px, finish=settings.finish, joins=bundle.style.joins_gaps) for field in fields
    ]
    return [(one, moved_back(ink, one, written)) for one, ink in zip(variations, drawn, strict=True)]


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A source glyph on its way to the network."""

    char: str
    ink: Ink
    line: Line
    source: str
    seed: str


class _Clock:
    """Processor time by stage, over all threads."""

    def __init__(self) -> None:
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self._lock = threading.Lock()

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        start = time.thread_time()
        try:
            yield
        finally:
            with self._lock:
                self.seconds[name] += time.thread_time() - start


class _Walker:
    """Takes a few characters all the way; threads share it."""

    def __init__(self, plan: DrawPlan, session: Network, reader: Reader | None, journal: Journal) -> None:
        self.plan, self.session, self.reader, self.journal = plan, session, reader, journal
        self.frame, self.fit = plan.bundle.manifest.frame, plan.bundle.style.hand_fit
        self.clock = _Clock()
        self.glyphs = dict(plan.kept)
        self.missing: list[GlyphError] = []

    def draw_batch(self, chars: Sequence[str]) -> int:
        """Draw, look at, write and note a few characters; their number."""
        prepared, failed = self._prepare(chars)
        self.journal.begin(one.char for one in prepared)
        done = self._draw(prepared) if prepared else []
        self.journal.add(done)
        self.glyphs.update({glyph.char: glyph for glyph in done})
        self.missing.extend(failed)
        return len(chars)

    def _draw(self, prepared: Sequence[_Prepared]) -> list[DrawnGlyph]:
        inks = self._first(prepared)
        glyphs = self._look(prepared, inks)
        if self.plan.settings.retry and self.reader is not None:
            retried = [self._retry(*each) for each in zip(prepared, inks, glyphs, strict=True)]
            inks, glyphs = [ink for ink, _ in retried], [glyph for _, glyph in retried]
        with self.clock.stage("write"):
            return [self._write(ink, glyph) for ink, glyph in zip(inks, glyphs, strict=True)]

    def _first(self, prepared: Sequence[_Prepared]) -> list[Ink]:
        """The drawings, of refused glyphs from a variation of their source."""
        ways = [self.plan.variations.get(one.char) for one in prepared]
        changed = [
            self._varied(one.char, variation) if variation else one
            for one, variation in zip(prepared, ways, strict=True)
        ]
        inks = self._network([other or one for one, other in zip(prepared, changed, strict=True)])
        return [
            moved_back(ink, variation, self.plan.frame) if variation else ink
            for ink, variation in zip(inks, ways, strict=True)
        ]

    def _prepare(self, chars: Sequence[str]) -> tuple[list[_Prepared], list[GlyphError]]:
        prepared: list[_Prepared] = []
        failed: list[GlyphError] = []
        for char in chars:
            try:
                prepared.append(self._source(char, self.fit, 0.0, char))
            except GlyphError as error:
                failed.append(error)
        return prepared, failed

    def _source(self, char: str, fit: Placement, weight: float, seed: str) -> _Prepared:
        with self.clock.stage("source"):
            raster, name = self.plan.sources.render(char, self.frame, fit, weight)
        with self.clock.stage("skeleton"):
            try:
                line = thin(raster.ink, threshold=self.plan.bundle.manifest.skeleton.threshold)
            except EmptyGlyphError as error:
                raise GlyphError(char, "read", f"its source glyph in {name} is blank or too faint.") from error
        return _Prepared(char, raster.ink, line, name, seed)

    def _network(self, prepared: Sequence[_Prepared]) -> list[Ink]:
        with self.clock.stage("network"):
            inks, lines = [one.ink for one in prepared], [one.line for one in prepared]
            bundle = self.plan.bundle
            gesture = _gestures(bundle, [one.seed for one in prepared], self.plan.settings)
            drawn = _network(bundle, self.session, inks, lines, bundle.style_index, gesture)
        with self.clock.stage("ink"):
            return [self._ink(field) for field in fields_of(drawn, self.plan.bundle.manifest)]

    def _ink(self, field: Field) -> Ink:
        plan = self.plan
        return draw_ink(field, plan.frame.size_px, finish=plan.settings.finish, joins=plan.bundle.style.joins_gaps)

    def _look(self, prepared: Sequence[_Prepared], inks: Sequence[Ink]) -> list[DrawnGlyph]:
        with self.clock.stage("look"):
            small = [resized(ink, self.frame.size_px) for ink in inks]
            glyphs = [_inspected(*each) for each in zip(prepared, inks, small, strict=True)]
        if self.reader is None:
            return glyphs
        with self.clock.stage("read"):
            verdicts = self.reader.judge(small, [glyph.char for glyph in glyphs])
        known = [self.reader.knows(glyph.char) and glyph.mean_ink > 0 for glyph in glyphs]
        return [
            replace(glyph, checked=True, read=verdict.reading.char, score=round(verdict.score, 4))
            if readable
            else replace(glyph, checked=True)
            for glyph, verdict, readable in zip(glyphs, verdicts, known, strict=True)
        ]

    def _retry(self, prepared: _Prepared, ink: Ink, glyph: DrawnGlyph) -> tuple[Ink, DrawnGlyph]:
        def redraw(variations: Sequence[Variation]) -> tuple[Sequence[Variation], Sequence[Ink]]:
            varied = [(one, other) for one in variations if (other := self._varied(prepared.char, one)) is not None]
            return [one for one, _ in varied], self._network([other for _, other in varied]) if varied else []

        def look(inks: Sequence[Ink]) -> Sequence[DrawnGlyph]:
            return self._look([prepared] * len(inks), inks) if inks else []

        return draw_again(ink, glyph, self.plan.frame, redraw, look)

    def _varied(self, char: str, variation: Variation) -> _Prepared | None:
        try:
            return self._source(char, variation.of(self.fit), variation.weight, _seed(char, variation))
        except GlyphError:
            return None

    def _write(self, ink: Ink, glyph: DrawnGlyph) -> DrawnGlyph:
        frame = self.plan.frame
        path = write_glyph(GlyphRaster(glyph.char, ink, frame), self.plan.out)
        return replace(glyph, sha256=hashlib.sha256(path.read_bytes()).hexdigest())


def _seed(char: str, variation: Variation) -> str:
    """What the chance of a varied drawing hangs on."""
    return f"{char} {variation.name}"


def _gestures(
    bundle: Bundle, seeds: Sequence[str], settings: DrawSettings, more: Sequence[tuple[float, float]] | None = None
) -> Gestures:
    return gesture_offsets(bundle.style.gesture, seeds, variant=settings.variant, weight=settings.weight, more=more)


def _network(
    bundle: Bundle,
    session: Network,
    inks: Sequence[Ink],
    lines: Sequence[Line],
    style: int,
    gesture: Gestures | None = None,
) -> Batch:
    manifest = bundle.manifest
    skeletons = [dilate(line, manifest.skeleton.line_width_px).astype(np.float32) for line in lines]
    return session.draw(to_network(inks, manifest.network), to_network(skeletons, manifest.network), style, gesture)


def written_px(bundle: Bundle, settings: DrawSettings) -> int:
    """Side of the pictures that are written: what is asked for, or twice the network's canvas, where nothing is lost of its edges."""
    return settings.size_px or 2 * bundle.manifest.frame.size_px


def _inspected(prepared: _Prepared, ink: Ink, small: Ink) -> DrawnGlyph:
    """What is seen in a picture, `small` being the same on the source's grid."""
    distance, figures, mean = None, None, 0.0
    try:
        line = thin(small)
    except EmptyGlyphError:
        pass
    else:
        distance = round(skeleton_distance(line, prepared.line), 2)
        figures = ink_figures(small, line, prepared.line)
        mean = round(float(ink.mean()), 5)
    return DrawnGlyph(
        prepared.char, prepared.source, "", mean, inspect_ink(ink), skeleton_distance=distance, figures=figures
    )


def _recipe(bundle: Bundle, settings: DrawSettings) -> dict[str, Any]:
    precision = bundle.precision(settings.precision)
    return {
        "format": 4,  # higher when the same weights come to draw otherwise
        "bundle": bundle.manifest.name,
        "style": bundle.style.name,
        "weights": bundle.manifest.files[precision].sha256,
        "size_px": written_px(bundle, settings),
        "weight": settings.weight,
        "variant": settings.variant,
        "finish": "joining gaps" if settings.finish and bundle.style.joins_gaps else settings.finish,
    }


def _stays(glyph: DrawnGlyph, sources: Sources, retry: bool, check: bool) -> bool:
    """Whether a finished glyph is left as it is: one that was retouched always, others if nothing new is asked."""
    if glyph.retouched:
        return True
    source = sources.of(glyph.char)
    untried = retry and bool(glyph.reasons) and glyph.variation is None
    return source is not None and source.name == glyph.source and not untried and (glyph.checked or not check)


def _refuse_strangers(out: Path, chars: Sequence[str]) -> None:
    there = [path.name for char in chars if (path := glyph_file(out, char)).exists()]
    if there:
        raise UsageError(
            f"{out} holds pictures of these characters that this command did not draw ({len(there)}, first {there[0]}). "
            "They may be originals: choose another folder, or add --overwrite to draw over them."
        )


def _workers(plan: DrawPlan, session: Network) -> int:
    """Threads: each core draws on a CPU; beside an accelerator a few suffice to feed it."""
    if plan.settings.workers:
        return plan.settings.workers
    return core_count() if session.device == "cpu" else min(core_count(), 4)


def _batches(chars: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    return (chars[start : start + size] for start in range(0, len(chars), size))


def _in_threads(work: Callable[[T], int], batches: Iterator[T], workers: int) -> Iterator[int]:
    """Do the work in threads, at most two batches waiting for each, and say what is done as it comes.

    What was begun when Ctrl-C comes, or when a batch fails, is still finished; nothing new is begun.
    """
    with ThreadPoolExecutor(workers, thread_name_prefix="segan-draw") as pool:
        running: set[Future[int]] = set()
        try:
            for batch in batches:
                running.add(pool.submit(work, batch))
                if len(running) >= 2 * workers:
                    done, running = wait(running, return_when=FIRST_COMPLETED)
                    yield from [future.result() for future in done]
            while running:
                done, running = wait(running, return_when=FIRST_COMPLETED)
                yield from [future.result() for future in done]
        finally:
            for future in running:
                future.cancel()
