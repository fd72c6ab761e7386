import type { IncomingMessage, ServerResponse } from 'node:http';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { ResponseLimit } from './response-limit.js';

/** What every answer says, an error's too: it is nothing to show, to keep or to embed. */
const HEADERS = new Headers({
  'Content-Security-Policy': "default-src 'none'; frame-ancestors 'none'",
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Cache-Control': 'no-store',
});

/**
 * The port is open to everybody who reaches the pod: requests are small and sent at once, or are ended. Node looks for
 * late ones only each 30 s by itself, and reads the interval when it begins to listen. A connection is closed after a
 * number of requests that no scraper minds.
 */
const LIMITS = {
  headersTimeout: 15_000,
  requestTimeout: 15_000,
  connectionsCheckingInterval: 1_000,
  maxRequestsPerSocket: 1_000,
};

const RETRY_AFTER_SECONDS = 1;

/** Before the application listens. Controllers may say more about their own answers. */
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
