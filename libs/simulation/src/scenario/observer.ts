import { partitionName, type PipelineObserver, type TopicPartition } from '#pipeline';
import { theWorld } from '../time/world.js';
import type { Settings } from './plan.js';

/** The sentences of the story for the pipeline's events. Events without one are left out. */
type Sentences = {
  [Event in keyof PipelineObserver]?: (...told: Parameters<PipelineObserver[Event]>) => string;
};

const names = (partitions: readonly TopicPartition[]) =>
  partitions.length === 0 ? 'nothing' : partitions.map(({ partition }) => partition).join(', ');

const SENTENCES: Sentences = {
  assigned: (generation, partitions) =>
    `joins the group for the ${ordinal(generation)} time and is to read ${names(partitions)}`,
  batchCommitted: ({ batch }) =>
    `has stored ${batch.ranges.map(({ partition, from, to }) => `${partition}@${from}-${to - 1}`).join(' ')}`,
  batchAbandoned: () => 'abandons a batch',
  checkpointStale: (partitions) =>
    partitions
      .map(
        ({ partition, expected, checkpoint }) =>
          `stands at ${expected} in ${partition}, the checkpoint is ${checkpoint}`,
      )
      .join('; '),
  committedOverruled: (partitions) =>
    partitions
      .map(
        ({ partition, committed, checkpoint }) =>
          `the group's offset of ${partition} is ${committed}, the checkpoint ${checkpoint}`,
      )
      .join('; '),
  faulted: (stage, { code }, attempt) => `${stage} fails for the ${ordinal(attempt)} time: ${code}`,
  recovered: (stage, afterMs) => `${stage} works again after ${(afterMs / 1000).toFixed(1)} s`,
  lost: ({ partition, from, to }) => `retention took ${partition}@${from}-${to - 1} before it was read`,
  partitionHeld: ({ partition }) => `holds partition ${partition} until somebody acts`,
  deadLettersHeld: () => 'holds a batch: too many dead letters',
  deadLettersFreed: (how) => `holds no batch any more: ${how}`,
  rowsRejected: (count, first) =>
    `${count} rows are refused by the warehouse, the first at ${partitionName(first)}@${first.offset}`,
};

/** Tells the story of one pipeline, and checks the limit of its buffer. */
export function observerOf({ limits }: Settings): PipelineObserver {
  const sentences = SENTENCES as Record<string, ((...told: never[]) => string) | undefined>;
  const buffered = (events: number) => {
    // One sealed batch, and one that is still growing.
    const most = 2 * limits.maxEvents;
    if (events > most) theWorld().fail(`${events} events are buffered, ${most} are allowed`);
  };
  return new Proxy({} as PipelineObserver, {
    get: (_, event: string) => {
      if (event === 'buffered') return buffered;
      const sentence = sentences[event];
      return (...told: never[]) => {
        if (sentence !== undefined) theWorld().tell(sentence(...told));
      };
    },
  });
}

function ordinal(count: number): string {
  const endings: Record<number, string> = { 1: 'st', 2: 'nd', 3: 'rd' };
  const isTeen = Math.floor((count % 100) / 10) === 1;
  return `${count}${isTeen ? 'th' : (endings[count % 10] ?? 'th')}`;
}
