import type { Claim, Emulator } from './claim.js';
import { CLAIM_GROUPS } from './claims.js';

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
  return [['Claim', "Snowflake's documentation", 'fakesnow', 'Our endpoint'], Array(4).fill('---'), ...rows]
    .map((cells) => `| ${cells.join(' | ')} |\n`)
    .join('');
}

function seenOn({ shownBy }: Claim, emulator: Emulator): string {
  return shownBy.includes(emulator) ? 'seen' : '';
}
