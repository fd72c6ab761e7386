import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';

/** A notification: the receiver, the alert, and whether it fires or is resolved. */
export interface Notification {
  receiver: string;
  alert: string;
  status: 'firing' | 'resolved';
  annotations: Record<string, string>;
}

interface Payload {
  alerts: {
    status: Notification['status'];
    labels: Record<string, string>;
    annotations: Record<string, string>;
  }[];
}

/** Replaces mail, Slack and PagerDuty: records what Alertmanager sends. */
export class WebHook {
  readonly notifications: Notification[] = [];

  private constructor(private readonly server: Server) {}

  static async start(): Promise<WebHook> {
    const server = createServer();
    const hook = new WebHook(server);
    server.on('request', (request, response) => {
      void json(request).then((body) => {
        for (const { status, labels, annotations } of (body as Payload).alerts) {
          const receiver = (request.url ?? '').slice(1);
          hook.notifications.push({ receiver, alert: labels['alertname'] ?? '', status, annotations });
        }
        response.end();
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return hook;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    this.server.close();
    await once(this.server, 'close');
  }
}
