/** Something that happens at a moment of virtual time. */
export interface ScheduledEvent {
  at: number;
  /** Breaks ties: what was scheduled first happens first. */
  sequence: number;
  /** Null for what belongs to no process: the network, a broker, the warehouse. */
  process: SimulatedProcess | null;
  isCancelled: boolean;
  happen: () => void;
}

/**
 * A process of the simulated world. Every event belongs to the process that scheduled it: of a dead process nothing
 * happens any more, and the events of a frozen one wait until it goes on.
 */
export class SimulatedProcess {
  isDead = false;
  isFrozen = false;
  /** How far its time of day is off. */
  clockOffsetMs = 0;
  /** What would have happened while it was frozen. */
  readonly deferred: ScheduledEvent[] = [];

  /** Called where its event loop would never turn again. */
  onBlocked: () => void = () => undefined;

  constructor(readonly name: string) {}
}
