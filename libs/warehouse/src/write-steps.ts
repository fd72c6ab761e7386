import type { WriteStep } from '#pipeline';

/** Notes when each part of a transaction began and ended, also where it failed. */
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
