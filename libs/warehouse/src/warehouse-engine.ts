import type { EventRepository } from '#pipeline';
import type { DeadLetterStore } from './dead-letters/dead-letter-store.js';
import type { CheckpointStore } from './ledger/checkpoint-store.js';
import type { LedgerReader } from './ledger/ledger.js';
import type { SqlReader } from './queries/sql-reader.js';
import type { RowRestorer } from './restoring/row-restorer.js';

/**
 * The parts of a warehouse for the service and for the operator's commands. Nothing is open yet, and no driver is loaded.
 * Whoever opens a part closes it.
 */
export interface WarehouseEngine {
  readonly repository: EventRepository;
  readonly deadLetters: DeadLetterStore;
  readonly checkpoints: CheckpointStore;
  readonly ledger: LedgerReader;
  readonly restorer: RowRestorer;
  readonly sql: SqlReader;
}
