/**
 * The coins that exchanges take trading fees in where an account has chosen so: closing and selling what else there is uses them up.
 *
 * Entry points: `isFeeCoin`, `feeCoinsLast`, `subjectOf`.
 */
import type { AccountId, Asset, Venue } from '../core/ids.ts';
import type { Position } from '../core/position/position.ts';

/**
 * By exchange: "Toggle BNB Burn On Spot Trade And Margin Interest" of Binance's wallet documentation, "Switch Deduct" of Bitget's unified
 * account, "Enable MX Deduct" of MEXC's spot v3 documentation, "Set up spot/margin deduction fee method" of HTX's spot documentation. None stands
 * here for an exchange whose page has not been read. Whether an account has chosen it makes no difference.
 */
const FEE_COINS: Readonly<Record<Venue, readonly string[]>> = {
  binance: ['BNB'],
  okx: [],
  bybit: [],
  htx: ['HTX', 'TRX'],
  bitget: ['BGB'],
  coinbase: [],
  kucoin: [],
  mexc: ['MX'],
};

export function isFeeCoin(venue: Venue, asset: Asset): boolean {
  return FEE_COINS[venue].includes(asset);
}

/** The account of an item, and the coin in it. */
export interface Subject {
  readonly accountId: AccountId;
  readonly venue: Venue;
  /** The coin that its sale sells; null where the item is none on spot. */
  readonly sells: Asset | null;
}

export function subjectOf({ accountId, venue, kind, base, netQuantity }: Position): Subject {
  return { accountId, venue, sells: kind === 'spot' && netQuantity.isPositive() ? base : null };
}

/**
 * Works on every item, those beside each other that sell no fee coin, and those that do once the others of their account are done: what
 * is left of the coin is known only then. Resolves with the results in the order of the items.
 */
export async function feeCoinsLast<Item, Result>(
  items: readonly Item[],
  subjectOf: (item: Item) => Subject,
  work: (item: Item) => Promise<Result>,
): Promise<readonly Result[]> {
  const begun = items.map((item) => {
    const subject = subjectOf(item);
    const { venue, sells } = subject;
    const isLast = sells !== null && isFeeCoin(venue, sells);
    return { item, subject, result: isLast ? null : work(item) };
  });
  return Promise.all(
    begun.map(async ({ item, subject, result }) => {
      if (result !== null) return result;
      const others = begun.filter((other) => other.subject.accountId === subject.accountId);
      await Promise.allSettled(others.map(async (other) => other.result));
      return work(item);
    }),
  );
}
