import { STAGES, type Stage } from '#pipeline';

export interface StageTime {
  stage: Stage;
  /** How often it ran. */
  count: number;
  meanSeconds: number;
  maxSeconds: number;
}

interface Times {
  count: number;
  seconds: number;
  max: number;
}

/** How long each stage has taken in the last turns. The caller ends each turn. */
export class StageTimes {
  #current = new Map<Stage, Times>();
  readonly #turns: Map<Stage, Times>[] = [this.#current];

  /** @param turns the number to keep, including the current one */
  constructor(private readonly turns: number) {}

  add(stage: Stage, seconds: number): void {
    merge(this.#current, stage, { count: 1, seconds, max: seconds });
  }

  endTurn(): void {
    this.#current = new Map();
    this.#turns.push(this.#current);
    if (this.#turns.length > this.turns) this.#turns.shift();
  }

  /** All stages, including those that did not run. */
  summary(): StageTime[] {
    const all = new Map<Stage, Times>();
    for (const turn of this.#turns) for (const [stage, times] of turn) merge(all, stage, times);
    return STAGES.map((stage) => {
      const { count, seconds, max } = all.get(stage) ?? { count: 0, seconds: 0, max: 0 };
      return { stage, count, meanSeconds: count === 0 ? 0 : seconds / count, maxSeconds: max };
    });
  }
}

function merge(into: Map<Stage, Times>, stage: Stage, { count, seconds, max }: Times): void {
  const before = into.get(stage) ?? { count: 0, seconds: 0, max: 0 };
  into.set(stage, {
    count: before.count + count,
    seconds: before.seconds + seconds,
    max: Math.max(before.max, max),
  });
}
