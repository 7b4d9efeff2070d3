import { Decimal } from '../../decimal.ts';
import { scopeKey } from '../limit-scopes.ts';
import { openOfStrategy, resultOfStrategy } from '../strategy-limits.ts';
import { costInBase } from '../conversion.ts';
import { refusal } from '../refusal.ts';
import { PASSED, passed, refused, valuedAt, type RiskRule } from '../rule.ts';
import { exposedRequest, exposureOf, isClosing } from '../exposure.ts';
import { roundedUp } from '../stated-figure.ts';
import { hasRoomForBook, MOST_STRATEGY_BOOKS, strategyKey } from '../strategy-books.ts';

/**
 * The limits of a strategy that are measured on its own: its part of the position with its own orders in flight, its open orders, and
 * what it has lost today. The account's limits hold beside them.
 */
export const strategyLimits: RiskRule = (input) => {
  const { state, request, setting, context, excluding, protectionPrice, reducing, closing } = input;
  const { strategy } = request;
  if (strategy === null || closing) return PASSED;
  if (!hasRoomForBook(state, context.at, strategy, request))
    return refused(
      refusal(
        'strategy_limits',
        'strategy_books_limit',
        `${strategy} has no book of ${request.symbol}, and ${MOST_STRATEGY_BOOKS} are kept: all of strategies that a limit measures, and none of them was closed before today`,
        { limit: MOST_STRATEGY_BOOKS, actual: MOST_STRATEGY_BOOKS + 1 },
      ),
    );
  const limits = state.storedLimits.get(scopeKey({ kind: 'strategy', strategy }))?.limits;
  if (limits === undefined) return PASSED;
  if (limits.maxOpenOrders !== null) {
    const actual = openOfStrategy(state, strategy, excluding).count + 1;
    if (actual > limits.maxOpenOrders)
      return refused(
        refusal(
          'strategy_limits',
          'strategy_open_orders_limit',
          `${strategy} may have ${limits.maxOpenOrders} open orders at most`,
          {
            limit: limits.maxOpenOrders,
            actual,
          },
        ),
      );
  }
  if (reducing) return PASSED;
  if (limits.maxDailyLoss !== null) {
    const result = resultOfStrategy(state, strategy, context);
    const loss = result?.negate().max(Decimal.zero) ?? null;
    if (loss === null || loss.atLeast(limits.maxDailyLoss))
      return refused(
        refusal(
          'strategy_limits',
          'strategy_daily_loss_limit',
          loss === null
            ? `what ${strategy} has lost today is not known: an instrument that it holds has no mark in time, or its currency or a fee no price`
            : `${strategy} has lost ${roundedUp(loss).toString()} since 00:00 UTC`,
          { limit: limits.maxDailyLoss, actual: loss === null ? 'unknown' : roundedUp(loss) },
        ),
      );
  }
  const mark = valuedAt(context, request.side);
  if (limits.maxPositionNotional === null || mark === null) return PASSED;
  const held = state.strategyBooks.get(strategyKey(strategy, request))?.position.netQuantity ?? Decimal.zero;
  const open = openOfStrategy(state, strategy, excluding).on(request, mark);
  if (isClosing(request, held, open)) return PASSED;
  const adding = exposedRequest(request, protectionPrice);
  const after = exposureOf(held, open, setting.kind, mark, adding);
  const inQuote = request.side === 'buy' ? after.longNotional : after.shortNotional;
  const worst = costInBase(context, request.accountId, setting.quote, inQuote);
  if (worst === null) return PASSED;
  const stated = roundedUp(worst);
  if (worst.atMost(limits.maxPositionNotional)) return passed(limits.maxPositionNotional, stated);
  return refused(
    refusal(
      'strategy_limits',
      'strategy_position_limit',
      `worst-case ${request.symbol} of ${strategy} would be worth ${stated.toString()} ${context.baseCurrency}`,
      { limit: limits.maxPositionNotional, actual: stated },
    ),
  );
};
