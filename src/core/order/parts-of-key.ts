/**
 * The keys of the parts of one request: of the positions that are closed together, and the orders of a large close.
 *
 * Entry points: `keyOfPart`, `keyOfBatchItem`.
 *
 * Invariant: no key that a caller can give is that of a part. The items of a batch alone have keys that a caller may repeat them by.
 */

/** The key of one part of a request. No key of a caller holds a space, so that none can equal it. */
export function keyOfPart(key: string, part: string): string {
  return `${key} ${part}`;
}

/** The key of one order of a batch, as docs/api.md promises it: the order can be repeated by itself. */
export function keyOfBatchItem(key: string, index: number): string {
  return `${key}/${index}`;
}

/** Whether a key found among the parts of a request is one that callers can give: that of a batch's item, or one of an earlier release. */
export function isFormerPart(key: string, found: string): boolean {
  return found.startsWith(`${key}/`);
}

export function isBatchItem(key: string, found: string): boolean {
  return /^\d+$/.test(found.slice(key.length + 1));
}
