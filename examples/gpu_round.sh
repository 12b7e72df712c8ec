#!/bin/sh
# One round of training on a GPU: on from the shipped weights, for MINUTES, then the bundle with its scores, then a set of characters
# drawn by the run itself in torch, and how long that took.
#
#     sh examples/gpu_round.sh HANDS OUT        HANDS holds a folder for each hand, as `SIZE=512 make data` writes them
#
# MINUTES=8  DEVICE=cuda  BATCH=192  CHARS=gb2312  STYLE=kouzan-gyosho  PRESET=ink  INIT=models/six-hands  EXPORT="--count 300 …"
# JUDGES and RATES are what the shipped hands were trained with on a GPU: judges twice as wide that compare what is drawn with the
# warped target. A round with every term of the paper, on from one's run: PRESET=full BATCH=96 JUDGES= RATES= INIT=RUN.
# MORE="--set KEY=VALUE …" comes on top. Two rounds beside each other fill a large GPU no better than one.
set -eu

segan=${SEGAN:-segan}
hands=${1:-hands}
out=${2:-out/gpu-round}
device=${DEVICE:-cuda}
style=${STYLE:-kouzan-gyosho}
names=${NAMES:-"kouzan-mouhitsu kouzan-gyosho kouzan-sousho aoyagi-soseki ma-shan-zheng zhi-mang-xing"}
judges=${JUDGES-"--set discriminator_channels=96 --set edge_form=relativistic --set lambda_adv_edge=15 --set lambda_match=6 --set lambda_distance=4 --set lambda_weight=1 --set penalty=1e-3"}
rates=${RATES-"--set learning_rate=6e-4 --set discriminator_rate=1e-3 --set warmup_steps=100 --set ema_decay=0.999 --set score_every=800"}

learned=""
for name in $names; do
  [ -d "$hands/$name" ] || { echo "There is no folder $hands/$name. Make it first: make data" >&2; exit 2; }
  learned="$learned --style $name=$hands/$name"
done

# shellcheck disable=SC2086
$segan train $learned --init "${INIT:-models/six-hands}" --preset "${PRESET:-ink}" --batch-size "${BATCH:-192}" $judges $rates \
  --time-budget "${MINUTES:-8}m" --device "$device" --out "$out/run" ${MORE:-}
# shellcheck disable=SC2086
$segan export "$out/run" --precision fp16 --out "$out/six-hands" ${EXPORT:-"--hands examples/six_hands.toml"}
begun=$(date +%s)
$segan generate --style "$out/run#$style" --chars "${CHARS:-gb2312}" --no-check --device "$device" --out "$out/drawn"
echo "Drawn by the run in torch on $device in $(($(date +%s) - begun)) s: $(find "$out/drawn" -name 'U+*.png' | wc -l) glyphs, in $out/drawn"
