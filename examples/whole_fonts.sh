#!/bin/sh
# A whole font of each hand that segan draws: its own glyphs, and what it lacks of GB2312 drawn in its style, as TTF and OTF;
# FreeType draws every glyph of the TTF, and each is compared with its picture. Some minutes a hand; after SIZE=512 make data.
#
#   sh examples/whole_fonts.sh [HANDS [FOLDER]]        default: hands/ out/whole/
#
# SEGAN names another segan, CHARS another set, NAMES other hands of the folder.
set -eu

hands=${1:-hands}
out=${2:-out/whole}
segan=${SEGAN:-segan}
names=${NAMES:-kouzan-mouhitsu kouzan-gyosho kouzan-sousho aoyagi-soseki ma-shan-zheng zhi-mang-xing}

mkdir -p "$out"
for name in $names; do
    [ -d "$hands/$name" ] || { echo "$hands/$name is not there: SIZE=512 make data, or name your folder of hands." >&2; exit 1; }
done
for name in $names; do
    "$segan" build-font "$out/$name.ttf" "$out/$name.otf" --originals "$hands/$name" --style "$name" --chars "${CHARS:-gb2312}" \
        --no-check --verify --allow-missing
done
