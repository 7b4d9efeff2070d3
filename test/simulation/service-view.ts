/**
 * Reads everything that the service shows of one account, through the face and read models that a caller of it has, as plain JSON for
 * the auditor.
 *
 * Entry points: `readService`, `readOpenOrders`.
 */
import type { AccountId, OrderId } from '../../src/core/ids.ts';
import type { JsonObject } from '../../src/core/json.ts';
import type { ReadModels } from '../../src/journal/journal.ts';
import type { ServiceView, ShownDrift, ShownEquity, ShownFill, ShownOrder } from './auditor/evidence.ts';
import type { Seat, SeatProcess } from './seat.ts';

/** More than any run makes. */
const MOST_ORDERS = 100_000;

export async function readService(
  seat: Seat,
  process: SeatProcess,
  readModels: ReadModels,
): Promise<ServiceView> {
  const { accountId, portfolioId } = seat;
  const { engine } = process;
  // As a caller whose token is for the account; what is of the whole portfolio, as an administrator.
  const { books } = seat.deskOf(process);
  const foreign: string[] = [];
  const own = <Thing extends { readonly accountId: AccountId }>(
    what: string,
    things: readonly Thing[],
  ): readonly Thing[] =>
    things.filter((thing) => {
      if (thing.accountId !== accountId) foreign.push(`${what} of ${thing.accountId}`);
      return thing.accountId === accountId;
    });
  const open = own('an order', (await books.openOrders({})).value).map(asShown);
  const history = await readModels.history({ portfolioId, accountIds: [accountId], limit: MOST_ORDERS });
  const finished = history.documents.map(asOrder);
  const all: ShownOrder[] = [];
  const fillsOf = new Map<string, readonly ShownFill[]>();
  for (const { orderId } of [...open, ...finished]) {
    // The order as the API gives it by id; the listing and this must not differ.
    const order = await books.order(orderId as OrderId);
    if (order === null) continue;
    own('an order', [order]);
    all.push(asShown(order));
    const fills = await readModels.fillsOfOrder(portfolioId, order.orderId);
    fillsOf.set(
      order.orderId,
      fills.map(({ document }) => document as unknown as ShownFill),
    );
  }
  const balances = own(
    'a balance',
    (await books.balances(accountId)).value.map(({ balance }) => balance),
  );
  const positions = own(
    'a position',
    (await books.positions({})).value.map(({ position }) => position),
  );
  const strategies = await engine.books.strategies();
  const drift = await engine.books.drift();
  const { value: risk } = await engine.books.risk(seat.mode);
  const account = await books.account(accountId);
  return {
    open,
    all,
    fillsOf,
    foreign,
    positions: positions.map(({ symbol, positionSide, netQuantity, fundingTotal }) => ({
      symbol,
      positionSide,
      netQuantity: netQuantity.toString(),
      fundingTotal: fundingTotal.toString(),
    })),
    strategyParts: strategies.value.flatMap(({ strategy, books: parts }) =>
      parts
        .map(({ book: { position } }) => position)
        .filter((position) => position.accountId === accountId && !position.netQuantity.isZero())
        .map(({ symbol, positionSide, netQuantity }) => ({
          strategy,
          symbol,
          positionSide,
          netQuantity: netQuantity.toString(),
        })),
    ),
    balances: balances.map(({ wallet, asset, total }) => ({ wallet, asset, total: total.toString() })),
    drift: drift.value
      .filter((found) => found.accountId === accountId)
      .map((found) => plain(found) as ShownDrift),
    halted: risk.halted,
    baseCurrency: risk.baseCurrency,
    // Of all accounts of the mode.
    equity: risk.equity === null ? null : (plain(risk.equity) as ShownEquity),
    accountEquity: account?.equity?.toString() ?? null,
  };
}

/** The orders that the service lists as open to a caller of the account. */
export async function readOpenOrders(seat: Seat, process: SeatProcess): Promise<readonly ShownOrder[]> {
  const open = await seat.deskOf(process).books.openOrders({});
  return open.value.map(asShown);
}

function asShown(order: object): ShownOrder {
  return plain(order) as ShownOrder;
}

function asOrder(document: JsonObject): ShownOrder {
  return document as unknown as ShownOrder;
}

/** As JSON would carry it: decimals become texts. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}
