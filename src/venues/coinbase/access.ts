/**
 * The parts that all accounts at one Coinbase address share, with the address's rate allowance.
 *
 * Entry point: `openCoinbaseAccess`. Public requests are counted for an IP address, private ones for a user (requests.ts).
 */
import type { JsonValue } from '../../core/json.ts';
import { openAccess } from '../access.ts';
import type { AccessOptions, VenueAccess } from '../access.ts';
import type { AllPrices } from '../all-prices.ts';
import type { MarketStream } from '../market-stream.ts';
import { RateStop, RateWindow } from '../rate-budget.ts';
import { ADDRESSES } from './endpoints.ts';
import type { StreamName } from './endpoints.ts';
import { bookIdsIn } from './markets.ts';
import { marketProtocol } from './streams.ts';

/** Name of the address's window, and what it takes. */
export const ADDRESS = 'address';
/** A second, per IP address; the former "REST API Rate Limits", which no page of today repeats. */
const PUBLIC_REQUESTS = 10;
const SECOND_MS = 1_000;
/** The same of a user, for private requests. */
export const PRIVATE_REQUESTS = 30;

/** The products that trade in one book: the dollar's and USDC's of an asset are one, under the name of the dollar's. */
export interface SharedBooks {
  /** The product that the venue's market data names. */
  bookOf(productId: string): string;
  /** All products of a book, itself among them. */
  productsOf(bookId: string): readonly string[];
}

export interface CoinbaseAccess extends VenueAccess<StreamName> {
  readonly requests: RateWindow;
  readonly stop: RateStop;
  readonly prices: AllPrices;
  readonly books: SharedBooks;
  /** The one market-data connection. */
  marketStream(): MarketStream;
  /** Takes in which book each product of a list trades in. */
  noteBooks(products: JsonValue): void;
}

export function openCoinbaseAccess(options: AccessOptions): CoinbaseAccess {
  const access = openAccess(ADDRESSES, options);
  const { addresses, clock, marketStreams } = access;
  const bookIds = new Map<string, string>();
  const books: SharedBooks = {
    bookOf: (productId) => bookIds.get(productId) ?? productId,
    productsOf: (bookId) => [
      bookId,
      ...[...bookIds].flatMap(([product, book]) => (book === bookId && product !== bookId ? [product] : [])),
    ],
  };
  return {
    ...access,
    requests: new RateWindow(ADDRESS, PUBLIC_REQUESTS, SECOND_MS, () => clock.now(), 'rolling'),
    stop: new RateStop(),
    prices: access.allPrices({ limit: PRIVATE_REQUESTS, intervalMs: SECOND_MS }),
    books,
    marketStream: () => {
      const url = addresses.streams.market;
      return marketStreams.get(url, () => marketProtocol(url, books));
    },
    noteBooks: (products) => {
      for (const [product, book] of bookIdsIn(products)) bookIds.set(product, book);
    },
  };
}
