import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

interface OtlpValue {
  stringValue?: string;
  intValue?: number;
  doubleValue?: number;
  boolValue?: boolean;
  arrayValue?: { values: OtlpValue[] };
}
type OtlpAttributes = { key: string; value: OtlpValue }[];

/** The fields of https://github.com/open-telemetry/opentelemetry-proto that tests check. */
interface OtlpSpan {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  kind: number;
  startTimeUnixNano: string;
  endTimeUnixNano: string;
  attributes: OtlpAttributes;
  events: { name: string; attributes: OtlpAttributes }[];
  links: { traceId: string; spanId: string }[];
  status: { code?: number; message?: string };
}

interface OtlpRequest {
  resourceSpans: { resource: { attributes: OtlpAttributes }; scopeSpans: { spans: OtlpSpan[] }[] }[];
}

export interface ReceivedSpan extends Omit<OtlpSpan, 'attributes' | 'events'> {
  resource: Record<string, unknown>;
  attributes: Record<string, unknown>;
  events: { name: string; attributes: Record<string, unknown> }[];
}

/** A collector that receives traces as OTLP JSON over HTTP, and keeps them. */
export class OtlpEndpoint {
  readonly spans: ReceivedSpan[] = [];
  /** The received bodies. */
  readonly bodies: string[] = [];
  readonly headers: IncomingHttpHeaders[] = [];
  /** The status of the responses, or no response at all. */
  answer: number | 'silence' = 200;

  private constructor(
    private readonly server: Server,
    readonly url: string,
  ) {}

  static async start(port = 0): Promise<OtlpEndpoint> {
    const server = createServer();
    const listening = Promise.withResolvers<void>();
    server.listen(port, '127.0.0.1', listening.resolve);
    await listening.promise;
    const address = server.address() as AddressInfo;
    const endpoint = new OtlpEndpoint(server, `http://127.0.0.1:${address.port}`);
    server.on('request', (request, response) => {
      void text(request).then((body) => {
        if (endpoint.answer === 'silence') return;
        if (endpoint.answer === 200 && request.url === '/v1/traces') endpoint.#take(request.headers, body);
        response.writeHead(endpoint.answer, { 'content-type': 'application/json' }).end('{}');
      });
    });
    return endpoint;
  }

  named(name: string): ReceivedSpan[] {
    return this.spans.filter((span) => span.name === name);
  }

  async stop(): Promise<void> {
    const closed = Promise.withResolvers<void>();
    this.server.close(() => {
      closed.resolve();
    });
    this.server.closeAllConnections();
    await closed.promise;
  }

  #take(headers: IncomingHttpHeaders, body: string): void {
    this.headers.push(headers);
    this.bodies.push(body);
    for (const { resource, scopeSpans } of (JSON.parse(body) as OtlpRequest).resourceSpans) {
      for (const span of scopeSpans.flatMap(({ spans }) => spans)) {
        this.spans.push({
          ...span,
          resource: plain(resource.attributes),
          attributes: plain(span.attributes),
          events: span.events.map(({ name, attributes }) => ({ name, attributes: plain(attributes) })),
        });
      }
    }
  }
}

function plain(attributes: OtlpAttributes): Record<string, unknown> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, plainValue(value)]));
}

function plainValue({ arrayValue, ...value }: OtlpValue): unknown {
  return arrayValue === undefined ? Object.values(value)[0] : arrayValue.values.map(plainValue);
}
