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
set -- node --max-semi-space-size=16 --heap-growing-percent=40 --disable-warning=TimeoutNegativeWarning "$main" "$@"

# Not process 1: an init passes signals on, or this is a command in a running container.
[ $$ -eq 1 ] || exec "$@"

# The kernel drops a signal to process 1 that has no handler for it, and Node.js has none while it starts. So the shell
# stays process 1 and passes signals on.
child=
early=
stopping=
pass_on() {
  [ "$1" = USR2 ] || stopping=yes
  if [ -n "$child" ]; then kill -s "$1" "$child" || :; else early=$1; fi
}
for signal in TERM INT HUP USR2; do
  # shellcheck disable=SC2064
  trap "pass_on $signal" "$signal"
done
"$@" <&0 &
child=$!
[ -z "$early" ] || kill -s "$early" "$child"

status=0
wait "$child" || status=$?
# A trap ends the wait before the child has ended.
while kill -s 0 "$child" 2>/dev/null; do
  status=0
  wait "$child" || status=$?
done
# 128 + 15: it had not installed its handler yet, and had done nothing.
[ -z "$stopping" ] || [ "$status" -ne 143 ] || status=0
exit "$status"
