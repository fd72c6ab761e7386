import { randomBytes } from 'node:crypto';
import { FaultError } from '#pipeline';
import { toFault } from '../session/faults.js';
import type { SessionOptions } from '../session/session-options.js';
import { applySchema } from '../schema/apply-schema.js';
import { SnowflakeSession } from '../session/snowflake-session.js';
import { SnowflakeError } from '../session/snowflake-error.js';

const PRIVILEGE_MISSING = '003001';

/** A schema with a unique name, and what is created along with it; all of it is dropped again. */
export class ScratchSchema {
  readonly name: string;
  /** The statements that drop what was created, latest first. */
  #drops: string[] = [];

  /**
   * @param options name the database to create the schema in; the schema that they name is not touched
   * @param streaming whether it has the pipes of Snowpipe Streaming as well
   */
  constructor(
    readonly options: SessionOptions,
    private readonly streaming = false,
  ) {
    const day = new Date().toISOString().slice(0, 10).replaceAll('-', '');
    this.name = `VERIFY_CAVES_ALBERT_${day}_${randomBytes(5).toString('hex').toUpperCase()}`;
  }

  /** @throws FaultError */
  async create(): Promise<void> {
    const { database, role } = this.options;
    try {
      await this.make('SCHEMA', `${database}.${this.name}`);
      await applySchema(this.options, { database, schema: this.name, streaming: this.streaming });
    } catch (error) {
      const fault = toFault(error);
      if (fault.code !== PRIVILEGE_MISSING) throw new FaultError(fault);
      throw new FaultError({
        ...fault,
        remedy:
          `Grant it: GRANT CREATE SCHEMA ON DATABASE ${database} TO ROLE ${role ?? "<the user's role>"}; ` +
          'or set SNOWFLAKE_DATABASE to a database where it has that privilege',
      });
    }
  }

  /**
   * Creates something that is dropped with the schema. Without IF NOT EXISTS: what already exists belongs to others.
   *
   * @throws SnowflakeError
   */
  async make(kind: 'SCHEMA' | 'ROLE', name: string): Promise<void> {
    // Recorded first: it may exist even if the response is lost. The name is unique to us.
    this.#drops.unshift(`DROP ${kind} IF EXISTS ${name}`);
    try {
      await this.execute(`CREATE ${kind} ${name}`);
    } catch (error) {
      if (error instanceof SnowflakeError && error.isAnswer) this.#drops.shift();
      throw error;
    }
  }

  /** Runs statements as the deployer, each committed. */
  async execute(...statements: string[]): Promise<void> {
    const session = await SnowflakeSession.open(this.options);
    try {
      for (const sql of statements) {
        await session.execute(sql);
        await session.execute('COMMIT');
      }
    } finally {
      await session.end();
    }
  }

  /** The statements still to run; none after a successful {@link drop}. */
  get leftToDrop(): readonly string[] {
    return this.#drops;
  }

  /** Drops what was created; {@link leftToDrop} has the statements that failed. */
  async drop(): Promise<void> {
    for (const sql of [...this.#drops]) {
      try {
        await this.execute(sql);
        this.#drops = this.#drops.filter((left) => left !== sql);
      } catch (error) {
        if (!(error instanceof SnowflakeError || error instanceof FaultError)) throw error;
      }
    }
  }
}
