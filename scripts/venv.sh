#!/usr/bin/env bash
# Makes a Python environment in .build and prints its interpreter: venv for checks and benchmarks, or,
# with the argument 'torch', venv-torch, which has PyTorch and transformers too.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/packages.sh

venv=.build/venv
packages=(numpy safetensors zstandard jsonschema pyyaml)
if [ "${1:-}" = torch ]; then
  venv=.build/venv-torch
  packages=(numpy safetensors torch transformers)
fi

works() {
  local modules
  modules=$(printf '%s, ' "${packages[@]/#pyyaml/yaml}")
  "$venv/bin/python" -c "import ${modules%, }" 2>/dev/null
}

if ! works; then
  if ! python3 -c 'import ensurepip, venv' 2>/dev/null; then need_packages python3 python3-venv; fi
  echo "Making $venv with ${packages[*]}" >&2
  python3 -m venv --clear "$venv" >&2
  install=("$venv/bin/pip" install --quiet --disable-pip-version-check)
  # From the usual index PyTorch comes with gigabytes of libraries for graphics cards.
  if [ "${1:-}" = torch ]; then
    "${install[@]}" --no-deps torch --index-url https://download.pytorch.org/whl/cpu </dev/null >&2
  fi
  "${install[@]}" "${packages[@]}" </dev/null >&2
  works
fi
echo "$PWD/$venv/bin/python"
