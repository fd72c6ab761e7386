import { oneOf, WORDS } from '../kinds/index.js';
import { Setting } from './setting.js';

const ENGINES = ['snowflake', 'duckdb'] as const;
const MISSING_CHECKPOINTS = ['hold', 'from-start', 'accept-gap'] as const;

export type WarehouseName = (typeof ENGINES)[number];

export class WarehouseSettings {
  @Setting({
    key: 'WAREHOUSE',
    kind: oneOf(ENGINES),
    default: 'snowflake',
    description: 'Where events are stored: snowflake, or duckdb for a single machine.',
  })
  readonly engine!: WarehouseName;

  @Setting({
    key: 'MISSING_CHECKPOINTS',
    kind: oneOf(MISSING_CHECKPOINTS),
    default: 'hold',
    description:
      'What to do with a partition whose records this service has settled, but not in this warehouse: hold, from-start (read it again), or accept-gap.',
  })
  readonly missingCheckpoints!: (typeof MISSING_CHECKPOINTS)[number];
}

/** Read only if WAREHOUSE is duckdb. */
export class DuckDbSettings {
  @Setting({
    key: 'DUCKDB_PATH',
    kind: WORDS,
    required: true,
    description: 'The database file. Required with WAREHOUSE=duckdb.',
  })
  readonly path!: string;
}
