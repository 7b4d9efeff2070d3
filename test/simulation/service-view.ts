/**
 * Reads everything that the service shows, through its own face and read models, as plain JSON for the auditor.
 *
 * Entry points: `readService`, `readOpenOrders`.
 */
import type { OrderId } from '../../src/core/ids.ts';
import type { JsonObject } from '../../src/core/json.ts';
import type { PortfolioEngine } from '../../src/engine/portfolio-engine.ts';
import type { ReadModels } from '../../src/journal/journal.ts';
import type { ServiceView, ShownDrift, ShownEquity, ShownFill, ShownOrder } from './auditor/evidence.ts';
import { ACCOUNT, PORTFOLIO } from './world.ts';

/** More than any run makes. */
const MOST_ORDERS = 100_000;

export async function readService(engine: PortfolioEngine, readModels: ReadModels): Promise<ServiceView> {
  const open = await readOpenOrders(engine);
  const history = await readModels.history({ portfolioId: PORTFOLIO, limit: MOST_ORDERS });
  const finished = history.documents.map(asOrder);
  const all: ShownOrder[] = [];
  const fillsOf = new Map<string, readonly ShownFill[]>();
  for (const { orderId } of [...open, ...finished]) {
    // The order as the API gives it by id; the listing and this must not differ.
    const order = await engine.books.order(orderId as OrderId);
    if (order === null) continue;
    all.push(plain(order) as ShownOrder);
    const fills = await readModels.fillsOfOrder(PORTFOLIO, order.orderId);
    fillsOf.set(
      order.orderId,
      fills.map(({ document }) => document as unknown as ShownFill),
    );
  }
  const balances = await engine.books.balances(ACCOUNT);
  const positions = await engine.books.positions({});
  const strategies = await engine.books.strategies();
  const drift = await engine.books.drift();
  const risk = await engine.books.risk();
  return {
    open,
    all,
    fillsOf,
    positions: positions.value.map(({ position }) => ({
      symbol: position.symbol,
      positionSide: position.positionSide,
      netQuantity: position.netQuantity.toString(),
      fundingTotal: position.fundingTotal.toString(),
    })),
    strategyParts: strategies.value.flatMap(({ strategy, books }) =>
      books
        .filter(({ book: { position } }) => !position.netQuantity.isZero())
        .map(({ book: { position } }) => ({
          strategy,
          symbol: position.symbol,
          positionSide: position.positionSide,
          netQuantity: position.netQuantity.toString(),
        })),
    ),
    balances: balances.value.map(({ balance }) => ({
      wallet: balance.wallet,
      asset: balance.asset,
      total: balance.total.toString(),
    })),
    drift: drift.value.map((found) => plain(found) as ShownDrift),
    halted: risk.value.halted,
    baseCurrency: risk.value.baseCurrency,
    equity: risk.value.equity === null ? null : (plain(risk.value.equity) as ShownEquity),
  };
}

/** The orders the service lists as open. */
export async function readOpenOrders(engine: PortfolioEngine): Promise<readonly ShownOrder[]> {
  const open = await engine.books.openOrders({});
  return open.value.map((order) => plain(order) as ShownOrder);
}

function asOrder(document: JsonObject): ShownOrder {
  return document as unknown as ShownOrder;
}

/** As JSON would carry it: decimals become texts. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}
