import type { Registry } from 'prom-client';

/** Metrics of one subject, registered where they are created. */
export abstract class MetricGroup {
  protected readonly registers: Registry[];

  constructor(registry: Registry) {
    this.registers = [registry];
  }
}
