import type { PartitionRange } from '#pipeline';

/**
 * A range as the tables have it. An interrupted owner may have stored messages that the topic has deleted since: to the
 * batch they are gaps or lost, but the ledger must count what is in the tables.
 *
 * @param stored the number of the range's offsets in RAW_EVENTS_STREAM
 * @param deadLettered the same in SALES_EVENTS_DLQ
 */
export function rangeInTables(range: PartitionRange, stored: number, deadLettered: number): PartitionRange {
  const moreStored = Math.max(0, stored - range.stored);
  const moreLetters = Math.max(0, deadLettered - range.deadLettered);
  const fromLost = Math.min(range.lost, moreStored + moreLetters);
  const fromGaps = moreStored + moreLetters - fromLost;
  if (fromLost + fromGaps === 0 || fromGaps > range.gaps) return range;
  return {
    ...range,
    stored: range.stored + moreStored,
    deadLettered: range.deadLettered + moreLetters,
    lost: range.lost - fromLost,
    gaps: range.gaps - fromGaps,
  };
}
