import type { Batch, Checkpoint, Coordinates, EventRepository } from '#pipeline';
import type { SimulatedProcess } from '../time/simulated-process.js';
import type { Conditions } from './conditions.js';

/** Where every message ended that is settled, and where each partition stands. */
export interface Contents {
  readonly checkpoints: ReadonlyMap<string, Checkpoint>;
  readonly rows: ReadonlyMap<string, Coordinates>;
  readonly letters: ReadonlyMap<string, Coordinates>;
}

/** A process that uses a warehouse, and may die while it does. */
export interface WarehouseUser extends SimulatedProcess {
  readonly onDeath: Set<() => void>;
}

/** What all pods of a world write to. */
export interface SimulatedWarehouse extends Contents {
  readonly conditions: Conditions;
  /** How many batches are known to be committed. */
  readonly commits: number;
  /** The checkpoints that were lost with an earlier warehouse; null where this is the first. */
  readonly lost: ReadonlyMap<string, Checkpoint> | null;
  /** Everything in it is gone, as where the tables are replaced by empty ones. Only the model can do it. */
  lose?(): void;
  /** Called in every COMMIT before it can be seen, where the warehouse can tell. */
  onCommit: (batch: Batch) => void;
  /** Makes the tables, as an operator does. */
  begin(): Promise<void>;
  /** The way of one process to it. */
  repository(process: WarehouseUser, preparesAhead: boolean): EventRepository;
}

export function place({ partition, offset }: Pick<Coordinates, 'partition' | 'offset'>): string {
  return `${partition}@${offset}`;
}

/** Only the warehouse refuses a row with this text. */
export const POISON = '"poison"';
