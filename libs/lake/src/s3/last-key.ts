/** A part of a list: the keys after a given one, in order. */
export interface Page<Listed> {
  objects: Listed[];
  isTruncated: boolean;
}

/**
 * Finds the last of many objects with few requests. S3 lists from the front only, and a partition has hundreds of
 * thousands of objects after a year: this doubles the distance until nothing follows, then halves it.
 *
 * @param pageAfter lists the objects after the one at an offset, or all if there is none
 */
export async function lastListed<Listed>(
  pageAfter: (offset: number | null) => Promise<Page<Listed>>,
  offsetOf: (object: Listed) => number,
): Promise<Listed | null> {
  let page = await pageAfter(null);
  let last = page.objects.at(-1) ?? null;
  const [first] = page.objects;
  if (first === undefined || last === null || !page.isTruncated) return last;
  let low = offsetOf(last);
  let step = Math.max(1, low - offsetOf(first));
  let high = Infinity;
  for (;;) {
    const probe = high === Infinity ? low + step : Math.floor((low + high) / 2);
    page = await pageAfter(probe);
    const found = page.objects.at(-1);
    if (found === undefined) {
      if (probe === low) return last;
      high = probe;
      continue;
    }
    if (!page.isTruncated) return found;
    last = found;
    low = offsetOf(found);
    step *= 2;
  }
}
