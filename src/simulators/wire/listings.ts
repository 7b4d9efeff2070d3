/**
 * The listings of a venue under the two names that each has: our unified symbol, and the name by which requests ask for it.
 *
 * Entry points: `Listings`, `spotSymbol`, `swapSymbol`. A venue's folder says what a listing is and how requests name one.
 */

/** The unified symbol of a pair: `BTC/USDT`. */
export function spotSymbol({ base, quote }: Assets): string {
  return `${base}/${quote}`;
}

/** The unified symbol of a swap that is paid in what it is quoted in: `BTC/USDT:USDT`. */
export function swapSymbol({ base, quote }: Assets): string {
  return `${base}/${quote}:${quote}`;
}

interface Assets {
  readonly base: string;
  readonly quote: string;
}

export class Listings<Listing extends { readonly unified: string }> {
  readonly #byUnified: ReadonlyMap<string, Listing>;
  readonly #byName: ReadonlyMap<string, Listing>;

  /** `nameOf` gives a name of one listing alone: with the product where the venue has one name for a pair and its swap. */
  constructor(listings: readonly Listing[], nameOf: (listing: Listing) => string) {
    this.#byUnified = new Map(listings.map((listing) => [listing.unified, listing]));
    this.#byName = new Map(listings.map((listing) => [nameOf(listing), listing]));
  }

  /** The listing of a unified symbol that the exchange trades. Throws for any other: asking for one is a bug. */
  of(unified: string): Listing {
    const listing = this.#byUnified.get(unified);
    if (listing === undefined) throw new Error(`${unified} is not listed`);
    return listing;
  }

  /** The listing that a request names; undefined where the venue has none of that name. */
  named(name: string): Listing | undefined {
    return this.#byName.get(name);
  }
}
