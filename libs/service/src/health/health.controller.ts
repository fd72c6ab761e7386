import { Controller, Get, ServiceUnavailableException } from '@nestjs/common';
import {
  HealthCheck,
  HealthCheckService,
  HealthIndicatorService,
  type HealthCheckResult,
  type HealthIndicatorResult,
} from '@nestjs/terminus';
import { HealthService } from './health.service.js';
import type { Problem } from './readiness.js';

/** Terminus also repeats the parts of `details` as `info` or `error`. */
type Health = Pick<HealthCheckResult, 'status' | 'details'>;

const LOOP: HealthIndicatorResult = { loop: { status: 'up' } };
const ALIVE: Health = { status: 'ok', details: LOOP };

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
  ready(): Promise<Health> {
    const texts = (problems: Problem[]) => [...new Set(problems.map(({ text }) => text))];
    return this.#answer(this.health.name, texts(this.health.notReady()), {
      retrying: texts(this.health.problems()),
      waiting: this.health.waitingFor(),
      remarks: this.health.remarks(),
    });
  }

  /** Liveness: 503 only if a restart helps. */
  @Get('live')
  @HealthCheck({ noCache: true })
  async live(): Promise<Health> {
    const problems = this.health.notAlive();
    // While the service drains, Terminus responds to everything with 503, although a restart would not help.
    return problems.length === 0 ? ALIVE : this.#answer('loop', problems);
  }

  /**
   * @param retrying transient problems: reported, but not a reason to fail yet
   * @param waiting what only others can end: reported, but not a reason to fail
   * @param remarks what somebody should look at: reported, but not a reason to fail
   */
  #answer(
    name: string,
    problems: string[],
    {
      retrying = [],
      waiting = [],
      remarks = [],
    }: Partial<Record<'retrying' | 'waiting' | 'remarks', string[]>> = {},
  ): Promise<Health> {
    const indicator = this.indicators.check(name);
    const others: Record<string, string[]> = {
      ...(waiting.length > 0 && { waiting }),
      ...(remarks.length > 0 && { remarks }),
    };
    const up = () => indicator.up(retrying.length === 0 ? others : { retrying, ...others });
    return once(
      this.checks.check([() => (problems.length === 0 ? up() : indicator.down({ problems, ...others }))]),
    );
  }
}

/** Leaves out what Terminus says twice. */
async function once(result: Promise<HealthCheckResult>): Promise<Health> {
  const saidOnce = ({ status, details }: Health): Health => ({ status, details });
  try {
    return saidOnce(await result);
  } catch (error) {
    if (!(error instanceof ServiceUnavailableException)) throw error;
    throw new ServiceUnavailableException(saidOnce(error.getResponse() as HealthCheckResult));
  }
}
