/**
 * The accounts that a world has beside its first one: in its portfolio and in another, of the same mode and of another.
 *
 * Entry point: `besidesOf`. Drawn apart, so that the first account of a seed stays as it was. They run the light gateway, each at a
 * venue of its own that counts orders and trades from the start, so that ids of one account are those of another, too.
 */
import {
  accountId,
  portfolioId,
  type AccountId,
  type AccountMode,
  type PortfolioId,
} from '../../src/core/ids.ts';
import { mix, Random } from '../../src/simulators/exchange/random.ts';
import { PLAIN_ACCOUNT, type VenueSetting } from './venue.ts';

/** One more account of a world. */
export interface BesideSetting {
  readonly accountId: AccountId;
  readonly portfolioId: PortfolioId;
  readonly mode: AccountMode;
  readonly venue: VenueSetting;
  /** Limits of this account alone, which an administrator stores; null: none. Quote units. */
  readonly maxOrderNotional: string | null;
}

export const PORTFOLIO = portfolioId('simulated');
const OTHER_PORTFOLIO = portfolioId('other');

/** Low enough that many orders of callers pass it. */
const OWN_ORDER_NOTIONAL = '1200';

/** Seldom enough that the seeds take little longer by it, and often enough that 300 of them meet each kind of account. */
const ONE_IN = 11;

const BALANCES: VenueSetting['balances'] = [
  { wallet: 'spot', asset: 'USDT', amount: '30000' },
  { wallet: 'spot', asset: 'BTC', amount: '1' },
  { wallet: 'spot', asset: 'ETH', amount: '9' },
  { wallet: 'swap', asset: 'USDT', amount: '20000' },
];
const UNIFIED_BALANCES: VenueSetting['balances'] = [
  { wallet: 'unified', asset: 'USDT', amount: '40000' },
  { wallet: 'unified', asset: 'BTC', amount: '1' },
  { wallet: 'unified', asset: 'ETH', amount: '9' },
];

/** Most worlds have none; the others have one of each kind. */
export function besidesOf(seed: number): readonly BesideSetting[] {
  const random = new Random(mix(seed ^ 0xa54ff53a));
  if (random.below(ONE_IN) !== 0) return [];
  const venue = (salt: number, wallets: VenueSetting['wallets']): VenueSetting => ({
    ...PLAIN_ACCOUNT,
    seed: mix(seed ^ salt),
    swap: random.below(3) > 0,
    wallets,
    leverage: wallets === 'unified' ? 2 : null,
    balances: wallets === 'unified' ? UNIFIED_BALANCES : BALANCES,
  });
  const ofPortfolio = {
    portfolioId: PORTFOLIO,
    maxOrderNotional: null,
  };
  return [
    {
      ...ofPortfolio,
      accountId: accountId('account-live'),
      mode: 'live',
      venue: { ...venue(0x5be0cd19, 'unified'), swap: true },
    },
    {
      ...ofPortfolio,
      accountId: accountId('account-2'),
      mode: 'paper',
      venue: venue(0x3c6ef372, 'separate'),
      maxOrderNotional: OWN_ORDER_NOTIONAL,
    },
    {
      ...ofPortfolio,
      portfolioId: OTHER_PORTFOLIO,
      // The name of an account is one of its portfolio.
      accountId: accountId('account-1'),
      mode: 'paper',
      venue: venue(0x510e527f, 'separate'),
    },
  ];
}
