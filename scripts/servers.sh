#!/bin/sh
# Installs the Debian packages of the servers that the tests start, where they are missing.
set -eu
cd "$(dirname "$0")/.."
missing=""
PATH=$PATH:/usr/sbin:/usr/local/sbin
command -v redis-server >/dev/null 2>&1 || missing="$missing redis-server"
[ -x /usr/lib/rabbitmq/bin/rabbitmq-server ] || missing="$missing rabbitmq-server"
[ -z "$missing" ] || exec sh scripts/apt.sh $missing
