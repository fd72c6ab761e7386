/** A view for analysts. Its statement names tables without a schema. */
export interface ViewDefinition {
  name: string;
  /** One CREATE OR REPLACE VIEW, without a semicolon at its end. */
  sql: string;
}

/** One statement, or a few that belong together. All of them can be repeated. */
export interface SchemaStatement {
  what: string;
  sql: string;
  /** Applied only if this is the case. */
  onlyIf?: string;
}

/** What the operator creates in a warehouse. */
export interface WarehouseSchema {
  steps: readonly SchemaStatement[];
  /** The steps as a script to read, and to run with the warehouse's own client. */
  script: string;
  /**
   * Runs the steps.
   *
   * @param done called after each step
   * @throws FaultError
   */
  apply(done: (step: SchemaStatement) => void): Promise<void>;
}

/** The plan as a script. */
export function schemaScript(steps: readonly SchemaStatement[]): string {
  return steps
    .map(
      ({ what, sql, onlyIf }) => `-- ${what}${onlyIf === undefined ? '' : `, only if ${onlyIf}`}\n${sql};\n`,
    )
    .join('\n');
}
