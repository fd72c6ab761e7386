import { FaultError } from '#pipeline';
import type { DuckDbSettings } from '#settings';
import { ORDER_ANALYTICS } from '../../tables.js';
import {
  schemaScript,
  type SchemaStatement,
  type ViewDefinition,
  type WarehouseSchema,
} from '../../warehouse-schema.js';
import { retryConflicts } from '../connection/retry-conflicts.js';
import type { SqlConnection } from '../connection/sql-connection.js';
import { firstLineOf } from '../file/duckdb-fault.js';
import { DuckDbFileConnection } from '../file/duckdb-file-connection.js';
import { createOrderAnalytics } from '../writing/schema.js';

/**
 * The views for analysts in a DuckDB file. They are written in Snowflake's SQL, which DuckDB runs with some macros.
 *
 * @param functions the statements that create the macros, without a semicolon at the end; null if there are none
 */
export function duckDbViews(
  { path }: DuckDbSettings,
  functions: string | null,
  views: readonly ViewDefinition[],
): WarehouseSchema {
  const steps: SchemaStatement[] = [
    ...(functions === null ? [] : [{ what: 'the functions of the views', sql: functions }]),
    { what: `the view ${ORDER_ANALYTICS.name}`, sql: createOrderAnalytics('CREATE OR REPLACE VIEW') },
    ...views.map(({ name, sql }) => ({ what: `the view ${name}`, sql: withoutGrants(sql) })),
  ];
  return {
    steps,
    script: schemaScript(steps),
    apply: async (done) => {
      const file = new ViewsFile(path, 'READ_WRITE');
      try {
        const [fault] = await file.open();
        if (fault !== undefined) throw new FaultError(fault);
        await file.create(steps);
      } finally {
        await file.close();
      }
      steps.forEach(done);
    },
  };
}

/** DuckDB has no roles. */
function withoutGrants(sql: string): string {
  return sql.replace(/^(CREATE OR REPLACE VIEW \w+) COPY GRANTS\b/im, '$1');
}

class ViewsFile extends DuckDbFileConnection {
  /** Creates all of them or none. */
  async create(steps: readonly SchemaStatement[]): Promise<void> {
    await this.ask((connection) => retryConflicts(() => this.#createOn(connection, steps)));
  }

  async #createOn(connection: SqlConnection, steps: readonly SchemaStatement[]): Promise<void> {
    await connection.run('BEGIN');
    for (const { what, sql } of steps) {
      try {
        await connection.run(sql);
      } catch (error) {
        await connection.run('ROLLBACK');
        throw this.#statementFault(what, error) ?? error;
      }
    }
    await connection.run('COMMIT');
  }

  /** Null for a fault of the file. */
  #statementFault(what: string, error: unknown): FaultError | null {
    const reason = firstLineOf(error);
    if (!/^(Parser|Catalog|Binder) Error/.test(reason)) return null;
    return new FaultError({
      class: 'setup',
      code: 'DUCKDB_SCHEMA',
      message: `DuckDB file ${this.path}: ${what} cannot be created: ${reason}`,
      remedy: 'Start the service once, which creates the tables; if they exist, correct the SQL of the view',
    });
  }
}
