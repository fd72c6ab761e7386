export type KnownFaultName =
  | 'ghost-consumer'
  | 'blocked-loop'
  | 'aborted-rows'
  | 'unplaced-partitions'
  | 'offset-moved-back'
  | 'mixed-topics';

interface KnownFault {
  what: string;
  /** Whether the product no longer has the fault. */
  isMended: boolean;
}

/** Faults of the product that the simulation found. A run that tolerates one works around it, to show others. */
export const KNOWN_FAULTS: Record<KnownFaultName, KnownFault> = {
  'ghost-consumer': {
    what: 'a pod that is not a member of the group fetches and stores forever',
    isMended: true,
  },
  'blocked-loop': {
    what: 'the fetchers of a stopping consumer retry without a pause and block the event loop',
    isMended: true,
  },
  'aborted-rows': {
    what: 'rows of aborted transactions are stored if several producers are active',
    isMended: true,
  },
  'unplaced-partitions': {
    what: 'after the clock was set back, partitions get no position until it has caught up',
    isMended: true,
  },
  'offset-moved-back': {
    what: "a commit that hung is repeated under a later generation and moves another member's offset back",
    isMended: true,
  },
  'mixed-topics': {
    what: 'after a topic was recreated, reading continues in the middle of the new one',
    isMended: true,
  },
};

export const KNOWN_FAULT_NAMES = Object.keys(KNOWN_FAULTS) as KnownFaultName[];

/** The faults that the product still has. */
export const OPEN_FAULT_NAMES = KNOWN_FAULT_NAMES.filter((name) => !KNOWN_FAULTS[name].isMended);
