import { SqlError } from '../errors.js';
import { Transaction } from '../state/transactions.js';
import type { Row, Table } from '../state/tables.js';
import type { Warehouse } from '../warehouse.js';
import { Channel, type Append, type ChannelStatus, type Committed } from './channel.js';
import { RequestRate, SNOWFLAKE_LIMITS, type StreamingLimits } from './limits.js';
import { Pipes, type Pipe, type PipeName } from './pipes.js';
import type { Mapped } from './row-mapping.js';
import { streamingError } from './streaming-errors.js';

export interface StreamingOptions {
  /**
   * How long taken rows stay uncommitted, in milliseconds. Seconds at Snowflake. Infinity withholds commits until
   * {@link Streaming.commitPending}.
   */
  commitDelayMs: number;
  /**
   * What happens to an append that is sent again with the token and the `requestId` of one that was taken: it is refused
   * as stale, or accepted without taking its rows twice. Snowflake's documentation does not say which.
   */
  repeatedAppends: 'refuse' | 'accept';
}

/** A channel, for tests. */
export interface ListedChannel {
  pipe: string;
  name: string;
  table: string | null;
  statusCode: string;
  committedOffsetToken: string | null;
  pendingRows: number;
  opens: number;
  inserted: number;
  refused: number;
  discarded: number;
}

/** Snowpipe Streaming, high-performance architecture: channels that take rows, and commit them later. */
export class Streaming {
  commitDelayMs: number;
  repeatedAppends: 'refuse' | 'accept';
  readonly limits: StreamingLimits = { ...SNOWFLAKE_LIMITS };
  /** Bytes of all rows that were taken, before compression: what Snowflake bills. */
  billedBytes = 0;
  /** Selects rows to refuse after they were taken, with its reason; null keeps the row. */
  refuses: (row: Record<string, unknown>) => string | null = () => null;
  private readonly pipes: Pipes;
  private readonly rate = new RequestRate();
  private readonly timers = new Set<NodeJS.Timeout>();

  constructor(
    private readonly warehouse: Warehouse,
    { commitDelayMs, repeatedAppends }: StreamingOptions,
  ) {
    this.pipes = new Pipes(warehouse);
    this.commitDelayMs = commitDelayMs;
    this.repeatedAppends = repeatedAppends;
  }

  get channels(): ListedChannel[] {
    return this.pipes.all.flatMap((pipe) =>
      [...pipe.channels.values()].map((channel) => ({
        pipe: pipe.name.pipe,
        name: channel.name,
        table: pipe.table()?.name ?? null,
        statusCode: channel.status.channel_status_code,
        committedOffsetToken: channel.committedOffsetToken,
        pendingRows: channel.pendingRows,
        opens: channel.opens,
        inserted: channel.inserted,
        refused: channel.refused,
        discarded: channel.discarded,
      })),
    );
  }

  /** Commits all pending rows at once, in every channel. */
  commitPending(): void {
    for (const pipe of this.pipes.all) {
      for (const channel of pipe.channels.values()) this.commit(pipe, channel, channel.waiting.at(-1));
    }
  }

  /** Invalidates the channels of this name, whatever their pipe; all, if it is unset. */
  invalidate(name?: string, code?: string): void {
    for (const { channels } of this.pipes.all) {
      for (const channel of channels.values()) {
        if (name === undefined || channel.name === name) channel.invalidate(code);
      }
    }
  }

  /** The table that a pipe feeds. @throws StreamingError */
  tableOf(name: PipeName): Table {
    const table = this.pipes.find(name).table();
    if (table === null || this.warehouse.revoked.has(`INSERT ${table.name}`)) {
      throw streamingError('tableMissing');
    }
    return table;
  }

  /** @throws StreamingError */
  open(
    name: PipeName,
    channelName: string,
    { offsetToken, failOnUncommittedRows }: { offsetToken: string | null; failOnUncommittedRows: boolean },
  ): { token: string; status: ChannelStatus } {
    this.tableOf(name);
    const pipe = this.pipes.find(name);
    const key = channelName.toUpperCase();
    let channel = pipe.channels.get(key);
    if (channel === undefined) {
      if (pipe.channels.size >= this.limits.channelsPerPipe) throw streamingError('tooManyChannels');
      channel = new Channel(channelName, pipe.name);
      pipe.channels.set(key, channel);
    }
    const token = channel.open(offsetToken, failOnUncommittedRows);
    return { token, status: channel.status };
  }

  /** Takes rows, and returns the next continuation token. @throws StreamingError */
  append(
    name: PipeName,
    channelName: string,
    { token, requestId, body, offsetToken }: AppendRequest,
  ): { token: string; rows: number } {
    this.tableOf(name);
    const { pipe, channel } = this.find(name, channelName);
    this.rate.count(channel, this.limits.requestsPerSecond);
    const append: Append = { lines: linesOf(body), offsetToken, takenAtMs: Date.now() };
    const next = channel.take(token, requestId, append, this.repeatedAppends);
    if (channel.waiting.includes(append)) {
      this.billedBytes += body.length;
      this.schedule(pipe, channel, append);
    }
    return { token: next, rows: append.lines.length };
  }

  /** Channels that do not exist have no entry. Unlike in paths, the case of a name matters. */
  statuses(name: PipeName, channelNames: readonly string[]): Record<string, ChannelStatus> {
    const { channels } = this.pipes.find(name);
    const found = channelNames.flatMap((each) => {
      const channel = channels.get(each.toUpperCase());
      return channel?.name === each ? [[each, channel.status] as const] : [];
    });
    return Object.fromEntries(found);
  }

  /** @throws StreamingError */
  drop(name: PipeName, channelName: string, failOnUncommittedRows: boolean): void {
    const { pipe, channel } = this.find(name, channelName);
    channel.refuseUncommitted(failOnUncommittedRows);
    channel.discard();
    pipe.channels.delete(channelName.toUpperCase());
  }

  /** @throws StreamingError */
  find(name: PipeName, channelName: string): { pipe: Pipe; channel: Channel } {
    const pipe = this.pipes.find(name);
    const channel = pipe.channels.get(channelName.toUpperCase());
    if (channel === undefined) throw streamingError('channelMissing');
    return { pipe, channel };
  }

  /** Stops committing. Rows that are pending stay so. */
  close(): void {
    for (const timer of this.timers) clearTimeout(timer);
    this.timers.clear();
  }

  reset(): void {
    this.close();
    this.pipes.clear();
    this.billedBytes = 0;
    this.refuses = () => null;
    Object.assign(this.limits, SNOWFLAKE_LIMITS);
  }

  private schedule(pipe: Pipe, channel: Channel, append: Append): void {
    if (this.commitDelayMs === Infinity) return;
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      this.commit(pipe, channel, append);
    }, this.commitDelayMs);
    timer.unref();
    this.timers.add(timer);
  }

  /** Commits a channel's rows up to those of an append, which may be gone. */
  private commit(pipe: Pipe, channel: Channel, last: Append | undefined): void {
    const { waiting } = channel;
    const due = last === undefined ? [] : waiting.slice(0, waiting.indexOf(last) + 1);
    for (const append of due) {
      const table = pipe.table();
      if (table === null || !this.pipes.all.includes(pipe)) channel.discard();
      else channel.commit(append, this.store(pipe, table, append.lines));
    }
  }

  /** Rows are visible together, whether or not others were refused. */
  private store(pipe: Pipe, table: Table, lines: readonly string[]): Committed {
    if (table.countOnly) {
      const counting = new Transaction(0, 'SNOWPIPE_STREAMING');
      counting.insertCounted(table, lines.length);
      counting.commit(false);
      return { inserted: lines.length, refused: [] };
    }
    const rows: Row[] = [];
    const refused: string[] = [];
    for (const mapped of this.map(pipe, table, lines)) {
      if ('refused' in mapped) refused.push(mapped.refused);
      else rows.push(...mapped.rows);
    }
    const transaction = new Transaction(0, 'SNOWPIPE_STREAMING');
    transaction.insert(table, rows);
    transaction.commit(this.warehouse.oldReadsMs > 0);
    return { inserted: rows.length, refused };
  }

  private map(pipe: Pipe, table: Table, lines: readonly string[]): Mapped[] {
    try {
      const map = pipe.compile(table);
      return lines.map((line) => {
        const mapped = map(line);
        const reason = 'refused' in mapped ? null : this.refuses(JSON.parse(line) as Record<string, unknown>);
        return reason === null ? mapped : { refused: reason };
      });
    } catch (error) {
      // The table was changed so that the pipe no longer fits it.
      if (error instanceof SqlError) return lines.map(() => ({ refused: error.message }));
      throw error;
    }
  }
}

export interface AppendRequest {
  token: string;
  requestId: string | null;
  /** NDJSON without its compression. */
  body: Buffer;
  offsetToken: string | null;
}

/**
 * Each JSON text must be followed by a newline. Empty lines are ignored: Snowflake's own client sends some.
 *
 * @throws StreamingError
 */
function linesOf(body: Buffer): string[] {
  const lines = body.toString('utf8').split('\n');
  if (lines.pop() !== '') throw streamingError('malformed', 'Each row must be followed by a newline.');
  const rows = lines.filter((line) => line.trim() !== '');
  if (rows.length === 0) throw streamingError('malformed', 'The payload has no rows.');
  return rows;
}
