import { Option } from 'nest-commander';
import type { Settings } from '#settings';
import { snowflakeSchema, type SnowflakeSchema } from '#warehouse';
import { AnsweringCommand } from '../commands/operator-command.js';
import { UsageError } from '../failures.js';

export interface SchemaOptions {
  grantTo?: string;
  json?: true;
}

export const DUCKDB_NEEDS_NONE =
  'WAREHOUSE=duckdb: the file gets its tables when the service opens it; there is nothing to do.';

/** A command that knows what the warehouse has to hold. */
export abstract class SchemaStepsCommand extends AnsweringCommand {
  @Option({
    flags: '--grant-to <role>',
    description:
      'the role that the service works as, which is granted what it needs and no more; it has to be there',
  })
  parseGrantTo(text: string): string {
    return text;
  }
}

/** Null where the engine makes its tables itself. */
export function schemaOf({ snowflake }: Settings, { grantTo }: SchemaOptions): SnowflakeSchema | null {
  if (snowflake === null) return null;
  try {
    return snowflakeSchema(snowflake, grantTo ?? null);
  } catch (error) {
    // The settings' own names were checked when they were read.
    throw new UsageError(`--grant-to: ${error instanceof Error ? error.message : String(error)}`);
  }
}
