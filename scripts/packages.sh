# shellcheck shell=bash
# Sourced by other scripts. Installs Debian packages, and says so.

# need_packages PACKAGE...: returns when all are installed, else installs the missing ones.
# Where there is no apt-get it says what is needed and fails.
need_packages() {
  local missing=() package
  for package in "$@"; do
    dpkg-query --show --showformat '${db:Status-Status}' "$package" 2>/dev/null |
      grep -qx installed || missing+=("$package")
  done
  [ ${#missing[@]} -gt 0 ] || return 0

  if ! command -v apt-get >/dev/null; then
    echo "This system has no apt-get. Install what Debian calls: ${missing[*]}" >&2
    return 1
  fi
  local as_root=()
  if [ "$(id -u)" -ne 0 ]; then as_root=(sudo); fi
  echo "Installing ${missing[*]} with ${as_root[*]:+sudo }apt-get" >&2
  "${as_root[@]}" apt-get -qq update </dev/null >&2
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
    apt-get -qq install --yes --no-install-recommends "${missing[@]}" </dev/null >&2
}
