#!/usr/bin/env bash
# Checks what lorac writes with tools that are not lorac: Python's safetensors, zstandard and
# numpy, and zstd where it is installed; then, how well prompts find their adapters, and the vectors
# of a real sentence encoder; and recipes with the schema that editors use. Arguments: names of
# cases, to run only those.
set -euo pipefail
cd "$(dirname "$0")/.."

lorac=${LORAC_BINARY:-.build/release/lorac}
[ -x "$lorac" ] || { echo "$lorac does not exist; run 'make build' first" >&2; exit 1; }
python=$(scripts/venv.sh)
"$python" scripts/interop/check.py --lorac "$lorac" "$@"
if [ $# -eq 0 ]; then
  "$python" scripts/recipe_schema.py
  "$python" scripts/routing.py --lorac "$lorac"
  scripts/minilm.sh
fi
