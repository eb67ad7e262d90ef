#!/usr/bin/env bash
# Runs bench.py with its Python environment. Arguments are those of bench.py; see README.md.
set -euo pipefail
cd "$(dirname "$0")/.."

lorac=${LORAC_BINARY:-$PWD/.build/release/lorac}
[ -x "$lorac" ] || { echo "$lorac does not exist; run 'make build' first" >&2; exit 1; }
python=$(scripts/venv.sh)
exec "$python" bench/bench.py --lorac "$lorac" --data "${LORAC_BENCH_DIR:-.build/bench}" "$@"
