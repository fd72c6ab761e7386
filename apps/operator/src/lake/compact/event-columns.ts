import { contractSchema, DTO_CLASSES } from '#events';

export type ColumnType = 'BIGINT' | 'DOUBLE' | 'VARCHAR' | 'BOOLEAN';

/** A field of a contract as a column. */
export interface EventColumn {
  name: string;
  type: ColumnType;
}

/** The columns of each folder, by the names of their fields. */
export type Columns = ReadonlyMap<string, ReadonlyMap<string, EventColumn>>;

/** The folder of events whose type has no contract. */
export const OTHER = 'other';
const OTHER_COLUMNS = byName([
  { name: 'product_id', type: 'BIGINT' },
  { name: 'customer_id', type: 'BIGINT' },
]);

const TYPES: Record<string, ColumnType> = {
  integer: 'BIGINT',
  number: 'DOUBLE',
  string: 'VARCHAR',
  boolean: 'BOOLEAN',
};

/** Fields of other types than these four are not columns, but in OTHER_FIELDS. */
export function eventColumns(): Columns {
  const columns = DTO_CLASSES.map((dtoClass) => {
    const { properties = {} } = contractSchema(dtoClass) as {
      properties?: Record<string, { type?: string }>;
    };
    const own = Object.entries(properties).flatMap(([name, { type = '' }]) => {
      const column = TYPES[type];
      return column === undefined || name === 'event_type' ? [] : [{ name, type: column }];
    });
    return [dtoClass.eventType, byName(own)] as const;
  });
  return new Map([...columns, [OTHER, OTHER_COLUMNS]]);
}

function byName(columns: readonly EventColumn[]): ReadonlyMap<string, EventColumn> {
  return new Map(columns.map((column) => [column.name, column]));
}

/** The value of a field in its column; undefined if the column cannot hold it exactly. */
export function columnValue({ type }: EventColumn, value: unknown): string | number | boolean | undefined {
  switch (type) {
    case 'BIGINT':
      return Number.isSafeInteger(value) ? (value as number) : undefined;
    case 'DOUBLE':
      return typeof value === 'number' && isExact(value) ? value : undefined;
    case 'VARCHAR':
      return typeof value === 'string' && value.isWellFormed() && !value.includes('\0') ? value : undefined;
    case 'BOOLEAN':
      return typeof value === 'boolean' ? value : undefined;
  }
}

/** Larger integers may have lost digits. */
function isExact(value: number): boolean {
  return Number.isFinite(value) && Math.abs(value) <= Number.MAX_SAFE_INTEGER;
}
