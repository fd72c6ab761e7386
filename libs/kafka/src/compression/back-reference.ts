/** Up to this length a loop is faster than a call. */
const SHORT_BYTES = 16;

/** Copies `length` bytes from `source` to `output`. */
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

/** Copies to `at` the `length` bytes that begin `distance` before it. If `distance` is shorter, they repeat. */
export function copyBack(output: Uint8Array, at: number, distance: number, length: number): void {
  if (length <= SHORT_BYTES) {
    for (let index = 0; index < length; index += 1) output[at + index] = output[at - distance + index] ?? 0;
    return;
  }
  // Each round doubles the available bytes.
  let written = 0;
  while (written < length) {
    const size = Math.min(length - written, distance + written);
    output.copyWithin(at + written, at - distance, at - distance + size);
    written += size;
  }
}
