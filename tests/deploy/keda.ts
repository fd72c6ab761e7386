/** What KEDA's Kafka scaler reads of a partition at one poll. */
export interface PartitionPoll {
  committed: number;
  end: number;
}

/**
 * The pods that KEDA's Kafka scaler asks for at each poll, after its documentation
 * (https://keda.sh/docs/latest/scalers/apache-kafka/). With `excludePersistentLag`, a partition whose committed offset is
 * that of the poll before counts as having no lag.
 */
export function podsWanted(
  polls: readonly (readonly PartitionPoll[])[],
  { lagThreshold, excludePersistentLag = 'false' }: Record<string, string>,
): number[] {
  return polls.map((partitions, poll) => {
    const lags = partitions.map(({ committed, end }, partition) => {
      const isPersistent = polls[poll - 1]?.[partition]?.committed === committed;
      return excludePersistentLag === 'true' && isPersistent ? 0 : end - committed;
    });
    const lag = lags.reduce((sum, each) => sum + each, 0);
    return Math.min(partitions.length, Math.ceil(lag / Number(lagThreshold)));
  });
}
