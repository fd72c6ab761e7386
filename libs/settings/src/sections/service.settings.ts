import { FLAG, HOST, HOSTS, integer, oneOf, PORT } from '../kinds.js';
import { Setting } from '../setting.js';

const PAGE_ACCESS = ['loopback', 'any'] as const;

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
    description: 'Whether this port answers / with a page to watch the service by. It only shows.',
  })
  readonly statusPage!: boolean;

  @Setting({
    key: 'STATUS_PAGE_ACCESS',
    kind: oneOf(PAGE_ACCESS),
    default: 'loopback',
    description:
      'Who may see the page: loopback, only this machine, tunnels such as kubectl port-forward included; any, whoever reaches the port.',
  })
  readonly statusPageAccess!: (typeof PAGE_ACCESS)[number];

  @Setting({
    key: 'STATUS_PAGE_HOSTS',
    kind: HOSTS,
    default: { text: '', from: () => '' },
    description:
      "Names that the page may be asked for by, with commas between, beside localhost, the machine's own and IP addresses.",
  })
  readonly statusPageHosts!: string[];

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
