#!/bin/sh
# Runs one of the image's apps, ingester, archiver, producer or operator, with the arguments after its name.
set -eu
root=$(dirname "$0")
app=${1:-ingester}
main="$root/dist/apps/$app/src/main.js"
if [ ! -f "$main" ]; then
  echo "There is no app '$app' in this image. There are: $(ls "$root/dist/apps" | tr '\n' ' ')" >&2
  exit 64
fi
[ $# -eq 0 ] || shift
# A young generation of 16 MiB instead of 64: what waits for the warehouse outlives any size, and the rest is garbage at
# once. Also, the heap grows by two fifths of the live data, not to four times as much, before the old generation is
# collected.
exec node --max-semi-space-size=16 --heap-growing-percent=40 --disable-warning=TimeoutNegativeWarning "$main" "$@"
