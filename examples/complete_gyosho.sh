#!/bin/sh
# The headline: Kouzan Gyosho, a loved public-domain brush font, made whole for simplified Chinese (GB2312, 6,763).
# Its own glyphs stay as they are, its punctuation, Latin and kana with their own outlines; what it lacks is drawn in its hand,
# read back by a recogniser, and listed; in the end FreeType draws every glyph of the font, and each is compared with its picture.
#
#   sh examples/complete_gyosho.sh [FOLDER]        default: out/headline/
#
# SEGAN names another segan, FONT another place of the font, CHARS another set.
set -eu

out=${1:-out/headline}
segan=${SEGAN:-segan}
font=${FONT:-/usr/share/fonts/truetype/kouzan-mouhitsu/kouzan-mouhitsu-gyosho.ttf}
chars=${CHARS:-gb2312}

[ -e "$font" ] || { echo "The font is not there: apt install fonts-kouzan-mouhitsu, or FONT=/path/to/it" >&2; exit 1; }
whole() { "$@" || [ $? -eq 3 ]; }  # 3: written, with characters missing; the report names them
mkdir -p "$out"
"$segan" dataset from-font "$font" --out "$out/originals" --chars "$chars" --size 256 --license "public domain"
whole "$segan" build-font "$out/KouzanGyoshoSC.ttf" --originals "$out/originals" --style kouzan-gyosho --chars "$chars" \
    --base-font "$font" --base-scripts latin+kana --retry --verify \
    --family "Kouzan Gyosho SC" --style-name Regular --designer "Aoyagi Kouzan; completed with segan"
"$segan" proof "$out/KouzanGyoshoSC.ttf"
