/**
 * Compares the answers of the API with those of the simulator's control API. Shares no state and no fill logic with the
 * service: everything is counted anew from the venue's own orders and fills.
 *
 * Entry points: `differences`, `untilBooksAgree`.
 */
import { Decimal } from '../../src/core/decimal.ts';
import type { Api, ApiOrder } from './api.ts';
import type { Control, ControlFill, ControlOrder } from './control.ts';
import { until } from './until.ts';

/** An order of these never was at the venue. */
const NEVER_THERE: ReadonlySet<string> = new Set(['denied', 'failed', 'rejected']);
/** An order of these is still on its way to something. */
const PASSING: ReadonlySet<string> = new Set(['accepted', 'submitting', 'canceling', 'unknown']);
const WALLETS: Readonly<Record<string, string>> = { spot: 'spot', swap: 'swap' };

export interface AuditOptions {
  /** Whether an order of the venue was made by somebody else, so that the API need not know it. Default: none was. */
  readonly isExternal?: (order: ControlOrder) => boolean;
  /** Accounts besides the ready-made one: each under its id in the API and at the venue. */
  readonly further?: readonly FurtherAccount[];
  /** Removed accounts, by their id in the API: what is left on them, as dust, counts nowhere. */
  readonly removed?: readonly string[];
  /** The exchange whose ready-made account alone is compared; `control` is the one of that venue. By default every order and Binance's account. */
  readonly exchange?: string;
  /** Base units of a contract, by symbol, where the venue counts in contracts. */
  readonly contractSizes?: ReadonlyMap<string, Decimal>;
  /** Drift cases are compared by the test itself. Default false: there must be none. */
  readonly driftExpected?: boolean;
}

export interface FurtherAccount {
  readonly accountId: string;
  readonly venueAccountId: string;
}

export interface Audit {
  readonly orders: readonly ApiOrder[];
  readonly venueOrders: readonly ControlOrder[];
  readonly differences: readonly string[];
}

/** Every difference between the two, in words; none: the books agree to the last digit. */
export async function audit(api: Api, control: Control, options: AuditOptions = {}): Promise<Audit> {
  const { contractSizes = new Map<string, Decimal>(), exchange, further = [], removed = [] } = options;
  const inBase = (figure: string, symbol: string): string => {
    const size = contractSizes.get(symbol);
    return size === undefined ? figure : Decimal.parse(figure).multiply(size).toString();
  };
  const [orders, fills, positions, drift] = await Promise.all([
    api.orders(exchange),
    api.fills(exchange),
    api.positions(exchange),
    api.drift(),
  ]);
  const [listedOrders, listedFills, listedPositions] = await Promise.all([
    control.orders(),
    control.fills(),
    control.positions(),
  ]);
  const venueOrders = listedOrders.map((row) => ({
    ...row,
    quantity: row.quantity === null ? null : inBase(row.quantity, row.symbol),
    filled: inBase(row.filled, row.symbol),
  }));
  const venueFills = listedFills.map((row) => ({ ...row, quantity: inBase(row.quantity, row.symbol) }));
  const venuePositions = listedPositions.map((row) => ({
    ...row,
    quantity: inBase(row.quantity, row.symbol),
  }));
  const isFurther = (row: { readonly account: string }): boolean =>
    further.some(({ accountId }) => accountId === row.account);
  const isExternal = options.isExternal ?? (() => false);
  const externalIds = new Set(venueOrders.filter(isExternal).map(venueKey));
  const ownFills = venueFills.filter((fill) => !externalIds.has(venueKey(fill)));
  const found = [
    ...compareOrders(
      orders,
      venueOrders.filter((order) => !isExternal(order)),
      ownFills,
    ),
    ...compare(
      'fill',
      // Executions of others on the account are listed too.
      new Map(fills.filter((fill) => !externalIds.has(venueKey(fill))).map(fillText)),
      new Map(ownFills.map(fillText)),
    ),
    ...compareBalances('', await api.balances(undefined, exchange), await control.balances()),
    ...comparePositions(
      '',
      positions.filter((row) => !isFurther(row)),
      venuePositions,
      spotPositions(
        ownFills.filter(
          ({ account_id: at }) =>
            !further.some((one) => one.venueAccountId === at) && !removed.some((id) => at.endsWith(`-${id}`)),
        ),
      ),
    ),
    ...(await Promise.all(further.map((account) => auditFurther(api, control, account, ownFills)))).flat(),
    ...(options.driftExpected === true ? [] : drift.map((row) => `drift: ${JSON.stringify(row)}`)),
  ];
  return { orders, venueOrders, differences: found };
}

/** Balances and positions of one more account. */
async function auditFurther(
  api: Api,
  control: Control,
  { accountId, venueAccountId }: FurtherAccount,
  ownFills: readonly ControlFill[],
): Promise<readonly string[]> {
  const [balances, positions, venueBalances, venuePositions] = await Promise.all([
    api.balances(accountId),
    api.positions(),
    control.balances(venueAccountId),
    control.positions(venueAccountId),
  ]);
  return [
    ...compareBalances(`of ${accountId} `, balances, venueBalances),
    ...comparePositions(
      `of ${accountId} `,
      positions.filter(({ account }) => account === accountId),
      venuePositions,
      spotPositions(ownFills.filter((fill) => fill.account_id === venueAccountId)),
    ),
  ];
}

function compareBalances(
  whose: string,
  ours: Awaited<ReturnType<Api['balances']>>,
  theirs: Awaited<ReturnType<Control['balances']>>,
): string[] {
  return compare(
    `balance ${whose}`,
    new Map(ours.map((row) => [`${row.wallet} ${row.asset}`, totals(row)])),
    new Map(
      theirs.map((row) => [
        `${WALLETS[row.wallet] ?? row.wallet} ${row.asset}`,
        totals({ ...row, wallet: WALLETS[row.wallet] ?? row.wallet }),
      ]),
    ),
  );
}

/** Each side of a hedged account for itself. */
function comparePositions(
  whose: string,
  ours: Awaited<ReturnType<Api['positions']>>,
  theirs: Awaited<ReturnType<Control['positions']>>,
  spot: ReadonlyMap<string, string>,
): string[] {
  const keyed = (row: {
    readonly symbol: string;
    readonly position_side: string;
    readonly side: string;
    readonly quantity: string;
  }): [string, string] => [`${row.symbol} ${row.position_side}`, `${row.side} ${plain(row.quantity)}`];
  return compare(
    `position ${whose}`,
    new Map(ours.map(keyed)),
    new Map([
      ...[...spot].map(([symbol, held]): [string, string] => [`${symbol} net`, held]),
      ...theirs.map(keyed),
    ]),
  );
}

/** Waits until the books agree; fails with the differences that stay. */
export async function untilBooksAgree(
  api: Api,
  control: Control,
  boundMs: number,
  options: AuditOptions = {},
): Promise<Audit> {
  let last: Audit = { orders: [], venueOrders: [], differences: ['never compared'] };
  try {
    await until(
      'the books agree with the venue',
      async () => {
        last = await audit(api, control, options);
        return last.differences.length === 0;
      },
      boundMs,
    );
  } catch (error) {
    const shown = last.differences.slice(0, 40).join('\n');
    throw new Error(`${String(error)}: ${last.differences.length} differences\n${shown}`, { cause: error });
  }
  return last;
}

function compareOrders(
  orders: readonly ApiOrder[],
  venueOrders: readonly ControlOrder[],
  venueFills: readonly ControlFill[],
): string[] {
  const found: string[] = [];
  const atVenue = Map.groupBy(venueOrders, (order) => order.client_order_id ?? '');
  const fillsOf = Map.groupBy(venueFills, venueKey);
  const known = new Map<string, ApiOrder>();
  for (const order of orders) {
    if (known.has(order.venue_client_order_id))
      found.push(`two orders of the API share ${order.venue_client_order_id}`);
    known.set(order.venue_client_order_id, order);
  }
  for (const [clientOrderId, rows] of atVenue) {
    if (!known.has(clientOrderId)) found.push(`unknown to the API: ${JSON.stringify(rows[0])}`);
    // A triggered conditional order is there twice under one id: as the condition, and as the order that it became.
    const made = rows.filter((row) => row.conditional_venue_order_id === null);
    if (made.length > 1 || rows.length - made.length > 1)
      found.push(`at the venue ${rows.length} times: ${clientOrderId}`);
  }
  for (const order of orders) {
    const rows = atVenue.get(order.venue_client_order_id) ?? [];
    const row = rows.find((candidate) => candidate.conditional_venue_order_id !== null) ?? rows[0];
    if (PASSING.has(order.status)) found.push(`not settled: ${short(order)}`);
    else if (row === undefined) {
      if (!NEVER_THERE.has(order.status) && !wasAnnulled(order))
        found.push(`not at the venue: ${short(order)}`);
    } else if (NEVER_THERE.has(order.status) && row.status !== 'rejected')
      found.push(`at the venue all the same: ${short(order)}`);
    else found.push(...compareOrder(order, row, fillsOf.get(venueKey(row)) ?? []));
  }
  return found;
}

/** A cancel that overtook its order's own way to the venue: it was never there, nothing of it was filled. */
function wasAnnulled(order: ApiOrder): boolean {
  return order.status === 'canceled' && order.venue_order_id === null && plain(order.filled_quantity) === '0';
}

function compareOrder(order: ApiOrder, row: ControlOrder, fills: readonly ControlFill[]): string[] {
  const sum = (amountOf: (fill: ControlFill) => Decimal): string =>
    fills.reduce((total, fill) => total.add(amountOf(fill)), Decimal.zero).toString();
  const fees = new Map<string, Decimal>();
  for (const fill of fills) {
    if (fill.fee_asset === null) continue;
    fees.set(fill.fee_asset, (fees.get(fill.fee_asset) ?? Decimal.zero).add(Decimal.parse(fill.fee)));
  }
  const ours = {
    venue_order_id: order.venue_order_id,
    status: order.status,
    symbol: order.symbol,
    side: order.side,
    position_side: order.position_side,
    price:
      (order.price ?? order.protection_price) === null
        ? null
        : plain(order.price ?? order.protection_price ?? ''),
    filled: plain(order.filled_quantity),
    cost: plain(order.cost),
    fills: order.fills_count,
    fees: feeText(order.fees.map(({ asset, amount }) => [asset, plain(amount)])),
  };
  const theirs = {
    venue_order_id: row.venue_order_id,
    status: row.status === 'untriggered' ? 'open' : row.status,
    symbol: row.symbol,
    side: row.side,
    position_side: row.position_side ?? 'net',
    // A market order that went out raw has no price.
    price: row.price === null ? (order.type === 'market' ? ours.price : null) : plain(row.price),
    filled: sum((fill) => Decimal.parse(fill.quantity)),
    cost: sum((fill) => Decimal.parse(fill.quantity).multiply(Decimal.parse(fill.price))),
    fills: fills.length,
    fees: feeText([...fees].map(([asset, amount]) => [asset, amount.toString()])),
  };
  const found: string[] = [];
  if (JSON.stringify(sameWords(ours, order)) !== JSON.stringify(sameWords(theirs, order)))
    found.push(`order ${order.id}: ${JSON.stringify(ours)} but the venue ${JSON.stringify(theirs)}`);
  if (plain(row.filled) !== theirs.filled)
    found.push(
      `the venue contradicts itself on ${row.venue_order_id}: ${row.filled}, fills ${theirs.filled}`,
    );
  if (order.quantity !== null && row.quantity !== null && plain(order.quantity) !== plain(row.quantity))
    found.push(`order ${order.id}: quantity ${order.quantity} but at the venue ${row.quantity}`);
  return found;
}

/**
 * Venues differ in the word for a rest that could not trade at once, and some keep a limit that they have moved to their own price band:
 * of an order that takes at once these are not compared. How far it went, and at which prices, is. The cost is compared to the eighth
 * digit, beyond which some book nothing.
 */
function sameWords<
  Shown extends { readonly status: string; readonly price: string | null; readonly cost: string },
>(shown: Shown, { exchange, type, time_in_force: timeInForce }: ApiOrder): Shown {
  // Its words are ours, and it moves no limit.
  if (exchange === 'binance') return shown;
  const status = shown.status === 'expired' ? 'canceled' : shown.status;
  const takesAtOnce = type === 'market' || timeInForce === 'IOC' || timeInForce === 'FOK';
  return { ...shown, status, price: takesAtOnce ? null : shown.price, cost: inUnits(shown.cost) };
}

/** Ids of orders are the venue's own for each instrument. */
function venueKey(row: { readonly symbol: string; readonly venue_order_id: string }): string {
  return `${row.symbol} ${row.venue_order_id}`;
}

function feeText(fees: readonly (readonly [string, string])[]): string {
  return fees
    .filter(([, amount]) => amount !== '0')
    .map(([asset, amount]) => `${amount} ${asset}`)
    .sort((a, b) => (a < b ? -1 : 1))
    .join(', ');
}

interface AnyFill {
  readonly trade_id: string;
  readonly venue_order_id: string;
  readonly symbol: string;
  readonly side: string;
  readonly position_side: string | null;
  readonly price: string;
  readonly quantity: string;
  readonly fee: string;
  readonly fee_asset: string | null;
}

function fillText(fill: AnyFill): [string, string] {
  return [
    `${fill.symbol} ${fill.venue_order_id} ${fill.trade_id}`,
    `${fill.side} ${fill.position_side ?? 'net'} ${plain(fill.quantity)} at ${plain(fill.price)}, fee ${plain(fill.fee)} ${fill.fee_asset ?? ''}`,
  ];
}

/** Quantity bought less fees in it, less quantity sold of it: an inventory from before is no position. */
function spotPositions(fills: readonly ControlFill[]): Map<string, string> {
  const net = new Map<string, Decimal>();
  // Ids that are no numbers say nothing of the order; the venue lists its executions as they were made.
  const isNumbered = fills.every(({ trade_id: id }) => /^\d+$/.test(id));
  const inOrder = isNumbered
    ? fills.toSorted((a, b) => Number(BigInt(a.trade_id) - BigInt(b.trade_id)))
    : fills;
  for (const fill of inOrder) {
    if (fill.symbol.includes(':')) continue;
    const before = net.get(fill.symbol) ?? Decimal.zero;
    const quantity = Decimal.parse(fill.quantity);
    const base = fill.symbol.split('/')[0];
    const fee = fill.fee_asset === base ? Decimal.parse(fill.fee) : Decimal.zero;
    const after = fill.side === 'buy' ? before.add(quantity).subtract(fee) : before.subtract(quantity);
    net.set(fill.symbol, after.max(Decimal.zero));
  }
  return new Map(
    [...net]
      .filter(([, quantity]) => !quantity.isZero())
      .map(([symbol, quantity]) => [symbol, `long ${quantity.toString()}`]),
  );
}

function compare(
  what: string,
  ours: ReadonlyMap<string, string>,
  theirs: ReadonlyMap<string, string>,
): string[] {
  const found: string[] = [];
  for (const key of new Set([...ours.keys(), ...theirs.keys()])) {
    const [left, right] = [ours.get(key) ?? 'nothing', theirs.get(key) ?? 'nothing'];
    if (left !== right) found.push(`${what} ${key}: ${left} but at the venue ${right}`);
  }
  return found;
}

/** The free amount of a swap wallet moves with every mark; its total does not. */
function totals(row: {
  readonly wallet: string;
  readonly total: string;
  readonly free: string | null;
}): string {
  if (plain(row.total) === '0') return 'nothing';
  return row.wallet === 'spot'
    ? `${plain(row.total)}, free ${row.free === null ? 'unknown' : inUnits(row.free)}`
    : plain(row.total);
}

/** A venue may lock a fraction of the eighth digit for a fee, of which the service holds the whole. */
function inUnits(figure: string): string {
  return Decimal.parse(figure).divide(Decimal.one, 8, 'down').toString();
}

function plain(figure: string): string {
  return Decimal.parse(figure).toString();
}

function short(order: ApiOrder): string {
  const { id, venue_client_order_id: venueClientOrderId, status, reason, type, strategy } = order;
  return JSON.stringify({ id, venueClientOrderId, status, reason, type, strategy });
}
