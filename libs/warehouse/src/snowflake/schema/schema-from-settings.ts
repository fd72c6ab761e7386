import { FaultError } from '#pipeline';
import type { SnowflakeSettings } from '#settings';
import { toFault } from '../session/faults.js';
import { sessionOptions } from '../session/options-from-settings.js';
import { applySchema, planSchema, schemaScript, type SchemaStep, type ViewDefinition } from './schema.js';

/** What Snowflake has to hold for the service, where the settings say that it works. */
export interface SnowflakeSchema {
  steps: readonly SchemaStep[];
  /** The steps as a script to read, and to run in a worksheet. */
  script: string;
  /**
   * Runs the steps with the log-in of the settings; all of them can be run again.
   *
   * @param done hears of each step once it is done
   * @throws FaultError
   */
  apply(done: (step: SchemaStep) => void): Promise<void>;
}

/**
 * @param serviceRole the role that the service works as, and that is granted what it needs; null grants nothing
 * @param views for analysts, made beside the tables
 * @param checkpointTables how many tables are to hold checkpoints
 * @throws Error if the role's name is none
 */
export function snowflakeSchema(
  settings: SnowflakeSettings,
  serviceRole: string | null,
  views: readonly ViewDefinition[] = [],
  checkpointTables = 1,
): SnowflakeSchema {
  const { database, schema, warehouse } = settings;
  const role = serviceRole ?? undefined;
  const target = { database, schema, warehouse, role, views, checkpointTables };
  const steps = planSchema(target);
  return {
    steps,
    script: schemaScript(steps),
    apply: async (done) => {
      try {
        await applySchema(sessionOptions(settings), target, done);
      } catch (error) {
        throw new FaultError(toFault(error));
      }
    },
  };
}
