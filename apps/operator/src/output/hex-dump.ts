/** A classic hex dump: the position, sixteen bytes, and their printable ASCII. */
export function hexDump(bytes: Buffer): string {
  const rows: string[] = [];
  for (let start = 0; start < bytes.length; start += 16) {
    const row = bytes.subarray(start, start + 16);
    const hex = row.toString('hex').replace(/(..)(?=.)/g, '$1 ');
    const ascii = row.toString('latin1').replace(/[^ -~]/g, '.');
    rows.push(`${start.toString(16).padStart(8, '0')}  ${hex.padEnd(47)}  ${ascii}`);
  }
  return rows.join('\n');
}
