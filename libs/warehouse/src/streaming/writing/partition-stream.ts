import {
  settledBy,
  type Checkpoint,
  type DeadLetter,
  type PartitionRange,
  type RejectedRow,
  type StoredRow,
  type TopicPartition,
} from '#pipeline';
import { Mutex } from '../../mutex.js';
import { TextRows } from '../../row-lists/rows.js';
import { Channel, type Chunk } from '../channels/channel.js';
import { channelName, PIPES } from '../channels/channel-names.js';
import type { Awaited, CommitWatch } from '../channels/commit-watch.js';
import { packed, packedAlone } from '../channels/compressed-lines.js';
import type { StreamingClient } from '../rest/streaming-client.js';
import { StreamingError } from '../rest/streaming-error.js';
import { AppendedOffsets } from './appended-offsets.js';
import { ledgerLine, toLedgerState, toLedgerText, type LedgerState } from '../ledger/ledger-state.js';
import { rangeInTables } from './range-in-tables.js';
import { EventLines } from './event-lines.js';
import { letterLine } from './letter-line.js';

export interface StreamOptions {
  consumerGroup: string;
  fencePauseMs: number;
  maxDeadLetterValueBytes: number;
}

/** A row and its index in the batch. */
export interface IndexedRow {
  row: StoredRow;
  index: number;
}

/** The offsets of a partition, from its checkpoint on, that the tables have. */
export interface FoundOffsets {
  events: number[];
  letters: number[];
}

/** Smaller values make no difference to the size of a request. */
const LEAST_VALUE_BYTES = 256;

/**
 * A partition that this process owns: its three channels and its checkpoint. Rows and dead letters are appended first; the
 * ledger follows when they are committed. So the ledger never says more than the tables have, and what the tables have
 * beyond the ledger is found by one query when the channels are opened.
 */
export class PartitionStream {
  readonly #ledger: Channel;
  #events: AppendedOffsets | null = null;
  #letters: AppendedOffsets | null = null;
  #state: LedgerState | null = null;
  /** The checkpoint before the range that was entered last, until its batch is confirmed. */
  #before: Checkpoint | null = null;
  #entering: LedgerState | null = null;
  readonly #appending = new Mutex();

  constructor(
    readonly at: TopicPartition,
    private readonly client: StreamingClient,
    private readonly watch: CommitWatch,
    private readonly options: StreamOptions,
  ) {
    this.#ledger = this.#channel(PIPES.ledger);
  }

  /** The state that the ledger has; null if it has none. */
  get state(): LedgerState | null {
    return this.#state;
  }

  get checkpoint(): Checkpoint {
    return required(this.#state).checkpoint;
  }

  get events(): AppendedOffsets {
    return required(this.#events);
  }

  get letters(): AppendedOffsets {
    return required(this.#letters);
  }

  /** Whether the channels have to be opened again: one failed, or the last opening did not get to its end. */
  get hasFailed(): boolean {
    return (
      this.#events === null || this.#letters === null || this.#channels().some(({ hasFailed }) => hasFailed)
    );
  }

  /** The channel that has to wait the longest before it may be opened again; null if none has to. */
  get closedFor(): Channel['closedFor'] {
    const waits = this.#channels().flatMap(({ closedFor }) => closedFor ?? []);
    return waits.reduce<Channel['closedFor']>(
      (one, other) => (one === null || other.ms > one.ms ? other : one),
      null,
    );
  }

  /** Opens the ledger's channel, which fences the previous owner, and reads the checkpoint. */
  async openLedger(): Promise<void> {
    this.#events = null;
    this.#letters = null;
    await this.#ledger.open();
    const { text } = this.#ledger;
    this.#state = text === null ? null : toLedgerState(this.at, text);
  }

  /** Writes the first row of a ledger, or a row that moves or closes it. */
  async enter(state: LedgerState): Promise<void> {
    await this.watch.committed([await this.#append(state)]);
    this.#state = state;
  }

  /**
   * Opens the channels for rows.
   *
   * @param find looks for what the tables have from the checkpoint on; called only if there may be something. Until its
   * result is here the stream cannot be used, because a row could be appended twice
   */
  async openRows(find: () => Promise<FoundOffsets>): Promise<void> {
    const { epoch, checkpoint } = required(this.#state);
    const events = new AppendedOffsets(this.#channel(PIPES.events, epoch));
    const letters = new AppendedOffsets(this.#channel(PIPES.letters, epoch));
    await Promise.all([events.open(), letters.open()]);
    if ([events, letters].some(({ highest }) => highest >= checkpoint.nextOffset)) {
      const found = await find();
      events.replace(found.events);
      letters.replace(found.letters);
    }
    this.#events = events;
    this.#letters = letters;
  }

  /** Whether the ledger ends where this range begins. */
  isAt({ from }: PartitionRange): boolean {
    return this.checkpoint.nextOffset === from;
  }

  /** Whether the ledger's last entry is this range: its response was lost, or another partition of the batch failed. */
  hasSettled({ from, to }: PartitionRange): boolean {
    const entered = this.#entering;
    if (this.#before?.nextOffset !== from || entered?.checkpoint.nextOffset !== to) return false;
    return toLedgerText(entered) === toLedgerText(required(this.#state));
  }

  /** Appends the rows that the table does not have. Returns those that no request can hold. */
  appendRows(rows: readonly IndexedRow[]): Promise<RejectedRow[]> {
    // Otherwise a batch that is still being appended ahead would be appended twice.
    return this.#appending.run(() => this.#appendRows(rows));
  }

  async #appendRows(rows: readonly IndexedRow[]): Promise<RejectedRow[]> {
    const own = rows.filter(({ row }) => !this.events.has(row.message.offset));
    const rejected: RejectedRow[] = [];
    const lines = packed(new EventLines(own.map(({ row }) => row)));
    for await (const { from, to, chunk, bytes } of lines) {
      const sent = own.slice(from, to);
      if (chunk === null) rejected.push({ index: at(sent, 0).index, reason: tooLarge(bytes) });
      else
        await this.#send(
          this.events,
          sent.map(({ row }) => row.message.offset),
          chunk,
        );
    }
    return rejected;
  }

  /** Appends the dead letters that the table does not have. Of one that is too large for a request, it keeps less. */
  async appendLetters(
    letters: readonly DeadLetter[],
    maxValueBytes = this.options.maxDeadLetterValueBytes,
  ): Promise<void> {
    const own = letters.filter(({ message }) => !this.letters.has(message.offset));
    const large: DeadLetter[] = [];
    const lines = packed(new TextRows(own.map((letter) => () => letterLine(letter, maxValueBytes))));
    for await (const { from, to, chunk } of lines) {
      const sent = own.slice(from, to);
      if (chunk === null) large.push(...sent);
      else
        await this.#send(
          this.letters,
          sent.map(({ message }) => message.offset),
          chunk,
        );
    }
    if (large.length === 0) return;
    if (maxValueBytes <= LEAST_VALUE_BYTES) throw new StreamingError('HTTP_413', '', true);
    await this.appendLetters(large, Math.max(LEAST_VALUE_BYTES, Math.floor(maxValueBytes / 4)));
  }

  /** What has to be committed before the ledger may settle these rows and dead letters. */
  awaited(rows: readonly IndexedRow[], letters: readonly DeadLetter[]): Awaited[] {
    return [
      this.events.awaited(rows.map(({ row }) => row.message.offset)),
      this.letters.awaited(letters.map(({ message }) => message.offset)),
    ];
  }

  /** Enters a range into the ledger, whose rows and dead letters are committed. */
  async enterRange(range: PartitionRange): Promise<Awaited> {
    const state = required(this.#state);
    const inTables = rangeInTables(range, this.events.countIn(range), this.letters.countIn(range));
    this.#before = state.checkpoint;
    this.#entering = { ...state, checkpoint: settledBy(state.checkpoint, inTables) };
    return this.#append(this.#entering);
  }

  /** The entry of {@link enterRange} is committed. */
  entered(): void {
    this.#state = this.#entering;
    this.events.forgetBelow(this.checkpoint.nextOffset);
    this.letters.forgetBelow(this.checkpoint.nextOffset);
  }

  /** The whole batch is settled: whoever writes it again is late. */
  confirm(): void {
    this.#before = null;
  }

  async #append(state: LedgerState): Promise<Awaited> {
    const line = ledgerLine(this.options.consumerGroup, state, this.#ledger.appended + 1);
    const append = await this.#ledger.append(await packedAlone(line), toLedgerText(state));
    return { channel: this.#ledger, append };
  }

  async #send(table: AppendedOffsets, offsets: readonly number[], chunk: Chunk): Promise<void> {
    table.highest = offsets.reduce((one, other) => Math.max(one, other), table.highest);
    const append = await table.channel.append(chunk, String(table.highest));
    for (const offset of offsets) table.add(offset, append);
  }

  #channels(): Channel[] {
    return [this.#ledger, this.#events?.channel, this.#letters?.channel].filter((each) => each !== undefined);
  }

  #channel(pipe: string, epoch?: number): Channel {
    const { consumerGroup, fencePauseMs } = this.options;
    return new Channel(this.client, pipe, channelName(consumerGroup, this.at, epoch), fencePauseMs);
  }
}

function tooLarge(bytes: number): string {
  return `Snowpipe Streaming accepts no request that holds this event alone: ${bytes} bytes are too large`;
}

function required<T>(value: T | null): T {
  if (value === null) throw new Error('the channels of the partition are not open');
  return value;
}

function at<T>(values: readonly T[], index: number): T {
  const value = values[index];
  if (value === undefined) throw new Error(`no element ${index}`);
  return value;
}
