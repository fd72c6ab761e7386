import { Controller, Get, Header } from '@nestjs/common';
import { Registry } from 'prom-client';

/** GET /metrics; the path is set by PrometheusModule. */
@Controller()
export class MetricsController {
  #rendering: Promise<string> | null = null;

  constructor(private readonly registry: Registry) {}

  @Get()
  @Header('Content-Type', Registry.PROMETHEUS_CONTENT_TYPE)
  @Header('Cache-Control', 'no-store')
  exposition(): Promise<string> {
    // Concurrent requests share one text, which would take most of their memory.
    this.#rendering ??= this.registry.metrics().finally(() => {
      this.#rendering = null;
    });
    return this.#rendering;
  }
}
