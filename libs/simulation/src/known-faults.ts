export type KnownFaultName =
  | 'ghost-consumer'
  | 'blocked-loop'
  | 'aborted-rows'
  | 'unplaced-partitions'
  | 'offset-moved-back'
  | 'mixed-topics';

interface KnownFault {
  what: string;
  /** Where false, the product still has it. */
  isMended: boolean;
}

/** Faults of the product that the simulation found. A run that tolerates one works round it, so that others show. */
export const KNOWN_FAULTS: Record<KnownFaultName, KnownFault> = {
  'ghost-consumer': {
    what: 'a pod fetches and stores as no member of the group, for ever',
    isMended: true,
  },
  'blocked-loop': {
    what: 'the event loop is blocked: fetchers of a consumer that stops ask again without a pause',
    isMended: true,
  },
  'aborted-rows': {
    what: 'rows of aborted transactions are stored where several producers are at work',
    isMended: true,
  },
  'unplaced-partitions': {
    what: 'after the clock was set back partitions are not placed until it is there again',
    isMended: true,
  },
  'offset-moved-back': {
    what: "a commit that hung is repeated under a later generation and moves another member's offset back",
    isMended: true,
  },
  'mixed-topics': {
    what: 'a topic that was made anew is read on in the middle',
    isMended: true,
  },
};

export const KNOWN_FAULT_NAMES = Object.keys(KNOWN_FAULTS) as KnownFaultName[];

/** Those that the product still has. */
export const OPEN_FAULT_NAMES = KNOWN_FAULT_NAMES.filter((name) => !KNOWN_FAULTS[name].isMended);
