#!/usr/bin/env bash
# Runs bench.py, builds.py, bake.py and encoder.py with their Python environments. Arguments are those
# of bench.py, and '--only builds', '--only bake' or '--only encoder' runs that one alone; see README.md.
set -euo pipefail
cd "$(dirname "$0")/.."

lorac=${LORAC_BINARY:-$PWD/.build/release/lorac}
data=${LORAC_BENCH_DIR:-.build/bench}
[ -x "$lorac" ] || { echo "$lorac does not exist; run 'make build' first" >&2; exit 1; }

encoder() {
  local python
  python=$(scripts/venv.sh torch)
  "$python" bench/encoder.py --lorac "$lorac" --data "$data" "$@"
}

bake() {
  local python
  python=$(scripts/venv.sh)
  "$python" bench/bake.py --lorac "$lorac" --data "$data" "$@"
}

builds() {
  local python
  python=$(scripts/venv.sh)
  "$python" bench/builds.py --lorac "$lorac" --data "$data" "$@"
}

quick=()
if [[ " $* " = *" --quick "* ]]; then quick=(--quick); fi
case " $* " in
  *" --only encoder "*) encoder "${quick[@]}"; exit ;;
  *" --only builds "*) builds "${quick[@]}"; exit ;;
  *" --only bake "*) bake "${quick[@]}"; exit ;;
esac
python=$(scripts/venv.sh)
status=0
"$python" bench/bench.py --lorac "$lorac" --data "$data" "$@" || status=$?
case " $* " in
  *" --only "*) ;;
  *)
    builds "${quick[@]}" || status=$?
    bake "${quick[@]}" || status=$?
    encoder "${quick[@]}" || status=$? ;;
esac
exit $status
