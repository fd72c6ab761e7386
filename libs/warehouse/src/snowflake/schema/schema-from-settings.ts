import { FaultError } from '#pipeline';
import type { SnowflakeSettings } from '#settings';
import { toFault } from '../session/faults.js';
import { sessionOptions } from '../session/options-from-settings.js';
import { applySchema } from './apply-schema.js';
import { planSchema, schemaScript, type SchemaTarget, type ViewDefinition } from './schema.js';
import type { SchemaStep } from './table-steps.js';

/** The Snowflake schema that the service needs, at the place that the settings name. */
export interface SnowflakeSchema {
  steps: readonly SchemaStep[];
  /** The steps as a script to read, and to run in a worksheet. */
  script: string;
  /**
   * Runs the steps with the credentials of the settings. All of them can be repeated.
   *
   * @param done called after each step
   * @throws FaultError
   */
  apply(done: (step: SchemaStep) => void): Promise<void>;
}

/**
 * @param serviceRole the service's role, which is granted what it needs; null grants nothing
 * @param views for analysts, created in the same schema
 * @param checkpoints how and in how many tables checkpoints are kept
 * @throws Error if the role's name is invalid
 */
export function snowflakeSchema(
  settings: SnowflakeSettings,
  serviceRole: string | null,
  views: readonly ViewDefinition[] = [],
  checkpoints: Pick<SchemaTarget, 'checkpoints' | 'checkpointTables'> = {},
): SnowflakeSchema {
  const { database, schema, warehouse } = settings;
  const role = serviceRole ?? undefined;
  const target = { database, schema, warehouse, role, views, ...checkpoints };
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
