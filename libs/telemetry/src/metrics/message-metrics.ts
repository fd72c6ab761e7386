import { Counter, Gauge, type Registry } from 'prom-client';
import { EVENT_LABELS, type EventLabel } from '#events';
import { ERROR_TYPES, type DriftCount, type ValidatedCount } from '#pipeline';
import { MetricGroup } from './metric-group.js';

const DRIFT_KINDS = [
  'unknown_field',
  'unfit_optional_field',
  'near_miss_type',
] as const satisfies readonly DriftCount['kind'][];

/** Dashboards call undecodable messages json_error; every other status has its own name. */
function statusLabel(status: ValidatedCount['status']): string {
  return status === 'json_decode' ? 'json_error' : status;
}

/** What becomes of messages. */
export class MessageMetrics extends MetricGroup {
  readonly eventsConsumed = new Counter({
    name: 'kafka_events_consumed_total',
    help: 'Messages read from Kafka and validated, by event type and status',
    labelNames: ['event_type', 'status'],
    registers: this.registers,
  });

  readonly eventsInserted = new Counter({
    name: 'snowflake_events_inserted_total',
    help: 'Rows committed to the warehouse, by event type',
    labelNames: ['event_type'],
    registers: this.registers,
  });

  readonly deadLetters = new Counter({
    name: 'dlq_messages_total',
    help: 'Dead letters that the dead-letter topic acknowledged, by error type',
    labelNames: ['error_type'],
    registers: this.registers,
  });

  readonly deadLetterRatio = new Gauge({
    name: 'dead_letter_ratio',
    help: 'Share of dead letters among the last DLQ_RATIO_WINDOW_EVENTS messages, which DLQ_MAX_RATIO limits',
    registers: this.registers,
  });

  readonly deadLetterLimitHit = new Gauge({
    name: 'dead_letter_limit_hit',
    help: '1 while the dead-letter limit holds all events until an operator acts, else 0',
    registers: this.registers,
  });

  readonly contractDrift = new Counter({
    name: 'contract_drift_total',
    help: 'Fields in events that the contract does not have, or defines differently; kind near_miss_type: events whose type has no contract, but resembles this one',
    labelNames: ['event_type', 'kind'],
    registers: this.registers,
  });

  readonly lostMessages = new Counter({
    name: 'lost_messages_total',
    help: 'Offsets that retention deleted before they were read',
    registers: this.registers,
  });

  constructor(registry: Registry) {
    super(registry);
    for (const label of EVENT_LABELS) {
      for (const status of ['success', 'skipped', ...ERROR_TYPES] as const) {
        this.eventsConsumed.inc({ event_type: label, status: statusLabel(status) }, 0);
      }
      this.eventsInserted.inc({ event_type: label }, 0);
      for (const kind of DRIFT_KINDS) this.contractDrift.inc({ event_type: label, kind }, 0);
    }
    for (const type of ERROR_TYPES) this.deadLetters.inc({ error_type: type }, 0);
  }

  validated(counts: readonly ValidatedCount[], drift: readonly DriftCount[]): void {
    for (const { label, status, count } of counts) {
      this.eventsConsumed.inc({ event_type: label, status: statusLabel(status) }, count);
    }
    for (const { label, kind, count } of drift) this.contractDrift.inc({ event_type: label, kind }, count);
  }

  stored(counts: ReadonlyMap<EventLabel, number>): void {
    for (const [label, count] of counts) this.eventsInserted.inc({ event_type: label }, count);
  }
}
