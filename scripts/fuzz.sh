#!/usr/bin/env bash
# Feeds mutated files to the readers, on every core for a bounded time. A crash, a hang (10 s), 300 MB of
# memory or a wrong answer fails, and the input that did it is kept in .build/fuzz and printed.
# Arguments: seconds (default 60), first seed (default 1).
set -euo pipefail
cd "$(dirname "$0")/.."

seconds=${1:-60} seed=${2:-1}
fuzzer=${LORAC_FUZZER:-.build/release/lorac-fuzz}
[ -x "$fuzzer" ] || { echo "$fuzzer does not exist; run 'make build' first" >&2; exit 1; }
memory=/dev/shm
[ -w "$memory" ] || memory=${TMPDIR:-/tmp}
scratch=$(mktemp -d "$memory/lorac-fuzz-XXXXXX")
trap 'rm -rf "$scratch"' EXIT

# What has crashed says more by its input than by a minute of symbols.
export SWIFT_BACKTRACE=enable=no OPENBLAS_NUM_THREADS=1
declare -A seeds
for ((core = 0; core < $(nproc); core++)); do
  own=$((seed + core))
  "$fuzzer" --seconds "$seconds" --seed "$own" --folder "$scratch/$own" \
    Tests/Fixtures/zoo/cases Tests/Fixtures/zoo/malformed examples/shapes/adapters </dev/null \
    >"$scratch/$own.log" 2>&1 &
  seeds[$!]=$own
done

failed=0
for process in "${!seeds[@]}"; do
  own=${seeds[$process]} status=0
  wait "$process" || status=$?
  tail -n 3 "$scratch/$own.log"
  [ "$status" -ne 0 ] || continue
  failed=1
  kept=.build/fuzz/seed-$own
  rm -rf "$kept" && mkdir -p "$kept"
  { read -r number; mapfile -t files; } <"$scratch/$own/current"
  echo "seed $own: input $number ended it with status $status (142 is a hang, 13x a crash)" >&2
  echo "kept in $kept; again: lorac-fuzz --seed $own --skip $((number - 1)) --count $number" >&2
  for file in "${files[@]}"; do
    mkdir -p "$(dirname "$kept/$file")" && cp "$scratch/$own/$file" "$kept/$file"
    echo "base64 of $file, from its start:" >&2
    head -c 12000 "$kept/$file" | base64 >&2
  done
done
exit $failed
