import type { Command } from 'commander';
import type { Settings } from '#settings';
import { MOST_CHECKPOINT_TABLES, snowflakeSchema, type SnowflakeSchema } from '#warehouse';
import { JSON_OPTION } from '../commands/operator-command.js';
import { messageOf, UsageError } from '../failures.js';
import { parseInteger } from '../parse.js';
import { readViews } from './views-folder.js';

export interface SchemaOptions {
  grantTo?: string;
  checkpointTables?: number;
  analytics?: string;
  json?: true;
}

export const DUCKDB_NEEDS_NONE =
  'WAREHOUSE=duckdb: the file gets its tables when the service opens it; there is nothing to do.';

export function addSchemaOptions(command: Command): Command {
  return command
    .option(
      '--grant-to <role>',
      'the role that the service works as, which is granted what it needs and no more; it has to be there',
    )
    .option(
      '--checkpoint-tables <number>',
      'how many tables hold checkpoints, so that as many ingesters wait for none of their locks; 1 if unset, none is dropped',
      (text) => parseInteger('--checkpoint-tables', text, 1, MOST_CHECKPOINT_TABLES),
    )
    .option(
      '--analytics <folder>',
      'also the views for analysts that the .sql files of this folder make, in the order of their names',
    )
    .option(...JSON_OPTION);
}

/** Null where the engine makes its tables itself. */
export function schemaOf(
  { snowflake }: Settings,
  { grantTo, analytics, checkpointTables }: SchemaOptions,
): SnowflakeSchema | null {
  if (snowflake === null) {
    if (analytics !== undefined) {
      throw new UsageError(
        '--analytics: the views are written for Snowflake, and WAREHOUSE=duckdb was chosen',
      );
    }
    if (checkpointTables !== undefined) {
      throw new UsageError('--checkpoint-tables: a DuckDB file has one writer, and needs one table');
    }
    return null;
  }
  const views = analytics === undefined ? [] : readViews(analytics);
  try {
    return snowflakeSchema(snowflake, grantTo ?? null, views, checkpointTables);
  } catch (error) {
    // The settings' own names were checked when they were read.
    throw new UsageError(`--grant-to: ${messageOf(error)}`);
  }
}
