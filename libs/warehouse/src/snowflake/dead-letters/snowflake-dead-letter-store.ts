import type { Bind } from 'snowflake-sdk';
import { coordinatesText, FaultError, toTimestamp, type Coordinates, type Fault } from '#pipeline';
import { notOpen } from '../../checkpoint-faults.js';
import type {
  Actor,
  ClaimedDeadLetter,
  DeadLetterAction,
  DeadLetterEntry,
  DeadLetterFilter,
  DeadLetterGroup,
  DeadLetterKey,
  DeadLetterStatus,
  DeadLetterStore,
  FoundDeadLetter,
  Grouping,
  RedrivenLetter,
} from '../../dead-letters/dead-letter-store.js';
import { actionRecords, type DeadLetterActionRecord } from '../../rows/dead-letter-action.js';
import { toDeadLetterEntry } from '../../rows/dead-letter-entry.js';
import { DEAD_LETTER_ACTIONS } from '../../tables.js';
import { findForm } from '../checkpoints/find-form.js';
import * as queries from './dead-letter-queries.js';
import { toFault } from '../session/faults.js';
import type { SessionOptions } from '../session/session-options.js';
import { rowList } from '../binding/short-list.js';
import { SnowflakeSession, type SnowflakeRow } from '../session/snowflake-session.js';
import { rollingBack } from '../session/rolling-back.js';
import { oldRead, SnowflakeError } from '../session/snowflake-error.js';

/** The dead letters in Snowflake, accessed in a separate session. */
export class SnowflakeDeadLetterStore implements DeadLetterStore {
  #session: SnowflakeSession | null = null;
  /** Why actions cannot be recorded: a schema of an earlier release lacks their table, and letters can only be read. */
  #missingActions: Fault | null = null;

  constructor(private readonly options: SessionOptions) {}

  async open(): Promise<Fault[]> {
    try {
      this.#session = await SnowflakeSession.open(this.options);
      await this.#session.query(queries.PROBE);
      this.#missingActions = await findMissingActions(this.#session);
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
    this.#expectActions();
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

  async markRedriven(letters: readonly RedrivenLetter[], by: Actor): Promise<void> {
    await this.#act(actionRecords('redrive', letters, by), queries.MARK_REDRIVEN, [keyList(letters)]);
  }

  async resolve(keys: readonly DeadLetterKey[], by: Actor & { reason: string }): Promise<void> {
    await this.#act(actionRecords('resolve', keys, by), queries.RESOLVE, [by.reason, keyList(keys)]);
  }

  async actions({ topic, partition, offset, timestampMs }: DeadLetterKey): Promise<DeadLetterAction[]> {
    if (this.#missingActions !== null) return [];
    const binds = [topic, partition, offset, String(timestampMs)];
    const rows = await this.#query({ sql: queries.READ_ACTIONS, binds });
    return rows.map((row) => ({
      action: row['ACTION'] as DeadLetterAction['action'],
      by: String(row['ACTED_BY']),
      reason: row['REASON'] as string | null,
      changed: row['CHANGED'] as string | null,
      redriveId: row['REDRIVE_ID'] as string | null,
      atMs: milliseconds(row['ACTED_AT']) ?? 0,
    }));
  }

  async close(): Promise<void> {
    await this.#session?.end();
    this.#session = null;
  }

  /** Changes letters and records who did it, both or neither. */
  async #act(records: readonly DeadLetterActionRecord[], sql: string, binds: Bind[]): Promise<void> {
    this.#expectActions();
    await this.#commit(async (session) => {
      await session.execute(sql, binds);
      const rows = records.map(({ action, actedBy, reason, changed, redriveId, metadata }) => {
        return [action, actedBy, reason, changed, redriveId, metadata];
      });
      await session.execute(queries.INSERT_ACTIONS, [rowList(rows)]);
    });
  }

  /** @throws FaultError before anything changes or is sent */
  #expectActions(): void {
    if (this.#missingActions !== null) throw new FaultError(this.#missingActions);
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

/** Null if the table is there. */
async function findMissingActions(session: SnowflakeSession): Promise<Fault | null> {
  try {
    await session.query(queries.PROBE_ACTIONS);
    return null;
  } catch (error) {
    if (!(error instanceof SnowflakeError && error.isAnswer)) throw error;
    return {
      ...toFault(error),
      class: 'setup',
      message: `${DEAD_LETTER_ACTIONS.name}, which records who redrives and resolves, cannot be used: ${toFault(error).message}`,
      remedy:
        'Run `operator schema apply --grant-to ROLE` of this release, which creates and grants what is missing',
    };
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
