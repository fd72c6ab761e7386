import { MetricsReading } from '#testing';

/** What the service's own metric says of a stage, since its start. */
export interface StageTime {
  seconds: number;
  times: number;
}

/** Time by stage, of those that came to work: from the text that a process answers at /metrics. */
export function stagesOf(exposition: string): Record<string, StageTime> {
  const reading = new MetricsReading(exposition);
  const seconds = reading.by('stage_duration_seconds_sum', 'stage');
  const stages = [...reading.by('stage_duration_seconds_count', 'stage')].map(
    ([stage, times]): [string, StageTime] => [stage, { seconds: seconds.get(stage) ?? 0, times }],
  );
  return Object.fromEntries(stages.filter(([, { times }]) => times > 0));
}

/** Empty for a process that has no metrics, as the raw consumer. @param url where it would answer */
export async function readStages(url: string): Promise<Record<string, StageTime>> {
  const response = await fetch(`${url}/metrics`).catch(() => null);
  return response === null ? {} : stagesOf(await response.text());
}
