/**
 * Cancels of orders that were not placed here. The venue's own list says which they are.
 *
 * Entry point: `cancelExternal`.
 */
import { venueClientOrderId, type InstrumentSymbol } from '../core/ids.ts';
import { findByVenueIds } from '../core/portfolio/state.ts';
import type { CancelOutcome } from '../core/venue/outcome.ts';
import type { OrderReport } from '../core/venue/report.ts';
import type { Accounts, ActiveAccount } from './accounts.ts';
import type { Background } from './background.ts';
import type { ExternalCancel, OrderFilter } from './desk.ts';
import type { Identity } from './identity.ts';
import type { PortfolioWriter } from './writer.ts';

interface Canceling {
  readonly writer: PortfolioWriter;
  readonly accounts: Accounts;
  readonly background: Background;
  readonly identity: Identity;
}

/** One outcome for each order, and one without an order for an account whose list cannot be read. */
export async function cancelExternal(
  entry: Canceling,
  filter: OrderFilter,
  requestedBy: string,
): Promise<readonly ExternalCancel[]> {
  entry.writer.requireOpen();
  const accounts = [...entry.accounts.all()].filter(
    ({ accountId, venue }) =>
      (filter.accountIds === undefined || filter.accountIds.includes(accountId)) &&
      (filter.exchange === undefined || filter.exchange === venue),
  );
  const canceled = await Promise.all(
    accounts.map((account) => cancelOfAccount(entry, account, filter.symbol, requestedBy)),
  );
  return canceled.flat();
}

async function cancelOfAccount(
  { writer, identity, background }: Canceling,
  { accountId, venue, gateway, started }: ActiveAccount,
  symbol: InstrumentSymbol | undefined,
  requestedBy: string,
): Promise<readonly ExternalCancel[]> {
  const listed = started ? await gateway.openOrders() : null;
  if (listed?.kind !== 'ok') {
    const detail = listed?.detail ?? 'the gateway has not started';
    return [{ accountId, venue, report: null, outcome: 'not_sent', detail }];
  }
  const isExternal = ({ symbol: on, venueOrderId, venueClientOrderId: clientId }: OrderReport): boolean =>
    (symbol === undefined || on === symbol) &&
    (clientId === null || !identity.isOurs(clientId)) &&
    findByVenueIds(writer.state, accountId, on, venueOrderId, clientId) === undefined;
  return Promise.all(
    listed.value.filter(isExternal).map(async (report): Promise<ExternalCancel> => {
      const { symbol: on, venueOrderId, venueClientOrderId: clientId, status } = report;
      const kind = gateway.instrument(on)?.kind;
      const sent = gateway.cancel({
        symbol: on,
        venueOrderIds: [venueOrderId],
        venueClientOrderId: clientId ?? NO_CLIENT_ID,
        conditional:
          status === 'untriggered' &&
          kind !== undefined &&
          gateway.capabilities.kinds[kind]?.triggeredStopIsNewOrder === true,
      });
      background.run(
        writer.submit('cancel', () => ({
          type: 'cancel_external',
          accountId,
          symbol: on,
          venueOrderId,
          requestedBy,
        })),
      );
      return { accountId, venue, report, ...externalOutcome(await sent) };
    }),
  );
}

/** For an order placed elsewhere without a client id: it is canceled by its venue id. */
const NO_CLIENT_ID = venueClientOrderId('none');

function externalOutcome(outcome: CancelOutcome): Pick<ExternalCancel, 'outcome' | 'detail'> {
  switch (outcome.kind) {
    case 'accepted':
      return { outcome: 'canceled', detail: '' };
    case 'not_found':
      return { outcome: 'gone', detail: outcome.venueMessage };
    case 'refused':
      return { outcome: 'refused', detail: outcome.reason.venueMessage };
    case 'not_sent':
    case 'unknown':
      return { outcome: outcome.kind, detail: outcome.detail };
  }
}
