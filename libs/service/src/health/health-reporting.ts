import type { OpenTransaction } from '#pipeline';
import type { NotReadyReason } from '#telemetry';

/** Where a service shows its health besides `/health`: its metrics read these sources at each scrape. */
export abstract class HealthReporting {
  /** The name of the service's part in the responses of `/health`. */
  abstract readonly name: string;
  abstract membershipFrom(isMember: () => boolean): void;
  abstract readinessFrom(notReady: () => ReadonlySet<NotReadyReason>): void;
  abstract openTransactionsFrom(openTransactions: () => readonly OpenTransaction[]): void;
  /** What somebody should look at although events get through, one sentence each. */
  remarks?(): string[];
}
