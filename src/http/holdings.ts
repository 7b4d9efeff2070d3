/**
 * Sells spot holdings, whether they were bought here or not: the last step of a flatten with `include_spot`.
 *
 * Entry points: `sellHoldings`, `holdingsLeft`.
 *
 * Invariants:
 *  1. Only the free balance is sold: a balance that is locked by orders, ours or external ones, is left and reported.
 *  2. A quantity is rounded down to the lot, and an order is no larger than the exchange takes (`inOrders`) and every rule
 *     approves: a larger holding goes in several orders, one after another.
 *  3. The coin that an exchange takes fees in is sold last of its account, by the balance that the other sales have left. A sale that is
 *     refused for the balance is tried once more, by a balance that was read from the exchange after the refusal.
 *  4. Quote currencies (`SOLD_FOR`) are money, not holdings.
 */
import type { Decimal } from '../core/decimal.ts';
import type { AccountId, Asset } from '../core/ids.ts';
import type { Instrument } from '../core/instrument.ts';
import { inOrders, MOST_CLOSING_ORDERS } from '../core/position/closable.ts';
import type { AccountRecord } from '../directory/accounts.ts';
import type { Caller } from '../directory/callers.ts';
import { gettingOut, type BalanceReading, type Desk, type PlaceIntent } from '../engine/desk.ts';
import { requesterName, type HttpContext } from './context.ts';
import type { OrderOutcome } from './closing.ts';
import { isFeeCoin } from './fee-coins.ts';
import { placeIntent } from './order-answer.ts';
import { Problem } from './problem.ts';

/** Quote currencies that holdings are sold for, by preference: the first that the exchange lists is taken. */
const SOLD_FOR = ['USDT', 'USDC', 'FDUSD', 'USD'];

/** Why something of a holding is still there. */
export type LeftBecause = 'no_instrument' | 'dust' | 'locked' | 'not_sold';

export interface HoldingLeft {
  readonly account: AccountRecord;
  readonly asset: Asset;
  readonly quantity: Decimal;
  readonly because: LeftBecause;
  /** Of `not_sold`, what kept the last order from being placed; null where that is not known. */
  readonly refusal: { readonly error: unknown } | null;
}

/** The orders that a holding was sold with. */
export interface HoldingSale {
  readonly accountId: AccountId;
  readonly asset: Asset;
  readonly outcomes: readonly OrderOutcome[];
}

/** How long the balance of an account may take to be read for a sale that was refused, in milliseconds. */
const READ_AGAIN_MS = 5_000;

export interface SaleWish {
  /** Of every order; null takes the default. */
  readonly marketProtectionBps: number | null;
  readonly waitMs: number;
}

/** Sells every holding of every account with market orders; of one that is late, none is begun once `waitMs` have passed. */
export async function sellHoldings(
  context: HttpContext,
  desk: Desk,
  caller: Caller,
  accounts: readonly AccountRecord[],
  wish: SaleWish,
): Promise<readonly HoldingSale[]> {
  const ofEach = await Promise.all(
    accounts.map(async (account) => {
      const { accountId, exchange } = account;
      const sell = (wanted: (asset: Asset) => boolean): Promise<readonly HoldingSale[]> =>
        sellSome(context, desk, requesterName(caller), account, wanted, wish);
      const others = await sell((asset) => !isFeeCoin(exchange, asset));
      const sales = [...others, ...(await sell((asset) => isFeeCoin(exchange, asset)))];
      const refused = sales.filter(({ outcomes }) => outcomes.some(isForBalance)).map(({ asset }) => asset);
      if (refused.length === 0) return sales;
      await desk.controls.readAnew([accountId], READ_AGAIN_MS);
      return [...sales, ...(await sell((asset) => refused.includes(asset)))];
    }),
  );
  return ofEach.flat();
}

async function sellSome(
  context: HttpContext,
  desk: Desk,
  requestedBy: string,
  account: AccountRecord,
  wanted: (asset: Asset) => boolean,
  wish: SaleWish,
): Promise<readonly HoldingSale[]> {
  const { accountId } = account;
  const holdings = (await holdingsOf(desk, accountId)).filter(({ balance }) => wanted(balance.asset));
  return Promise.all(
    holdings.map(async (holding): Promise<HoldingSale> => {
      const outcomes = await sellAll(context, desk, requestedBy, account, holding, wish);
      return { accountId, asset: holding.balance.asset, outcomes };
    }),
  );
}

/** Whether it is known that there was less than was to be sold: nothing of such an order was placed. */
function isForBalance(outcome: OrderOutcome): boolean {
  if (!('error' in outcome) || !(outcome.error instanceof Problem)) return false;
  const { problemCode, figures } = outcome.error;
  return problemCode === 'insufficient_balance' || figures['reason'] === 'insufficient_balance';
}

/** The spot holdings that are left, each with the reason why it was not sold, after these sales. */
export async function holdingsLeft(
  desk: Desk,
  accounts: readonly AccountRecord[],
  sales: readonly HoldingSale[],
): Promise<readonly HoldingLeft[]> {
  const left = await Promise.all(
    accounts.map(async (account) =>
      (await holdingsOf(desk, account.accountId)).map(({ balance, available }): HoldingLeft => {
        const { asset, total } = balance;
        const instrument = soldOn(desk, account.accountId, asset);
        const because =
          instrument === null
            ? 'no_instrument'
            : available.isZero()
              ? 'locked'
              : sellable(instrument, available) === null ||
                  isWorthTooLittle(desk, account, instrument, available)
                ? 'dust'
                : 'not_sold';
        const refusal = because === 'not_sold' ? lastRefusal(sales, account.accountId, asset) : null;
        return { account, asset, quantity: total, because, refusal };
      }),
    ),
  );
  return left.flat();
}

function lastRefusal(
  sales: readonly HoldingSale[],
  accountId: AccountId,
  asset: Asset,
): HoldingLeft['refusal'] {
  const last = sales.findLast((sale) => sale.accountId === accountId && sale.asset === asset);
  const refusal = last?.outcomes.findLast((outcome) => 'error' in outcome);
  return refusal === undefined ? null : { error: refusal.error };
}

async function holdingsOf(desk: Desk, accountId: AccountId): Promise<readonly BalanceReading[]> {
  const { value } = await desk.books.balances(accountId);
  return value.filter(
    ({ balance, kinds }) =>
      kinds.includes('spot') && balance.total.isPositive() && !SOLD_FOR.includes(balance.asset),
  );
}

async function sellAll(
  context: HttpContext,
  desk: Desk,
  requestedBy: string,
  account: AccountRecord,
  { balance, available }: BalanceReading,
  { marketProtectionBps, waitMs }: SaleWish,
): Promise<readonly OrderOutcome[]> {
  const instrument = soldOn(desk, account.accountId, balance.asset);
  if (instrument === null) return [];
  const sale = (quantity: Decimal): PlaceIntent =>
    saleOf(account, instrument, { quantity, marketProtectionBps, requestedBy });
  const outcomes: OrderOutcome[] = [];
  const until = context.now() + waitMs;
  let rest = available;
  while (outcomes.length < MOST_CLOSING_ORDERS && context.now() < until) {
    const [wanted] = inOrders(rest.roundToMultipleOf(instrument.lotSize, 'down'), instrument);
    if (wanted === undefined) break;
    try {
      const size = await desk.orders.size(sale(wanted));
      // A holding below the smallest order of the exchange is dust; any other refusal of every size is reported.
      if (size?.suggestedQuantity === null && isWorthTooLittle(desk, account, instrument, wanted)) break;
      const quantity = size?.suggestedQuantity ?? wanted;
      outcomes.push({
        answered: await placeIntent(context, desk, sale(quantity), waitMs),
      });
      rest = rest.subtract(quantity);
    } catch (error) {
      outcomes.push({ error });
      break;
    }
  }
  return outcomes;
}

/** The instrument that an asset is sold on; null where the exchange lists none that is open. */
function soldOn(desk: Desk, accountId: AccountId, asset: Asset): Instrument | null {
  const listed = desk.markets
    .instruments(accountId)
    .filter(({ kind, base, active }) => kind === 'spot' && base === asset && active);
  for (const quote of SOLD_FOR) {
    const found = listed.find((instrument) => instrument.quote === quote);
    if (found !== undefined) return found;
  }
  return null;
}

/** The largest quantity on the grid; null where it is less than the exchange takes. */
function sellable({ lotSize, minQuantity }: Instrument, available: Decimal): Decimal | null {
  const quantity = available.roundToMultipleOf(lotSize, 'down');
  return quantity.isPositive() && quantity.atLeast(minQuantity) ? quantity : null;
}

function isWorthTooLittle(
  desk: Desk,
  { accountId }: AccountRecord,
  { symbol, minNotional }: Instrument,
  quantity: Decimal,
): boolean {
  const mark = desk.markets.knownQuote(accountId, symbol)?.mark ?? null;
  return minNotional !== null && mark !== null && quantity.multiply(mark).lessThan(minNotional);
}

function saleOf(
  { accountId }: AccountRecord,
  { symbol }: Instrument,
  terms: Pick<PlaceIntent, 'quantity' | 'marketProtectionBps' | 'requestedBy'>,
): PlaceIntent {
  return gettingOut({ accountId, symbol, side: 'sell', ...terms });
}
