/** Up to here a loop is quicker than a call. */
const SHORT_BYTES = 16;

/** Copies `length` bytes of `source` to `output`; within one memory and forwards where they overlap. */
export function copyLiteral(
  source: Uint8Array,
  from: number,
  output: Uint8Array,
  at: number,
  length: number,
): void {
  if (length > SHORT_BYTES) output.set(source.subarray(from, from + length), at);
  else for (let index = 0; index < length; index += 1) output[at + index] = source[from + index] ?? 0;
}

/** Repeats at `at` the `length` bytes that begin `distance` before it; where that is less, they repeat themselves. */
export function copyBack(output: Uint8Array, at: number, distance: number, length: number): void {
  if (length <= SHORT_BYTES) {
    for (let index = 0; index < length; index += 1) output[at + index] = output[at - distance + index] ?? 0;
    return;
  }
  // What has been written doubles with each round.
  let written = 0;
  while (written < length) {
    const size = Math.min(length - written, distance + written);
    output.copyWithin(at + written, at - distance, at - distance + size);
    written += size;
  }
}
