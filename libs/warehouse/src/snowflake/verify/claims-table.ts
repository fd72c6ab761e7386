import type { Claim, Emulator } from './claim.js';
import { CLAIM_GROUPS, STREAMING_CLAIM_GROUPS } from './claims.js';

/** The evidence for each claim as a Markdown table, for docs/snowflake-protocol.md. */
export function claimsTable(): string {
  const rows = CLAIM_GROUPS.flatMap(({ title, claims }) => [
    [`**${title}**`, '', '', ''],
    ...claims.map((claim) => [
      claim.name,
      claim.documentation === null ? '' : `[promised](${claim.documentation})`,
      seenOn(claim, 'fakesnow'),
      seenOn(claim, 'endpoint'),
    ]),
  ]);
  return markdown(['Claim', "Snowflake's documentation", 'fakesnow', 'Our endpoint'], rows);
}

/** The claims about Snowpipe Streaming, for the same document. */
export function streamingClaimsTable(): string {
  const rows = STREAMING_CLAIM_GROUPS.flatMap(({ claims }) =>
    claims.map(({ name, documentation, ifBroken = '' }) => [
      name,
      documentation === null ? '' : `[promised](${documentation})`,
      ifBroken,
    ]),
  );
  return markdown(['Claim', "Snowflake's documentation", 'If it does not hold'], rows);
}

function markdown(titles: readonly string[], rows: readonly (readonly string[])[]): string {
  return [titles, titles.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |\n`).join('');
}

function seenOn({ shownBy }: Claim, emulator: Emulator): string {
  return shownBy.includes(emulator) ? 'seen' : '';
}
