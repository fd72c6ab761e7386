import { Option, type Command } from 'commander';
import type { Settings } from '#settings';
import { MOST_CHECKPOINT_TABLES, snowflakeSchema, type SnowflakeSchema } from '#warehouse';
import { JSON_OPTION } from '../commands/operator-command.js';
import { messageOf, UsageError } from '../failures.js';
import { parseInteger } from '../parse.js';
import { readViews } from './views-folder.js';

export interface SchemaOptions {
  grantTo?: string;
  checkpoints?: 'standard' | 'hybrid';
  checkpointTables?: number;
  analytics?: string;
  json?: true;
}

export const DUCKDB_NEEDS_NONE =
  'WAREHOUSE=duckdb: the service creates the tables when it opens the file; there is nothing to do.';

export function addSchemaOptions(command: Command): Command {
  return command
    .option(
      '--grant-to <role>',
      'existing role of the service, which is granted exactly the privileges that it needs',
    )
    .addOption(
      new Option(
        '--checkpoints <form>',
        'keep checkpoints in standard tables or in a hybrid table (default: as they are, else standard); moves them',
      ).choices(['standard', 'hybrid']),
    )
    .option(
      '--checkpoint-tables <number>',
      'number of checkpoint tables (default: 1); ingesters with a table each do not wait for locks. Never drops tables',
      (text) => parseInteger('--checkpoint-tables', text, 1, MOST_CHECKPOINT_TABLES),
    )
    .option(
      '--analytics <folder>',
      'also create the views for analysts from the .sql files of this folder, in file name order',
    )
    .option(...JSON_OPTION);
}

/** Null if the engine creates its own tables. */
export function schemaOf(
  { snowflake }: Settings,
  { grantTo, analytics, checkpoints, checkpointTables }: SchemaOptions,
): SnowflakeSchema | null {
  if (snowflake === null) {
    if (analytics !== undefined) {
      throw new UsageError('--analytics: the views are written for Snowflake, but WAREHOUSE is duckdb');
    }
    if (checkpointTables !== undefined) {
      throw new UsageError('--checkpoint-tables: a DuckDB file has a single writer and needs only one table');
    }
    if (checkpoints !== undefined) {
      throw new UsageError('--checkpoints: only Snowflake has hybrid tables, but WAREHOUSE is duckdb');
    }
    return null;
  }
  if (checkpoints === 'hybrid' && checkpointTables !== undefined) {
    throw new UsageError('--checkpoint-tables: a hybrid table locks rows, and replaces all other tables');
  }
  const views = analytics === undefined ? [] : readViews(analytics);
  try {
    return snowflakeSchema(snowflake, grantTo ?? null, views, { checkpoints, checkpointTables });
  } catch (error) {
    // The names in the settings were validated when they were loaded, so only the role can be wrong.
    throw new UsageError(`--grant-to: ${messageOf(error)}`);
  }
}
