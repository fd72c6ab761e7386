import { Controller, Get } from '@nestjs/common';
import {
  HealthCheck,
  HealthCheckService,
  HealthIndicatorService,
  type HealthCheckResult,
  type HealthIndicatorResult,
} from '@nestjs/terminus';
import { HealthService } from './health.service.js';
import type { Problem } from './readiness.js';

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

  /**
   * Readiness: 200 while events get through, 503 with every reason when they do not. Says as well what events wait for
   * that is not this service's to do.
   */
  @Get()
  @HealthCheck({ noCache: true })
  ready(): Promise<HealthCheckResult> {
    const texts = (problems: Problem[]) => [...new Set(problems.map(({ text }) => text))];
    return this.#answer('ingestion', texts(this.health.notReady()), {
      retrying: texts(this.health.problems()),
      waiting: this.health.waitingFor(),
    });
  }

  /** Liveness: 503 only where a restart is the cure. */
  @Get('live')
  @HealthCheck({ noCache: true })
  async live(): Promise<HealthCheckResult> {
    const problems = this.health.notAlive();
    // Terminus answers 503 to everything while the service drains, and that no restart can cure.
    return problems.length === 0 ? ALIVE : this.#answer('loop', problems);
  }

  /**
   * @param retrying what is wrong and may pass by itself: told, and no reason to fail yet
   * @param waiting what is for others to end: told, and no reason to fail
   */
  #answer(
    name: string,
    problems: string[],
    { retrying, waiting }: { retrying: string[]; waiting: string[] } = { retrying: [], waiting: [] },
  ): Promise<HealthCheckResult> {
    const indicator = this.indicators.check(name);
    const others: Record<string, string[]> = waiting.length === 0 ? {} : { waiting };
    const up = () => indicator.up(retrying.length === 0 ? others : { retrying, ...others });
    return this.checks.check([
      () => (problems.length === 0 ? up() : indicator.down({ problems, ...others })),
    ]);
  }
}
