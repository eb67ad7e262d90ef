#!/usr/bin/env bash
# Fuses twelve adapters for one prompt, and shows what was chosen and what was written.
set -euo pipefail
cd "$(dirname "$0")/../.."

lorac=${LORAC_BINARY:-.build/release/lorac}
prompt=${1:-a red heart in neon glow style}
output=${2:-.build/demo/heart-neon.safetensors}

[ -x "$lorac" ] || make build
mkdir -p "$(dirname "$output")"

run() {
  printf '\n$ %s' "${lorac##*/}"
  printf ' %q' "$@"
  printf '\n'
  "$lorac" "$@"
}

run weights examples/shapes/adapters --prompt "$prompt"
run merge examples/shapes/adapters --prompt "$prompt" -o "$output"
run inspect "$output"
