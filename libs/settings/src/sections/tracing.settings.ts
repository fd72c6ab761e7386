import { FLAG, HTTP_URL, oneOf, OTLP_HEADERS, parseOtlpHeaders, RATIO, WORDS } from '../kinds/index.js';
import type { Secret } from '../kinds/secret.js';
import { Setting } from './setting.js';

const SAMPLERS = ['always_on', 'always_off', 'traceidratio'] as const;
/** A batch is the root of its trace, so parent-based sampling makes no difference. */
const PARENT_BASED = SAMPLERS.map((sampler) => `parentbased_${sampler}` as const);

/**
 * Traces are sent if and only if an endpoint is set. The variables are OpenTelemetry's own, which Kubernetes operators
 * and collectors set for all pods. A switch of our own would be a second place to look when traces are missing.
 */
export class TracingSettings {
  @Setting({
    key: 'OTEL_EXPORTER_OTLP_ENDPOINT',
    kind: HTTP_URL,
    description:
      'OpenTelemetry collector to send traces to, at /v1/traces, as OTLP over HTTP in JSON. If no endpoint is set, nothing is sent.',
  })
  readonly baseEndpoint?: string;

  @Setting({
    key: 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT',
    kind: HTTP_URL,
    description: 'The full URL for traces, if they go elsewhere.',
  })
  readonly tracesEndpoint?: string;

  @Setting({
    key: 'OTEL_EXPORTER_OTLP_HEADERS',
    kind: OTLP_HEADERS,
    description: 'Headers for the collector, as name=value separated by commas, values percent-encoded.',
  })
  readonly headersText?: Secret;

  @Setting({
    key: 'OTEL_SERVICE_NAME',
    kind: WORDS,
    default: 'sales-events-ingester',
    description: 'The name of the service in traces.',
  })
  readonly serviceName!: string;

  @Setting({
    key: 'OTEL_TRACES_SAMPLER',
    kind: oneOf([...SAMPLERS, ...PARENT_BASED]),
    default: 'always_on',
    description:
      'Which batches are traced: always_on, always_off, traceidratio; a prefix parentbased_ makes no difference.',
  })
  readonly samplerName!: (typeof SAMPLERS | typeof PARENT_BASED)[number];

  @Setting({
    key: 'OTEL_TRACES_SAMPLER_ARG',
    kind: RATIO,
    default: '1',
    description: 'The share of batches that traceidratio traces.',
  })
  readonly samplerRatio!: number;

  @Setting({
    key: 'OTEL_SDK_DISABLED',
    kind: FLAG,
    default: 'false',
    description: 'true: no traces, even if an endpoint is set.',
  })
  readonly isDisabled!: boolean;

  /** Where traces are sent; null while tracing is off. */
  get endpoint(): string | null {
    if (this.isDisabled) return null;
    if (this.tracesEndpoint !== undefined) return this.tracesEndpoint;
    return this.baseEndpoint === undefined ? null : `${this.baseEndpoint.replace(/\/+$/, '')}/v1/traces`;
  }

  headers(): Record<string, string> {
    return parseOtlpHeaders(this.headersText?.reveal() ?? '') ?? {};
  }

  /** The share of batches that are traced. */
  get share(): number {
    if (this.samplerName.endsWith('traceidratio')) return this.samplerRatio;
    return this.samplerName.endsWith('always_on') ? 1 : 0;
  }
}
