import { FLAG, HOST, integer, PORT } from '../kinds.js';
import { Setting } from '../setting.js';

export class ServiceSettings {
  @Setting({
    key: 'METRICS_PORT',
    kind: PORT,
    default: '8000',
    description: 'Port of /metrics, /health and /health/live.',
  })
  readonly metricsPort!: number;

  @Setting({
    key: 'METRICS_HOST',
    kind: HOST,
    default: { text: 'every address, IPv6 and IPv4', from: () => undefined },
    description: 'Address that this port is opened on.',
  })
  readonly metricsHost: string | undefined;

  @Setting({
    key: 'STATUS_PAGE',
    kind: FLAG,
    default: {
      text: 'true; false with NODE_ENV=production',
      from: ({ isProduction }) => String(!isProduction),
    },
    description:
      'Whether this port answers / with a page to watch the service by. It only shows, to anybody.',
  })
  readonly statusPage!: boolean;

  @Setting({
    key: 'DRAIN_TIMEOUT_MS',
    kind: integer(100, 3_600_000),
    default: '25000',
    description:
      'After SIGTERM the service ends within this time, also where not everything could be stored.',
  })
  readonly drainTimeoutMs!: number;

  @Setting({
    key: 'READY_MAX_FAULT_MS',
    kind: integer(0, 3_600_000),
    default: '30000',
    description: 'A fault that passes makes the service not ready only when it lasts longer.',
  })
  readonly readyMaxFaultMs!: number;

  @Setting({
    key: 'LIVE_MAX_SILENCE_MS',
    kind: integer(1_000, 3_600_000),
    default: '90000',
    description: 'A consumer that has done nothing for this long is taken for stuck.',
  })
  readonly liveMaxSilenceMs!: number;
}
