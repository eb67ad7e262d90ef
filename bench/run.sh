#!/usr/bin/env bash
# Runs bench.py and encoder.py with their Python environments. Arguments are those of bench.py, and
# '--only encoder' runs encoder.py alone; see README.md.
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

case " $* " in
  *" --only encoder "*)
    if [[ " $* " = *" --quick "* ]]; then encoder --quick; else encoder; fi
    exit ;;
esac
python=$(scripts/venv.sh)
status=0
"$python" bench/bench.py --lorac "$lorac" --data "$data" "$@" || status=$?
case " $* " in
  *" --only "*) ;;
  *" --quick "*) encoder --quick || status=$? ;;
  *) encoder || status=$? ;;
esac
exit $status
