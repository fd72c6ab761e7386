import type { ServerResponse } from 'node:http';
import type { NestExpressApplication } from '@nestjs/platform-express';

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
 * late ones only each 30 s by itself, and reads the interval when it begins to listen.
 */
const LIMITS = { headersTimeout: 15_000, requestTimeout: 15_000, connectionsCheckingInterval: 1_000 };

/** Before the application listens. Controllers may say more about their own answers. */
export function guardHttp(app: NestExpressApplication): void {
  app.disable('x-powered-by');
  app.disable('query parser');
  app.use((_: unknown, response: ServerResponse, next: () => void) => {
    response.setHeaders(HEADERS);
    next();
  });
  Object.assign(app.getHttpServer(), LIMITS);
}
