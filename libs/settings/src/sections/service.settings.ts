import { FLAG, HOST, HOSTS, integer, oneOf, PORT } from '../kinds/index.js';
import { Setting } from './setting.js';

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
    description: 'Address to listen on.',
  })
  readonly metricsHost: string | undefined;

  @Setting({
    key: 'STATUS_PAGE',
    kind: FLAG,
    default: {
      text: 'true; false with NODE_ENV=production',
      from: ({ isProduction }) => String(!isProduction),
    },
    description: 'Whether this port serves a status page at /.',
  })
  readonly statusPage!: boolean;

  @Setting({
    key: 'STATUS_PAGE_ACCESS',
    kind: oneOf(PAGE_ACCESS),
    default: 'loopback',
    description:
      'Who may see the page. loopback: only this machine, including tunnels such as kubectl port-forward; any: whoever reaches the port.',
  })
  readonly statusPageAccess!: (typeof PAGE_ACCESS)[number];

  @Setting({
    key: 'STATUS_PAGE_HOSTS',
    kind: HOSTS,
    default: { text: '', from: () => '' },
    description:
      "Additional host names that may be used to open the page, separated by commas. localhost, the machine's own name and IP addresses are always allowed.",
  })
  readonly statusPageHosts!: string[];

  @Setting({
    key: 'DRAIN_TIMEOUT_MS',
    kind: integer(100, 3_600_000),
    default: '25000',
    description: 'After SIGTERM the service exits within this time, even if it could not store everything.',
  })
  readonly drainTimeoutMs!: number;

  @Setting({
    key: 'READY_MAX_FAULT_MS',
    kind: integer(0, 3_600_000),
    default: '30000',
    description: 'A transient fault makes the service unready only if it lasts longer than this.',
  })
  readonly readyMaxFaultMs!: number;

  @Setting({
    key: 'LIVE_MAX_SILENCE_MS',
    kind: integer(1_000, 3_600_000),
    default: '90000',
    description: 'A consumer without any activity for this long counts as stuck.',
  })
  readonly liveMaxSilenceMs!: number;
}
