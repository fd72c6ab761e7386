import { STREAMING_ERRORS, streamingError } from './streaming-errors.js';

/** Rows that a channel has taken, and not yet committed. */
export interface Append {
  lines: readonly string[];
  /** The offset token of the last row; null leaves the channel's token as it is. */
  offsetToken: string | null;
  takenAtMs: number;
}

/** What became of an append's rows. */
export interface Committed {
  inserted: number;
  /** The messages of refused rows. */
  refused: readonly string[];
}

/** What a client sees of a channel, with the names of the documentation. */
export interface ChannelStatus {
  database_name: string;
  schema_name: string;
  pipe_name: string;
  channel_name: string;
  channel_status_code: string;
  last_committed_offset_token: string | null;
  created_on_ms: number;
  rows_inserted: number;
  rows_parsed: number;
  /** The documentation has both names. */
  rows_error_count: number;
  rows_errors: number;
  last_error_offset_upper_bound: string | null;
  last_error_message: string | null;
  last_error_timestamp: number | null;
  snowflake_avg_processing_latency_ms: number;
}

/** Unlike a channel's own numbers, these are never given twice, even if a channel is dropped and made again. */
let lastClientSequencer = 0;

/** A named channel: an ordered stream of rows with one owner, the last to have opened it. */
export class Channel {
  readonly createdAtMs = Date.now();
  committedOffsetToken: string | null = null;
  opens = 0;
  inserted = 0;
  refused = 0;
  /** Rows that were taken and then lost, as another client opened the channel. */
  discarded = 0;
  private pending: Append[] = [];
  private clientSequencer = 0;
  private rowSequencer = 0;
  /** The last append's `requestId`, for a client that sends it again. */
  private lastRequestId: string | null = null;
  private statusCode = 'SUCCESS';
  private lastError: { offsetToken: string | null; message: string; atMs: number } | null = null;
  private latencyMs = 0;

  constructor(
    readonly name: string,
    private readonly place: { database: string; schema: string; pipe: string },
  ) {}

  get pendingRows(): number {
    return this.pending.reduce((sum, { lines }) => sum + lines.length, 0);
  }

  get waiting(): readonly Append[] {
    return this.pending;
  }

  /** Makes the caller the owner: tokens of former owners are stale, and uncommitted rows are lost. */
  open(offsetToken: string | null, failOnUncommittedRows: boolean): string {
    this.refuseUncommitted(failOnUncommittedRows);
    this.discard();
    this.clientSequencer = ++lastClientSequencer;
    this.rowSequencer = 0;
    this.lastRequestId = null;
    this.statusCode = 'SUCCESS';
    this.opens++;
    if (offsetToken !== null) this.committedOffsetToken = offsetToken;
    return this.continuationToken;
  }

  /**
   * Takes rows. Returns the next continuation token; the rows are not durable yet.
   *
   * @param again what happens to an append that was taken already
   * @throws StreamingError
   */
  take(token: string, requestId: string | null, append: Append, again: 'refuse' | 'accept'): string {
    if (this.statusCode !== 'SUCCESS') throw streamingError('invalidated');
    const [client, row] = token.split('_').map(Number);
    if (client !== this.clientSequencer || row === undefined) throw streamingError('staleToken');
    if (row === this.rowSequencer - 1 && again === 'accept' && requestId === this.lastRequestId) {
      return this.continuationToken;
    }
    if (row < this.rowSequencer) throw streamingError('staleToken');
    if (row !== this.rowSequencer) throw streamingError('sequenceGap');
    this.rowSequencer++;
    this.lastRequestId = requestId;
    this.pending.push(append);
    return this.continuationToken;
  }

  /** Removes the oldest append, whose rows are in the table now. */
  commit(append: Append, { inserted, refused }: Committed): void {
    this.pending = this.pending.filter((each) => each !== append);
    this.inserted += inserted;
    this.refused += refused.length;
    this.latencyMs = Math.round(Date.now() - append.takenAtMs);
    const message = refused.at(-1);
    if (message !== undefined) {
      this.lastError = { offsetToken: append.offsetToken, message, atMs: Date.now() };
    }
    // The token advances whether or not rows were refused.
    this.committedOffsetToken = append.offsetToken ?? this.committedOffsetToken;
  }

  /** Invalidates the channel, as Snowflake does after a failure of its own: uncommitted rows are lost. */
  invalidate(code: string = STREAMING_ERRORS.invalidated.code): void {
    this.statusCode = code;
    this.discard();
  }

  refuseUncommitted(refuses: boolean): void {
    if (refuses && this.pending.length > 0) throw streamingError('uncommittedRows');
  }

  discard(): void {
    this.discarded += this.pendingRows;
    this.pending = [];
  }

  get status(): ChannelStatus {
    const { lastError } = this;
    return {
      database_name: this.place.database,
      schema_name: this.place.schema,
      pipe_name: this.place.pipe,
      channel_name: this.name,
      channel_status_code: this.statusCode,
      last_committed_offset_token: this.committedOffsetToken,
      created_on_ms: this.createdAtMs,
      rows_inserted: this.inserted,
      rows_parsed: this.inserted + this.refused,
      rows_error_count: this.refused,
      rows_errors: this.refused,
      last_error_offset_upper_bound: lastError?.offsetToken ?? null,
      last_error_message: lastError?.message ?? null,
      last_error_timestamp: lastError?.atMs ?? null,
      snowflake_avg_processing_latency_ms: this.latencyMs,
    };
  }

  /** Both sequencers; clients must not look inside. */
  private get continuationToken(): string {
    return `${this.clientSequencer}_${this.rowSequencer}`;
  }
}
