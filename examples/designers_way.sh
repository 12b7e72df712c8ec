#!/bin/sh
# The designer's way: a few hundred glyph images of a hand become a whole font.
#
#   sh examples/designers_way.sh [GLYPHS] [FOLDER]        default: the example glyphs of Kouzan Gyosho, out/designer/NAME
#
# INIT names the trained style that the hand begins from (the nearest one to it: see `segan styles`), TIME how long to
# learn, CHARS what the font should have, SEGAN another segan. It needs: pip install "segan[train,check]"
# Typed again, it goes on where it was stopped.
set -eu

glyphs=${1:-examples/kouzan-gyosho}
out=${2:-out/designer/$(basename "$glyphs")}
segan=${SEGAN:-segan}
chars=${CHARS:-gb2312-1}

whole() { "$@" || [ $? -eq 3 ]; }  # 3: written, with characters missing; the report names them
mkdir -p "$out"
if [ -e "$out/run/split.json" ]; then
    "$segan" train --resume --out "$out/run"
else
    "$segan" train "$glyphs" --init "${INIT:-kouzan-gyosho}" --time-budget "${TIME:-20m}" --out "$out/run"
fi
whole "$segan" generate --style "$out/run" --chars "$chars" --missing-from "$glyphs" --out "$out/drawn" ${CHECK:---retry}
drawn="$out/drawn"
[ -d "$drawn" ] || drawn=  # nothing was lacking
whole "$segan" build-font "$out/MyBrush.ttf" ${drawn:+"$drawn"} --originals "$glyphs" --family "My Brush" --style-name Regular
"$segan" proof "$out/MyBrush.ttf"
