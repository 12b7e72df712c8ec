from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from segan_cli.errors import SeganError, UsageError
from segan_cli.files.locks import folder_lock
from segan_cli.generator.bundle import open_bundle
from segan_cli.generator.output import field_of_ink
from segan_cli.generator.session import GeneratorSession
from segan_cli.glyph import Frame, Placement
from segan_cli.ink import count_parts
from segan_cli.source.glyph_folder import write_frame, write_glyph
from segan_cli.source.raster import render_glyph
from segan_cli.source.source_font import open_source_font
from segan_cli.training.data.batches import plain_batch
from segan_cli.training.loop.dev_score import draw_pairs
from segan_cli.training.loop.processes import Processes
from segan_cli.training.loop.state import begin
from segan_cli.training.run import export as export_module
from segan_cli.training.run.card import SCORE_FORMATS, score_text
from segan_cli.training.run.export import (
    Exported,
    HandMetadata,
    export_run,
    metadata_of_hands,
    open_trained,
    write_scores,
)
from segan_cli.training.run.run_network import RunNetwork, open_run_network
from segan_cli.training.run.session import Hand, begin_run, load_hands
from segan_cli.training.run.starting_point import generator_weights, start_from
from segan_cli.training.settings import TrainSettings

ALONE = Processes(0, 1, torch.device("cpu"))
SMALL = TrainSettings().changed(
    size_px=32,
    batch_size=4,
    steps=2,
    base_channels=8,
    encoder_blocks=1,
    decoder_blocks=1,
    discriminator_channels=8,
    score_every=2,
    skip_features=True,
    displacement=True,
    cycle=False,
    lambda_sc=0.0,
    skeleton_discriminator=False,
)


@pytest.fixture(scope="module")
def trained_run(kai: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A run of two steps."""
    folder = tmp_path_factory.mktemp("trained")
    font, frame = open_source_font(kai), Frame(32)
    for char in font.chars:
        write_glyph(render_glyph(font, char, frame, Placement(0.8, 30.0, 0.0), weight=20.0), folder / "mine")
    write_frame(frame, folder / "mine")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SEGAN_CACHE", str(folder / "cache"))
        hands = [Hand("mine", folder / "mine")]
        pairs = load_hands(hands, font, SMALL)
        begin_run(folder / "run", SMALL, hands, pairs, ALONE).fit()
        yield folder / "run"


@pytest.fixture(scope="module")
def exported(trained_run: Path) -> tuple[Path, Exported]:
    """Its bundle."""
    words = HandMetadata("OFL-1.1", "https://openfontlicense.org", 3, "Tiny Hand", "kaisho", "nobody", ("Tiny",))
    out = trained_run.parent / "bundle"
    done = export_run(open_trained(trained_run), out, {"mine": words})
    write_scores(done, {"mine": {"iou": 0.5}})
    return out, done


def test_a_bundle_draws_what_torch_draws_in_any_batch(trained_run: Path, exported: tuple[Path, Exported]) -> None:
    trained, (folder, done) = open_trained(trained_run), exported
    bundle = open_bundle(folder)
    batch = plain_batch(trained.all_pairs, [0, 1, 2], torch.device("cpu"))
    with torch.no_grad():
        expected = trained.generator(batch.source, batch.source_skeleton, batch.style).image.numpy()
    for precision, tolerance in (("fp32", 1e-4), ("fp16", 0.05)):
        session = GeneratorSession.open(bundle, "cpu", precision=precision)
        for count in (1, 3):
            drawn = session.draw(batch.source.numpy()[:count], batch.source_skeleton.numpy()[:count], 0)
            assert np.abs(drawn - expected[:count]).max() < tolerance
    assert done.sizes["generator-fp16.onnx"] < 0.75 * done.sizes["generator.onnx"]
    assert max(greatest for greatest, _ in done.differences.values()) < 1e-3


def test_the_manifest_holds_what_drawing_needs(exported: tuple[Path, Exported], kai: Path) -> None:
    folder, _ = exported
    bundle = open_bundle(folder)
    manifest, style = bundle.manifest, bundle.style
    assert manifest.frame.size_px == 32 and manifest.source_font.sha256 == open_source_font(kai).sha256
    assert style.hand_fit.scale == pytest.approx(0.8, abs=0.06) and style.scores == {"iou": 0.5}
    assert (style.number, style.title, style.license, style.reserved_names) == (3, "Tiny Hand", "OFL-1.1", ("Tiny",))
    assert manifest.training["settings"]["base_channels"] == 8 and manifest.skeleton.line_width_px == 1
    text = (folder / "CARD.md").read_text()
    assert "OFL-1.1" in text and "IoU: 0.500" in text and "must not be called: Tiny" in text
    everything = b"".join(path.read_bytes() for path in folder.iterdir())
    assert (
        str(Path(export_module.__file__).parents[2]).encode() not in everything
        and str(folder.parent).encode() not in everything
    )


def test_the_probe_is_what_the_bundle_draws(trained_run: Path, exported: tuple[Path, Exported]) -> None:
    trained = open_trained(trained_run)
    probe = open_bundle(exported[0]).manifest.probe
    index = [trained.all_pairs.char(number) for number in range(len(trained.all_pairs))].index(probe.char)
    drawn = draw_pairs(trained.generator, trained.all_pairs, [index], torch.device("cpu"))[0]
    assert probe.mean_ink == pytest.approx(float(drawn.mean()), abs=1e-4)


def test_a_difference_above_the_limit_is_refused(
    trained_run: Path, exported: tuple[Path, Exported], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export_module, "greatest_difference", lambda *_: (0.01, 0.001))
    monkeypatch.setattr(export_module, "to_onnx", lambda *_: (exported[0] / "generator.onnx").read_bytes())
    with pytest.raises(SeganError, match=r"differs from torch by 0.01; at most 0.001"):
        export_run(open_trained(trained_run), tmp_path / "mine", {})
    assert not (tmp_path / "mine").exists()


def test_a_new_hand_starts_from_a_run_or_a_bundle(trained_run: Path, exported: tuple[Path, Exported]) -> None:
    whole, halved = generator_weights(trained_run), generator_weights(exported[0])
    assert all(torch.allclose(whole[name], halved[name], atol=1e-3) for name in whole)
    for place in (trained_run, exported[0], trained_run / "checkpoints" / "best.safetensors"):
        state = begin(SMALL, 2, None, ALONE.device)
        start_from(state, place, SMALL, ["new", "other"])
        begun = state.networks.forward_generator.state_dict()
        assert all(torch.allclose(begun[name], whole[name], atol=1e-3) for name in whole if "style_vectors" not in name)
        vectors = begun["style_vectors.weight"]
        assert len(vectors) == 2 and torch.allclose(
            vectors, whole["style_vectors.weight"].expand_as(vectors), atol=1e-3
        )


def test_starting_from_another_shape_is_refused(trained_run: Path, tmp_path: Path) -> None:
    settings = SMALL.changed(base_channels=16)
    state = begin(settings, 1, None, ALONE.device)
    with pytest.raises(SeganError, match=r"another shape.*base_channels = 16"):
        start_from(state, trained_run, settings, ["mine"])
    with pytest.raises(UsageError, match="holds no trained weights"):
        start_from(state, tmp_path, settings, ["mine"])


def test_scores_are_told_with_their_units() -> None:
    assert score_text("skeleton_distance", 23.04) == "skeleton distance: 23.0 ‰ of the side"
    assert score_text("contrast_ratio", 0.834) == "contrast of thick and thin, of the hand's: 0.83"
    assert score_text("another_one", 0.5) == "another one: 0.5"


@pytest.mark.parametrize(("gaps", "joins"), [(1, False), (3, True)], ids=["as written", "in pieces"])
def test_gaps_are_joined_where_the_network_draws_more_parts_than_the_hand(
    trained_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, gaps: int, joins: bool
) -> None:
    bar = np.zeros((32, 32), np.float32)
    bar[14:17, 2:30] = 1
    for left in (8, 15, 22)[:gaps]:
        bar[14:17, left : left + 2] = 0.15
    field = field_of_ink(bar)
    monkeypatch.setattr(export_module, "draw_fields", lambda _generator, _pairs, indices: [field] * len(indices))
    trained = open_trained(trained_run)
    written = trained.test.pictures(range(len(trained.test)))[0][:, 2].numpy() / 255
    assert 1.5 < np.mean([count_parts(ink) for ink in written]) < 2.5  # of gaps + 1 parts joining makes one
    assert trained.joins == (joins,)
    export_run(trained, tmp_path / "bundle", {})
    assert open_bundle(tmp_path / "bundle").style.joins_gaps == joins
    assert ("joins broken strokes" in (tmp_path / "bundle" / "CARD.md").read_text()) == joins


def test_one_precision_alone_is_the_bundles_generator(
    trained_run: Path, exported: tuple[Path, Exported], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export_module, "to_onnx", lambda *_: (exported[0] / "generator.onnx").read_bytes())
    done = export_run(open_trained(trained_run), tmp_path / "half", {}, precisions=("fp16",), weights=False)
    assert set(done.sizes) == {"generator.onnx", "CARD.md", "sheet.png"}
    assert list(open_bundle(tmp_path / "half").manifest.files) == ["fp16"]


def test_the_export_command(
    segan: Callable[..., Any],
    trained_run: Path,
    exported: tuple[Path, Exported],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(export_module, "to_onnx", lambda *_: (exported[0] / "generator.onnx").read_bytes())
    done = segan("export", trained_run, "--out", tmp_path / "mine", "--license", "public domain", "--json")
    told = json.loads(done.out)
    assert done.code == 0 and set(told["sizes"]) >= {"generator.onnx", "generator-fp16.onnx", "CARD.md", "sheet.png"}
    scores, held_out = told["scores"]["mine"], json.loads((trained_run / "split.json").read_text())["styles"][0]["test"]
    assert scores["test_characters"] == len(held_out) and 0 < scores["iou"] <= 1
    assert {"contrast_ratio"} <= scores.keys() <= SCORE_FORMATS.keys()
    assert open_bundle(tmp_path / "mine").style.scores == scores
    assert f"test characters: {len(held_out)}" in (tmp_path / "mine" / "CARD.md").read_text()
    assert open_bundle(tmp_path / "mine").style.license == "public domain"
    (tmp_path / "hand").mkdir()
    (tmp_path / "hand" / "U+6C38.png").touch()
    mixed = segan("export", trained_run, "--out", tmp_path / "hand")
    assert mixed.code == 2 and "hand is a folder of glyphs, and a bundle needs one of its own" in mixed.err
    wrong = segan("export", tmp_path / "nowhere")
    assert wrong.code == 2 and "no training run" in wrong.err
    assert segan("export", trained_run, "--precision", "fp61").code == 2
    with folder_lock(tmp_path / "mine", "segan export"):
        busy = segan("export", trained_run, "--out", tmp_path / "mine")
    assert busy.code == 1 and "in use: segan export" in " ".join(busy.err.split())


def test_several_checkpoints_are_averaged(trained_run: Path, tmp_path: Path) -> None:
    from segan_cli.training.loop.checkpoint import read_checkpoint, write_checkpoint

    one = trained_run / "checkpoints" / "best.safetensors"
    first = read_checkpoint(one)
    moved = {f"ema.{name}": value + 2 for name, value in first.part("ema").items()}
    write_checkpoint(tmp_path / "other.safetensors", moved, {"step": 7})
    found = open_trained(trained_run, checkpoints=[one, tmp_path / "other.safetensors"])
    expected = first.part("ema")
    mean = found.generator.state_dict()
    assert all(torch.allclose(mean[name], expected[name] + 1, atol=1e-6) for name in expected)
    assert found.checkpoint.metadata["step"] == 7
    wider = {name: torch.cat([value, value]) if value.dim() else value for name, value in moved.items()}
    for foreign in ({"ema.else": torch.zeros(1)}, wider):
        write_checkpoint(tmp_path / "foreign.safetensors", foreign, {})
        with pytest.raises(SeganError, match="different networks"):
            open_trained(trained_run, checkpoints=[one, tmp_path / "foreign.safetensors"])


def test_checkpoints_of_other_hands_are_not_averaged(trained_run: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    shutil.copytree(trained_run, other)
    split = json.loads((other / "split.json").read_text())
    split["styles"][0]["name"] = "yours"
    (other / "split.json").write_text(json.dumps(split))
    with pytest.raises(UsageError, match="draws yours, and the run draws mine"):
        open_trained(trained_run, checkpoints=[other / "checkpoints" / "best.safetensors"])


def test_each_hand_of_a_run_says_its_own(tmp_path: Path) -> None:
    file = tmp_path / "hands.toml"
    file.write_text('[one]\nnumber = 4\nlicence = "OFL-1.1"\nreserved_names = ["One"]\n[two]\nnumber = 5\n')
    words = metadata_of_hands(["one", "two", "three"], HandMetadata("public domain", credit="nobody"), file)
    assert (words["one"].number, words["one"].license, words["one"].reserved_names) == (4, "OFL-1.1", ("One",))
    assert (words["two"].number, words["two"].license, words["two"].credit) == (5, "public domain", "nobody")
    assert words["three"].number is None


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("[tow]\nnumber = 1", "tow is no table of a hand; the run has one, two"),
        ("one = 1", "one is no table"),
        ("[one]\nnubmer = 1", "Did you mean 'number'"),
        ('[one]\nnumber = "1"', "number is '1'"),
        ("[one]\nnumber = 0", "between 1 and 9999"),
        ("[one]\nreserved_names = [1]", r"reserved_names\[0\] is 1"),
        ("[one]\nnumber = 1\n[two]\nnumber = 1", "cannot share a number"),
        ("[one", "not valid TOML"),
    ],
)
def test_what_is_said_of_hands_is_checked(tmp_path: Path, text: str, complaint: str) -> None:
    (tmp_path / "hands.toml").write_text(text)
    with pytest.raises(UsageError, match=complaint):
        metadata_of_hands(["one", "two"], HandMetadata(), tmp_path / "hands.toml")


def test_a_run_of_two_hands_becomes_one_bundle_of_two_styles(
    segan: Callable[..., Any],
    kai: Path,
    trained_run: Path,
    exported: tuple[Path, Exported],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from PIL import Image

    hands = [Hand(name, trained_run.parent / "mine") for name in ("one", "two")]
    begin_run(tmp_path / "run", SMALL, hands, load_hands(hands, open_source_font(kai), SMALL), ALONE).fit()
    (tmp_path / "hands.toml").write_text('[one]\nnumber = 4\nnotes = "Breaks dots."\n[two]\nlicence = "OFL-1.1"\n')
    monkeypatch.setattr(export_module, "greatest_difference", lambda *_: (0.0, 0.0))
    monkeypatch.setattr(export_module, "to_onnx", lambda *_: (exported[0] / "generator.onnx").read_bytes())
    words = ("--hands", tmp_path / "hands.toml", "--license", "public domain", "--precision", "fp32")
    words += ("--no-score",)  # the network in the file draws one hand
    done = segan("export", tmp_path / "run", "--out", tmp_path / "both", *words)
    assert done.code == 0
    one, two = (open_bundle(tmp_path / "both", name).style for name in ("one", "two"))
    assert (one.number, one.license, two.number, two.license) == (4, "public domain", None, "OFL-1.1")
    assert open_bundle(tmp_path / "both", "one").manifest.license == "public domain and OFL-1.1"
    vectors = generator_weights(tmp_path / "run")["style_vectors.weight"]
    mean, second = vectors.mean(0), vectors[1]
    for place, new in (("both", mean), ("run", mean), ("both#two", second), ("run#two", second)):
        state = begin(SMALL, 2, None, ALONE.device)
        start_from(state, tmp_path / place, SMALL, ["two", "new"])
        begun = state.networks.forward_generator.state_dict()["style_vectors.weight"]
        assert torch.allclose(begun, torch.stack([second, new]), atol=1e-3)
    with pytest.raises(UsageError, match="Its hands: one, two"):
        start_from(begin(SMALL, 1, None, ALONE.device), tmp_path / "run#three", SMALL, ["new"])
    card = (tmp_path / "both" / "CARD.md").read_text()
    assert "Breaks dots." in card and card.index("## one") < card.index("## two")
    with Image.open(tmp_path / "both" / "sheet.png") as sheet:
        assert sheet.height == 5 * (240 + 8)  # the source, and two rows for each hand


def test_a_run_that_was_not_exported_draws_what_its_bundle_draws(
    segan: Callable[..., Any], kai: Path, trained_run: Path, exported: tuple[Path, Exported], tmp_path: Path
) -> None:
    whole = open_bundle(exported[0])
    bundle, network = open_run_network(trained_run)
    assert (bundle.manifest.frame, bundle.style.hand_fit) == (whole.manifest.frame, whole.style.hand_fit)
    assert bundle.manifest.skeleton == whole.manifest.skeleton
    random = np.random.default_rng(3)
    source, skeleton = (random.uniform(-1, 1, (3, 1, 32, 32)).astype(np.float32) for _ in range(2))
    drawn = network.draw(source, skeleton, 0)
    np.testing.assert_allclose(drawn, GeneratorSession.open(whole, "cpu").draw(source, skeleton, 0), atol=1e-3)
    assert np.array_equal(drawn[2:], network.draw(source[2:], skeleton[2:], 0))

    class OnGpu(RunNetwork):
        """As on a GPU, in batches of four."""

        def _draw(self, source: Any, *words: Any) -> Any:
            assert len(source) == 4
            return super()._draw(source, *words)

    filled = OnGpu("cpu:0", 4, network.generator)  # not "cpu", and yet this machine's
    for rows in (slice(0, 3), slice(2, 3)):
        np.testing.assert_allclose(filled.draw(source[rows], skeleton[rows], 0), drawn[rows], atol=1e-4)

    words = ("--chars", "一丁", "--source-font", kai, "--no-check", "--out", tmp_path / "out")
    run = segan("generate", "--style", trained_run, *words)
    assert run.code == 0 and "was not exported: torch draws" in run.err and "2 drawn" in run.err
    assert "2 kept" in segan("generate", "--style", f"{trained_run}#mine", *words).err
    for style, device, complaint in (("#yours", "cpu", "no hand 'yours'"), ("", "coreml", "not on 'coreml'")):
        wrong = segan("generate", "--style", f"{trained_run}{style}", "--device", device, *words)
        assert wrong.code == 2 and complaint in wrong.err


def test_a_run_draws_from_its_own_source_font_and_says_that_it_learned_on(
    segan: Callable[..., Any], trained_run: Path, exported: tuple[Path, Exported], tmp_path: Path
) -> None:
    run = tmp_path / "run"
    shutil.copytree(trained_run, run)
    family = open_bundle(exported[0]).manifest.source_font.family

    def dry_run() -> Any:
        words = ("--style", run, "--chars", "一丁", "--no-check", "--out", tmp_path / "out", "--dry-run")
        return segan("generate", *words)

    bare = dry_run()
    assert f"sources: ['{family} " in bare.out and "learned from" not in bare.err
    shutil.copytree(exported[0], run / "bundle")
    whole = dry_run()
    assert whole.out.startswith("format") and f"sources: ['{family} " in whole.out and "learned on" not in whole.err
    os.utime(run / "checkpoints" / "best.safetensors", (2e9, 2e9))
    assert "learned on since it was exported" in dry_run().err


@pytest.mark.parametrize("text", ["a\x1b]52;c;AAAA\x07b", "a\u202egnp", "\udced", "a\0b"])
def test_what_is_said_of_a_hand_gives_no_orders_to_a_terminal(
    segan: Callable[..., Any], trained_run: Path, tmp_path: Path, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export_module, "open_trained", lambda *_, **__: pytest.fail("the hands were looked at before"))
    for option in ("--title", "--license", "--notes", "--reserved-name"):
        run = segan("export", trained_run, "--out", tmp_path / "out", option, text)
        assert run.code == 2 and "holds control characters, or bytes that are no UTF-8. Leave them out." in run.err
    (tmp_path / "hands.toml").write_text(f"[mine]\ntitle = {json.dumps(text)}", errors="replace")
    run = segan("export", trained_run, "--out", tmp_path / "out", "--hands", tmp_path / "hands.toml")
    assert run.code == 2 and "Traceback" not in run.err
    assert not (tmp_path / "out").exists()


def test_a_hands_number_is_short(segan: Callable[..., Any], trained_run: Path, tmp_path: Path) -> None:
    run = segan("export", trained_run, "--out", tmp_path / "out", "--number", "99999999999999999999")
    assert run.code == 2 and "9999" in run.err and not (tmp_path / "out").exists()
