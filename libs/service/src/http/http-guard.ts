import type { IncomingMessage, ServerResponse } from 'node:http';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { ResponseLimit } from './response-limit.js';

/** Headers of every response, including errors: not to be rendered, cached or embedded. */
const HEADERS = new Headers({
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Cache-Control': 'no-store',
});

/**
 * The port is open to everyone who can reach the pod, so large and slow requests are ended. By default Node checks for
 * slow ones only every 30 s; it reads the interval when it starts to listen. A connection is closed after a number of
 * requests that is high enough for scrapers.
 */
const LIMITS = {
  headersTimeout: 15_000,
  requestTimeout: 15_000,
  connectionsCheckingInterval: 1_000,
  maxRequestsPerSocket: 1_000,
};

const RETRY_AFTER_SECONDS = 1;

/** Call before the application listens. Controllers may set headers of their own. */
export function guardHttp(app: NestExpressApplication): void {
  const limit = new ResponseLimit();
  app.disable('x-powered-by');
  app.disable('query parser');
  app.use((request: IncomingMessage, response: ServerResponse, next: () => void) => {
    response.setHeaders(HEADERS);
    const admission = limit.admit(request, response);
    if (admission === 'admitted') {
      next();
      return;
    }
    if (admission === 'flooding') response.setHeader('Connection', 'close');
    response.writeHead(503, { 'Retry-After': RETRY_AFTER_SECONDS }).end();
  });
  Object.assign(app.getHttpServer(), LIMITS);
}
