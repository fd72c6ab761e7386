import { partitionName, type TopicPartition, type Undecodable } from '#pipeline';

/** A record batch that cannot be read; a retry does not help. The error text contains no record content. */
export class UndecodableError extends Error {
  override name = 'UndecodableError';

  constructor(
    readonly code: 'RECORD_BATCH_CORRUPT' | 'RECORD_BATCH_TOO_LARGE',
    message: string,
  ) {
    super(message);
  }
}

export function corrupt(message: string): UndecodableError {
  return new UndecodableError('RECORD_BATCH_CORRUPT', message);
}

export function tooLarge(message: string): UndecodableError {
  return new UndecodableError('RECORD_BATCH_TOO_LARGE', message);
}

/** Reports the offsets `first` to `last`, both inclusive, to the operator. */
export function undecodable(
  at: TopicPartition,
  { first, last }: Pick<Undecodable, 'first' | 'last'>,
  { code, message }: UndecodableError,
): Undecodable {
  const { partition } = at;
  const pass = `checkpoints pass --partition ${partition} --offset ${first} --through ${last} --yes`;
  return {
    first,
    last,
    isCorrupt: code === 'RECORD_BATCH_CORRUPT',
    fault: {
      class: 'setup',
      code,
      message: `${partitionName(at)}@${first} to ${last} cannot be read: ${message}. They block their partition`,
      remedy:
        `See the runbook, "Poison message". To skip these ${last - first + 1} offsets, each of which becomes ` +
        `a dead letter without content, run \`npm run operator -- ${pass}\` (with the image: \`operator\` and the same arguments) and ` +
        `restart the service`,
    },
  };
}
