import type { Kafka } from 'kafkajs';
import type { EventValidator } from '#events';
import type { KafkaSettings } from '#settings';
import type { LedgerReader } from '#warehouse';
import type { OutputStream } from '../context.js';
import { topicLog } from '../topic-log.js';
import { compareTopic, type DeepReport } from './deep/compare-topic.js';
import type { Position } from './deep/position.js';
import { isComplete, report, type Report } from './report.js';

/** The dependencies of a verification. */
export interface Subject {
  kafka: Kafka;
  settings: KafkaSettings;
  reader: LedgerReader;
  /** Tells whether the service stores a message or rejects it. */
  validator: EventValidator;
}

export interface DeepOptions {
  from: Position | null;
  signal: AbortSignal;
  progressOutput: OutputStream;
}

/** The result of a verification. */
export class Verification {
  constructor(
    readonly report: Report,
    /** Null if only counters and tables were compared. */
    readonly depth: DeepReport | null,
  ) {}

  /** Every fault, one sentence each. */
  get problems(): string[] {
    const { partitions, problems } = this.report;
    return [
      ...partitions.flatMap((each) => each.problems.map((problem) => inPartition(each.partition, problem))),
      ...problems,
      ...(this.depth?.problems ?? []).map(({ partition, problem }) => inPartition(partition, problem)),
    ];
  }

  /** What matters before anything is called complete. */
  get notes(): string[] {
    return [
      ...this.report.partitions.flatMap(({ partition, notes }) =>
        notes.map((note) => inPartition(partition, note)),
      ),
      ...(this.depth?.notes ?? []).map(({ partition, note }) => inPartition(partition, note)),
    ];
  }

  /** Whether the whole log is covered and no problem was found. */
  get isComplete(): boolean {
    const isCut = this.depth !== null && (this.depth.stoppedAt !== null || this.depth.isResumed);
    return isComplete(this.report) && this.problems.length === 0 && !isCut;
  }
}

/** Compares counters, tables and the ends of the logs; with `deep` also each record. */
export async function verify(subject: Subject, deep: DeepOptions | null): Promise<Verification> {
  const { topicName } = subject.settings;
  const found = await look(subject);
  if (deep === null) return new Verification(found, null);
  return new Verification(
    found,
    await compareTopic(topicName, found.partitions, deep.from, { ...subject, ...deep }),
  );
}

/** Reads the committed offsets first and the ends of the logs last: an ingester may move a checkpoint in between. */
async function look({ kafka, settings: { groupId, topicName }, reader }: Subject): Promise<Report> {
  const before = await topicLog(kafka, groupId, topicName);
  const ledger = await reader.read(groupId, topicName);
  const after = await topicLog(kafka, groupId, topicName);
  const committed = new Map(before.map((log) => [log.partition, log.committed]));
  const logs = after.map((log) => ({ ...log, committed: committed.get(log.partition) ?? null }));
  return report(topicName, logs, ledger);
}

function inPartition(partition: number, sentence: string): string {
  return `partition ${partition}: ${sentence}`;
}
