import { FaultError } from '#pipeline';

const SUFFIX = ' (streaming)';

/**
 * The group to which the checkpoint of a partition belongs in the SQL engine's tables while Snowpipe Streaming writes the
 * partition. The SQL engine then finds no checkpoint that it could move.
 */
export function streamingGroup(consumerGroup: string): string {
  return consumerGroup + SUFFIX;
}

/** The group itself, of either name. */
export function givenGroup(name: string): string {
  return name.endsWith(SUFFIX) ? name.slice(0, -SUFFIX.length) : name;
}

/** The SQL engine must not write what the other engine has continued. */
export function streamedSince(what: string): FaultError {
  return new FaultError({
    class: 'setup',
    code: 'STREAMED_SINCE',
    message: `${what} is written by Snowpipe Streaming: its checkpoints by SQL are old`,
    remedy:
      'Set SNOWFLAKE_INGEST=streaming again. Or move back: stop every ingester, run `operator checkpoints to-sql --yes`, ' +
      'and start with SNOWFLAKE_INGEST=sql',
  });
}
