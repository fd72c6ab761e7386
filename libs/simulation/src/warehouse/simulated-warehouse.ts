import type { Batch, Checkpoint, Coordinates, EventRepository } from '#pipeline';
import type { SimulatedProcess } from '../time/simulated-process.js';
import type { Conditions } from './conditions.js';

/** The outcome of every settled message, and the checkpoint of each partition. */
export interface Contents {
  readonly checkpoints: ReadonlyMap<string, Checkpoint>;
  readonly rows: ReadonlyMap<string, Coordinates>;
  readonly letters: ReadonlyMap<string, Coordinates>;
}

/** A process that uses a warehouse, and may die while it does. */
export interface WarehouseUser extends SimulatedProcess {
  readonly onDeath: Set<() => void>;
}

/** The warehouse that all pods of a world write to. */
export interface SimulatedWarehouse extends Contents {
  readonly conditions: Conditions;
  /** The number of batches that are known to be committed. */
  readonly commits: number;
  /** The checkpoints that were lost with an earlier warehouse; null if there was none. */
  readonly lost: ReadonlyMap<string, Checkpoint> | null;
  /** Deletes everything, as if the tables were replaced with empty ones. Only the model supports it. */
  lose?(): void;
  /** Called in every COMMIT before it is visible, if the warehouse supports it. */
  onCommit: (batch: Batch) => void;
  /** Creates the tables, as an operator does. */
  begin(): Promise<void>;
  /** The repository of one process. */
  repository(process: WarehouseUser, preparesAhead: boolean): EventRepository;
}

export function place({ partition, offset }: Pick<Coordinates, 'partition' | 'offset'>): string {
  return `${partition}@${offset}`;
}

/** Only the warehouse refuses a row with this text. */
export const POISON = '"poison"';
