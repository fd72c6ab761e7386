import type { Kafka } from 'kafkajs';
import { receivedDeadLetter, type ReceivedDeadLetter } from '#dead-letter';
import { readTopic, topicExtent, type TopicExtent } from '#kafka';
import { coordinatesText } from '#pipeline';
import { chunked, keyText } from '#redrive';
import type { KafkaPart } from '#settings';
import type {
  DeadLetterEntry,
  DeadLetterFilter,
  DeadLetterGroup,
  FoundDeadLetter,
  Grouping,
} from '#warehouse';
import type { DeadLetterSource } from '../dead-letter-source.js';
import type { OutputStream } from '../../context.js';
import { ProgressBar } from '../../output/progress-bar.js';
import { letterFilter } from './letter-filter.js';
import { LetterGroups } from './letter-groups.js';

/** How many foreign records are listed. */
const NAMED_RECORDS = 5;

/** The matching letters, counted and grouped. */
export interface Survey {
  count: number;
  groups: DeadLetterGroup[];
}

/**
 * The dead letters that were in the topic when it was opened. Their status is unknown. The topic has a letter more than
 * once if the service ended before it wrote the rows; only the first copy counts. Memory holds just the keys of the
 * letters read, some hundred bytes each.
 */
export class TopicDeadLetters implements DeadLetterSource {
  /** Records of the last read that are not this service's dead letters: their number, and the ids of some. */
  foreign: { count: number; ids: string[] } = { count: 0, ids: [] };

  private constructor(
    private readonly kafka: Kafka,
    private readonly settings: KafkaPart,
    private readonly extent: TopicExtent,
    /** Offsets behind an open transaction, which cannot be read yet. */
    readonly waiting: number,
    private readonly progressOutput: OutputStream,
  ) {}

  /** @throws FaultError */
  static async open(
    kafka: Kafka,
    settings: KafkaPart,
    progressOutput: OutputStream,
  ): Promise<TopicDeadLetters> {
    const { extent, waiting } = await topicExtent(kafka, settings.deadLetter.topic);
    return new TopicDeadLetters(kafka, settings, extent, waiting, progressOutput);
  }

  get topic(): string {
    return this.settings.deadLetter.topic;
  }

  async survey(filter: DeadLetterFilter, by: readonly Grouping[]): Promise<Survey> {
    const groups = new LetterGroups(by);
    let count = 0;
    for await (const letter of this.#looked(filter)) {
      groups.add(letter);
      count += 1;
    }
    return { count, groups: groups.list() };
  }

  async find(filter: DeadLetterFilter): Promise<FoundDeadLetter[]> {
    const found: FoundDeadLetter[] = [];
    for await (const letter of this.#looked(filter)) {
      const { topic, partition, offset, timestampMs } = letter;
      found.push({ topic, partition, offset, timestampMs, length: lengthOf(letter) });
    }
    return found.sort(byPlace);
  }

  /** In topic order. */
  read(letters: readonly FoundDeadLetter[], maxLetters?: number): AsyncGenerator<DeadLetterEntry[]> {
    const wanted = new Set(letters.map(keyText));
    return chunked(
      this.#fitting((letter) => wanted.has(keyText(letter))),
      lengthOf,
      maxLetters,
    );
  }

  remarks(): string[] {
    const waiting =
      this.waiting === 0
        ? []
        : [
            `${this.waiting.toLocaleString('en')} offsets of topic ${this.topic} wait behind an open transaction; ` +
              'dead letters among them are not shown. See OpenTransaction in docs/runbook.md',
          ];
    const { count, ids } = this.foreign;
    if (count === 0) return waiting;
    const more = count > ids.length ? ', ...' : '';
    return [
      ...waiting,
      `${count.toLocaleString('en')} ${count === 1 ? 'record' : 'records'} of topic ${this.topic} left out, ` +
        `not written by this service as dead letters: ${ids.join(', ')}${more}`,
    ];
  }

  /** The matching letters, with a progress bar. */
  async *#looked(filter: DeadLetterFilter): AsyncGenerator<DeadLetterEntry> {
    const records = [...this.extent.values()].reduce((sum, { start, end }) => sum + end - start, 0);
    const bar = new ProgressBar(records, this.progressOutput);
    try {
      yield* this.#fitting(letterFilter(filter), (done) => {
        bar.show(done);
      });
    } finally {
      bar.clear();
    }
  }

  async *#fitting(
    fits: (letter: DeadLetterEntry) => boolean,
    onProgress: (records: number) => void = () => undefined,
  ): AsyncGenerator<DeadLetterEntry> {
    let done = 0;
    const seen = new Set<string>();
    this.foreign = { count: 0, ids: [] };
    for await (const records of readTopic(this.kafka, this.settings.kafka, this.topic, this.extent)) {
      for (const record of records) {
        const received = receivedDeadLetter(record);
        if (received === null) {
          this.foreign.count += 1;
          if (this.foreign.ids.length < NAMED_RECORDS) this.foreign.ids.push(coordinatesText(record));
          continue;
        }
        const letter = entryOf(received);
        const key = keyText(letter);
        if (seen.has(key)) continue;
        seen.add(key);
        if (fits(letter)) yield letter;
      }
      done += records.length;
      onProgress(done);
    }
  }
}

function entryOf({
  message,
  omittedBytes,
  omittedKeyBytes,
  sha256,
  ...why
}: ReceivedDeadLetter): DeadLetterEntry {
  const { topic, partition, offset, timestampMs, key } = message;
  return {
    topic,
    partition,
    offset,
    timestampMs,
    status: null,
    errorType: why.errorType,
    reason: why.reason,
    details: why.details,
    eventType: why.eventType,
    value: valueOf(message.value, omittedBytes, sha256),
    key,
    keyCutOff: omittedKeyBytes === null ? null : { totalBytes: omittedKeyBytes, sha256: null },
    headers: Object.entries(message.headers).flatMap(([name, values]) =>
      [values].flat().map((value) => ({ name, value })),
    ),
    headersOmitted: message.headersOmitted ?? 0,
    attempt: why.attempt,
    failedAtMs: why.failedAtMs,
    redriveId: null,
    redrivenAtMs: null,
    storedAtMs: null,
    storedAs: null,
    resolvedAtMs: null,
    resolution: null,
  };
}

function valueOf(
  bytes: Buffer | null,
  omittedBytes: number | null,
  sha256: string | null,
): DeadLetterEntry['value'] {
  if (bytes !== null && omittedBytes !== null && sha256 !== null) {
    return { kind: 'prefix', bytes, totalBytes: omittedBytes, sha256 };
  }
  if (omittedBytes !== null) return { kind: 'omitted', totalBytes: omittedBytes };
  return bytes === null ? { kind: 'none' } : { kind: 'whole', bytes };
}

function lengthOf({ value }: DeadLetterEntry): number {
  return value.kind === 'whole' ? value.bytes.length : 0;
}

function byPlace(a: FoundDeadLetter, b: FoundDeadLetter): number {
  if (a.topic !== b.topic) return a.topic < b.topic ? -1 : 1;
  return (
    a.partition - b.partition ||
    a.offset - b.offset ||
    Number(a.timestampMs > b.timestampMs) - Number(a.timestampMs < b.timestampMs)
  );
}
