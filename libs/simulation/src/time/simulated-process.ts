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
 * A process of the simulated world. Every event belongs to the process that scheduled it: events of a dead process no
 * longer happen, and those of a frozen one wait until it thaws.
 */
export class SimulatedProcess {
  isDead = false;
  isFrozen = false;
  /** The error of its wall clock. */
  clockOffsetMs = 0;
  /** Events that came due while it was frozen. */
  readonly deferred: ScheduledEvent[] = [];

  /** Called when its event loop would block forever. */
  onBlocked: () => void = () => undefined;

  constructor(readonly name: string) {}
}
