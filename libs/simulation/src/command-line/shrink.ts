import type { Plan, PlannedFault, Settings } from '../scenario/plan.js';
import { simulate } from '../scenario/simulate.js';

export interface Shrunk {
  plan: Plan;
  violation: string;
  /** How many runs it took. */
  runs: number;
}

/** The limit of runs. */
const MOST_RUNS = 400;

/** Searches for the smallest plan that breaks the same promise: fewest faults first, then the plainest world. */
export async function shrink(broken: Plan, violation: string, atMs: number): Promise<Shrunk> {
  const search = new Search(broken, violation);
  // Later faults are irrelevant.
  await search.tryFaults(broken.faults.filter((fault) => fault.atMs <= atMs));
  await search.fewestFaults();
  await search.plainestWorld();
  // A plainer world may need fewer faults.
  await search.fewestFaults();
  return { plan: search.plan, violation: search.violation, runs: search.runs };
}

class Search {
  runs = 0;
  readonly #kind: string;

  constructor(
    public plan: Plan,
    public violation: string,
  ) {
    this.#kind = kindOf(violation);
  }

  /** Removes parts, large ones first: https://www.debuggingbook.org/html/DeltaDebugger.html */
  async fewestFaults(): Promise<void> {
    let size = Math.ceil(this.plan.faults.length / 2);
    while (size >= 1) {
      let isAny = false;
      for (let from = 0; from < this.plan.faults.length;) {
        const rest = this.plan.faults.toSpliced(from, size);
        if (await this.tryFaults(rest)) isAny = true;
        else from += size;
      }
      if (size === 1 && !isAny) return;
      size = size === 1 ? 1 : Math.ceil(size / 2);
      if (this.runs >= MOST_RUNS) return;
    }
  }

  async plainestWorld(): Promise<void> {
    const { settings } = this.plan;
    const plainer: Partial<Settings>[] = [
      { pods: 1 },
      { pods: 2 },
      { partitions: 1 },
      { partitions: 2 },
      { transactionalProducers: 0 },
      { transactionalProducers: 2 },
      { redriveShare: 0 },
      { badShare: 0 },
      { preparesAhead: false },
      { deadLetterLimits: { maxRatio: 0, ratioWindowEvents: 1, maxRun: 0 } },
      { produceEveryMs: 1_500 },
      { limits: { ...settings.limits, minEvents: 1, maxWaitMs: 200 } },
    ];
    for (const change of plainer) {
      const changed = { ...this.plan.settings, ...change };
      if (JSON.stringify(changed) !== JSON.stringify(this.plan.settings)) {
        await this.#try({ ...this.plan, settings: changed });
      }
    }
  }

  async tryFaults(faults: readonly PlannedFault[]): Promise<boolean> {
    return this.#try({ ...this.plan, faults });
  }

  async #try(plan: Plan): Promise<boolean> {
    if (this.runs >= MOST_RUNS) return false;
    this.runs += 1;
    const { violation } = await simulate(plan);
    if (violation === null || kindOf(violation) !== this.#kind) return false;
    this.plan = plan;
    this.violation = violation;
    return true;
  }
}

/** The broken promise, without the names of pod, partition and message. */
function kindOf(violation: string): string {
  return violation
    .replace(/[{"].*?(?=, and is|$)/, '')
    .replaceAll(/(pod|member)-\d+|\d+/g, '')
    .slice(0, 80);
}
