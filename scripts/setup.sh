#!/usr/bin/env bash
# Makes sure that lorac can be built: a Swift toolchain, zstd, OpenBLAS.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/packages.sh

if ! command -v "${SWIFT:-swift}" >/dev/null; then
  echo "lorac needs Swift 6.2 or later: https://www.swift.org/install" >&2
  exit 1
fi

# Elsewhere than on Debian, pkg-config decides whether the libraries are there.
if ! command -v dpkg-query >/dev/null; then
  pkg-config --exists libzstd openblas 2>/dev/null && exit
  cat >&2 <<'HELP'
lorac needs zstd and OpenBLAS, with headers, and pkg-config to find them:
  Fedora    dnf install libzstd-devel openblas-devel pkgconf
  Arch      pacman -S zstd blas-openblas pkgconf
HELP
  exit 1
fi

# SwiftPM reads .pc files itself, but asks pkg-config where they are.
# Arguments are further packages, which tests need.
need_packages libzstd-dev libopenblas-dev pkg-config "$@"
