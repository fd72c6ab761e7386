import type { Catalog, PipeDefinition, Table } from '../state/tables.js';
import type { Warehouse } from '../warehouse.js';
import type { Channel } from './channel.js';
import { compileDefaultPipe, compilePipe, type MapLine } from './row-mapping.js';
import { streamingError } from './streaming-errors.js';

/** A pipe as URLs name it; names there are case-insensitive. */
export interface PipeName {
  database: string;
  schema: string;
  pipe: string;
}

/** A pipe and its channels. */
export interface Pipe {
  name: PipeName;
  /** By name in upper case. */
  channels: Map<string, Channel>;
  /** The table that its rows go to, or null if that is gone. */
  table(): Table | null;
  /** @throws SqlError if the pipe no longer fits its table */
  compile(table: Table): MapLine;
}

const DEFAULT_PIPE = /^(.+)-STREAMING$/;

/** Finds pipes: the named ones that SQL creates, and the default pipe that every table has. */
export class Pipes {
  /** By their definition, or by the table of a default pipe. One that replaces another begins without channels. */
  private readonly known = new Map<PipeDefinition | Table, Pipe>();

  constructor(private readonly warehouse: Warehouse) {}

  /** @throws StreamingError */
  find(name: PipeName): Pipe {
    const catalog = this.catalog(name);
    const definition = catalog.pipes.get(name.pipe.toUpperCase());
    if (definition !== undefined) {
      if (this.warehouse.revoked.has(`OPERATE ${definition.name}`)) throw streamingError('pipeMissing');
      return this.named(definition, catalog);
    }
    const [, tableName] = DEFAULT_PIPE.exec(name.pipe.toUpperCase()) ?? [];
    if (tableName === undefined) throw streamingError('pipeMissing');
    const table = catalog.tables.get(tableName);
    if (table === undefined) throw streamingError('tableMissing');
    return this.defaultOf(table, catalog);
  }

  /** Those that still exist. */
  get all(): Pipe[] {
    for (const [owner, { name }] of this.known) {
      const catalog = this.warehouse.schemas.get(name.schema);
      const place: ReadonlyMap<string, unknown> | undefined =
        'copy' in owner ? catalog?.pipes : catalog?.tables;
      if (place?.get(owner.name) !== owner) this.known.delete(owner);
    }
    return [...this.known.values()];
  }

  clear(): void {
    this.known.clear();
  }

  private named(definition: PipeDefinition, catalog: Catalog): Pipe {
    const { copy, name } = definition;
    const target = this.warehouse.schemas.get(copy.table.parts.at(-1) ?? catalog.schema);
    return this.remember(definition, catalog, name, {
      table: () => target?.tables.get(copy.table.name) ?? null,
      compile: (table) => compilePipe(copy, table, this.warehouse.json),
    });
  }

  private defaultOf(table: Table, catalog: Catalog): Pipe {
    return this.remember(table, catalog, `${table.name}-STREAMING`, {
      table: () => table,
      compile: () => compileDefaultPipe(table, this.warehouse.json),
    });
  }

  private remember(
    owner: PipeDefinition | Table,
    { database, schema }: Catalog,
    pipe: string,
    how: Pick<Pipe, 'table' | 'compile'>,
  ): Pipe {
    let found = this.known.get(owner);
    if (found === undefined) {
      found = { name: { database, schema, pipe }, channels: new Map(), ...how };
      this.known.set(owner, found);
    }
    return found;
  }

  private catalog({ database, schema }: PipeName): Catalog {
    const found = this.warehouse.schemas.get(schema.toUpperCase());
    if (found?.database !== database.toUpperCase()) throw streamingError('pipeMissing');
    return found;
  }
}
