import { Summary } from 'prom-client';

/**
 * A summary without labels that accepts many equal observations in one call. Its `_sum` and `_count` are exact; its
 * quantiles cover calls, not observations.
 */
export class WeightedSummary extends Summary {
  #sum = 0;
  #count = 0;

  /** Counts `times` observations of `value`. */
  observeMany(value: number, times: number): void {
    this.observe(value);
    this.#sum += value * times;
    this.#count += times;
  }

  override async get(): Promise<Awaited<ReturnType<Summary['get']>>> {
    const metric = await super.get();
    for (const sample of metric.values) {
      if (sample.metricName === `${metric.name}_sum`) sample.value = this.#sum;
      if (sample.metricName === `${metric.name}_count`) sample.value = this.#count;
    }
    return metric;
  }
}
