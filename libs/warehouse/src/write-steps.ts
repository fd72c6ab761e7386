import type { WriteStep } from '#pipeline';

/** Records when each step of a transaction began and ended, including a step that failed. */
export class WriteSteps {
  readonly taken: WriteStep[] = [];

  async take<T>(name: WriteStep['name'], work: () => Promise<T>): Promise<T> {
    const startedAt = performance.now();
    try {
      return await work();
    } finally {
      this.taken.push({ name, startedAt, endedAt: performance.now() });
    }
  }
}
