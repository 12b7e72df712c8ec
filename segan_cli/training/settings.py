"""What a training run is told: one frozen dataclass, filled from a preset, then a TOML file, then flags."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from segan_cli.config import from_layers, read_toml, setting
from segan_cli.errors import UsageError, did_you_mean

PRESETS = ("cpu", "ink", "light", "paper")
PLAIN_PRESET, DISTANCE_PRESET = "cpu", "ink"
"""The preset without a word, and the one in its place where training starts from weights that draw distances."""

HOLD_OUT = ("tenths", "none")
ATTENTION = ("cam", "sram", "cram", "sram+cram")


@dataclass(frozen=True, slots=True)
class TrainSettings:
    """Every number and switch of a training run."""

    size_px: int = setting(128, "side of the square canvas in pixels; a multiple of 16", low=16, high=1024)
    batch_size: int = setting(16, "pairs a step, over all processes", low=1, high=4096)
    steps: int = setting(20_000, "steps of the run, when no time budget is given", low=1, high=100_000_000)
    time_budget_s: float = setting(0.0, "seconds of training; 0 counts steps instead", low=0)
    seed: int = setting(1, "seed of the weights, of the order and of the augmentation", low=0, high=2**31 - 1)
    split_seed: int = setting(0, "seed of the 8:1:1 split by character", low=0, high=2**31 - 1)
    hold_out: str = setting(
        "tenths", "tenths: a tenth of the characters each for dev and test; none: all are learned", choices=HOLD_OUT
    )
    corrected_weight: int = setting(
        3, "how often a glyph that was corrected in a review is drawn for each other one", low=1, high=20
    )
    match_hand: bool = setting(True, "scale and shift the source to where the hand writes, once per hand")
    augment: float = setting(
        1.0, "strength of shift, scale and stroke-weight augmentation; 0 turns it off", low=0, high=3
    )

    stem: str = setting(
        "space-to-depth",
        "conv: 7×7 and two strides, attention at S/4; space-to-depth: 4×4 blocks and one stride, attention at S/8",
        choices=("conv", "space-to-depth"),
    )
    base_channels: int = setting(64, "channels after the stem", low=8, high=256)
    skeleton_channels: int = setting(
        0, "channels after E_s's stem, where there is E_s; 0: as many as E_i has", low=0, high=256
    )
    encoder_blocks: int = setting(4, "residual blocks of each encoder (the paper: four)", low=1, high=12)
    decoder_blocks: int = setting(4, "AdaLIN residual blocks of the decoder", low=1, high=12)
    attention: str = setting("sram+cram", "which attention units are stacked", choices=ATTENTION)
    skeleton_encoder: bool = setting(True, "E_s; false is the paper's ablation w/o E_s")
    source_residual: bool = setting(True, "add the source to the output's logit, so that structure is there at once")
    skip_features: bool = setting(False, "hand the stems' features to the decoder's last stage")
    displacement: bool = setting(False, "let a coarse displacement field move source and skipped features")
    fine_channels: int = setting(
        0, "channels of a last stage at half the picture's side (space-to-depth stem alone); 0: none", low=0, high=128
    )
    edge_channels: int = setting(
        0,
        "channels of the edge stage, which draws signed distances at twice the side; needs fine_channels; 0: none, grey is drawn",
        low=0,
        high=128,
    )
    gesture: bool = setting(False, "take each glyph's weight and contrast as an input; needs edge_channels")
    sharpness: float = setting(1.0, "the picture is tanh(sharpness · the ink's logit)", low=1, high=10)
    style_channels: int = setting(32, "length of a style's vector", low=1, high=512)

    content: str = setting("ink", "paper: pure L1; ink: L1, BCE, Dice and the ink's mass", choices=("paper", "ink"))
    adversarial: str = setting("hinge", "form of the adversarial terms", choices=("log", "lsgan", "hinge"))
    adversarial_from: float = setting(0.0, "part of the run after which the adversarial terms begin", low=0, high=1)
    lambda_adv: float = setting(1.0, "λ1: adversarial terms", low=0)
    lambda_cycle: float = setting(10.0, "λ2: cycle consistency", low=0)
    lambda_cls: float = setting(1.0, "λ3: the attention's classifier", low=0)
    classify_share: float = setting(1.0, "part of the batch whose targets are read for L_cls", low=0.01, high=1)
    lambda_con: float = setting(10.0, "λ4: content, pixels and skeleton", low=0)
    lambda_move: float = setting(0.0, "the field's own term, where displacement is on", low=0)
    lambda_line: float = setting(0.0, "thin strokes and narrow gaps, each found within a pixel", low=0)
    lambda_edge: float = setting(0.0, "length of the edges, cell by cell: against ragged and pale strokes", low=0)
    lambda_distance: float = setting(
        0.0, "the edge's signed distance, up to 2 px of the drawn grid; needs edge_channels", low=0
    )
    lambda_weight: float = setting(
        0.0, "strokes' weight: twice the ink's area over its edges' length, part by part", low=0
    )
    lambda_match: float = setting(0.0, "the small judge's features of what was drawn and of the bent target", low=0)
    lambda_adv_edge: float = setting(
        0.0, "adversarial term of the small judge of edges and ends; 0: there is none", low=0
    )
    penalty: float = setting(0.0, "R1 gradient penalty of the small judge, on real edges", low=0)
    bend_px: float = setting(
        0.0, "how far, in pixels, a target may be bent to what was drawn; 0 compares in place", low=0
    )
    lambda_sc: float = setting(1.0, "skeleton consistency within the content term (the paper: 1)", low=0)
    image_discriminator: bool = setting(True, "D_i; false trains without it")
    skeleton_discriminator: bool = setting(True, "D_s; false is the paper's ablation w/o D_s")
    cycle: bool = setting(True, "G_B and the cycle terms; false trains forward only")
    discriminator_channels: int = setting(
        64, "channels of the discriminators' first layer; the judge of edges has half as many", low=8, high=256
    )

    learning_rate: float = setting(2e-4, "peak learning rate of the generators", low=1e-7, high=0.1)
    discriminator_rate: float = setting(2e-4, "peak learning rate of the discriminators", low=1e-7, high=0.1)
    beta1: float = setting(0.5, "Adam's first β", low=0, high=0.999)
    beta2: float = setting(0.99, "Adam's second β", low=0, high=0.99999)
    weight_decay: float = setting(1e-4, "decoupled weight decay", low=0, high=1)
    warmup_steps: int = setting(100, "steps of linear warm-up", low=0, high=100_000)
    decay_from: float = setting(0.4, "part of the run after which the rate falls to zero along a cosine", low=0, high=1)
    ema_decay: float = setting(
        0.998, "decay of the moving average of the weights, which is what ships", low=0, high=0.99999
    )
    clip_norm: float = setting(5.0, "largest norm of the generators' gradient; 0 does not clip", low=0)

    score_every: int = setting(400, "steps between two dev scores, picture sheets and checkpoints", low=1)
    score_pairs: int = setting(128, "dev pairs that a score looks at", low=1, high=10_000)
    early_stop: int = setting(0, "stop after that many scores without a better IoU; 0 never", low=0)
    heatmaps: bool = setting(False, "add the CAM, SRAM and CRAM heatmaps to the sheets")
    compile: bool = setting(False, "torch.compile on CUDA: minutes before the first step, for runs of many hours")
    bf16: bool = setting(True, "bfloat16 in convolutions, on a GPU or CPU that computes in it")

    def __post_init__(self) -> None:
        if self.size_px % 16:
            raise ValueError(f"size_px is {self.size_px}; it must be a multiple of 16.")
        for name in ("base_channels", "skeleton_channels", "fine_channels", "edge_channels"):
            if getattr(self, name) % 8:
                raise ValueError(f"{name} is {getattr(self, name)}; it must be a multiple of 8.")
        if self.bend_px > self.size_px / 4:
            raise ValueError(f"bend_px is {self.bend_px:g}; it must be at most a quarter of size_px = {self.size_px}.")
        if self.fine_channels and self.stem == "conv":
            raise ValueError(
                f'fine_channels is {self.fine_channels}, but stem = "conv" draws at full size anyway. Set fine_channels = 0.'
            )
        self._check_edge()
        if not self.skeleton_encoder and "cram" in self.attention:
            raise ValueError(
                f'attention is "{self.attention}", but CRAM needs skeleton_encoder = true. Use "sram" or "cam".'
            )

    def _check_edge(self) -> None:
        if self.edge_channels and not self.fine_channels:
            raise ValueError(
                f"edge_channels is {self.edge_channels}, but the edge stage continues the fine one. Set fine_channels, 32 for example."
            )
        if self.edge_channels and self.cycle:
            raise ValueError(
                f"edge_channels is {self.edge_channels}, but a cycle returns pictures of one size. Set cycle = false."
            )
        wanting = [
            name
            for name in ("gesture", "lambda_distance", "lambda_weight", "lambda_match", "lambda_adv_edge")
            if getattr(self, name)
        ]
        if wanting and not self.edge_channels:
            raise ValueError(
                f"{wanting[0]} is {getattr(self, wanting[0])}, but it needs the edge stage. Set edge_channels, 16 for example."
            )

    @property
    def fine_targets(self) -> bool:
        """Whether targets are wanted as distances, with their gestures."""
        return self.edge_channels > 0

    @property
    def needs_skeleton_generator(self) -> bool:
        """Whether SG takes part: in L_sc, in D_s, or in making the skeleton that G_B reads."""
        skeleton_terms = self.lambda_con * self.lambda_sc > 0 or (self.skeleton_discriminator and self.lambda_adv > 0)
        return skeleton_terms or (self.cycle and self.skeleton_encoder)


def preset_path(name_or_path: str) -> Path:
    """The TOML file of a preset's name, or the file itself.

    Raises:
        UsageError: neither a preset nor a file.
    """
    if name_or_path in PRESETS:
        return Path(__file__).parent / "presets" / f"{name_or_path}.toml"
    if Path(name_or_path).is_file():
        return Path(name_or_path)
    raise UsageError(
        f"There is no preset {name_or_path!r}, and no such TOML file.{did_you_mean(name_or_path, PRESETS)} "
        f"Presets: {', '.join(PRESETS)}."
    )


def load_train_settings(preset: str, flags: Mapping[str, Any] | None = None) -> TrainSettings:
    """The settings of a preset with flags on top.

    A settings file may begin from a preset with `preset = "cpu"` and name only what differs.

    Args:
        preset: "cpu", "ink", "light", "paper", or the path of a TOML file.
        flags: values by field name; None means "not given".

    Raises:
        UsageError: no such preset or file, or a value that is unknown, of a wrong type or out of range.
    """
    path = preset_path(preset)
    values = read_toml(path)
    base = values.pop("preset", None)
    below = read_toml(preset_path(str(base))) if base is not None else {}
    return from_layers(TrainSettings, below, values, flags or {}, where=str(preset))


def settings_toml(settings: TrainSettings) -> str:
    """The settings as a TOML file, one line each with its meaning."""
    lines = []
    for field in dataclasses.fields(settings):
        value = getattr(settings, field.name)
        text = (
            str(value).lower() if isinstance(value, bool) else f'"{value}"' if isinstance(value, str) else repr(value)
        )
        lines.append(f"{field.name} = {text}  # {field.metadata['meaning']}")
    return "\n".join(lines) + "\n"
