import { FaultError } from '#pipeline';
import { showCheckpointTables } from '../checkpoints/checkpoint-tables.js';
import { unfinishedMove } from '../checkpoints/find-form.js';
import { oneLine } from '../session/faults.js';
import type { SessionOptions } from '../session/session-options.js';
import { SnowflakeError } from '../session/snowflake-error.js';
import { SnowflakeSession } from '../session/snowflake-session.js';
import type { ExistingSchema } from './checkpoint-steps.js';
import { EVENT_TABLES, planSchema, type SchemaTarget } from './schema.js';
import type { SchemaStep } from './table-steps.js';

/**
 * Runs the plan, as a role that may create tables and grant.
 *
 * @param done called after each step
 * @throws SnowflakeError, FaultError; see `toFault`
 */
export async function applySchema(
  options: SessionOptions,
  target: SchemaTarget,
  done: (step: SchemaStep) => void = () => undefined,
): Promise<void> {
  const session = await SnowflakeSession.open(options);
  try {
    const existing = await findExisting(session, target);
    refuseUnclear(target, existing);
    for (const step of planSchema(target, existing)) {
      await run(session, step);
      done(step);
    }
  } finally {
    await session.end();
  }
}

async function run(session: SnowflakeSession, { sql, isInTransaction }: SchemaStep): Promise<void> {
  try {
    await session.execute(sql);
  } catch (error) {
    if (!sql.startsWith('CREATE HYBRID TABLE') || !(error instanceof SnowflakeError && error.isAnswer))
      throw error;
    throw noHybridTables(error);
  }
  if (isInTransaction !== true) await session.execute('COMMIT');
}

/** What the schema has, which need not exist itself. */
async function findExisting(
  session: SnowflakeSession,
  { database, schema }: SchemaTarget,
): Promise<ExistingSchema> {
  const place = `${database}.${schema}`;
  const checkpoints = await unlessMissing(() => showCheckpointTables(session, place));
  const columns = new Map<string, string[]>();
  for (const { name } of EVENT_TABLES) {
    const found = await unlessMissing(() => session.query(`DESCRIBE TABLE ${place}.${name}`));
    if (found === null) continue;
    columns.set(
      name,
      found.map((row) => String(row['name'])),
    );
  }
  return { ...(checkpoints ?? { standard: [], hasHybrid: false }), columns };
}

async function unlessMissing<T>(look: () => Promise<T>): Promise<T | null> {
  try {
    return await look();
  } catch (error) {
    if (error instanceof SnowflakeError && MISSING.has(error.code)) return null;
    throw error;
  }
}

/** A schema or a table, or the right to use it, is missing. */
const MISSING = new Set(['002003', '002043']);

/** @throws FaultError if the target does not say what to do with the checkpoints that exist */
function refuseUnclear(
  { checkpoints, checkpointTables = 1 }: SchemaTarget,
  { standard, hasHybrid }: ExistingSchema,
): void {
  if (checkpoints !== undefined || !hasHybrid) return;
  if (standard.length > 0) throw unfinishedMove(standard);
  if (checkpointTables === 1) return;
  throw new FaultError({
    class: 'setup',
    code: 'HYBRID_CHECKPOINTS',
    message: 'The checkpoints are in a hybrid table, which has no use for more tables',
    remedy: 'Leave --checkpoint-tables out, or move the checkpoints back with --checkpoints standard',
  });
}

function noHybridTables({ code, text }: SnowflakeError): FaultError {
  return new FaultError({
    class: 'setup',
    code,
    message: `Snowflake: the hybrid table cannot be created: ${oneLine(text)}`,
    remedy:
      'Hybrid tables are available on AWS and Azure, but not on Google Cloud, in government regions or in trial accounts, ' +
      'and the role needs CREATE HYBRID TABLE on the schema. The checkpoints have not changed; ' +
      '`--checkpoints standard`, the default, works everywhere',
  });
}
