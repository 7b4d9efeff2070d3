/**
 * The addresses of the USD-M streams: which one carries which stream, and what an address of the private tree names.
 *
 * A stream asked for at another address than its own is acknowledged and stays silent. Addresses without a route carry the
 * public streams alone since 2026-04-23. Sources: "Important WebSocket Change Notice" of the USD-M futures documentation;
 * the trade stream, which the notice does not list, is on `/public` at the live exchange.
 */

/** Books and trades come from `/public`, everything else of the market from `/market`. */
const PUBLIC_STREAM = /^!bookTicker$|^[^@]+@(bookTicker|trade|depth|rpiDepth)/;

export function isPublicStream(name: string): boolean {
  return PUBLIC_STREAM.test(name);
}

export function isMarketStream(name: string): boolean {
  return !isPublicStream(name);
}

/**
 * The streams of `?listenKey=<key>&events=<event>/<event>`, the pair repeated for each further key: `<key>@<event>` for
 * each event, or the key alone where no events follow it.
 */
export function privateStreamsOf(query: string): string[] {
  const names: string[] = [];
  let key: string | null = null;
  for (const [name, value] of new URLSearchParams(query)) {
    if (name === 'listenKey') {
      if (key !== null) names.push(key);
      key = value;
    } else if (name === 'events' && key !== null) {
      const listenKey = key;
      const events = value.split('/').filter((event) => event !== '');
      names.push(...events.toSorted().map((event) => `${listenKey}@${event}`));
      if (events.length > 0) key = null;
    }
  }
  if (key !== null) names.push(key);
  return names;
}
