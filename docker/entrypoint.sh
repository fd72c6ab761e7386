#!/bin/sh
# Becomes one of the image's apps: ingester, producer or operator, with the arguments after its name.
set -eu
root=$(dirname "$0")
app=${1:-ingester}
main="$root/dist/apps/$app/src/main.js"
if [ ! -f "$main" ]; then
  echo "There is no app '$app' in this image. There are: $(ls "$root/dist/apps" | tr '\n' ' ')" >&2
  exit 64
fi
[ $# -eq 0 ] || shift
# A young generation of 16 MiB instead of 64: what waits for the warehouse outlives any, and the rest is garbage at once.
# And a heap that grows by two fifths of what lives, not to four times of it, before the old generation is looked at.
exec node --max-semi-space-size=16 --heap-growing-percent=40 --disable-warning=TimeoutNegativeWarning "$main" "$@"
