#!/bin/sh
# Installs the Debian packages of the servers that the tests start, where they are missing.
set -eu
cd "$(dirname "$0")/.."
missing=""
PATH=$PATH:/usr/sbin:/usr/local/sbin
command -v redis-server >/dev/null 2>&1 || missing="$missing redis-server"
[ -x /usr/lib/rabbitmq/bin/rabbitmq-server ] || missing="$missing rabbitmq-server"
command -v initdb >/dev/null 2>&1 || ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 || missing="$missing postgresql"
# The server alone: no service that is started, no user that is made.
command -v mariadbd >/dev/null 2>&1 && command -v mariadb >/dev/null 2>&1 ||
    missing="$missing mariadb-server-core mariadb-client-core"
command -v pgbouncer >/dev/null 2>&1 || missing="$missing pgbouncer"
# What the how-to pages ask their web servers with.
command -v curl >/dev/null 2>&1 || missing="$missing curl"
[ -z "$missing" ] || exec sh scripts/apt.sh $missing
