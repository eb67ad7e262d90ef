#!/usr/bin/env bash
# Makes .build/venv, a Python environment for checks and benchmarks, and prints its interpreter.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/packages.sh

venv=.build/venv
packages=(numpy safetensors zstandard)

works() { "$venv/bin/python" -c "import ${packages[0]}, ${packages[1]}, ${packages[2]}" 2>/dev/null; }

if ! works; then
  if ! python3 -c 'import ensurepip, venv' 2>/dev/null; then need_packages python3 python3-venv; fi
  echo "Making $venv with ${packages[*]}" >&2
  python3 -m venv --clear "$venv" >&2
  "$venv/bin/pip" install --quiet --disable-pip-version-check "${packages[@]}" </dev/null >&2
  works
fi
echo "$PWD/$venv/bin/python"
