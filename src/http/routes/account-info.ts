import { z } from 'zod';
import { Decimal } from '../../core/decimal.ts';
import { ACCOUNT_MODES, VENUES, type AccountId } from '../../core/ids.ts';
import { highestRatio } from '../../core/risk/liquidation.ts';
import { realizedSinceOpened, unrealizedPnl } from '../../core/position/position.ts';
import type { PositionReading } from '../../engine/desk.ts';
import { chooseAccount } from '../account-choice.ts';
import { accountsOf, callerOf, deskOf, type App, type HttpContext } from '../context.ts';
import { accountField, decimalOut, exchangeField, isoTime, timeOut } from '../fields.ts';
import { Problem } from '../problem.ts';
import { simulatedOf } from '../account-answer.ts';
import { accountView } from '../views/account.ts';
import { balanceView, toBalanceView } from '../views/balance.ts';
import { shownAmount, shownOrNull, shownUp } from '../views/figures.ts';
import { positionView, toPositionView } from '../views/position.ts';
import { riskStatusView, toRiskStatusView } from '../views/risk-status.ts';

const amounts = z.array(z.object({ asset: z.string(), amount: decimalOut }));

const streamState = z.enum(['connected', 'connecting', 'closed']);

const infoView = z.object({
  exchange: z.enum(VENUES),
  account: z.string(),
  mode: z.enum(ACCOUNT_MODES),
  equity: decimalOut.nullable().meta({
    description:
      'Of this account: its capital and the profit and loss of its positions. Null while it does not count in the equity of its mode: its books are not known yet, or it is detached.',
  }),
  equity_at: timeOut.nullable().meta({
    description:
      'When the prices of `equity` were read: the last confirmed ones, a jump once a second datum has confirmed it.',
  }),
  equity_currency: z.string().meta({
    description: 'The unit of `equity` and of `portfolio_equity`: the base currency of the portfolio.',
  }),
  portfolio_equity: riskStatusView.shape.equity.meta({
    description: 'Of all accounts of this mode together.',
  }),
  margin: z.array(
    z.object({
      asset: z.string(),
      total: decimalOut,
      used: decimalOut.nullable(),
      free: decimalOut.nullable(),
    }),
  ),
  margin_ratio: decimalOut.nullable().meta({
    description:
      'The highest of its wallets and isolated positions: maintenance margin as a fraction of what stands behind it, rounded up. Liquidation is at 1; null where it is not known, or a position of the account has changed since `margin_at`.',
  }),
  margin_at: timeOut.nullable().meta({ description: 'When the exchange was asked for it.' }),
  balances: z.array(balanceView),
  positions: z.array(positionView),
  unrealized_pnl: amounts.meta({
    description:
      'By quote asset, of the positions whose mark is known: the sum of theirs, at the `mark_price` and `mark_at` that each of them shows. `equity` is at other prices: those of `equity_at`.',
  }),
  realized_pnl: amounts.meta({
    description:
      'By quote asset, of the open positions since they were opened, fees and funding apart; without those that an earlier release has opened and closed before.',
  }),
  realized_pnl_total: amounts.meta({
    description:
      'The same over all positions that the account ever had, those that are closed included, since it was taken over or began anew.',
  }),
  net_realized_pnl_today: z.array(z.object({ asset: z.string(), amount: decimalOut.nullable() })).meta({
    description:
      'Since 00:00 UTC, in the base currency: closing and funding less fees in any asset, as the daily loss counts them. The amount is null where a part is in an asset without a price.',
  }),
  risk: riskStatusView,
  connection: z.object({
    private_stream: streamState,
    public_stream: streamState,
    breaker: z.enum(['closed', 'half_open', 'open']),
    rate_budget_left: z.number().meta({ description: 'Share of the rate allowance still free, 0 to 1.' }),
    clock_offset_ms: z.number(),
    position_mode: z.enum(['one_way', 'hedged']).nullable().meta({
      description: 'Of the swaps: one net position an instrument, or a long and a short one side by side.',
    }),
  }),
  simulator_control_url: accountView.shape.simulator_control_url,
  simulator_account: accountView.shape.simulator_account,
  as_of_seq: z.int(),
});

/** `GET /trading/v2/account/info` */
export function accountInfoRoute(app: App, context: HttpContext): void {
  app.route({
    method: 'GET',
    url: '/trading/v2/account/info',
    config: { scope: 'read' },
    schema: {
      summary: 'Show an account: equity, margin, balances, positions, risk usage and connection',
      tags: ['account'],
      querystring: z.strictObject({ exchange: exchangeField, account: accountField.optional() }),
      response: { 200: infoView },
    },
    handler: async (request): Promise<z.output<typeof infoView>> => {
      const caller = callerOf(request);
      const desk = deskOf(context, caller);
      const account = chooseAccount(accountsOf(context, caller), request.query);
      const [reading, balances, positions, held, risk, simulated] = await Promise.all([
        desk.books.account(account.accountId),
        desk.books.balances(account.accountId),
        desk.books.positions({ accountIds: [account.accountId] }),
        desk.books.held(),
        desk.books.risk(account.mode),
        simulatedOf(context, account),
      ]);
      if (reading === null) {
        throw new Problem('account_not_found', `This node does not serve account ${account.accountId}.`);
      }
      const { connection } = reading;
      const balanceViews = balances.value.map(toBalanceView);
      const riskStatus = toRiskStatusView(risk.value, risk.seq);
      return {
        exchange: account.exchange,
        account: account.accountId,
        mode: account.mode,
        equity: reading.equity === null ? null : shownAmount(reading.equity),
        equity_at: reading.equity === null || reading.equityAt === null ? null : isoTime(reading.equityAt),
        equity_currency: reading.baseCurrency,
        portfolio_equity: riskStatus.equity,
        margin: balances.value
          .filter(({ kinds }) => kinds.includes('linear_swap'))
          .map(toBalanceView)
          .map(({ asset, total, used, free }) => ({ asset, total, used, free })),
        margin_ratio: shownOrNull(reading.margin === null ? null : highestRatio(reading.margin), shownUp),
        margin_at: reading.margin === null ? null : isoTime(reading.margin.readAt),
        balances: balanceViews,
        positions: positions.value.map(toPositionView),
        unrealized_pnl: byQuote(positions.value, ({ position, mark }) =>
          mark === null ? null : unrealizedPnl(position, mark),
        ),
        realized_pnl: byQuote(positions.value, ({ position }) => realizedSinceOpened(position)),
        realized_pnl_total: realizedTotal(held.value.positions, account.accountId),
        net_realized_pnl_today: [
          {
            asset: reading.baseCurrency,
            amount: reading.realizedToday === null ? null : shownAmount(reading.realizedToday),
          },
        ],
        risk: riskStatus,
        connection: {
          private_stream: connection.privateStream,
          public_stream: connection.publicStream,
          breaker: connection.breaker,
          rate_budget_left: connection.rateBudgetLeft,
          clock_offset_ms: connection.clockOffsetMs,
          position_mode: connection.positionMode,
        },
        ...simulated,
        as_of_seq: positions.seq,
      };
    },
  });
}

/** The result of one account in all, by quote currency; `positions` are those of every account, also closed ones. */
export function realizedTotal(
  positions: readonly Pick<PositionReading, 'position'>[],
  account: AccountId,
): ReturnType<typeof byQuote> {
  const own = positions.filter(({ position }) => position.accountId === account);
  return byQuote(own, ({ position }) => position.realizedPnl);
}

function byQuote<Reading extends Pick<PositionReading, 'position'>>(
  readings: readonly Reading[],
  amountOf: (reading: Reading) => Decimal | null,
): { readonly asset: string; readonly amount: string }[] {
  const sums = new Map<string, Decimal>();
  for (const reading of readings) {
    const amount = amountOf(reading);
    if (amount === null) continue;
    const { quote } = reading.position;
    sums.set(quote, (sums.get(quote) ?? Decimal.zero).add(amount));
  }
  return [...sums].map(([asset, amount]) => ({ asset, amount: shownAmount(amount) }));
}
