/** When a batch is written: at so many events, or when its oldest event has waited so long. */
export interface BatchTiming {
  minEvents: number;
  maxWaitSeconds: number;
}

/** What a day of events costs one pod. */
export interface DayCost {
  statements: number;
  /** Credits of a month of 730 hours with a Gen1 X-Small, at one credit an hour. */
  creditsAMonth: number;
}

const DAY_SECONDS = 86_400;
const MONTH_HOURS = 730;
const AUTO_SUSPEND_SECONDS = 60;
const STATEMENT_SECONDS = 0.2;
/** Of usual size, compressed to the default of SNOWFLAKE_MAX_BIND_BYTES. */
const EVENTS_A_BIND = 12_000;

/** The estimate of docs/snowflake.md, "What decides the bill", for events that arrive evenly. */
export function dayCost(eventsADay: number, { minEvents, maxWaitSeconds }: BatchTiming): DayCost {
  const rate = eventsADay / DAY_SECONDS;
  const due = Math.min(minEvents, 1 + rate * maxWaitSeconds);
  const events = Math.max(due, rate * writeSeconds(due));
  const awakeSeconds = writeSeconds(events) + AUTO_SUSPEND_SECONDS;
  return {
    statements: (eventsADay / events) * statementsOf(events),
    creditsAMonth: MONTH_HOURS * Math.min(1, awakeSeconds / (events / rate)),
  };
}

/** `cost.spec.ts` beside the adapter counts them. */
function statementsOf(events: number): number {
  return 3 + Math.max(2, Math.ceil(events / EVENTS_A_BIND));
}

function writeSeconds(events: number): number {
  return STATEMENT_SECONDS * statementsOf(events);
}
