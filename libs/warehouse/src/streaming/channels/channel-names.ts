import type { TopicPartition } from '#pipeline';

/** The tables that a batch goes to, by the pipe that leads to each. */
export const PIPES = {
  events: 'RAW_EVENTS_STREAM_PIPE',
  letters: 'SALES_EVENTS_DLQ_PIPE',
  ledger: 'INGESTION_LEDGER_PIPE',
} as const;

/**
 * The name of a partition's channel. It has no lower-case letters, because Snowflake's operations disagree on whether
 * names are case-sensitive.
 *
 * @param epoch numbers the ledgers of a partition; the channel of the ledgers themselves has none
 */
export function channelName(
  consumerGroup: string,
  { topic, partition }: TopicPartition,
  epoch?: number,
): string {
  const parts = [consumerGroup, topic].map(escaped);
  return [...parts, String(partition), ...(epoch === undefined ? [] : [`E${epoch}`])].join('-');
}

/** Every other character becomes `$` and its UTF-16 code. */
function escaped(name: string): string {
  return name
    .replace(/[^a-z0-9_]/g, (character) => `$${character.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .toUpperCase();
}
