import type { ObjectStore } from '#lake';
import { OperationError } from '../../failures.js';
import type { LeftOutRange } from '../replay/left-out.js';

/** Offsets [from, to) of a partition. */
export interface RunSpan {
  partition: number;
  from: number;
  to: number;
}

/** What a run covers, decided before it writes a file: whoever finishes it writes the same files. */
export interface RunPlan {
  run: number;
  topic: string;
  /** The contracts and columns of the build that decided it. */
  contracts: string;
  build: string;
  spans: RunSpan[];
  /** By partition, the offset after the last one that this and earlier runs cover. */
  positions: Record<string, number>;
  /** Later record times count as mistakes, in milliseconds since 1970. */
  untilMs: number;
}

/** A finished run. */
export interface RunManifest extends RunPlan {
  files: { key: string; eventType: string; day: string; rows: number; bytes: number }[];
  rows: number;
  deadLetters: number;
  tombstones: number;
  leftOut: LeftOutRange[];
}

const DIGITS = 12;
const NAME = /\/runs\/(?<run>\d{12})\.(?<kind>plan|done)\.json$/;

/**
 * The runs of a topic, as objects that are written once: a plan, the files, then the manifest. The store accepts each key
 * once, so of two compactions one decides the plan, and both may finish it.
 */
export class Runs {
  constructor(
    private readonly store: ObjectStore,
    private readonly topic: string,
  ) {}

  get prefix(): string {
    return `compacted/${this.topic}/`;
  }

  /** The key of a run's file. */
  fileKey(run: number, eventType: string, day: string): string {
    return `${this.prefix}event_type=${eventType}/day=${day}/run-${nameOf(run)}.parquet`;
  }

  /** The last plan, and whether its run is finished; null if there is none. @throws FaultError */
  async last(): Promise<{ plan: RunPlan; isDone: boolean } | null> {
    let last = 0;
    let done = 0;
    for await (const { key } of this.store.list(`${this.prefix}runs/`)) {
      const { run = '0', kind } = NAME.exec(key)?.groups ?? {};
      if (kind === 'plan') last = Math.max(last, Number(run));
      if (kind === 'done') done = Math.max(done, Number(run));
    }
    if (last === 0) return null;
    return { plan: (await this.#read(this.#key(last, 'plan'))) as RunPlan, isDone: done >= last };
  }

  /** Returns false if another compaction has planned this run. @throws FaultError */
  async plan(plan: RunPlan): Promise<boolean> {
    return (await this.#write(this.#key(plan.run, 'plan'), plan)) === 'written';
  }

  /** @throws FaultError */
  async putFile(key: string, content: Buffer): Promise<void> {
    await this.store.put(key, content, {});
  }

  /** @throws FaultError */
  async finish(manifest: RunManifest): Promise<void> {
    await this.#write(this.#key(manifest.run, 'done'), manifest);
  }

  /** @throws OperationError if another build would not write the files that are there */
  requireSame({ run, contracts, build }: RunPlan, own: string): void {
    if (contracts === own) return;
    const name = nameOf(run);
    throw new OperationError(
      `Run ${run} in ${this.store.location} is unfinished, and build ${build} with other contracts began it. ` +
        `Finish it with that build, or delete every object below ${this.prefix} whose name contains ${name}.`,
    );
  }

  #key(run: number, kind: 'plan' | 'done'): string {
    return `${this.prefix}runs/${nameOf(run)}.${kind}.json`;
  }

  #write(key: string, content: object): Promise<'written' | 'exists'> {
    return this.store.put(key, Buffer.from(`${JSON.stringify(content, null, 1)}\n`), {});
  }

  async #read(key: string): Promise<unknown> {
    const parts: Buffer[] = [];
    for await (const part of this.store.read(key)) parts.push(part);
    return JSON.parse(Buffer.concat(parts).toString());
  }
}

function nameOf(run: number): string {
  return String(run).padStart(DIGITS, '0');
}
