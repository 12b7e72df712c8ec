from __future__ import annotations

from pathlib import Path

import pytest

from segan_cli.errors import UsageError
from segan_cli.training.settings import PRESETS, TrainSettings, load_train_settings, settings_toml


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_loads(name: str) -> None:
    assert load_train_settings(name).size_px in (128, 256)


def test_light_and_paper_have_every_term() -> None:
    for name in ("light", "paper"):
        settings = load_train_settings(name)
        weights = (
            settings.lambda_adv,
            settings.lambda_cycle,
            settings.lambda_cls,
            settings.lambda_con,
            settings.lambda_sc,
        )
        assert min(weights) > 0 and settings.cycle and settings.skeleton_discriminator and settings.image_discriminator
        assert settings.skeleton_encoder and settings.attention == "sram+cram"


def test_paper_is_the_papers_mode() -> None:
    settings = load_train_settings("paper")
    assert (settings.size_px, settings.base_channels, settings.content, settings.adversarial) == (
        256,
        64,
        "paper",
        "log",
    )
    assert not (settings.source_residual or settings.skip_features or settings.displacement)


def test_cpu_needs_no_skeleton_generator() -> None:
    assert not load_train_settings("cpu").needs_skeleton_generator
    assert load_train_settings("light").needs_skeleton_generator


def test_flags_beat_the_file_and_none_is_not_given() -> None:
    settings = load_train_settings("cpu", {"batch_size": 3, "seed": None})
    assert (settings.batch_size, settings.seed) == (3, 1)


def test_a_file_may_begin_from_a_preset(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text('preset = "light"\nlambda_cycle = 2\n')
    settings = load_train_settings(str(file))
    assert settings.lambda_cycle == 2.0 and settings.lambda_con == load_train_settings("light").lambda_con


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
        ({"bend_px": 33.0}, "at most a quarter"),
    ],
)
def test_bad_values_name_the_limit(flags: dict[str, object], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        load_train_settings("cpu", flags)


def test_an_unknown_preset_gets_a_suggestion() -> None:
    with pytest.raises(UsageError, match="Did you mean 'paper'"):
        load_train_settings("papr")


def test_every_field_says_what_it_means() -> None:
    import dataclasses

    assert all(field.metadata["meaning"] for field in dataclasses.fields(TrainSettings))
