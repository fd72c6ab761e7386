/** What the service's own metric says of a stage, since its start. */
export interface StageTime {
  seconds: number;
  times: number;
}

const SAMPLE = /^stage_duration_seconds_(?<what>sum|count)\{stage="(?<stage>\w+)"\} (?<value>\S+)$/;

/** Time by stage, of those that came to work: from the text that a process answers at /metrics. */
export function stagesOf(exposition: string): Record<string, StageTime> {
  const stages: Record<string, StageTime> = {};
  for (const line of exposition.split('\n')) {
    const { what, stage = '', value } = SAMPLE.exec(line)?.groups ?? {};
    if (what === undefined) continue;
    const time = (stages[stage] ??= { seconds: 0, times: 0 });
    if (what === 'sum') time.seconds = Number(value);
    else time.times = Number(value);
  }
  return Object.fromEntries(Object.entries(stages).filter(([, { times }]) => times > 0));
}

/** Empty for a process that has no metrics, as the raw consumer. @param url where it would answer */
export async function readStages(url: string): Promise<Record<string, StageTime>> {
  const response = await fetch(`${url}/metrics`).catch(() => null);
  return response === null ? {} : stagesOf(await response.text());
}
