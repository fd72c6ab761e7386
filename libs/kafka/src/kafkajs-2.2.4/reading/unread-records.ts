/** An aborted transaction, as a fetch response lists it. Its abort marker, later in the log, ends it. */
export interface AbortedTransaction {
  producerId: string;
  firstOffset: string;
}

/** The undecoded records of a fetched partition, in place of kafkajs's list of messages until they are decoded. */
export class UnreadRecords extends Array<never> {
  /** Makes map and filter return ordinary arrays. */
  static override get [Symbol.species](): ArrayConstructor {
    return Array;
  }

  aborted: readonly AbortedTransaction[] = [];

  constructor(readonly bytes: Buffer) {
    super();
  }
}
