/** The longest time in which nothing of a partition was stored, though messages kept coming. */
export interface Pause {
  partition: number;
  seconds: number;
}

/**
 * Of the rows of both tables, by the moments at which they were written, in milliseconds since 1970. Null where there
 * are none.
 */
export function longestPause(
  rows: readonly { partition: number; atMs: number }[],
  startedAtMs: number,
): Pause | null {
  let longest: Pause | null = null;
  for (const [partition, ofPartition] of Map.groupBy(rows, (row) => row.partition)) {
    const moments = ofPartition.map(({ atMs }) => atMs).sort((one, other) => one - other);
    for (const [index, atMs] of moments.entries()) {
      const seconds = (atMs - (moments[index - 1] ?? startedAtMs)) / 1000;
      if (longest === null || seconds > longest.seconds) longest = { partition, seconds };
    }
  }
  return longest;
}
