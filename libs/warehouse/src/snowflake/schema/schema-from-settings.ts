import { FaultError } from '#pipeline';
import type { SnowflakeSettings } from '#settings';
import { toFault } from '../session/faults.js';
import { sessionOptions } from '../session/options-from-settings.js';
import { schemaScript, type ViewDefinition, type WarehouseSchema } from '../../warehouse-schema.js';
import { applySchema } from './apply-schema.js';
import { planSchema, type SchemaTarget } from './schema.js';

/**
 * The schema that the service needs, at the place that the settings name. Applying it uses their credentials.
 *
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
): WarehouseSchema {
  const { database, schema, warehouse, ingest } = settings;
  const role = serviceRole ?? undefined;
  const target = {
    database,
    schema,
    warehouse,
    role,
    views,
    streaming: ingest === 'streaming',
    ...checkpoints,
  };
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
