"""What a training run is told: five groups of settings, filled from a preset, then a TOML file, then flags.

A file has a table for each group. The names of settings are unique over the groups, so a flag names a setting alone
(`lambda_adv`) or with its group (`losses.lambda_adv`); a file without tables, as earlier versions wrote it, is read, too.
"""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from segan_cli.config import from_mapping, read_toml, setting, toml_value
from segan_cli.errors import UsageError, did_you_mean

log = logging.getLogger(__name__)

PRESETS = ("cpu", "ink", "edges", "full", "light", "paper")
PLAIN_PRESET, DISTANCE_PRESET = "cpu", "ink"
"""The preset without a word, and the one in its place where training starts from weights that draw distances."""

HOLD_OUT = ("tenths", "none")
ATTENTION = ("cam", "sram", "cram", "sram+cram")
TRAINED = ("all", "edges")

RENAMED = {"bend_px": "warp_px", "lambda_move": "lambda_displacement"}
"""Settings by the names that earlier versions gave them."""
RETIRED = ("beta1", "weight_decay")
"""Settings of earlier versions that are fixed now; files that have them are read."""


@dataclass(frozen=True, slots=True)
class NetworkSettings:
    """Which networks there are, and their shapes."""

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
    cycle: bool = setting(True, "G_B and the cycle terms; false trains forward only")
    image_discriminator: bool = setting(True, "D_i; false trains without it")
    skeleton_discriminator: bool = setting(True, "D_s; false is the paper's ablation w/o D_s")
    discriminator_channels: int = setting(
        64,
        "channels of the discriminators' first layer; the discriminator of edges has half as many",
        low=8,
        high=256,
    )

    def __post_init__(self) -> None:
        for name in ("base_channels", "skeleton_channels", "fine_channels", "edge_channels"):
            if getattr(self, name) % 8:
                raise ValueError(f"{name} is {getattr(self, name)}; it must be a multiple of 8.")
        if self.fine_channels and self.stem == "conv":
            raise ValueError(
                f'fine_channels is {self.fine_channels}, but stem = "conv" draws at full size anyway. Set fine_channels = 0.'
            )
        if self.edge_channels and not self.fine_channels:
            raise ValueError(
                f"edge_channels is {self.edge_channels}, but the edge stage continues the fine one. Set fine_channels, 32 for example."
            )
        if self.gesture and not self.edge_channels:
            raise ValueError(_needs_edge_stage("gesture", self.gesture))
        if not self.skeleton_encoder and "cram" in self.attention:
            raise ValueError(
                f'attention is "{self.attention}", but CRAM needs skeleton_encoder = true. Use "sram" or "cam".'
            )

    @property
    def draws_distances(self) -> bool:
        """Whether signed distances are drawn, so that targets are wanted as distances, with their gestures."""
        return self.edge_channels > 0


@dataclass(frozen=True, slots=True)
class LossSettings:
    """The terms of the generators' and discriminators' losses: their forms and weights."""

    content: str = setting("ink", "paper: pure L1; ink: L1, BCE, Dice and the ink's mass", choices=("paper", "ink"))
    adversarial: str = setting("hinge", "form of the adversarial terms", choices=("log", "lsgan", "hinge"))
    adversarial_from: float = setting(0.0, "part of the run after which the adversarial terms begin", low=0, high=1)
    lambda_adv: float = setting(1.0, "λ1: adversarial terms", low=0)
    lambda_cycle: float = setting(10.0, "λ2: cycle consistency", low=0)
    lambda_cls: float = setting(1.0, "λ3: the attention's classifier", low=0)
    classify_share: float = setting(1.0, "part of the batch whose targets are read for L_cls", low=0.01, high=1)
    lambda_con: float = setting(10.0, "λ4: content, pixels and skeleton", low=0)
    lambda_sc: float = setting(1.0, "skeleton consistency within the content term (the paper: 1)", low=0)
    lambda_displacement: float = setting(0.0, "the displacement field's own term, where displacement is on", low=0)
    lambda_line: float = setting(0.0, "thin strokes and narrow gaps, each found within a pixel", low=0)
    lambda_edge: float = setting(0.0, "length of the edges, cell by cell: against ragged and pale strokes", low=0)
    lambda_distance: float = setting(
        0.0, "the edge's signed distance, up to 2 px of the drawn grid; needs edge_channels", low=0
    )
    lambda_weight: float = setting(
        0.0, "strokes' weight: twice the ink's area over its edges' length, part by part; needs edge_channels", low=0
    )
    lambda_match: float = setting(
        0.0,
        "features of what was drawn and of the warped target in the discriminator of edges; needs edge_channels",
        low=0,
    )
    lambda_adv_edge: float = setting(
        0.0,
        "adversarial term of the discriminator of edges and ends; 0: there is none; needs edge_channels",
        low=0,
    )
    edge_form: str = setting(
        "log",
        "form of the discriminator of edges: log, each picture alone; relativistic: what is drawn beside the warped target",
        choices=("log", "relativistic"),
    )
    penalty: float = setting(
        0.0,
        "gradient penalty of the discriminator of edges: R1, on real edges; relativistic: R2, on drawn ones, too",
        low=0,
    )
    warp_px: float = setting(
        0.0, "how far, in pixels, a target may be warped to what was drawn; 0 compares in place", low=0
    )


@dataclass(frozen=True, slots=True)
class OptimizerSettings:
    """Which weights are moved and how: batch, rates and their schedule, averaging."""

    trained: str = setting(
        "all",
        "all: every weight of the generators; edges: the fine and the edge stage alone; needs edge_channels",
        choices=TRAINED,
    )
    batch_size: int = setting(16, "pairs a step, over all processes", low=1, high=4096)
    learning_rate: float = setting(2e-4, "peak learning rate of the generators", low=1e-7, high=0.1)
    discriminator_rate: float = setting(2e-4, "peak learning rate of the discriminators", low=1e-7, high=0.1)
    beta2: float = setting(0.99, "Adam's second β", low=0, high=0.99999)
    warmup_steps: int = setting(100, "steps of linear warm-up", low=0, high=100_000)
    decay_from: float = setting(0.4, "part of the run after which the rate falls to zero along a cosine", low=0, high=1)
    ema_decay: float = setting(
        0.998, "decay of the moving average of the weights, which is what ships", low=0, high=0.99999
    )
    clip_norm: float = setting(5.0, "largest norm of the generators' gradient; 0 does not clip", low=0)


@dataclass(frozen=True, slots=True)
class DataSettings:
    """The pairs: their canvas, which are held out, how they are augmented."""

    size_px: int = setting(128, "side of the square canvas in pixels; a multiple of 16", low=16, high=1024)
    hold_out: str = setting(
        "tenths", "tenths: a tenth of the characters each for dev and test; none: all are learned", choices=HOLD_OUT
    )
    split_seed: int = setting(0, "seed of the 8:1:1 split by character", low=0, high=2**31 - 1)
    match_hand: bool = setting(True, "scale and shift the source to where the hand writes, once per hand")
    corrected_weight: int = setting(
        3, "how often a glyph that was corrected in a review is drawn for each other one", low=1, high=20
    )
    augment: float = setting(
        1.0, "strength of shift, scale and stroke-weight augmentation; 0 turns it off", low=0, high=3
    )

    def __post_init__(self) -> None:
        if self.size_px % 16:
            raise ValueError(f"size_px is {self.size_px}; it must be a multiple of 16.")


@dataclass(frozen=True, slots=True)
class RunSettings:
    """How long a run is, its seed, what it keeps on the way, how it computes."""

    steps: int = setting(20_000, "steps of the run, when no time budget is given", low=1, high=100_000_000)
    time_budget_s: float = setting(0.0, "seconds of training; 0 counts steps instead", low=0)
    seed: int = setting(1, "seed of the weights, of the order and of the augmentation", low=0, high=2**31 - 1)
    score_every: int = setting(400, "steps between two dev scores, picture sheets and checkpoints", low=1)
    score_pairs: int = setting(128, "dev pairs that a score looks at", low=1, high=10_000)
    early_stop: int = setting(0, "stop after that many scores without a better IoU; 0 never", low=0)
    heatmaps: bool = setting(False, "add the CAM, SRAM and CRAM heatmaps to the sheets")
    compile: bool = setting(False, "torch.compile on CUDA: minutes before the first step, for runs of many hours")
    bf16: bool = setting(True, "bfloat16 in convolutions, on a GPU or CPU that computes in it")


@dataclass(frozen=True, slots=True)
class TrainSettings:
    """Every number and switch of a training run, by group."""

    network: NetworkSettings = NetworkSettings()
    losses: LossSettings = LossSettings()
    optimizer: OptimizerSettings = OptimizerSettings()
    data: DataSettings = DataSettings()
    run: RunSettings = RunSettings()

    def __post_init__(self) -> None:
        """Checks between groups; each group checks itself."""
        losses, network = self.losses, self.network
        if losses.warp_px > self.data.size_px / 4:
            raise ValueError(
                f"warp_px is {losses.warp_px:g}; it must be at most a quarter of size_px = {self.data.size_px}."
            )
        for name in ("lambda_distance", "lambda_weight", "lambda_match", "lambda_adv_edge"):
            if getattr(losses, name) and not network.draws_distances:
                raise ValueError(_needs_edge_stage(name, getattr(losses, name)))
        if self.optimizer.trained == "edges" and not network.draws_distances:
            raise ValueError(_needs_edge_stage("trained", '"edges"'))
        if self.optimizer.trained == "edges" and network.cycle:
            raise ValueError(
                'trained is "edges", but a cycle has a whole second generator to train. Set cycle = false.'
            )

    @property
    def needs_skeleton_generator(self) -> bool:
        """Whether SG takes part: in L_sc, in D_s, or in making the skeleton that G_B reads."""
        losses, network = self.losses, self.network
        judged = network.skeleton_discriminator and losses.lambda_adv > 0
        return losses.lambda_con * losses.lambda_sc > 0 or judged or (network.cycle and network.skeleton_encoder)

    def by_name(self) -> dict[str, Any]:
        """Every setting by its name alone: what bundles, checkpoints and benchmarks keep."""
        return {name: value for group in dataclasses.asdict(self).values() for name, value in group.items()}

    def changed(self, **values: Any) -> TrainSettings:
        """The settings with some of them changed, by name.

        Raises:
            UsageError: a value that is unknown, of a wrong type or out of range.
        """
        return train_settings(self.by_name() | values)


GROUPS: dict[str, type] = {
    "network": NetworkSettings,
    "losses": LossSettings,
    "optimizer": OptimizerSettings,
    "data": DataSettings,
    "run": RunSettings,
}
GROUP_OF = {field.name: group for group, cls in GROUPS.items() for field in dataclasses.fields(cls)}
"""The group of each setting."""


def _needs_edge_stage(name: str, value: object) -> str:
    return f"{name} is {value}, but it needs the edge stage. Set edge_channels, 16 for example."


def train_settings(values: Mapping[str, Any], *, where: str = "the settings") -> TrainSettings:
    """Settings from values by name; what is not named has its default.

    Args:
        values: by name alone, by `group.name`, or tables of them by group; None means "not given".
        where: the file, for the message.

    Raises:
        UsageError: a value that is unknown, in another group's table, of a wrong type or out of range.
    """
    tables: dict[str, dict[str, Any]] = {}
    for name, value in values_by_name(values, where=where).items():
        tables.setdefault(GROUP_OF[name], {})[name] = value
    return from_mapping(TrainSettings, tables, where=where)


def recorded_settings(values: Any, where: str) -> TrainSettings:
    """Settings that a checkpoint or a benchmark recorded, perhaps an earlier version.

    Raises:
        UsageError: they are damaged, or of another program.
    """
    if not isinstance(values, Mapping):
        raise UsageError(f"{where}: its settings are {values!r}; they should be a table.")
    return train_settings(values_by_name(values, where=where, file=True), where=where)


def values_by_name(values: Mapping[str, Any], *, where: str = "the settings", file: bool = False) -> dict[str, Any]:
    """Values by the settings' names of today, without groups.

    Args:
        values: as `train_settings` takes them.
        where: the file, for the message.
        file: they were read from a file, perhaps of an earlier version, whose retired settings are passed over.

    Raises:
        UsageError: an unknown setting, or one in another group's table.
    """
    named: dict[str, Any] = {}
    for key, value in values.items():
        if key in GROUPS and not isinstance(value, Mapping):
            raise UsageError(f"{where}: {key} is {value!r}; it is a table of settings, as [{key}] in a file.")
        group, _, name = (key, "", "") if key in GROUPS else key.rpartition(".")
        for own, one in (value if key in GROUPS else {name: value}).items():
            if own in RETIRED and file:
                log.info("%s: %s is fixed now, and what the file says of it is passed over.", where, own)
            elif one is not None:
                named[_name_of_today(own, group, where)] = one
    return named


def _name_of_today(name: str, group: str, where: str) -> str:
    """The setting's name, checked: it exists, and stands in that group (or no group is said)."""
    name = RENAMED.get(name, name)
    if name in RETIRED:
        raise UsageError(f"{where}: {name} is no setting any more; its value is fixed. Leave it out.")
    if name not in GROUP_OF:
        raise UsageError(f"{where}: there is no setting {name!r}.{did_you_mean(name, (*GROUP_OF, *GROUPS))}")
    if group and GROUP_OF[name] != group:
        raise UsageError(f"{where}: {name} does not belong to {group}. Write it as {GROUP_OF[name]}.{name}.")
    return name


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
        preset: "cpu", "ink", "edges", "full", "light", "paper", or the path of a TOML file, with tables or, as earlier versions wrote it, without.
        flags: values by name, or by `group.name`; None means "not given".

    Raises:
        UsageError: no such preset or file, or a value that is unknown, of a wrong type or out of range.
    """
    return train_settings(_values_of(preset) | values_by_name(flags or {}), where=preset)


def _values_of(preset: str, above: tuple[str, ...] = ()) -> dict[str, Any]:
    """A preset's values on those of the preset that it begins from."""
    if preset in above:
        raise UsageError(f"{above[0]}: the presets that it begins from go round: {' → '.join((*above, preset))}.")
    values = read_toml(preset_path(preset))
    base = values.pop("preset", None)
    below = _values_of(str(base), (*above, preset)) if base is not None else {}
    return below | values_by_name(values, where=preset, file=True)


def settings_toml(settings: TrainSettings) -> str:
    """The settings as a TOML file: a table for each group, in it one line each with its meaning."""
    tables = []
    for group, cls in GROUPS.items():
        lines = [
            f"{field.name} = {toml_value(getattr(getattr(settings, group), field.name))}  # {field.metadata['meaning']}"
            for field in dataclasses.fields(cls)
        ]
        tables.append("\n".join([f"[{group}]", *lines, ""]))
    return "\n".join(tables)
