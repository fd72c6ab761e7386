import { Controller, Get, Header } from '@nestjs/common';
import { Registry } from 'prom-client';
import { Metrics } from './metrics.js';

/** GET /metrics; the path is set by PrometheusModule. */
@Controller()
export class MetricsController {
  #rendering: Promise<string> | null = null;

  constructor(private readonly metrics: Metrics) {}

  @Get()
  @Header('Content-Type', Registry.PROMETHEUS_CONTENT_TYPE)
  @Header('Cache-Control', 'no-store')
  exposition(): Promise<string> {
    // Requests that come together share one text: it is what most of their memory would be.
    this.#rendering ??= this.metrics.registry.metrics().finally(() => {
      this.#rendering = null;
    });
    return this.#rendering;
  }
}
