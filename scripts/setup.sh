#!/bin/sh
# Makes .venv with this project and the named extras in it; does nothing when it is up to date.
# Usage: scripts/setup.sh EXTRAS [VENV]      for example: scripts/setup.sh dev,docs
# PYTHON chooses the interpreter. Uses uv where it is on the PATH, venv and pip elsewhere.
set -eu
cd "$(dirname "$0")/.."
extras=$1
venv=${2:-.venv}
say() { printf '%s\n' "setup: $*" >&2; }

python=${PYTHON:-}
if [ -z "$python" ]; then
    for candidate in python3 python3.13 python3.12 python3.11 python3.10; do
        if command -v "$candidate" >/dev/null 2>&1 &&
            "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 10))' 2>/dev/null; then
            python=$candidate
            break
        fi
    done
fi
if [ -z "$python" ]; then
    say "no Python >= 3.10 found; install one (Debian: apt-get install python3) or name it: make PYTHON=/path/to/python3"
    exit 2
fi
if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 10))'; then
    say "$python is older than 3.10; name a newer one: make PYTHON=/path/to/python3"
    exit 2
fi

# The stamp holds what the environment was made from: a changed pyproject.toml or other extras make it anew.
stamp=$(printf %s "$extras" | tr , -)
want=$(printf '%s ' "$extras" && cksum pyproject.toml && "$python" -c 'import sys; print(sys.executable, sys.version)')
if [ -f "$venv/.stamp-$stamp" ] && [ "$(cat "$venv/.stamp-$stamp")" = "$want" ]; then
    exit 0
fi

log=$(mktemp)
trap 'rm -f "$log"' EXIT
quietly() {
    "$@" >"$log" 2>&1 || { code=$?; cat "$log" >&2; say "failed: $*"; exit "$code"; }
}

if command -v uv >/dev/null 2>&1; then
    say "uv: $venv with [$extras]"
    [ -x "$venv/bin/python" ] || quietly uv venv --quiet --python "$python" "$venv"
    quietly uv pip install --quiet --python "$venv/bin/python" -e ".[$extras]"
else
    say "venv and pip: $venv with [$extras]"
    if [ ! -x "$venv/bin/pip" ]; then
        if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
            # Debian splits venv off from python3.
            sh scripts/apt.sh "$("$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')"
        fi
        quietly "$python" -m venv "$venv"
    fi
    quietly "$venv/bin/python" -m pip install --quiet --disable-pip-version-check -e ".[$extras]"
fi
printf '%s' "$want" >"$venv/.stamp-$stamp"
