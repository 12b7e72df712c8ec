# make demo   266 written glyphs become a brush font of the 3,755 commonest characters, in out/demo/
# make test   every test
# Both make their own virtual environment (.venv) and install what they need from PyPI.

PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt

.DEFAULT_GOAL := help
.PHONY: help demo headline whole-fonts test check mutants mutate format data benchmark benchmark-small fuzz kills places fontbakery hooks clean

help:  ## This list.
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 14

demo: $(VENV)/.demo  ## Draw what a hand's 266 glyphs lack of the 3,755 commonest characters; build and proof the font.
	@mkdir -p out/demo
	$(BIN)/segan build-font out/demo/SeganDemo-Regular.ttf --originals examples/kouzan-gyosho \
	  --style kouzan-gyosho --chars gb2312-1+examples/lanting.txt --no-check --config examples/demo.toml \
	  --base-font "$$($(BIN)/python -c 'import fontpkg; print(fontpkg.path("Alegreya Sans"))')"
	$(BIN)/segan proof out/demo/SeganDemo-Regular.ttf --text "$$(sed 1d examples/lanting.txt)"
	@echo
	@echo "Your font:   out/demo/SeganDemo-Regular.ttf. Double-click it to install."
	@echo "Its proof:   out/demo/SeganDemo-Regular.html. Open it in a browser."

headline: $(VENV)/.dev  ## Complete Kouzan Gyosho for simplified Chinese (GB2312), each glyph read back: out/headline/
	SEGAN=$(BIN)/segan sh examples/complete_gyosho.sh out/headline

whole-fonts: $(VENV)/.dev  ## After SIZE=512 make data: GB2312 in each of the six hands, every glyph of each font compared with its picture: out/whole/
	SEGAN=$(BIN)/segan sh examples/whole_fonts.sh hands out/whole

test: $(VENV)/.dev  ## Every test.
	$(BIN)/python -m pytest -n 2

check: $(VENV)/.dev  ## Format, lint, types, the house's plan, tests.
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -n 2

mutants: $(VENV)/.dev  ## Plant known faults one by one and see that the tests find each.
	$(BIN)/python tests/mutation/planted.py

MODULE ?= journal

mutate: $(VENV)/.dev  ## Change MODULE=journal in every small way and tell what its tests let pass, some minutes; tests/mutation/.
	$(BIN)/python tests/mutation/generated.py $(MODULE)

format: $(VENV)/.dev  ## Put the code into its form.
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format --quiet .

data: $(VENV)/.base  ## Install the open fonts (apt, npm) and draw their hands into hands/.
	SEGAN=$(BIN)/segan sh examples/open_hands.sh hands

DEBIAN_FONTS := /usr/share/fonts/truetype
WEB_FONTS    := hands/.npm/node_modules/@fontsource
FONTS ?= $(WEB_FONTS)/ma-shan-zheng $(DEBIAN_FONTS)/lxgw-wenkai/LXGWWenKai-Regular.ttf $(WEB_FONTS)/zhi-mang-xing \
  $(DEBIAN_FONTS)/kouzan-mouhitsu/kouzan-mouhitsu-gyosho.ttf
HANDS ?= kouzan-mouhitsu=$(DEBIAN_FONTS)/kouzan-mouhitsu/kouzan-mouhitsu.ttf \
  kouzan-gyosho=$(DEBIAN_FONTS)/kouzan-mouhitsu/kouzan-mouhitsu-gyosho.ttf \
  kouzan-sousho=$(DEBIAN_FONTS)/kouzan-mouhitsu/KouzanBrushFontSousyo.ttf \
  aoyagi-soseki=$(DEBIAN_FONTS)/aoyagi-soseki/aoyagi-soseki.ttf \
  ma-shan-zheng=$(WEB_FONTS)/ma-shan-zheng zhi-mang-xing=$(WEB_FONTS)/zhi-mang-xing

benchmark: $(VENV)/.dev  ## After make data: tracing (FONTS="a.ttf b.ttf") and drawing, into tests/benchmarks/README.md.
	$(BIN)/python tests/benchmarks/trace_table.py --font $(FONTS) --count 24 --nodes $(HANDS)
	$(BIN)/python tests/benchmarks/generate_speed.py

benchmark-small: $(VENV)/.dev  ## After make data: the paper's table at the size of two cores, one hand, minutes a row.
	$(BIN)/segan benchmark --styles hands/kouzan-gyosho --time-per-row 5m --out out/benchmark

INPUTS ?= 2000
KILLS  ?= 40

fuzz: $(VENV)/.dev  ## Damage files and read them: INPUTS=2000 over every reader, some minutes.
	$(BIN)/python -m tests.robustness.fuzz --inputs $(INPUTS)

kills: $(VENV)/.dev  ## Kill commands at random moments and go on: KILLS=40 over generate, build-font, train, review.
	$(BIN)/python -m tests.robustness.kills --kills $(KILLS)

places: $(VENV)/.dev  ## Commands on full and read-only disks, in others' folders, without a home; as root on Linux.
	$(BIN)/python -m tests.robustness.places

fontbakery: .venv-fontbakery/.made  ## FontBakery in an environment of its own, for the font tests.

.venv-fontbakery/.made: tests/font/fontbakery-requirements.txt tests/font/fontbakery-constraints.txt
	@$(PYTHON) -m venv .venv-fontbakery
	.venv-fontbakery/bin/python -m pip install --quiet --disable-pip-version-check -r $(word 1,$^) -c $(word 2,$^)
	@touch $@

gpu-round: $(VENV)/.dev  ## After SIZE=512 make data, on a GPU: train on from the shipped weights for MINUTES=8, export, score, draw GB2312.
	SEGAN=$(BIN)/segan sh examples/gpu_round.sh hands out/gpu-round

hooks: $(VENV)/.dev  ## Run the checks before each commit.
	$(BIN)/pre-commit install

clean:  ## Remove what the targets above made.
	rm -rf $(VENV) .venv-fontbakery out build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "segan needs Python 3.11 or newer; '$(PYTHON)' is $$($(PYTHON) --version 2>&1). Name another: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { \
	  echo "Python's venv module is missing. On Debian or Ubuntu: apt install python3-venv"; rm -rf $(VENV); exit 1; }

$(VENV)/.base: pyproject.toml constraints.txt | $(BIN)/python
	$(PIP) -e .
	@touch $@

$(VENV)/.demo: $(VENV)/.base
	$(PIP) -e ".[demo]"
	@touch $@

$(VENV)/.dev: pyproject.toml constraints.txt | $(BIN)/python
	$(PIP) -e ".[train,potrace,vtracer,check,scan,evaluate,review,cluster,dev]"
	@touch $@ $(VENV)/.base
