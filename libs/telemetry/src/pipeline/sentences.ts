import type { EventLabel } from '#events';
import {
  coordinatesText,
  faultText,
  partitionName,
  type Coordinates,
  type ErrorType,
  type Fault,
  type FaultStage,
  type HeldEnd,
  type TopicPartition,
} from '#pipeline';
import { count, counted, secondsText } from '../log/words.js';
import type { BatchCounts } from '../metrics/batch-counts.js';
import type { RunStats } from './run-stats.js';

/** A stage's name at the start of a sentence. */
const STAGE_NAMES: Record<FaultStage, string> = {
  dead_letter: 'The dead-letter topic',
  warehouse: 'The warehouse',
  assignment: 'The partition assignment',
  kafka: 'Kafka',
  log_ends: 'The poll of the log ends',
};

const FREED_TEXTS: Record<HeldEnd, string> = {
  lifted:
    'The dead-letter limit is lifted: the held batch becomes dead letters, and so do later bad events until the rate is ' +
    'below the limit again',
  'let-go':
    'The batch that the dead-letter limit held is dropped: the next owner of its partitions reads it again',
};

/** Short words for the session totals; types without one keep their names. */
const SESSION_WORDS = new Map<EventLabel, string>([
  ['ORDER_CREATED', 'Orders'],
  ['INVENTORY_ADJUSTED', 'Inventory'],
  ['other', 'Other'],
]);

/** `Orders 12,000, Inventory 5,000, Other 3, Errors 20` */
export function runText({ stored, errors }: RunStats): string {
  const types = (Object.entries(stored) as [EventLabel, number][]).map(
    ([label, value]) => `${SESSION_WORDS.get(label) ?? label} ${count(value)}`,
  );
  return [...types, `Errors ${count(errors)}`].join(', ');
}

/** The log line of a committed batch. */
export function batchText(
  { events, rows, stored, deadLetters, skipped }: BatchCounts,
  seconds: { warehouse: number; total: number },
  session: RunStats,
): string {
  const types = [...stored].map(([label, value]) => `${label} ${count(value)}`);
  return [
    `📦 ${counted(events, 'event')}`,
    types.length > 0 ? `📊 ${types.join(', ')}` : '',
    deadLetters > 0 ? `⚠️ ${counted(deadLetters, 'dead letter')}` : '',
    skipped > 0 ? `${count(skipped)} skipped` : '',
    `✅ ${counted(rows, 'row')} staged`,
    `⚡ ${secondsText(seconds.warehouse)}`,
    `🎯 ${secondsText(seconds.total)}`,
    '✅ committed',
    `📈 ${runText(session)}`,
  ]
    .filter(Boolean)
    .join(' ');
}

export function faultedText(stage: FaultStage, fault: Fault, times: number, waitMs: number): string {
  const repeated = times === 1 ? '' : ` [${times} times so far]`;
  return `${STAGE_NAMES[stage]}: ${faultText(fault)}${repeated}. Retrying in ${secondsText(waitMs / 1000)}`;
}

export function recoveredText(stage: FaultStage, afterMs: number): string {
  return `${STAGE_NAMES[stage]}: works again after ${secondsText(afterMs / 1000)}`;
}

export function freedText(how: HeldEnd): string {
  return FREED_TEXTS[how];
}

export function staleText(at: TopicPartition & { expected: number; checkpoint: number }): string {
  return (
    `${partitionName(at)}: the warehouse's checkpoint is ${at.checkpoint}, not where this batch ` +
    `starts: another owner stored these messages, or a transaction was lost. Reading continues at the ` +
    `checkpoint; this process had read up to ${at.expected}`
  );
}

export function setBackText(at: TopicPartition, committed: number, checkpoint: number): string {
  return (
    `${partitionName(at)}: this service had settled the offsets below ${committed}, but the checkpoint is ` +
    `${checkpoint}: the warehouse was set back, perhaps restored from a backup. Reading continues at the ` +
    `checkpoint: ${counted(committed - checkpoint, 'offset')} are read again and stored once`
  );
}

export function overruledText(at: TopicPartition, committed: number, checkpoint: number): string {
  return (
    `${partitionName(at)}: the group's committed offset is ${committed}, the checkpoint ${checkpoint}; reading ` +
    `continues at the checkpoint. To read from another offset, use \`npm run operator -- checkpoints set\``
  );
}

export function lostText(range: TopicPartition & { from: number; to: number }): string {
  return (
    `${partitionName(range)}: ${counted(range.to - range.from, 'message')} lost: retention deleted the offsets ` +
    `${range.from} to ${range.to - 1} before they were read. Reading continues at ${range.to}`
  );
}

export function publishedText(
  counts: readonly { errorType: ErrorType; count: number }[],
  first: Coordinates,
): string {
  const total = counts.reduce((sum, each) => sum + each.count, 0);
  const types = counts.map((each) => `${each.errorType} ${count(each.count)}`).join(', ');
  return `${counted(total, 'dead letter')} (${types}), the first from ${coordinatesText(first)}`;
}

export function rejectedText(rows: number, first: Coordinates, reason: string): string {
  return (
    `The warehouse rejected ${counted(rows, 'row')}, the first from ${coordinatesText(first)}: ${reason}. ` +
    'Dead-lettered as warehouse_rejected'
  );
}

export function throttledText(ms: number): string {
  return (
    `Kafka accepts no fetch for ${secondsText(ms / 1000)}: this client exceeds its quota (consumer_byte_rate of ` +
    'KAFKA_CLIENT_ID or its user). Raise it if lag grows'
  );
}

export function assignedText(generation: number, partitions: readonly string[]): string {
  return (
    `Joined the group (generation ${generation}): ${counted(partitions.length, 'partition')} assigned` +
    (partitions.length > 0 ? `: ${partitions.join(', ')}` : '')
  );
}

export function notCommittedText(failure: string): string {
  return (
    `Kafka did not accept the committed offsets: ${failure}. Nothing is lost: the warehouse's checkpoints count, ` +
    'and the next commit tries again'
  );
}
