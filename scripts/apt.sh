#!/bin/sh
# Installs Debian packages, as root or with sudo; says in one line how to where that is not possible.
# Usage: scripts/apt.sh PACKAGE...
set -eu
say() { printf '%s\n' "setup: $*" >&2; }
if ! command -v apt-get >/dev/null 2>&1; then
    say "please install by hand (there is no apt-get here): $*"
    exit 2
fi
as_root=""
if [ "$(id -u)" != 0 ]; then
    if command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then
        as_root="sudo"
    else
        say "please run: sudo apt-get install -y --no-install-recommends $*"
        exit 2
    fi
fi
say "apt-get install $*"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
install() {
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@" >"$log" 2>&1
}
if ! install "$@"; then
    $as_root apt-get update >"$log" 2>&1 || { cat "$log" >&2; say "apt-get update failed"; exit 2; }
    install "$@" || { cat "$log" >&2; say "apt-get install failed: $*"; exit 2; }
fi
