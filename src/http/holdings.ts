/**
 * Sells spot holdings, whether they were bought here or not: the last step of a flatten with `include_spot`.
 *
 * Entry points: `sellHoldings`, `holdingsLeft`.
 *
 * Invariants:
 *  1. Only the free balance is sold: a balance that is locked by orders, ours or external ones, is left and reported.
 *  2. A quantity is rounded down to the lot, and an order is no larger than the exchange takes (`inOrders`) and every rule
 *     approves: a larger holding goes in several orders, one after another.
 *  3. Quote currencies (`SOLD_FOR`) are money, not holdings.
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
import { placeIntent } from './order-answer.ts';

/** Quote currencies that holdings are sold for, by preference: the first that the exchange lists is taken. */
const SOLD_FOR = ['USDT', 'USDC', 'FDUSD', 'USD'];

/** Why something of a holding is still there. */
export type LeftBecause = 'no_instrument' | 'dust' | 'locked' | 'not_sold';

export interface HoldingLeft {
  readonly account: AccountRecord;
  readonly asset: Asset;
  readonly quantity: Decimal;
  readonly because: LeftBecause;
}

export interface SaleWish {
  /** Of every order; null takes the default. */
  readonly marketProtectionBps: number | null;
  readonly waitMs: number;
}

/** Sells every holding of every account with market orders; none is begun once `waitMs` have passed. */
export async function sellHoldings(
  context: HttpContext,
  desk: Desk,
  caller: Caller,
  accounts: readonly AccountRecord[],
  wish: SaleWish,
): Promise<readonly OrderOutcome[]> {
  const outcomes = await Promise.all(
    accounts.map(async (account) => {
      const holdings = await holdingsOf(desk, account.accountId);
      return Promise.all(
        holdings.map((holding) => sellAll(context, desk, requesterName(caller), account, holding, wish)),
      );
    }),
  );
  return outcomes.flat(2);
}

/** The spot holdings that are left, each with the reason why it was not sold. */
export async function holdingsLeft(
  desk: Desk,
  accounts: readonly AccountRecord[],
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
        return { account, asset, quantity: total, because };
      }),
    ),
  );
  return left.flat();
}

async function holdingsOf(desk: Desk, accountId: AccountId): Promise<readonly BalanceReading[]> {
  const { value } = await desk.books.balances(accountId);
  return value.filter(
    ({ balance }) =>
      balance.wallet === 'spot' && balance.total.isPositive() && !SOLD_FOR.includes(balance.asset),
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
