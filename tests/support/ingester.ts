import { eventually, IngesterProcess, MetricsReading } from '#testing';

/** The service seen from outside only: its probes, its metrics, its log, its exit code. */
export class Ingester extends IngesterProcess {
  /** Everything that the service has written, standard output and standard error. */
  get output(): string {
    return this.process.lines.join('\n');
  }

  /** The log's entries: lines that are JSON. */
  log(): Record<string, unknown>[] {
    return this.process.lines
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  }

  async untilReady(): Promise<void> {
    await this.until('ready', async () => (await this.get('/health')).status === 200);
  }

  /** Waits for a metric, summed over the series whose labels are as given. */
  async untilMetric(name: string, value: number, labels: Record<string, string> = {}): Promise<void> {
    await this.until(`${name} = ${value}`, async () => (await this.metric(name, labels)) === value);
  }

  async metric(name: string, labels: Record<string, string> = {}): Promise<number> {
    const { body } = await this.get('/metrics');
    return new MetricsReading(body).sum(name, labels);
  }

  /** Waits for a condition; what the service wrote last is part of the error. */
  async until(describe: string, condition: () => unknown, timeoutMs?: number): Promise<void> {
    try {
      await eventually(condition, timeoutMs === undefined ? { describe } : { timeoutMs, describe });
    } catch (error) {
      throw new Error(`${String(error)}\nthe service's last lines:\n${this.process.lastLines()}`, {
        cause: error,
      });
    }
  }

  /** Sends the signal and resolves with the exit code, null where a signal ended it. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    this.process.signal(signal);
    return this.exit();
  }

  signal(signal: NodeJS.Signals): void {
    this.process.signal(signal);
  }

  async exit(): Promise<number | null> {
    return (await this.process.exited).code;
  }

  async kill(): Promise<void> {
    await this.process.kill();
  }
}
