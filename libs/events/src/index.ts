export { EventJudge } from './event-judge.js';
export { EVENT_LABELS } from './event-types.js';
export type { EventLabel } from './event-types.js';
export * from './verdict.js';
