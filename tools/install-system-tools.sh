#!/usr/bin/env bash
# Installs the optional tools that some tests use, on Debian and Ubuntu. Everything else works without them:
# a tool that cannot be had is named, and the script still ends with 0.
set -euo pipefail

# command            package                      needed for
tools='
kcat                 kcat                         tests with a second Kafka client
prometheus           prometheus                   tests of the alert rules and dashboards
amtool               prometheus-alertmanager      tests of the alert routes
chromium             chromium                     pictures of the dashboards
python3              python3-venv                 tests against a Snowflake endpoint in Python
java                 openjdk-17-jre-headless      the Kafka broker of the tests and of npm start
mvn                  maven                        fetching that broker
'

is_there() { # command, package
  if [ "$2" = python3-venv ]; then python3 -c 'import ensurepip' 2>/dev/null; else command -v "$1" >/dev/null; fi
}

missing=()
while read -r tool package _; do
  [ -z "$tool" ] || is_there "$tool" "$package" || missing+=("$package")
done <<<"$tools"
[ ${#missing[@]} -gt 0 ] || exit 0

if [ "$(id -u)" = 0 ]; then
  as_root=(env)
elif sudo -n true 2>/dev/null; then
  as_root=(sudo -n)
fi
if [ -z "${as_root:-}" ] || ! command -v apt-get >/dev/null; then
  echo "Optional tools are missing; some tests are skipped. To install them: sudo apt-get install ${missing[*]}"
  exit 0
fi

# Keeps packages from starting their daemons: Debian asks this file first.
policy=/usr/sbin/policy-rc.d
if [ ! -e $policy ]; then
  printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee $policy >/dev/null
  "${as_root[@]}" chmod +x $policy
  trap '"${as_root[@]}" rm -f $policy' EXIT
fi

apt() { "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -o Dpkg::Use-Pty=0 "$@" >/dev/null 2>&1; }

echo "Installing ${missing[*]} ..."
apt update || true
# One by one only where all at once fails, to say which one cannot be had.
apt install -y --no-install-recommends "${missing[@]}" && exit 0
for package in "${missing[@]}"; do
  apt install -y --no-install-recommends "$package" || echo "Not installed: $package ($(grep -E " $package " <<<"$tools" | sed -E 's/^\S+ +\S+ +//'))"
done
