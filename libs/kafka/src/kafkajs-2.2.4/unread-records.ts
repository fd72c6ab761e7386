/** An aborted transaction, as a fetch response lists it. Its abort marker, later in the log, ends it. */
export interface AbortedTransaction {
  producerId: string;
  firstOffset: string;
}

/** What a fetch brought of a partition, in the place of kafkajs's list of messages until they are decoded. */
export class UnreadRecords extends Array<never> {
  /** What kafkajs derives from it is a list like any other. */
  static override get [Symbol.species](): ArrayConstructor {
    return Array;
  }

  aborted: readonly AbortedTransaction[] = [];

  constructor(readonly bytes: Buffer) {
    super();
  }
}
