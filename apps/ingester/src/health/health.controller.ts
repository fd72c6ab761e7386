import { Controller, Get } from '@nestjs/common';
import {
  HealthCheck,
  HealthCheckService,
  HealthIndicatorService,
  type HealthCheckResult,
} from '@nestjs/terminus';
import { HealthService } from './health.service.js';

/** The probes. They look at what is known and cause no statement in the warehouse and no request to Kafka. */
@Controller('health')
export class HealthController {
  constructor(
    private readonly checks: HealthCheckService,
    private readonly indicators: HealthIndicatorService,
    private readonly health: HealthService,
  ) {}

  /** Readiness: 200 while events get through, 503 with every reason when they do not. */
  @Get()
  @HealthCheck({ noCache: true })
  ready(): Promise<HealthCheckResult> {
    return this.#answer(
      'ingestion',
      this.health.notReady().map(({ text }) => text),
    );
  }

  /** Liveness: 503 only where a restart is the cure. */
  @Get('live')
  @HealthCheck({ noCache: true })
  live(): Promise<HealthCheckResult> {
    return this.#answer('loop', this.health.notAlive());
  }

  #answer(name: string, problems: string[]): Promise<HealthCheckResult> {
    const indicator = this.indicators.check(name);
    return this.checks.check([() => (problems.length === 0 ? indicator.up() : indicator.down({ problems }))]);
  }
}
