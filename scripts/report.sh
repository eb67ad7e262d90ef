#!/usr/bin/env bash
# Renders reports in headless Chromium and looks at what comes out. Debian's chromium is installed if
# no Chromium or Chrome is there; LORAC_CHROMIUM names another binary. Where none can be had,
# LORAC_CHROMIUM=none leaves these checks out, and says so.
# Arguments: --keep FOLDER keeps pages and pictures there.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/packages.sh

lorac=${LORAC_BINARY:-.build/release/lorac}
[ -x "$lorac" ] || { echo "$lorac does not exist; run 'make build' first" >&2; exit 1; }

if [ "${LORAC_CHROMIUM:-}" = none ]; then
  echo "reports: NOT rendered, as LORAC_CHROMIUM=none" >&2
  exit
fi
find_browser() {
  local name
  for name in ${LORAC_CHROMIUM:-chromium chromium-browser google-chrome google-chrome-stable}; do
    command -v "$name" && return
  done
  return 1
}
if ! browser=$(find_browser); then
  need_packages chromium || {
    echo "Rendering reports needs Chromium; LORAC_CHROMIUM=none leaves it out" >&2
    exit 1
  }
  browser=$(find_browser)
fi
command -v python3 >/dev/null || need_packages python3
python3 -B scripts/report/check.py --lorac "$lorac" --browser "$browser" "$@"
