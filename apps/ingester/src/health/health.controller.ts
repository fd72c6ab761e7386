import { Controller, Get } from '@nestjs/common';
import {
  HealthCheck,
  HealthCheckService,
  HealthIndicatorService,
  type HealthCheckResult,
  type HealthIndicatorResult,
} from '@nestjs/terminus';
import { HealthService } from './health.service.js';

const LOOP: HealthIndicatorResult = { loop: { status: 'up' } };
const ALIVE: HealthCheckResult = { status: 'ok', info: LOOP, error: {}, details: LOOP };

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
  async live(): Promise<HealthCheckResult> {
    const problems = this.health.notAlive();
    // Terminus answers 503 to everything while the service drains, and that no restart can cure.
    return problems.length === 0 ? ALIVE : this.#answer('loop', problems);
  }

  #answer(name: string, problems: string[]): Promise<HealthCheckResult> {
    const indicator = this.indicators.check(name);
    return this.checks.check([() => (problems.length === 0 ? indicator.up() : indicator.down({ problems }))]);
  }
}
