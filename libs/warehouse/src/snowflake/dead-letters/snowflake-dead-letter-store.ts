import { coordinatesText, FaultError, toTimestamp, type Coordinates, type Fault } from '#pipeline';
import { notOpen } from '../../checkpoint-faults.js';
import type {
  ClaimedDeadLetter,
  DeadLetterEntry,
  DeadLetterFilter,
  DeadLetterGroup,
  DeadLetterKey,
  DeadLetterStatus,
  DeadLetterStore,
  FoundDeadLetter,
  Grouping,
} from '../../dead-letters/dead-letter-store.js';
import { toDeadLetterEntry } from '../../rows/dead-letter-entry.js';
import { findForm } from '../checkpoints/find-form.js';
import * as queries from './dead-letter-queries.js';
import { toFault } from '../session/faults.js';
import type { SessionOptions } from '../session/session-options.js';
import { rowList } from '../binding/row-lists.js';
import { SnowflakeSession, type SnowflakeRow } from '../session/snowflake-session.js';
import { rollingBack } from '../session/rolling-back.js';
import { oldRead } from '../session/snowflake-error.js';

/** The dead letters in Snowflake, accessed in a separate session. */
export class SnowflakeDeadLetterStore implements DeadLetterStore {
  #session: SnowflakeSession | null = null;

  constructor(private readonly options: SessionOptions) {}

  async open(): Promise<Fault[]> {
    try {
      this.#session = await SnowflakeSession.open(this.options);
      await this.#session.query(queries.PROBE);
      return [];
    } catch (error) {
      return [toFault(error)];
    }
  }

  async count(filter: DeadLetterFilter): Promise<Record<DeadLetterStatus, number>> {
    const counts = { open: 0, redriven: 0, stored: 0, resolved: 0 };
    for (const row of await this.#query(queries.countQuery(filter))) {
      counts[row['L_STATUS'] as DeadLetterStatus] = Number(row['L_COUNT']);
    }
    return counts;
  }

  async groups(filter: DeadLetterFilter, by: readonly Grouping[]): Promise<DeadLetterGroup[]> {
    const rows = await this.#query(queries.groupsQuery(filter, by));
    return rows.map((row) => toGroup(row, by));
  }

  async find(filter: DeadLetterFilter): Promise<FoundDeadLetter[]> {
    const rows = await this.#query(queries.findQuery(filter));
    return rows.map((row) => ({ ...toKey(row), length: Number(row['L_LENGTH']) }));
  }

  async read(keys: readonly DeadLetterKey[]): Promise<DeadLetterEntry[]> {
    const rows = await this.#query({ sql: queries.READ, binds: [keyList(keys)] });
    return rows.map(toEntry);
  }

  /** Takes the checkpoint lock: otherwise two operators could give one letter two ids, and send a message for each. */
  async claim(letters: readonly (DeadLetterKey & { redriveId: string })[]): Promise<ClaimedDeadLetter[]> {
    const rows = await this.#commit(async (session) => {
      await (await findForm(session, this.options)).takeCommonLock(session);
      await session.execute(queries.GIVE_REDRIVE_IDS, [keyList(letters)]);
      await session.execute(queries.LINK_TO_STORED);
      const claimed = await session.query(queries.READ_CLAIMED, [keyList(letters)]);
      // The update has left no letter without an id. One that seems to lack it got another operator's just now.
      if (claimed.some((row) => row['REDRIVE_ID'] === null)) throw oldRead();
      return claimed;
    });
    // Two groups that dead-lettered the same message have a row each.
    const claimed = new Map(
      rows.map((row) => [`${coordinatesText(toKey(row))} ${String(row['L_TIMESTAMP_MS'])}`, row]),
    );
    return [...claimed.values()].map((row) => ({
      ...toKey(row),
      redriveId: String(row['REDRIVE_ID']),
      storedAs: row['STORED_METADATA'] === null ? null : toCoordinates(row['STORED_METADATA']),
    }));
  }

  async markRedriven(keys: readonly DeadLetterKey[]): Promise<void> {
    await this.#commit((session) => session.execute(queries.MARK_REDRIVEN, [keyList(keys)]));
  }

  async resolve(keys: readonly DeadLetterKey[], resolution: string): Promise<void> {
    await this.#commit((session) => session.execute(queries.RESOLVE, [resolution, keyList(keys)]));
  }

  async close(): Promise<void> {
    await this.#session?.end();
    this.#session = null;
  }

  #query({ sql, binds }: queries.Query): Promise<SnowflakeRow[]> {
    return this.#withSession((session) => session.query(sql, binds));
  }

  #commit<T>(work: (session: SnowflakeSession) => Promise<T>): Promise<T> {
    return this.#withSession((session) =>
      rollingBack(session, async () => {
        const result = await work(session);
        await session.execute('COMMIT');
        return result;
      }),
    );
  }

  async #withSession<T>(work: (session: SnowflakeSession) => Promise<T>): Promise<T> {
    if (this.#session === null) throw notOpen();
    try {
      return await work(this.#session);
    } catch (error) {
      throw new FaultError(toFault(error));
    }
  }
}

function keyList(keys: readonly (DeadLetterKey & { redriveId?: string })[]): string {
  return rowList(
    keys.map(({ topic, partition, offset, timestampMs, redriveId = null }) => [
      topic,
      partition,
      offset,
      String(timestampMs),
      redriveId,
    ]),
  );
}

function toKey(row: SnowflakeRow): DeadLetterKey {
  return {
    topic: String(row['L_TOPIC']),
    partition: Number(row['L_PARTITION']),
    offset: Number(row['L_OFFSET']),
    timestampMs: toTimestamp(String(row['L_TIMESTAMP_MS'])),
  };
}

function toCoordinates(metadata: unknown): Coordinates {
  const { topic, partition, offset } = metadata as Coordinates;
  return { topic, partition, offset };
}

function toGroup(row: SnowflakeRow, by: readonly Grouping[]): DeadLetterGroup {
  const value = (grouping: Grouping) => row[queries.GROUP_COLUMNS[grouping].name] as string | null;
  return {
    ...(by.includes('type') && { type: String(value('type')) }),
    ...(by.includes('event-type') && { eventType: value('event-type') }),
    ...(by.includes('field') && { field: value('field') }),
    ...(by.includes('producer') && { producer: value('producer') }),
    ...(by.includes('hour') && { hourMs: milliseconds(row[queries.GROUP_COLUMNS.hour.name]) ?? 0 }),
    count: Number(row['L_COUNT']),
    firstFailedAtMs: milliseconds(row['L_FIRST']) ?? 0,
    lastFailedAtMs: milliseconds(row['L_LAST']) ?? 0,
    last: toCoordinates(row['L_NEWEST']),
  };
}

function toEntry(row: SnowflakeRow): DeadLetterEntry {
  const text = (name: string) => (row[name] ?? null) as string | null;
  // The driver parses JSON columns; toDeadLetterEntry expects text, as the other engine returns it.
  const json = (name: string) =>
    row[name] === null || row[name] === undefined ? null : JSON.stringify(row[name]);
  return toDeadLetterEntry({
    status: row['L_STATUS'] as DeadLetterStatus,
    errorType: text('ERROR_TYPE') ?? '',
    errorReason: text('ERROR_REASON') ?? '',
    errorDetails: json('ERROR_DETAILS'),
    eventType: text('EVENT_TYPE'),
    originalValue: text('ORIGINAL_VALUE'),
    valueEncoding: text('VALUE_ENCODING'),
    originalKey: text('ORIGINAL_KEY'),
    keyEncoding: text('KEY_ENCODING'),
    headers: json('HEADERS'),
    metadata: json('EVENT_METADATA') ?? '{}',
    attempt: Number(row['ATTEMPT']),
    failedAtMs: milliseconds(row['FAILED_AT']) ?? 0,
    redriveId: text('REDRIVE_ID'),
    redrivenAtMs: milliseconds(row['REDRIVEN_AT']),
    storedAtMs: milliseconds(row['STORED_AT']),
    storedMetadata: json('STORED_METADATA'),
    resolvedAtMs: milliseconds(row['RESOLVED_AT']),
    resolution: text('RESOLUTION'),
  });
}

function milliseconds(time: unknown): number | null {
  return time instanceof Date ? time.getTime() : null;
}
