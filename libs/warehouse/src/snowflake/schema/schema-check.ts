import type { Fault } from '#pipeline';
import {
  INGESTION_CHECKPOINTS,
  RAW_EVENTS_STREAM,
  SALES_EVENTS_DLQ,
  STG_RAW_EVENTS_STREAM,
  type Column,
  type Table,
} from '../../tables.js';
import { LOCK_TIMED_OUT } from '../writing/abandoned-locks.js';
import { NOTHING, type CheckpointForm } from '../checkpoints/checkpoint-form.js';
import { otherGroups } from '../checkpoints/checkpoints.js';
import { toFault } from '../session/faults.js';
import { PLAIN } from '../binding/list-binding.js';
import { columnType } from './table-steps.js';
import type { SnowflakeRow, SnowflakeSession } from '../session/snowflake-session.js';
import { leavesSessionUsable } from '../session/snowflake-error.js';
import { insertDeadLetters, INSERT_EVENTS, noteStored, selectNoted } from '../writing/statements.js';
import { rollingBack } from '../session/rolling-back.js';

/**
 * Compares the tables with what the service needs, then runs each of its statements with nothing to write, so that a
 * missing privilege shows up here and not at the first event.
 *
 * @returns every fault found
 * @throws SnowflakeError if the session is no longer usable
 */
export async function checkSchema(session: SnowflakeSession, form: CheckpointForm): Promise<Fault[]> {
  const faults: Fault[] = [];
  const checkpoints = form.tables.map((name) => ({ ...INGESTION_CHECKPOINTS, name }));
  for (const table of [RAW_EVENTS_STREAM, SALES_EVENTS_DLQ, ...checkpoints]) {
    const found = await orFault(session, () => session.query(`DESCRIBE TABLE ${table.name}`));
    if (Array.isArray(found)) faults.push(...differences(table, found).map(difference));
    else faults.push(missing(table, found));
  }
  return faults.length > 0 ? faults : rehearse(session, form);
}

/** The number of rows that the previous service left in its staging table; 0 if there is none, or we may not read it. */
export async function predecessorRows(session: SnowflakeSession): Promise<number> {
  const found = await orFault(session, () =>
    session.query(`SELECT COUNT(*) AS ROWS_LEFT FROM ${STG_RAW_EVENTS_STREAM}`),
  );
  return Array.isArray(found) ? Number(found[0]?.['ROWS_LEFT'] ?? 0) : 0;
}

/**
 * Returns the number of deleted rows.
 *
 * @throws SnowflakeError
 */
export async function deletePredecessorRows(session: SnowflakeSession): Promise<number> {
  if ((await predecessorRows(session)) === 0) return 0;
  return rollingBack(session, async () => {
    const deleted = await session.execute(`DELETE FROM ${STG_RAW_EVENTS_STREAM}`);
    await session.execute('COMMIT');
    return deleted;
  });
}

async function rehearse(session: SnowflakeSession, form: CheckpointForm): Promise<Fault[]> {
  const { mark, rows, group } = NOTHING;
  const statements: (() => Promise<unknown>)[] = [
    () => session.execute(INSERT_EVENTS, [mark]),
    () => session.query(`SELECT EVENT_METADATA FROM ${RAW_EVENTS_STREAM.name} LIMIT 0`),
    () => session.execute(insertDeadLetters(PLAIN.sql), [rows, mark]),
    () => otherGroups(session, group, group, form.tables),
    () => session.execute(noteStored(PLAIN.sql), [rows, mark]),
    () => session.query(selectNoted(PLAIN.sql), [rows]),
    ...form.rehearsals(session),
  ];
  const faults: Fault[] = [];
  for (const statement of statements) {
    const fault = await orFault(session, async () => {
      await statement();
      await session.execute('ROLLBACK');
      return null;
    });
    if (fault !== null) faults.push(fault);
    // Each remaining statement would wait as long for the same transaction.
    if (fault?.code === LOCK_TIMED_OUT) break;
  }
  return faults;
}

/** Returns Snowflake's result, or its refusal as a fault, after a rollback. */
async function orFault<T>(session: SnowflakeSession, work: () => Promise<T>): Promise<T | Fault> {
  try {
    return await rollingBack(session, work);
  } catch (error) {
    if (!leavesSessionUsable(error)) throw error;
    return toFault(error);
  }
}

function missing({ name }: Table, fault: Fault): Fault {
  return { ...fault, message: `${name}: ${fault.message}` };
}

function difference(message: string): Fault {
  return {
    class: 'setup',
    code: 'SCHEMA',
    message,
    remedy:
      'Change the column, or rename the table and run `operator schema apply`, which creates what is missing',
  };
}

interface FoundColumn {
  name: string;
  type: string;
  nullable: boolean;
  hasDefault: boolean;
}

function differences(table: Table, rows: readonly SnowflakeRow[]): string[] {
  const found = rows.map(toFoundColumn);
  const wrong = table.columns.flatMap((column: Column) => {
    const match = found.find(({ name }) => name === column.name);
    return match === undefined
      ? [`${table.name} has no column ${column.name} (${columnType(column)})`]
      : differencesOf(column, match).map((what) => `${table.name}.${column.name} ${what}`);
  });
  const known = new Set(table.columns.map(({ name }) => name));
  const inTheWay = found
    .filter(({ name, nullable, hasDefault }) => !known.has(name) && !nullable && !hasDefault)
    .map(({ name }) => `${table.name}.${name} is unknown to the service, is NOT NULL and has no default`);
  return [...wrong, ...inTheWay];
}

function toFoundColumn(row: SnowflakeRow): FoundColumn {
  return {
    name: String(row['name']),
    type: String(row['type']),
    nullable: row['null?'] === 'Y',
    hasDefault: row['default'] !== null && row['default'] !== undefined,
  };
}

function differencesOf(column: Column, found: FoundColumn): string[] {
  const wrong: string[] = [];
  if (!isFit(column, found.type)) wrong.push(`is of type ${found.type}, and must be ${columnType(column)}`);
  if (!found.nullable && !column.required) wrong.push('is NOT NULL, and must allow NULL');
  if (column.insertedAt === true && !found.hasDefault) {
    wrong.push('has no default, and must have CURRENT_TIMESTAMP()');
  }
  return wrong;
}

/** The length of a VARCHAR without one. */
const LONGEST_TEXT = 16_777_216;
/** Digits of 2^53. */
const INTEGER_DIGITS = 16;

/** Accepts a wider type than the one needed. */
function isFit({ kind, length = LONGEST_TEXT }: Column, type: string): boolean {
  const [, name = '', first, second] = /^(\w+)(?:\((\d+)(?:,\s*(\d+))?\))?/.exec(type) ?? [];
  switch (kind) {
    case 'text':
      return name === 'VARCHAR' && Number(first ?? LONGEST_TEXT) >= length;
    case 'integer':
      return name === 'NUMBER' && Number(first ?? 38) >= INTEGER_DIGITS && Number(second ?? 0) === 0;
    case 'json':
      return name === 'VARIANT';
    case 'object':
      return name === 'OBJECT' || name === 'VARIANT';
    case 'timestamp':
      return name === 'TIMESTAMP_LTZ' || name === 'TIMESTAMP_TZ';
  }
}
