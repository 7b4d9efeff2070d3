/** Executions as the API shows them, each with the order, the account and the exchange that it belongs to. */
import type { AccountId, PortfolioId, Venue } from '../core/ids.ts';
import { decodeFill, decodeOrder } from '../core/portfolio/codec.ts';
import type { StoredFill } from '../journal/journal.ts';
import type { HttpContext } from './context.ts';
import { toFillView, type FillView } from './views/fill.ts';

/** In the order given. The exchange of an account that is removed is read from its orders. */
export async function fillsShown(
  context: HttpContext,
  portfolioId: PortfolioId,
  fills: readonly StoredFill[],
): Promise<FillView[]> {
  const exchanges = new Map<AccountId, Venue | null>(
    context.accounts.of(portfolioId).map(({ accountId, exchange }) => [accountId, exchange]),
  );
  for (const { accountId } of fills) {
    if (exchanges.has(accountId)) continue;
    const { documents } = await context.readModels.history({
      portfolioId,
      accountIds: [accountId],
      limit: 1,
    });
    const [document] = documents;
    exchanges.set(accountId, document === undefined ? null : decodeOrder(document).venue);
  }
  return fills.map(({ document, accountId, orderId }) =>
    toFillView(decodeFill(document), {
      orderId,
      accountId,
      exchange: exchanges.get(accountId) ?? null,
    }),
  );
}
