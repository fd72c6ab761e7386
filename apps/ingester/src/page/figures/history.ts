import type { RunStats } from '#telemetry';

/** One data point of the charts. */
export interface Sample {
  /** Seconds since 1970. */
  at: number;
  /** Messages per second that arrive in the assigned logs; null if unknown. */
  arriving: number | null;
  /** Per second, over the last ten samples: batches are seconds apart, and the rate must be readable. */
  stored: number;
  deadLetters: number;
  /** Unsettled messages of all partitions; null if none is assigned, or the ends of the logs are unknown. */
  lag: number | null;
  /** The age of the oldest unsettled message; null if unknown. */
  lagSeconds: number | null;
  /** Messages in the buffer. */
  buffered: number;
  /** Mean times of the batches committed since the previous sample, in seconds; null if there was none. */
  batchSeconds: number | null;
  warehouseSeconds: number | null;
  /** The longest time from a row's timestamp to its commit, in these batches. */
  latencySeconds: number | null;
}

/** One list of values for each field of a sample, oldest first. */
export type Columns = { [Field in keyof Sample]: Sample[Field][] };

const RATE_SAMPLES = 10;

/** The state at one moment; a {@link Sample} is derived from two of them. */
export interface Measurement extends Omit<Sample, 'at' | 'stored' | 'deadLetters'> {
  atMs: number;
  session: Pick<RunStats, 'stored' | 'errors'>;
}

/** The newest samples, in bounded memory. */
export class History {
  readonly #samples: Sample[] = [];
  /** The totals at each measurement of the rate window. */
  readonly #totals: { atMs: number; stored: number; errors: number }[];

  /**
   * @param kept the maximum number of samples to keep
   * @param atMs when counting started, at 0
   */
  constructor(
    private readonly kept: number,
    atMs: number,
  ) {
    this.#totals = [{ atMs, stored: 0, errors: 0 }];
  }

  add({ atMs, session, ...rest }: Measurement): Sample {
    const stored = Object.values(session.stored).reduce((sum, count) => sum + count, 0);
    const [before = { atMs, stored: 0, errors: 0 }] = this.#totals;
    this.#totals.push({ atMs, stored, errors: session.errors });
    if (this.#totals.length > RATE_SAMPLES) this.#totals.shift();
    // The event loop may be late, and the clock may be set back.
    const seconds = Math.max(1, (atMs - before.atMs) / 1000);
    const sample: Sample = {
      at: Math.round(atMs / 100) / 10,
      stored: tenths((stored - before.stored) / seconds),
      deadLetters: tenths((session.errors - before.errors) / seconds),
      ...rest,
    };
    this.#samples.push(sample);
    if (this.#samples.length > this.kept) this.#samples.shift();
    return sample;
  }

  columns(): Columns {
    const of = <Field extends keyof Sample>(field: Field) => this.#samples.map((sample) => sample[field]);
    return {
      at: of('at'),
      arriving: of('arriving'),
      stored: of('stored'),
      deadLetters: of('deadLetters'),
      lag: of('lag'),
      lagSeconds: of('lagSeconds'),
      buffered: of('buffered'),
      batchSeconds: of('batchSeconds'),
      warehouseSeconds: of('warehouseSeconds'),
      latencySeconds: of('latencySeconds'),
    };
  }
}

function tenths(value: number): number {
  return Math.round(10 * value) / 10;
}
