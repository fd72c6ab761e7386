import { Counter, Gauge, type Registry } from 'prom-client';
import type { Fault, FaultStage } from '#pipeline';
import { MetricGroup } from './metric-group.js';

const FAULT_STAGES = [
  'dead_letter',
  'warehouse',
  'assignment',
  'kafka',
  'log_ends',
] as const satisfies readonly FaultStage[];
const FAULT_CLASSES = ['transient', 'setup'] as const satisfies readonly Fault['class'][];

/** Why the service is not ready. */
export const NOT_READY_REASONS = [
  'starting',
  'stopping',
  'failed',
  'dead_letter_limit',
  'partition_held',
  ...FAULT_STAGES,
] as const;

export type NotReadyReason = (typeof NOT_READY_REASONS)[number];

/** Vendors have thousands of error codes: beyond this many, new ones count as `other`. */
const MOST_ERROR_CODES = 50;

/** The longest code of Snowpipe Streaming that an alert selects has 47 characters. */
const LABEL_VALUE = /^\w{1,60}$/;

/** Whether events get through, and the faults that prevent it. */
export class HealthMetrics extends MetricGroup {
  readonly ready = new Gauge({
    name: 'ready',
    help: '1 while events get through (as in /health), else 0',
    registers: this.registers,
    collect: () => {
      this.ready.set(this.#notReady().size === 0 ? 1 : 0);
    },
  });

  readonly notReady = new Gauge({
    name: 'not_ready',
    help: '1 for each reason why the service is not ready, 0 for the others',
    labelNames: ['reason'],
    registers: this.registers,
    collect: () => {
      const reasons = this.#notReady();
      for (const reason of NOT_READY_REASONS) this.notReady.set({ reason }, reasons.has(reason) ? 1 : 0);
    },
  });

  readonly faults = new Counter({
    name: 'faults_total',
    help: 'Failed attempts, by stage and class: transient faults pass by themselves, setup faults need an operator',
    labelNames: ['stage', 'class'],
    registers: this.registers,
  });

  readonly warehouseErrors = new Counter({
    name: 'warehouse_errors_total',
    help: 'Warehouse errors, by class (transient, setup, data) and code; data counts rejected rows',
    labelNames: ['class', 'code'],
    registers: this.registers,
  });

  #notReady: () => ReadonlySet<NotReadyReason> = () => new Set(['starting']);
  readonly #errorCodes = new Set<string>();

  constructor(registry: Registry) {
    super(registry);
    for (const stage of FAULT_STAGES) {
      for (const faultClass of FAULT_CLASSES) this.faults.inc({ stage, class: faultClass }, 0);
    }
    // An increase of a series that begins with its first error cannot be seen.
    this.countRejectedRows(0);
  }

  /** Sets the source of `ready` and `not_ready`, which is read at each scrape. Until then the reason is `starting`. */
  readinessFrom(notReady: () => ReadonlySet<NotReadyReason>): void {
    this.#notReady = notReady;
  }

  countWarehouseError(errorClass: Fault['class'], code: string): void {
    this.warehouseErrors.inc({ class: errorClass, code: this.#boundedCode(code) });
  }

  countRejectedRows(count: number): void {
    this.warehouseErrors.inc({ class: 'data', code: 'rejected_row' }, count);
  }

  #boundedCode(code: string): string {
    if (this.#errorCodes.has(code)) return code;
    if (this.#errorCodes.size >= MOST_ERROR_CODES || !LABEL_VALUE.test(code)) return 'other';
    this.#errorCodes.add(code);
    return code;
  }
}
