const STEP_SECONDS = 30;

/**
 * A synthetic week of `ingestion:signal` as OpenMetrics, on the shortened time scale, which the anomaly rules compare
 * with: the rate and the error ratio of the test's traffic, with a spread.
 */
export function aWeekOf(signals: Record<string, number>, factor: number, now = Date.now()): string {
  const end = Math.floor(now / 1000) - (23 * 3_600) / factor;
  const begin = Math.floor(now / 1000) - (8 * 86_400) / factor;
  const lines = ['# TYPE ingestion:signal gauge'];
  for (const [signal, mean] of Object.entries(signals)) {
    for (let at = begin; at < end; at += STEP_SECONDS) {
      const value = mean * (1 + 0.5 * Math.sin(at / 1_000));
      lines.push(`ingestion:signal{signal="${signal}"} ${value} ${at}`);
    }
  }
  return `${lines.join('\n')}\n# EOF\n`;
}
