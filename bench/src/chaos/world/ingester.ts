import { exitText, IngesterProcess, jump, JUMPING_CLOCK, type Exit } from '#testing';

/** A probe that takes longer fails, as in Kubernetes. */
const PROBE_TIMEOUT_MS = 5_000;

/** An ingester process of the run. */
export class Ingester extends IngesterProcess {
  /** A signal of this run has ended it, or will. */
  #isToEnd = false;
  isFrozen = false;

  /**
   * @param onLine is called with each line that the process writes
   * @param onEnd is called with a sentence when the process ends by itself
   */
  constructor(
    port: number,
    env: Readonly<Record<string, string>>,
    onLine: (line: string) => void,
    onEnd: (how: string) => void,
  ) {
    super(port, { ...JUMPING_CLOCK, ...env }, { onLine });
    void this.process.exited.then((exit) => {
      if (!this.#isToEnd) onEnd(`${exitText(exit)}: ${this.#lastWords()}`);
    });
  }

  /** A process that has written nothing is still loading, and any signal ends it. */
  get hasSpoken(): boolean {
    return this.process.lines.length > 0;
  }

  async kill(): Promise<void> {
    this.#isToEnd = true;
    await this.process.kill();
  }

  async terminate(): Promise<Exit> {
    this.#isToEnd = true;
    return this.process.stop('SIGTERM');
  }

  freeze(): void {
    this.isFrozen = true;
    this.process.signal('SIGSTOP');
  }

  thaw(): void {
    this.isFrozen = false;
    this.process.signal('SIGCONT');
  }

  setClock(): void {
    jump(this.process);
  }

  async isReady(): Promise<boolean> {
    return (await this.get('/health', PROBE_TIMEOUT_MS)).status === 200;
  }

  /** The body of a failing liveness probe; null if it succeeds or nothing answers. */
  async notAlive(): Promise<string | null> {
    try {
      const { status, body } = await this.get('/health/live', PROBE_TIMEOUT_MS);
      return status === 503 ? body : null;
    } catch {
      return null;
    }
  }

  #lastWords(): string {
    return (
      this.process.lines.findLast((line) => line.includes('"level":"error"')) ?? this.process.lastLines(1)
    );
  }
}
