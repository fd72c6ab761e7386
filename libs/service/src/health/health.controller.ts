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

/** The probes. They report state in memory, without a warehouse statement or a Kafka request. */
@Controller('health')
export class HealthController {
  constructor(
    private readonly checks: HealthCheckService,
    private readonly indicators: HealthIndicatorService,
    private readonly health: HealthService,
  ) {}

  /**
   * Readiness: 200 while events get through, otherwise 503 with every reason. Also reports what events wait for that is
   * outside this service's control.
   */
  @Get()
  @HealthCheck({ noCache: true })
  ready(): Promise<HealthCheckResult> {
    const texts = (problems: Problem[]) => [...new Set(problems.map(({ text }) => text))];
    return this.#answer(this.health.name, texts(this.health.notReady()), {
      retrying: texts(this.health.problems()),
      waiting: this.health.waitingFor(),
    });
  }

  /** Liveness: 503 only if a restart helps. */
  @Get('live')
  @HealthCheck({ noCache: true })
  async live(): Promise<HealthCheckResult> {
    const problems = this.health.notAlive();
    // While the service drains, Terminus responds to everything with 503, although a restart would not help.
    return problems.length === 0 ? ALIVE : this.#answer('loop', problems);
  }

  /**
   * @param retrying transient problems: reported, but not a reason to fail yet
   * @param waiting what only others can end: reported, but not a reason to fail
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
