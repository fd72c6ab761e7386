#!/usr/bin/env bash
# Installs the optional tools that some tests use. Everything else works without them: a tool that cannot be installed is
# reported, and the script still exits with 0. System packages come from Debian or Ubuntu; the tools that check manifests
# go into .local/.
set -euo pipefail
cd "$(dirname "$0")/.."

# command            package                      needed for
tools='
kcat                 kcat                         tests with a second Kafka client
prometheus           prometheus                   tests of the alert rules and dashboards
amtool               prometheus-alertmanager      tests of the alert routes
chromium             chromium                     pictures of the dashboards
tmux                 tmux                         the walk through npm start in a terminal
python3              python3-venv                 tests against a Snowflake endpoint in Python
java                 openjdk-17-jre-headless      the Kafka broker of the tests and of npm start
postgres             postgresql                   results of the aggregations in PostgreSQL
buildah              buildah                      building the image without a Docker engine
runc                 runc                         running that image
debootstrap          debootstrap                  making its base where no registry is reachable
mvn                  maven                        fetching that broker
'

is_there() { # command, package
  if [ "$2" = python3-venv ]; then python3 -c 'import ensurepip' 2>/dev/null; else command -v "$1" >/dev/null; fi
}

apt() { "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -o Dpkg::Use-Pty=0 "$@" >/dev/null 2>&1; }

install_packages() {
  if [ "$(id -u)" = 0 ]; then
    as_root=(env)
  elif sudo -n true 2>/dev/null; then
    as_root=(sudo -n)
  fi
  if [ -z "${as_root:-}" ] || ! command -v apt-get >/dev/null; then
    echo "Optional tools are missing; some tests will be skipped. To install them: sudo apt-get install $*"
    return
  fi

  # Keeps packages from starting their daemons: Debian checks this file first.
  policy=/usr/sbin/policy-rc.d
  if [ ! -e $policy ]; then
    printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee $policy >/dev/null
    "${as_root[@]}" chmod +x $policy
    trap '"${as_root[@]}" rm -f $policy' EXIT
  fi

  echo "Installing $* ..."
  apt update || true
  # Installs one by one only if all at once fails, to find out which one is missing.
  if apt install -y --no-install-recommends "$@"; then return; fi
  for package in "$@"; do
    apt install -y --no-install-recommends "$package" ||
      echo "Not installed: $package ($(grep -E " $package " <<<"$tools" | sed -E 's/^\S+ +\S+ +//'))"
  done
}

missing=()
while read -r tool package _; do
  [ -z "$tool" ] || is_there "$tool" "$package" || missing+=("$package")
done <<<"$tools"
[ ${#missing[@]} -eq 0 ] || install_packages "${missing[@]}"

tests/deploy/install-tools.sh
