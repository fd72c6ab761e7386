import { compilationError, sqlError } from '../../errors.js';
import type { Column, Relation, Row, View } from '../../state/tables.js';
import type { JsonRules } from './json.js';
import type { QualifiedName, Query } from '../parsing/syntax.js';
import type { SqlType, SqlValue } from '../types.js';

/** The server, as a statement sees it. */
export interface Environment {
  /** The values of the question marks. */
  binds: SqlValue[];
  now: Date;
  /** The session's. */
  timeZone: string;
  json: JsonRules;
  /** The rows that are visible to the statement. @throws SqlError 002003 */
  relation(name: QualifiedName): Relation;
  view(name: QualifiedName): View | null;
  lastResult(): Relation;
  /** The rows that a pipe gets. @throws SqlError in every other statement */
  streamed(): Pick<CompiledQuery, 'columns' | 'rows'>;
  /** CURRENT_USER and the like, by name. */
  context(name: string): string | null;
  abortTransaction(id: string): string;
}

/** One row of every source of the FROM clause, and the results of a group's aggregates. */
export interface Frame {
  rows: Row[];
  aggregates: SqlValue[];
  outer: Frame | null;
}

export interface Compiled {
  type: SqlType;
  run: (frame: Frame) => SqlValue;
}

export interface CompiledQuery {
  columns: Column[];
  rows: (outer: Frame | null) => Row[];
  /** The number of rows, if possible without building them. */
  count: (outer: Frame | null) => number;
}

export interface ScopeSource {
  alias: string | null;
  columns: Column[];
}

/** The columns that an expression can name; subqueries also see those of the enclosing query. */
export class Scope {
  readonly sources: ScopeSource[] = [];
  /** Collects aggregates while the expressions of a grouped query are compiled; null otherwise. */
  aggregates: Aggregate[] | null = null;

  constructor(
    readonly environment: Environment,
    readonly outer: Scope | null,
    readonly shared: ReadonlyMap<string, Query>,
  ) {}

  /** The indexes of the sources named while tracking; -1 for those of the enclosing query. */
  private places: Set<number> | null = null;

  tracked(compile: () => Compiled): { compiled: Compiled; places: ReadonlySet<number> } {
    const places = new Set<number>();
    this.places = places;
    try {
      return { compiled: compile(), places };
    } finally {
      this.places = null;
    }
  }

  column(source: string | null, name: string): Compiled {
    const found = this.find(source, name);
    if (found === null) {
      const full = source === null ? name : `${source}.${name}`;
      throw sqlError('invalidIdentifier', `SQL compilation error:\ninvalid identifier '${full}'`);
    }
    return found;
  }

  has(source: string | null, name: string): boolean {
    return this.find(source, name) !== null;
  }

  private find(source: string | null, name: string): Compiled | null {
    const hits = this.sources.flatMap(({ alias, columns }, place) =>
      source === null || source === alias
        ? columns.flatMap((column, index) => (column.name === name ? [{ place, index, column }] : []))
        : [],
    );
    const [hit, twin] = hits;
    if (twin !== undefined) throw compilationError(`ambiguous column name '${name}'`);
    if (hit !== undefined) {
      const { place, index, column } = hit;
      this.places?.add(place);
      return { type: column.type, run: ({ rows }) => rows[place]?.[index] ?? null };
    }
    const outer = this.outer?.find(source, name);
    if (!outer) return null;
    this.places?.add(-1);
    return { type: outer.type, run: ({ outer: frame }) => (frame === null ? null : outer.run(frame)) };
  }
}

/** An aggregate over a group's rows. Each group starts a new one. */
export interface Aggregate {
  start(): { add(frame: Frame): void; result(): SqlValue };
}

const NONE: SqlValue[] = [];

export function frameOf(rows: Row[], outer: Frame | null): Frame {
  return { rows, aggregates: NONE, outer };
}
