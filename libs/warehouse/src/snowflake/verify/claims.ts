import { OWNER_CLAIMS } from '../../streaming/verify/owner-claims.js';
import { ROW_CLAIMS } from '../../streaming/verify/row-claims.js';
import type { Claim } from './claim.js';
import { CONTENT_CLAIMS } from './claims/content.js';
import { DEAD_LETTER_CLAIMS } from './claims/dead-letters.js';
import { HYBRID_CLAIMS } from './claims/hybrid.js';
import { LOCK_CLAIMS } from './claims/locks.js';
import { OWNERSHIP_CLAIMS } from './claims/ownership.js';
import { PRIVILEGE_CLAIMS } from './claims/privileges.js';
import { SCHEMA_CLAIMS } from './claims/schema.js';
import { SESSION_CLAIMS } from './claims/session.js';
import { SIZE_CLAIMS } from './claims/sizes.js';
import { THROUGHPUT_CLAIMS } from './claims/throughput.js';
import { TRANSACTION_CLAIMS } from './claims/transaction.js';

export interface ClaimGroup {
  title: string;
  claims: readonly Claim[];
}

/** The claims about SQL, in the order in which they are tried. */
export const CLAIM_GROUPS: readonly ClaimGroup[] = [
  { title: 'Schema and rights', claims: [...SCHEMA_CLAIMS, ...SESSION_CLAIMS, ...PRIVILEGE_CLAIMS] },
  { title: 'Content', claims: CONTENT_CLAIMS },
  { title: 'The transaction', claims: TRANSACTION_CLAIMS },
  { title: 'Ownership', claims: OWNERSHIP_CLAIMS },
  { title: 'Locks', claims: LOCK_CLAIMS },
  { title: 'Checkpoints in a hybrid table', claims: HYBRID_CLAIMS },
  { title: 'Dead letters', claims: DEAD_LETTER_CLAIMS },
  { title: 'Size and cost', claims: [...SIZE_CLAIMS, ...THROUGHPUT_CLAIMS] },
];

/** The claims about Snowpipe Streaming, which need its pipes. */
export const STREAMING_CLAIM_GROUPS: readonly ClaimGroup[] = [
  { title: 'Rows by Snowpipe Streaming', claims: ROW_CLAIMS },
  { title: 'Owners of channels', claims: OWNER_CLAIMS },
];
