"""A training from the outside: which pairs it learns from, what it begins with, what it may be given anew."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from segan_cli.errors import SeganError, UsageError
from segan_cli.glyph import Frame, Placement
from segan_cli.source.source_font import open_source_font
from segan_cli.source.split import part_of
from segan_cli.training.loop.checkpoint import read_checkpoint, step_path, write_checkpoint
from segan_cli.training.loop.processes import Processes
from segan_cli.training.loop.state import pack
from segan_cli.training.model.skeleton_gan import SkeletonGenerator
from segan_cli.training.run import session
from segan_cli.training.run.run_folder import RunFolder
from segan_cli.training.run.session import (
    MAY_CHANGE,
    Hand,
    begin_run,
    compile_networks,
    fits_on_device,
    hands_of_run,
    load_hands,
    resume_run,
)

Make = Callable[..., Any]
ALONE = Processes(0, 1, torch.device("cpu"))
NO_SG = {"cycle": False, "lambda_sc": 0.0, "skeleton_discriminator": False}


class Recorder:
    def __init__(self, answer: Callable[..., Any]) -> None:
        self.answer, self.calls = answer, []  # type: ignore[var-annotated]

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        self.calls.append((arguments, named))
        return self.answer(*arguments, **named)


@pytest.fixture
def record(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Recorder]:
    """Put a stand-in in the place of what the session calls: `record("load_pairs", answer)`."""

    def put(name: str, answer: Callable[..., Any]) -> Recorder:
        monkeypatch.setattr(session, name, recorder := Recorder(answer))
        return recorder

    return put


@pytest.fixture
def begun(tiny: Make, make_pairs: Make, tmp_path: Path, record: Callable[..., Recorder]) -> Callable[..., Path]:
    """A run of one hand that was begun and stands at step 4: `begun(steps=6)`."""

    def begin(**changes: Any) -> Path:
        pairs = make_pairs()
        record("load_pairs", lambda *_, **__: pairs)
        record("open_source_font", lambda spec: SimpleNamespace(spec=spec))
        path = tmp_path / "run"
        trainer = begin_run(path, tiny(**NO_SG | changes), [Hand("mine", tmp_path / "glyphs")], (pairs,), ALONE)
        trainer.state.step, trainer.state.elapsed_s, trainer.state.stale_scores = 4, 30.0, 2
        write_checkpoint(step_path(trainer.run.checkpoints, 4), *pack(trainer.state))
        return path

    return begin


def resumed_settings(path: Path) -> str:
    return (path / "config.toml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (["mine", "other", "mine"], "Every style needs a name of its own; these were given: mine, other, mine."),
        (["mine", "7"], "A style cannot be named '7': a plain name that could be a file's, no bare number, no '#'. Write "
                        "--style OTHER-NAME=FOLDER."),
    ],
)  # fmt: skip
def test_hands_have_names_of_their_own(tiny: Make, names: list[str], said: str) -> None:
    with pytest.raises(UsageError) as refusal:
        load_hands([Hand(name, Path("glyphs")) for name in names], None, tiny())
    assert str(refusal.value) == said


def test_each_hand_is_paired_with_the_source_font_in_its_place(
    tiny: Make, make_pairs: Make, kai: Path, record: Callable[..., Recorder]
) -> None:
    made = {name: make_pairs(name) for name in ("one", "two")}
    loaded = record("load_pairs", lambda name, *_, **__: made[name])
    opened = record("open_source_font", open_source_font)

    def advance(steps: int) -> None: ...

    hands = [Hand("one", Path("a")), Hand("two", Path("b"))]
    pairs = load_hands(hands, str(kai), tiny(match_hand=False), advance=advance)
    assert [hand.name for hand in pairs] == ["one", "two"]
    assert opened.calls == [((str(kai),), {})]
    for (arguments, named), hand in zip(loaded.calls, hands, strict=True):
        name, folder, font, frame = arguments
        assert (name, folder, frame) == (hand.name, hand.folder, Frame(32))
        assert font.family == open_source_font(kai).family
        assert named == {"match_hand": False, "fine": False, "advance": advance}
    font = open_source_font(kai)
    load_hands(hands, font, tiny(**NO_SG, fine_channels=8, edge_channels=8))
    assert loaded.calls[-1][0][2] is font and loaded.calls[-1][1]["fine"] and loaded.calls[-1][1]["match_hand"]
    assert len(opened.calls) == 1


def test_archives_bring_their_source_glyphs_with_them(
    tiny: Make, make_pairs: Make, record: Callable[..., Recorder]
) -> None:
    read = record("read_pack", lambda folder, name, frame, *, fine: make_pairs(name))
    opened = record("open_source_font", lambda spec: "the font")
    packed = [Hand("one", Path("one.zip")), Hand("two", Path("two.zip"))]
    load_hands(packed, None, tiny())
    assert not opened.calls
    assert read.calls[0] == ((Path("one.zip"), "one", Frame(32)), {"fine": False})
    loaded = record("load_pairs", lambda name, *_, **__: make_pairs(name))
    load_hands([packed[0], Hand("three", Path("glyphs"))], "kai.ttf", tiny())
    assert len(read.calls) == 3 and len(loaded.calls) == 1 and opened.calls == [(("kai.ttf",), {})]
    with pytest.raises(UsageError) as refusal:
        load_hands([dataclasses.replace(packed[0], reviewed=(Path("drawn"),))], "kai.ttf", tiny())
    assert str(refusal.value) == (
        "one.zip is packed, and a review's glyphs cannot join it. Unpack it first: segan dataset unpack"
    )


def test_what_reviews_approved_joins_where_the_hand_writes(
    tiny: Make, make_pairs: Make, record: Callable[..., Recorder]
) -> None:
    own = dataclasses.replace(make_pairs("own"), placement=Placement(0.5, 1.0, 2.0))
    loaded = record("load_pairs", lambda name, folder, *_, **__: own if folder == Path("glyphs") else folder)
    put = record("put_by", lambda place, chars, times: place / "kept")
    joined = record(
        "join_reviewed", lambda pairs, reviewed, kept, times: dataclasses.replace(pairs, key=pairs.key + "+")
    )
    record("open_source_font", lambda spec: "the font")
    places = (Path("drawn"), Path("drawn again"))

    def advance(steps: int) -> None: ...

    hand = Hand("own", Path("glyphs"), places)
    (pairs,) = load_hands([hand], "kai", tiny(corrected_weight=5), advance=advance)
    assert pairs.key == own.key + "++"
    assert put.calls == [((place, own.chars, 5), {}) for place in places]
    assert loaded.calls[1:] == [
        (
            ("own", place / "kept", "the font", Frame(32)),
            {"fine": False, "placement": own.placement, "advance": advance},
        )
        for place in places
    ]
    assert [(reviewed, kept, times) for ((_, reviewed, kept, times), _) in joined.calls] == [
        (place / "kept", place / "kept", 5) for place in places
    ]
    assert [arguments[0].key for arguments, _ in joined.calls] == [own.key, own.key + "+"]


def test_hands_that_were_paired_with_different_fonts_are_refused(
    tiny: Make, make_pairs: Make, record: Callable[..., Recorder]
) -> None:
    other = dataclasses.replace(make_pairs(), source=dataclasses.replace(make_pairs().source, sha256="1" * 64))
    record("read_pack", lambda folder, name, *_, **__: other if name == "two" else make_pairs())
    with pytest.raises(SeganError) as refusal:
        load_hands([Hand("one", Path("1.zip")), Hand("two", Path("2.zip"))], None, tiny())
    assert str(refusal.value) == (
        "The hands were paired with different source fonts. Pack them again with one --source-font."
    )


def test_trained_weights_need_fewer_glyphs(tiny: Make, make_pairs: Make, record: Callable[..., Recorder]) -> None:
    record("read_pack", lambda *_, **__: make_pairs(count=20))
    packed = [Hand("one", Path("one.zip"))]
    assert len(load_hands(packed, None, tiny(), initialised=True)[0].chars) == 20
    with pytest.raises(SeganError, match="at least 50 are needed"):
        load_hands(packed, None, tiny())


def test_what_any_hand_must_learn_no_hand_is_scored_on(
    tiny: Make, make_pairs: Make, record: Callable[..., Recorder]
) -> None:
    learned = {"one": frozenset("一"), "two": frozenset("丁七")}
    record("read_pack", lambda _, name, *__, **___: dataclasses.replace(make_pairs(name), learned=learned[name]))
    packed = [Hand("one", Path("1.zip")), Hand("two", Path("2.zip"))]
    assert [hand.learned for hand in load_hands(packed, None, tiny())] == [frozenset("一丁七")] * 2
    everything = load_hands(packed, None, tiny(hold_out="none"))
    assert [hand.learned for hand in everything] == [frozenset(make_pairs().chars)] * 2


def test_a_run_keeps_where_its_glyphs_and_weights_came_from(begun: Callable[..., Path], tmp_path: Path) -> None:
    run = RunFolder.open(begun())
    words = run.split()
    assert words["init"] is None and words["skeleton_generator"] is None
    assert hands_of_run(run) == [Hand("mine", tmp_path / "glyphs")]
    words["styles"][0]["reviewed"] = ["reviewed/mine-1"]
    (run.path / "split.json").write_text(json.dumps(words), encoding="utf-8")
    assert hands_of_run(run)[0].reviewed == (run.path / "reviewed/mine-1",)


def test_a_run_begins_with_its_pairs_weights_and_watcher(
    tiny: Make, make_pairs: Make, tmp_path: Path, record: Callable[..., Recorder]
) -> None:
    started = record("start_from", lambda *_: None)
    settings, pairs = tiny(**NO_SG), (make_pairs("one"), make_pairs("two"))
    hands, start = [Hand("one", Path("1")), Hand("two", Path("2"))], tmp_path / "trained"
    watcher = SimpleNamespace()
    trainer = begin_run(tmp_path / "run", settings, hands, pairs, ALONE, init=start, watcher=watcher)  # type: ignore[arg-type]
    assert started.calls == [((trainer.state, start, settings, ["one", "two"]), {})]
    assert trainer.run.split()["init"] == str(start) and trainer.watcher is watcher
    assert [style["folder"] for style in trainer.run.split()["styles"]] == ["1", "2"]
    assert trainer.settings == settings and trainer.processes is ALONE and trainer.run.path == tmp_path / "run"
    tables = [part for part in trainer.state.networks.modules() if isinstance(part, torch.nn.Embedding)]
    assert {table.num_embeddings for table in tables} == {2}
    for part, found in (("train", trainer.train), ("dev", trainer.dev)):
        assert {part_of(found.char(index), 0) for index in range(len(found))} == {part}
        assert len(found.hands) == 2


def test_a_folder_too_small_for_a_dev_part_is_scored_on_what_it_learns(
    tiny: Make, make_pairs: Make, tmp_path: Path
) -> None:
    pairs = dataclasses.replace(make_pairs(), learned=frozenset(make_pairs().chars))
    trainer = begin_run(tmp_path / "run", tiny(**NO_SG), [Hand("mine", tmp_path)], (pairs,), ALONE)
    assert len(trainer.dev) == len(trainer.train) == len(pairs.chars)


class Group(SimpleNamespace):
    """A process among several."""

    def __init__(self, rank: int, count: int) -> None:
        super().__init__(rank=rank, count=count, leads=rank == 0, device=torch.device("cpu"), waited=0)

    def wait(self) -> None:
        self.waited += 1


def test_the_first_process_writes_the_run_and_the_others_wait_for_it(
    tiny: Make, make_pairs: Make, tmp_path: Path, begun: Callable[..., Path]
) -> None:
    pairs, hands = (make_pairs(),), [Hand("mine", tmp_path)]
    follower, leader = Group(1, 2), Group(0, 2)
    with pytest.raises(UsageError, match="is no training run"):
        begin_run(tmp_path / "new", tiny(**NO_SG), hands, pairs, follower)  # type: ignore[arg-type]
    assert follower.waited == 1 and not (tmp_path / "new").exists()
    begin_run(tmp_path / "new", tiny(**NO_SG), hands, pairs, leader)  # type: ignore[arg-type]
    assert leader.waited == 1 and (tmp_path / "new" / "split.json").exists()
    path = begun()
    before = resumed_settings(path)
    resume_run(path, {"steps": 99}, follower)  # type: ignore[arg-type]
    assert follower.waited == 2 and resumed_settings(path) == before
    resume_run(path, {"steps": 99}, leader)  # type: ignore[arg-type]
    assert leader.waited == 2 and "steps = 99 " in resumed_settings(path)


def test_a_batch_is_shared_evenly_by_the_processes(tiny: Make, make_pairs: Make, tmp_path: Path) -> None:
    settings = tiny(**NO_SG, batch_size=8)
    with pytest.raises(UsageError) as refusal:
        begin_run(tmp_path / "run", settings, [Hand("mine", tmp_path)], (make_pairs(),), Group(0, 3))  # type: ignore[arg-type]
    assert str(refusal.value) == "The batch of 8 pairs cannot be shared by 3 processes. Use --batch-size 9."
    begin_run(tmp_path / "other", settings, [Hand("mine", tmp_path)], (make_pairs(),), Group(0, 4))  # type: ignore[arg-type]


def test_a_resumed_run_stands_where_its_newest_checkpoint_stood(begun: Callable[..., Path]) -> None:
    path = begun()
    (path / "metrics.jsonl").write_text('{"step": 4}\n{"step": 5}\n', encoding="utf-8")
    watcher = SimpleNamespace()
    trainer = resume_run(path, {}, ALONE, watcher=watcher)  # type: ignore[arg-type]
    state = trainer.state
    assert (state.step, state.elapsed_s, state.stale_scores, state.batch_size) == (4, 30.0, 2, 4)
    assert (path / "metrics.jsonl").read_text(encoding="utf-8") == '{"step": 4}\n'  # step 5 is done again
    kept = read_checkpoint(step_path(trainer.run.checkpoints, 4)).tensors
    assert all(
        torch.equal(kept[name], value) for name, value in pack(state)[0].items() if not name.startswith("random")
    )
    assert trainer.watcher is watcher and trainer.run.path == path


def test_a_resumed_run_may_be_given_time_steps_and_batch_anew(begun: Callable[..., Path]) -> None:
    path = begun()
    trainer = resume_run(path, {"steps": 50, "batch_size": 2, "learning_rate": None}, ALONE)
    assert trainer.state.batch_size == 2
    text = resumed_settings(path)
    assert "steps = 50 " in text and "batch_size = 2 " in text and "learning_rate = 0.0002 " in text
    resume_run(path, {"time_budget_s": 100.0}, ALONE)
    assert "time_budget_s = 130.0 " in resumed_settings(path)  # so much more than the 30 s that are done
    resume_run(path, {"time_budget_s": 0.0}, ALONE)
    assert "time_budget_s = 0.0 " in resumed_settings(path)


def test_what_makes_another_run_of_it_is_refused(begun: Callable[..., Path]) -> None:
    path = begun()
    with pytest.raises(UsageError) as refusal:
        resume_run(path, {"style_channels": 64, "steps": 9, "seed": 5, "size_px": 32}, ALONE)
    assert str(refusal.value) == (
        f"A resumed run keeps its seed, style_channels. It may be given anew: {', '.join(MAY_CHANGE)}. To change the rest, begin "
        "a new run with --init."
    )


def test_scores_are_waited_for_again_where_more_time_takes_a_run_back_to_an_earlier_phase(
    begun: Callable[..., Path], record: Callable[..., Recorder]
) -> None:
    path = begun()
    for phase, stale in ((0, 2), (-1, 0)):
        record("phase", lambda *_, now=phase: now)
        assert resume_run(path, {}, ALONE).state.stale_scores == stale


def test_a_run_that_was_stopped_before_its_first_checkpoint_begins_again_from_its_start(
    begun: Callable[..., Path], record: Callable[..., Recorder]
) -> None:
    path = begun()
    step_path(path / "checkpoints", 4).unlink()
    started = record("start_from", lambda *_: None)
    assert resume_run(path, {"time_budget_s": 9.0}, ALONE).state.step == 0 and not started.calls
    assert "time_budget_s = 9.0 " in resumed_settings(path)
    words = json.loads((path / "split.json").read_text(encoding="utf-8")) | {"init": "trained"}
    (path / "split.json").write_text(json.dumps(words), encoding="utf-8")
    trainer = resume_run(path, {}, ALONE)
    ((state, start, settings, names), _) = started.calls[0]
    assert (state, start, settings, names) == (trainer.state, Path("trained"), trainer.settings, ["mine"])


def test_a_resumed_run_reads_the_glyphs_it_began_with(
    begun: Callable[..., Path], record: Callable[..., Recorder]
) -> None:
    path = begun()
    loaded = record("load_hands", load_hands)

    def advance(steps: int) -> None: ...

    resume_run(path, {}, ALONE, advance=advance)
    (((hands, font, settings), named),) = loaded.calls
    assert hands == hands_of_run(RunFolder(path)) and font == RunFolder(path).split()["source_font"]["spec"]
    assert settings == RunFolder(path).settings() and named == {"initialised": True, "advance": advance}


def test_another_sg_than_the_run_began_with_is_refused(
    tiny: Make, make_pairs: Make, tmp_path: Path, record: Callable[..., Recorder]
) -> None:
    weights, pairs = tmp_path / "sg.safetensors", make_pairs()
    weights.write_bytes(b"one")
    record("skeleton_generator_path", lambda: weights)
    loaded = record("load_skeleton_generator", lambda path: SkeletonGenerator(8, 1))
    record("load_hands", lambda *_, **__: (pairs,))
    trainer = begin_run(tmp_path / "run", tiny(), [Hand("mine", tmp_path)], (pairs,), ALONE)
    assert loaded.calls == [((weights,), {})] and trainer.state.networks.skeleton_generator is not None
    assert trainer.run.split()["skeleton_generator"] == hashlib.sha256(b"one").hexdigest()
    assert resume_run(tmp_path / "run", {}, ALONE).state.networks.skeleton_generator is not None
    weights.write_bytes(b"another")
    with pytest.raises(SeganError) as refusal:
        resume_run(tmp_path / "run", {}, ALONE)
    assert str(refusal.value) == (
        f"The skeleton generator changed since {tmp_path / 'run'} began. Put it back, or begin a new run: --init "
        f"{tmp_path / 'run'} --out OTHER"
    )


def test_pairs_lie_in_a_gpus_memory_where_they_take_at_most_half_of_what_is_free(
    make_pairs: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def free(device: torch.device) -> tuple[int, int]:
        asked.append(device)
        return 1000, 9999

    monkeypatch.setattr(torch.cuda, "mem_get_info", free)
    gpu, cpu = torch.device("cuda", 1), torch.device("cpu")
    assert [fits_on_device(SimpleNamespace(nbytes=lambda size=size: size), gpu) for size in (500, 501)] == [True, False]  # type: ignore[arg-type]
    assert asked == [gpu, gpu]
    assert not fits_on_device(SimpleNamespace(nbytes=lambda: 1), cpu) and len(asked) == 2  # type: ignore[arg-type]


def test_a_run_moves_its_pairs_there_if_they_fit(
    tiny: Make, make_pairs: Make, tmp_path: Path, record: Callable[..., Recorder]
) -> None:
    fits = record("fits_on_device", lambda *_: True)
    trainer = begin_run(tmp_path / "run", tiny(**NO_SG), [Hand("mine", tmp_path)], (make_pairs(),), ALONE)
    assert trainer.train.table is not None and fits.calls[0][0][1] == ALONE.device


def test_networks_are_compiled_on_a_gpu_if_that_is_wanted(
    tiny: Make, make_pairs: Make, tmp_path: Path, record: Callable[..., Recorder]
) -> None:
    compiled = []
    parts = [SimpleNamespace(compile=lambda name=name: compiled.append(name)) for name in ("G_F", "G_B", "D_i", "D_e")]
    networks = SimpleNamespace(
        generators=lambda: parts[:2], discriminators=lambda: parts[2:], edge_discriminator=parts[3]
    )
    compile_networks(networks, torch.device("cpu"))  # type: ignore[arg-type]
    assert not compiled
    compile_networks(networks, torch.device("cuda"))  # type: ignore[arg-type]
    assert compiled == ["G_F", "G_B", "D_i"], "the edges' gradient penalty is differentiated twice"
    asked = record("compile_networks", lambda *_: None)
    for number, wanted in enumerate((False, True)):
        begin_run(tmp_path / str(number), tiny(**NO_SG, compile=wanted), [Hand("m", tmp_path)], (make_pairs(),), ALONE)
        assert len(asked.calls) == number
    assert asked.calls[0][0][1] == ALONE.device
