import { eventually, IngesterProcess, MetricsReading } from '#testing';

/** The service as a black box: its probes, metrics, log and exit code. */
export class Ingester extends IngesterProcess {
  /** Everything that the service has written to standard output and standard error. */
  get output(): string {
    return this.process.lines.join('\n');
  }

  /** The log entries: lines of JSON. */
  log(): Record<string, unknown>[] {
    return this.process.lines
      .filter((line) => line.startsWith('{'))
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  }

  async untilReady(): Promise<void> {
    await this.until('ready', async () => (await this.get('/health')).status === 200);
  }

  /** Waits for a metric, summed over the series with these labels. */
  async untilMetric(name: string, value: number, labels: Record<string, string> = {}): Promise<void> {
    await this.until(`${name} = ${value}`, async () => (await this.metric(name, labels)) === value);
  }

  async metric(name: string, labels: Record<string, string> = {}): Promise<number> {
    const { body } = await this.get('/metrics');
    return new MetricsReading(body).sum(name, labels);
  }

  /** Waits for a condition; the error includes the last lines of the service. */
  async until(describe: string, condition: () => unknown, timeoutMs?: number): Promise<void> {
    try {
      await eventually(condition, timeoutMs === undefined ? { describe } : { timeoutMs, describe });
    } catch (error) {
      throw new Error(`${String(error)}\nthe service's last lines:\n${this.process.lastLines()}`, {
        cause: error,
      });
    }
  }

  /** Sends the signal and resolves with the exit code, null if a signal ended the process. */
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
