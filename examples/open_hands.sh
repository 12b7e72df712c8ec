#!/bin/sh
# The open hands as glyph folders, ready to learn from: fonts by apt and npm, pictures by `segan dataset from-font`.
#
#   sh examples/open_hands.sh [FOLDER]        default: hands/
#
# A font that is there already is not installed again; a hand that is there already is not made again.
# SEGAN names another segan, SIZE another side of the pictures (default 128 px), CHECK=--check has every glyph read.
set -eu

out=${1:-hands}
segan=${SEGAN:-segan}
fonts=${FONTS:-/usr/share/fonts/truetype}
npm_folder=$out/.npm

need_apt() {  # FILE PACKAGE
    [ -e "$1" ] && return
    echo "Installing $2 (apt)" >&2
    if [ "$(id -u)" = 0 ]; then apt-get install -y -q "$2"; else sudo apt-get install -y -q "$2"; fi >&2
}

need_npm() {  # PACKAGE
    [ -d "$npm_folder/node_modules/$1" ] && return
    echo "Installing $1 (npm)" >&2
    mkdir -p "$npm_folder"
    npm install --silent --no-audit --no-fund --prefix "$npm_folder" "$1" >&2
}

hand() {  # NAME FONT LICENCE [OPTIONS]
    name=$1 font=$2 licence=$3
    shift 3
    [ -e "$out/$name/manifest.json" ] && { echo "$out/$name is there." >&2; return; }
    # shellcheck disable=SC2086
    "$segan" dataset from-font "$font" --out "$out/$name" --size "${SIZE:-128}" --license "$licence" ${CHECK:-} "$@"
}

need_apt "$fonts/kouzan-mouhitsu/kouzan-mouhitsu.ttf" fonts-kouzan-mouhitsu
need_apt "$fonts/aoyagi-soseki/aoyagi-soseki.ttf" fonts-aoyagi-soseki
need_apt "$fonts/lxgw-wenkai/LXGWWenKai-Regular.ttf" fonts-lxgw-wenkai  # the source
for family in ma-shan-zheng zhi-mang-xing liu-jian-mao-cao long-cang; do need_npm "@fontsource/$family"; done

web=$npm_folder/node_modules/@fontsource
# Beyond these sets lie 5,000 rare characters that nobody asks a brush font for.
hand kouzan-mouhitsu "$fonts/kouzan-mouhitsu/kouzan-mouhitsu.ttf" "public domain" --chars gb2312+jis-1+jis-2
hand kouzan-gyosho "$fonts/kouzan-mouhitsu/kouzan-mouhitsu-gyosho.ttf" "public domain"
# Its JIS level 2 is partly semi-regular, so the cursive hand keeps to the first levels.
hand kouzan-sousho "$fonts/kouzan-mouhitsu/KouzanBrushFontSousyo.ttf" "public domain" --chars jis-1+gb2312-1
hand aoyagi-soseki "$fonts/aoyagi-soseki/aoyagi-soseki.ttf" "public domain"
hand ma-shan-zheng "$web/ma-shan-zheng" "OFL-1.1"
hand zhi-mang-xing "$web/zhi-mang-xing" "OFL-1.1"
hand liu-jian-mao-cao "$web/liu-jian-mao-cao" "OFL-1.1"  # a seventh, very cursive: it tells generators apart
hand long-cang "$web/long-cang" "OFL-1.1"  # an eighth that no shipped network has seen: it tells how many glyphs a hand needs
