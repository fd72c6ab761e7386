import { contractSchema, DTO_CLASSES } from '#events';

export type ColumnType = 'BIGINT' | 'DOUBLE' | 'VARCHAR' | 'BOOLEAN';

/** A field of a contract as a column. */
export interface EventColumn {
  name: string;
  type: ColumnType;
}

/** The folder of events whose type has no contract. */
export const OTHER = 'other';

const TYPES: Record<string, ColumnType> = {
  integer: 'BIGINT',
  number: 'DOUBLE',
  string: 'VARCHAR',
  boolean: 'BOOLEAN',
};

/** The columns of each event type. Fields of other types than these four are not columns, but in OTHER_FIELDS. */
export function eventColumns(): Map<string, EventColumn[]> {
  return new Map(
    DTO_CLASSES.map((dtoClass) => {
      const { properties = {} } = contractSchema(dtoClass) as {
        properties?: Record<string, { type?: string }>;
      };
      const columns = Object.entries(properties).flatMap(([name, { type = '' }]) => {
        const column = TYPES[type];
        return column === undefined || name === 'event_type' ? [] : [{ name, type: column }];
      });
      return [dtoClass.eventType, columns];
    }),
  );
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
