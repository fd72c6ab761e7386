import kafkajs, { type Kafka } from 'kafkajs';
import type { EventValidator } from '#events';
import { withAdminClient, readTopic } from '#kafka';
import { FaultError, type Fault, type Message, type Undecodable } from '#pipeline';
import type { KafkaSettings } from '#settings';
import type { LedgerReader } from '#warehouse';
import type { OutputStream } from '../../context.js';
import { ProgressBar } from '../../output/progress-bar.js';
import type { PartitionReport } from '../report.js';
import { isUnreadable, PartitionComparison, type Span } from './partition-comparison.js';
import type { Position } from './position.js';
import { partitionSentences } from './sentences.js';

export interface DeepReport {
  /** Offsets that were compared. */
  compared: number;
  /** Whether these are all the offsets that the ledgers count. */
  isWhole: boolean;
  /** Whether it continued from where an earlier run stopped. */
  isResumed: boolean;
  /** Sentences by partition. */
  problems: { partition: number; problem: string }[];
  notes: { partition: number; note: string }[];
  /** Where a signal or a fault stopped it; null if everything was compared. */
  stoppedAt: Position | null;
  fault: Fault | null;
}

/** The dependencies of a comparison. */
export interface Sources {
  kafka: Kafka;
  settings: KafkaSettings;
  reader: LedgerReader;
  /** Tells whether the service stores a message or rejects it. */
  validator: EventValidator;
  /** Stops the comparison between two fetches. */
  signal: AbortSignal;
  progressOutput: OutputStream;
}

/** Reads what the log still holds below the checkpoints, and compares each record with its row or dead letter. */
export async function compareTopic(
  topic: string,
  reports: readonly PartitionReport[],
  from: Position | null,
  sources: Sources,
): Promise<DeepReport> {
  const spans = reports.flatMap((each) => spanOf(topic, each, from) ?? []);
  const isCompacted = await isCompactedTopic(sources.kafka, topic);
  const walk = new Walk(spans, sources);
  try {
    await walk.run(topic);
  } catch (error) {
    if (!(error instanceof FaultError) || walk.position === null) throw error;
    walk.fault = error;
  }
  const found = walk.comparisons.flatMap((comparison) => {
    const { partition } = comparison.span;
    const isWhole = comparison.at >= comparison.span.to;
    const checkpoint = reports.find((each) => each.partition === partition)?.ledger?.checkpoints[0];
    const { problems, notes } = partitionSentences(comparison, {
      isCompacted,
      checkpoint: isWhole && isWholeSpan(comparison.span, reports) ? (checkpoint ?? null) : null,
    });
    return { partition, problems, notes };
  });
  return {
    compared: walk.compared,
    isResumed: from !== null,
    isWhole: from === null && spans.every((span) => isWholeSpan(span, reports)),
    problems: found.flatMap(({ partition, problems }) => problems.map((problem) => ({ partition, problem }))),
    notes: found.flatMap(({ partition, notes }) => notes.map((note) => ({ partition, note }))),
    stoppedAt: walk.isDone ? null : walk.position,
    fault: walk.fault?.fault ?? null,
  };
}

/** The span of a partition to compare; null if there is nothing to compare it with. */
function spanOf(
  topic: string,
  { partition, log, ledger }: PartitionReport,
  from: Position | null,
): Span | null {
  const checkpoint = ledger?.checkpoints[0];
  if (log === null || checkpoint === undefined || partition < (from?.partition ?? 0)) return null;
  const resumed = from?.partition === partition ? from.offset : 0;
  const to = Math.min(checkpoint.nextOffset, log.end);
  return { topic, partition, from: Math.min(Math.max(log.start, checkpoint.firstOffset, resumed), to), to };
}

function isWholeSpan({ partition, from, to }: Span, reports: readonly PartitionReport[]): boolean {
  const checkpoint = reports.find((each) => each.partition === partition)?.ledger?.checkpoints[0];
  return checkpoint?.firstOffset === from && checkpoint.nextOffset === to;
}

/** Walks through the partitions one after the other. */
class Walk {
  readonly comparisons: PartitionComparison[] = [];
  compared = 0;
  isDone = false;
  fault: FaultError | null = null;
  /** Where to continue. */
  position: Position | null;
  readonly #bar: ProgressBar;

  constructor(
    private readonly spans: readonly Span[],
    private readonly sources: Sources,
  ) {
    this.#bar = new ProgressBar(
      spans.reduce((sum, { from, to }) => sum + to - from, 0),
      sources.progressOutput,
    );
    const [first] = spans;
    this.position = first === undefined ? null : { partition: first.partition, offset: first.from };
  }

  async run(topic: string): Promise<void> {
    const { kafka, settings, signal } = this.sources;
    const extent = new Map(
      this.spans.map(({ partition, from, to }) => [partition, { start: from, end: to }]),
    );
    try {
      const reading = readTopic(kafka, settings, topic, extent, {
        isSequential: true,
        isSkipped: (partition, offsets) => this.#isSkipped(topic, partition, offsets),
      });
      for await (const messages of reading) {
        if (signal.aborted) break;
        await this.#take(messages);
      }
      if (signal.aborted) return;
      await this.#finishBefore(null);
      this.isDone = true;
    } finally {
      this.#bar.clear();
      await this.comparisons.at(-1)?.close();
    }
  }

  /** Whether an operator passed over every one of these offsets, as their dead letters show. */
  async #isSkipped(topic: string, partition: number, { first, last }: Undecodable): Promise<boolean> {
    const passed = new Set<number>();
    for await (const entry of this.sources.reader.entries(topic, partition, first, last + 1)) {
      if (isUnreadable(entry)) passed.add(entry.offset);
    }
    return passed.size === last + 1 - first;
  }

  async #take(messages: readonly Message[]): Promise<void> {
    const partition = messages[0]?.partition ?? -1;
    await this.#finishBefore(partition);
    const comparison = this.comparisons.at(-1);
    if (comparison === undefined) throw new Error(`partition ${partition} has no comparison`);
    for (const message of messages) await comparison.take(message);
    this.#reached(comparison);
  }

  /** Finishes the comparison of every partition before this one; null finishes all. */
  async #finishBefore(partition: number | null): Promise<void> {
    while (this.comparisons.length === 0 || this.comparisons.at(-1)?.span.partition !== partition) {
      const last = this.comparisons.at(-1);
      if (last !== undefined) {
        await last.finish();
        this.#reached(last);
      }
      const next = this.spans[this.comparisons.length];
      if (next === undefined) return;
      const { reader, validator } = this.sources;
      this.comparisons.push(new PartitionComparison(next, reader, validator));
    }
  }

  #reached({ at, span: { partition } }: PartitionComparison): void {
    this.position = { partition, offset: at };
    this.compared = this.comparisons.reduce((sum, each) => sum + each.at - each.span.from, 0);
    this.#bar.show(this.compared);
  }
}

/** Null if this user may not read the setting. */
export async function isCompactedTopic(kafka: Kafka, topic: string): Promise<boolean | null> {
  try {
    return await withAdminClient(kafka, `reading the settings of topic ${topic}`, async (admin) => {
      const { resources } = await admin.describeConfigs({
        includeSynonyms: false,
        resources: [
          { type: kafkajs.ConfigResourceTypes.TOPIC, name: topic, configNames: ['cleanup.policy'] },
        ],
      });
      const [policy] = resources[0]?.configEntries ?? [];
      return policy === undefined ? null : policy.configValue.includes('compact');
    });
  } catch (error) {
    if (error instanceof FaultError && error.fault.code !== 'TOPIC_AUTHORIZATION_FAILED') throw error;
    return null;
  }
}
