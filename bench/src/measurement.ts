/** One contestant in one round, between its first and its last settled batch: starting and joining are left out. */
export interface Measurement {
  /** Settled after the first batch. */
  events: number;
  seconds: number;
  eventsPerSecond: number;
  /** Of all its processes together; null where the system does not tell, as memory below. */
  cpuMicrosPerEvent: number | null;
  /** The largest of a process, its start included; in units of 2^20 bytes. */
  peakRssMb: number | null;
  /** The largest seen while each tenth of the backlog was settled: flat where memory is bounded. */
  rssMbByTenth: number[];
  /** From an event's sending until its checkpoint is committed; under light load only. */
  latencySeconds?: { p50: number; p99: number };
}
