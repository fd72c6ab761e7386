import { Option, type Command } from 'commander';
import type { Settings, SnowflakeSettings } from '#settings';
import { duckDbViews, MOST_CHECKPOINT_TABLES, snowflakeSchema, type WarehouseSchema } from '#warehouse';
import { JSON_OPTION } from '../commands/operator-command.js';
import { messageOf, UsageError } from '../failures.js';
import { parseInteger } from '../parse.js';
import { ownViews, readDuckDbViews, readViews } from './views-folder.js';

export interface SchemaOptions {
  grantTo?: string;
  checkpoints?: 'standard' | 'hybrid';
  checkpointTables?: number;
  /** True for the views that come with this program. */
  analytics?: string | true;
  json?: true;
}

export const DUCKDB_NEEDS_NONE =
  'WAREHOUSE=duckdb: the service creates the tables when it opens the file; there is nothing to do. ' +
  '--analytics creates the views for analysts.';

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
      '--analytics [folder]',
      'also create or replace the views for analysts, from the .sql files of this folder in file name order ' +
        '(default: those that come with this program)',
    )
    .option(...JSON_OPTION);
}

/** Null if there is nothing to create: DuckDB's tables are the service's own. */
export function schemaOf({ snowflake, duckDb }: Settings, options: SchemaOptions): WarehouseSchema | null {
  const folder = options.analytics === true ? ownViews() : options.analytics;
  if (snowflake !== null) return onSnowflake(snowflake, options, folder);
  if (options.checkpointTables !== undefined) {
    throw new UsageError('--checkpoint-tables: a DuckDB file has a single writer and needs only one table');
  }
  if (options.checkpoints !== undefined) {
    throw new UsageError('--checkpoints: only Snowflake has hybrid tables, but WAREHOUSE is duckdb');
  }
  if (duckDb === null || folder === undefined) return null;
  const { functions, views } = readDuckDbViews(folder);
  return duckDbViews(duckDb, functions, views);
}

function onSnowflake(
  settings: SnowflakeSettings,
  { grantTo, checkpoints, checkpointTables }: SchemaOptions,
  folder: string | undefined,
): WarehouseSchema {
  if (checkpoints === 'hybrid' && checkpointTables !== undefined) {
    throw new UsageError('--checkpoint-tables: a hybrid table locks rows, and replaces all other tables');
  }
  const views = folder === undefined ? [] : readViews(folder);
  try {
    return snowflakeSchema(settings, grantTo ?? null, views, { checkpoints, checkpointTables });
  } catch (error) {
    // The names in the settings were validated when they were loaded, so only the role can be wrong.
    throw new UsageError(`--grant-to: ${messageOf(error)}`);
  }
}
