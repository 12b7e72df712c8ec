from __future__ import annotations

import dataclasses
import tomllib
from pathlib import Path

import pytest

from segan_cli.errors import UsageError
from segan_cli.training.settings import (
    GROUP_OF,
    GROUPS,
    PRESETS,
    RETIRED,
    TrainSettings,
    load_train_settings,
    preset_path,
    recorded_settings,
    settings_toml,
    train_settings,
)


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_loads(name: str) -> None:
    assert load_train_settings(name).data.size_px in (128, 256)


def test_light_and_paper_have_every_term() -> None:
    for name in ("light", "paper"):
        settings = load_train_settings(name)
        weights = (
            settings.losses.lambda_adv,
            settings.losses.lambda_cycle,
            settings.losses.lambda_cls,
            settings.losses.lambda_con,
            settings.losses.lambda_sc,
        )
        assert (
            min(weights) > 0
            and settings.network.cycle
            and settings.network.skeleton_discriminator
            and settings.network.image_discriminator
        )
        assert settings.network.skeleton_encoder and settings.network.attention == "sram+cram"


def test_paper_is_the_papers_mode() -> None:
    settings = load_train_settings("paper")
    assert (
        settings.data.size_px,
        settings.network.base_channels,
        settings.losses.content,
        settings.losses.adversarial,
    ) == (
        256,
        64,
        "paper",
        "log",
    )
    assert not (settings.network.source_residual or settings.network.skip_features or settings.network.displacement)


def test_cpu_needs_no_skeleton_generator() -> None:
    assert not load_train_settings("cpu").needs_skeleton_generator
    assert load_train_settings("light").needs_skeleton_generator


def test_flags_beat_the_file_and_none_is_not_given() -> None:
    settings = load_train_settings("cpu", {"batch_size": 3, "seed": None})
    assert (settings.optimizer.batch_size, settings.run.seed) == (3, 1)


def test_a_file_may_begin_from_a_preset(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text('preset = "light"\nlambda_cycle = 2\n')
    settings = load_train_settings(str(file))
    assert (
        settings.losses.lambda_cycle == 2.0
        and settings.losses.lambda_con == load_train_settings("light").losses.lambda_con
    )


def test_settings_survive_their_file(tmp_path: Path) -> None:
    settings = load_train_settings("cpu", {"batch_size": 5, "learning_rate": 3e-5})
    file = tmp_path / "config.toml"
    file.write_text(settings_toml(settings))
    assert load_train_settings(str(file)) == settings


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        ({"size_px": 100}, "multiple of 16"),
        ({"lambda_cylce": 1.0}, "Did you mean 'lambda_cycle'"),
        ({"adversarial": "wgan"}, "log, lsgan, hinge"),
        ({"learning_rate": -1.0}, "between"),
        ({"base_channels": 12}, "multiple of 8"),
        ({"stem": "conv"}, "Set fine_channels = 0"),
        ({"skeleton_encoder": False}, "CRAM needs skeleton_encoder"),
        ({"warp_px": 33.0}, "at most a quarter"),
    ],
)
def test_bad_values_name_the_limit(flags: dict[str, object], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        load_train_settings("cpu", flags)


def test_an_unknown_preset_gets_a_suggestion() -> None:
    with pytest.raises(UsageError, match="Did you mean 'paper'"):
        load_train_settings("papr")


def test_every_field_says_what_it_means() -> None:
    fields = [field for cls in GROUPS.values() for field in dataclasses.fields(cls)]
    assert all(field.metadata["meaning"] for field in fields)
    assert len({field.name for field in fields}) == len(fields), "a name alone says which setting is meant"
    assert set(GROUPS) == {field.name for field in dataclasses.fields(TrainSettings)}


FLAT = Path(__file__).parent / "flat_config.toml"
"""The config.toml of a run of the first version, whose settings had no groups."""


def test_a_flat_file_of_an_earlier_version_is_read() -> None:
    flat, read = tomllib.loads(FLAT.read_text(encoding="utf-8")), load_train_settings(str(FLAT)).by_name()
    today = {"bend_px": "warp_px", "lambda_move": "lambda_displacement"}
    assert flat["bend_px"] == 4.0 and flat["beta1"] == 0.5
    named = {today.get(name, name): value for name, value in flat.items() if name not in RETIRED}
    assert read == train_settings({}).by_name() | named
    assert recorded_settings(flat, "a checkpoint") == load_train_settings(str(FLAT))


def test_a_setting_is_named_alone_or_with_its_group() -> None:
    alone = load_train_settings("cpu", {"base_channels": 24, "lambda_adv": None})
    assert alone == load_train_settings("cpu", {"network.base_channels": 24}) != load_train_settings("cpu")
    assert alone == train_settings(load_train_settings("cpu").by_name() | {"network": {"base_channels": 24}})
    assert alone == load_train_settings("cpu").changed(base_channels=24)


def test_a_presets_tables_have_only_what_stands_in_them() -> None:
    for name in PRESETS:
        tables = tomllib.loads(preset_path(name).read_text(encoding="utf-8"))
        tables.pop("preset", None)
        assert set(tables) <= set(GROUPS)
        assert {(group, key) for group, table in tables.items() for key in table} <= {
            (GROUP_OF[key], key) for key in GROUP_OF
        }


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"network.lambda_adv": 1.0}, "Write it as losses.lambda_adv"),
        ({"losses": {"base_channels": 8}}, "does not belong to losses. Write it as network.base_channels"),
        ({"losses": 3}, "is a table of settings"),
        ({"netwrok": {"cycle": True}}, "Did you mean 'network'"),
        ({"beta1": 0.9}, "beta1 is no setting any more"),
        ({"optimizer.learning_rate": "fast"}, "should be a number"),
        ({"edge_channels": 16, "fine_channels": 0}, "Set fine_channels"),
        ({"lambda_weight": 1.0}, "lambda_weight is 1.0, but it needs the edge stage"),
    ],
)
def test_groups_and_what_goes_between_them_is_checked(values: dict[str, object], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        train_settings(values)


def test_what_a_checkpoint_recorded_must_be_a_table_of_settings() -> None:
    for damaged in (None, 3, {"nothing": 1}, {"size_px": "wide"}):
        with pytest.raises(UsageError, match="mine"):
            recorded_settings(damaged, "mine")
