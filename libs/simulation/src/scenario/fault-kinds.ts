/** Everything that may strike. A plan draws from it by place: a new kind goes to the end. */
export const FAULT_KINDS = [
  'kill',
  'drain',
  'freeze',
  'another-pod',
  'clock',
  'reset',
  'black-hole',
  'broken-join',
  'broker-down',
  'leader',
  'coordinator',
  'slow-brokers',
  'throttle',
  'letters-refused',
  'letters-unsure',
  'warehouse-down',
  'warehouse-losses',
  'warehouse-late',
  'warehouse-slow',
  'warehouse-doubles',
  'warehouse-lost',
  'retention',
  'compaction',
  'topic-made-anew',
] as const;

/** What else strikes a world on Snowpipe Streaming. */
export const STREAMING_FAULT_KINDS = ['channels-invalidated', 'commits-withheld', 'tokens-expired'] as const;

export type FaultKind = (typeof FAULT_KINDS)[number] | (typeof STREAMING_FAULT_KINDS)[number];
