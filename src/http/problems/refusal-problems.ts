/** Refusals of risk rules and instrument filters, one for each code of `src/core/risk/refusal.ts`. */
import type { RefusalCode } from '../../core/risk/refusal.ts';
import { denied, KEPT_REFUSAL, problem, type ProblemKind } from './problem-kind.ts';

export const REFUSAL_PROBLEMS: Readonly<Record<RefusalCode, ProblemKind>> = {
  kill_switch_engaged: denied({
    title: 'The kill switch is engaged',
    when: 'The order would add risk while the kill switch is engaged.',
    remedy: 'Only orders that reduce pass until somebody releases it with `POST /risk/kill-switch`.',
  }),
  instrument_not_allowed: denied({
    title: 'This instrument may not be traded',
    when: 'The limits allow certain symbols only, and this is none of them.',
    remedy: 'Trade an allowed symbol, or have the limits changed.',
  }),
  instrument_unknown: problem(422, {
    title: 'The exchange lists no such instrument',
    when: 'The symbol is well formed, and the exchange of the account does not list it. Nothing was journaled.',
    remedy: 'Look at `GET /instruments`.',
    figures: ['errors', 'rule', 'limit', 'actual', 'refusals', 'order_id'],
  }),
  instrument_not_active: denied({
    title: 'The instrument is not open for trading',
    when: 'The exchange lists the instrument but has closed it for trading.',
    remedy: 'Wait until `active` is true in `GET /instruments`.',
  }),
  trading_halted: denied({
    title: 'Trading is halted',
    when: 'Somebody has halted the portfolio, the account, the instrument or the strategy; or the portfolio is halted because its books could not be trusted.',
    remedy:
      'See `GET /risk/trading-state` and `GET /risk/status` for the reason. Cancels, closing a position and the kill switch still work.',
  }),
  trading_reduce_only: denied({
    title: 'Only orders that reduce a position are taken',
    when: 'The risk ladder is at `no_new_risk` or beyond, somebody has set a trading state, or a drift case contradicts an order on this instrument.',
    remedy: 'Reduce, or reset the ladder with a reason once the loss is understood; look at `GET /drift`.',
  }),
  unsupported_order: denied({
    title: 'This kind of order does not exist here',
    when: 'The exchange has no such order on this kind of instrument: its type, time in force, trigger or flags.',
    remedy: 'Look at `GET /exchanges` for the order types that it offers. ' + KEPT_REFUSAL,
  }),
  market_data_missing: denied({
    title: 'No price could be read',
    when: 'No quote of the instrument could be read, so that no rule can be measured.',
    remedy: 'Try again under a new key when the exchange answers.',
  }),
  market_data_stale: denied({
    title: 'The last price is too old',
    when: 'The last quote is older than the limit `staleQuoteMs`.',
    remedy: 'Try again under a new key when prices flow again.',
  }),
  value_unknown: denied({
    title: 'The order cannot be valued in the base currency',
    when: "No market in time converts the order's quote currency, or one that something else is held in, into the portfolio's base currency. Orders that reduce are never refused for it.",
    remedy:
      'Try again under a new key when the exchange answers; look at `base_currency` in `GET /risk/status`.',
  }),
  price_off_tick: denied({
    title: 'The price is not on the grid',
    when: "The price is no multiple of the instrument's tick. Figures that you give are never rounded.",
    remedy: 'Round it to the tick of `GET /instruments`. ' + KEPT_REFUSAL,
  }),
  price_out_of_range: denied({
    title: 'The price is outside the bounds of the exchange',
    when: 'The price is below the least or above the highest that the exchange takes.',
    remedy: '`limit` is the bound. ' + KEPT_REFUSAL,
  }),
  price_outside_band: denied({
    title: "The price is outside the exchange's price band",
    when: 'The price is further from the mark or the average price of the last minutes than the exchange takes now.',
    remedy:
      '`limit` is the bound at this moment. Closing orders are moved into the band instead. ' + KEPT_REFUSAL,
  }),
  quantity_off_lot: denied({
    title: 'The quantity is not on the grid',
    when: "The quantity is no multiple of the instrument's lot. Figures that you give are never rounded.",
    remedy: 'Round it to the lot of `GET /instruments`. ' + KEPT_REFUSAL,
  }),
  quantity_too_small: denied({
    title: 'The quantity is too small',
    when: 'The quantity is below the least that the exchange takes, or the position to close is less than one lot.',
    remedy: '`limit` is the least. ' + KEPT_REFUSAL,
    figures: ['rule', 'limit', 'actual', 'refusals', 'order_id', 'dust'],
  }),
  quantity_too_large: denied({
    title: 'The quantity is too large',
    when: 'The quantity is above the most that the exchange takes in one order.',
    remedy: '`limit` is the most. ' + KEPT_REFUSAL,
  }),
  notional_too_small: denied({
    title: 'The order is worth too little',
    when: 'Price times quantity is below the least worth that the exchange takes.',
    remedy: '`limit` is the least, in the quote asset. ' + KEPT_REFUSAL,
  }),
  not_reducing: denied({
    title: 'There is nothing that the order would reduce',
    when: 'A reduce-only order or a close is larger than the position that is left to close, or on the wrong side.',
    remedy: '`limit` is the quantity that can be closed. Look at the position.',
  }),
  beyond_strategy_part: denied({
    title: "More than the strategy's part",
    when: "The token is for strategies alone, and the order sells spot or only reduces, by more than the strategy's own part of the position less its orders that close it.",
    remedy: 'Close at most `limit`; `GET /trading/v2/strategies` shows what the strategy holds.',
  }),
  would_trigger: denied({
    title: 'The stop would trigger at once',
    when:
      'The market has reached the stop price already, on the side that the order waits for: seen here before it was sent, or ' +
      'by the exchange.',
    remedy:
      '`limit` is the price of the market, `actual` the stop price. Move the stop, name the other type (`stop`, `take_profit`), ' +
      'or close with `on_would_trigger` `close_now`. ' +
      KEPT_REFUSAL,
    figures: ['rule', 'limit', 'actual', 'refusals', 'order_id', 'order', 'venue_code', 'venue_message'],
  }),
  price_outside_collar: denied({
    title: 'The price is too far from the market',
    when: 'A purchase above, or a sale below, the market by more than the limit `priceCollarBps`.',
    remedy: '`limit` is the furthest price. ' + KEPT_REFUSAL,
  }),
  order_quantity_limit: denied({
    title: 'Above the limit of quantity per order',
    when: 'The quantity is above the limit `maxOrderQuantity`.',
    remedy: 'Send less, or have the limit changed.',
  }),
  order_notional_limit: denied({
    title: 'Above the limit of worth per order',
    when: 'The order is worth more than the limit `maxOrderNotional`.',
    remedy: 'Send less, or have the limit changed.',
  }),
  insufficient_balance: denied({
    title: 'The balance does not suffice',
    when: 'The free balance, less the holds of other orders in flight, does not cover the order and its fee.',
    remedy: '`limit` is the balance that is available. Cancel other orders or send less.',
  }),
  position_limit: denied({
    title: 'Above the position limit',
    when: 'Position and open orders together could become larger than the limit `maxPositionNotional`, in the worst case.',
    remedy: 'Send less, cancel other orders, or close first to turn a position over.',
  }),
  total_exposure_limit: denied({
    title: 'Above the limit of total exposure',
    when: 'All positions and open orders together could become larger than the limit `maxTotalExposure`, in the worst case.',
    remedy: 'Send less, or reduce elsewhere first.',
  }),
  open_orders_limit: denied({
    title: 'Too many open orders',
    when: 'As many orders are open as the limit `maxOpenOrders` allows.',
    remedy: 'Cancel some.',
  }),
  order_rate_limit: denied({
    title: 'Too many orders in a short time',
    when: 'More orders were accepted within the window than the limit `maxOrdersPerWindow` allows.',
    remedy: 'Wait for the window to pass and send it under a new key.',
  }),
  leverage_limit: denied({
    title: 'Above the leverage limit',
    when: 'The swap is set to more leverage at the exchange than the limit `maxLeverage` allows.',
    remedy: 'Set less leverage at the exchange.',
  }),
  leverage_unknown: denied({
    title: 'The leverage of the swap is not known',
    when: 'There is a limit `maxLeverage`, and the exchange did not answer when it was asked which leverage is set.',
    remedy:
      'Send it again under a new key, or set the leverage, which shows it too. Orders that reduce pass.',
  }),
  margin_ratio_limit: denied({
    title: 'The account is near liquidation',
    when: 'The maintenance margin of the account, as a fraction of what stands behind it, is at the limit `maxMarginRatio` or beyond.',
    remedy: 'Only orders that reduce pass. Close positions or add margin at the exchange.',
  }),
  liquidation_distance_limit: denied({
    title: 'A position is near liquidation',
    when: 'The mark of an open position of the account is nearer to its liquidation price than the limit `minLiquidationDistance` allows.',
    remedy: 'Only orders that reduce pass. Reduce the position or add margin at the exchange.',
  }),
  margin_unknown: denied({
    title: 'The margin of the account is not known',
    when: 'A limit of margin is set, the account has an open position, and the exchange has not shown its margin or liquidation price, not within 30 seconds, or not since a position changed; or an order in flight may still grow one.',
    remedy: 'Orders that reduce pass. Send it again once `GET /risk/status` shows the margin of the account.',
  }),
  would_self_cross: denied({
    title: 'The order would trade with an own order',
    when: 'An order of your own rests on the other side at a price where this one would trade.',
    remedy: 'Cancel the resting order first, or move the price.',
  }),
  daily_loss_limit: denied({
    title: 'The daily loss limit is reached',
    when: 'Equity has lost the limit `maxDailyLoss` or more since 00:00 UTC.',
    remedy:
      'Only orders that reduce pass until the next day, or until a reset where the ladder has taken a step.',
  }),
  drawdown_limit: denied({
    title: 'The drawdown limit is reached',
    when: 'Equity has lost the limit `maxDrawdown` or more from its peak.',
    remedy: 'Only orders that reduce pass until a reset with a reason.',
  }),
  strategy_position_limit: denied({
    title: "Above the strategy's position limit",
    when: "The strategy's own part of the position and its open orders could become larger than its limit `maxPositionNotional`, in the worst case.",
    remedy: 'Send less, or have the limit of the strategy changed.',
  }),
  strategy_open_orders_limit: denied({
    title: 'The strategy has too many open orders',
    when: 'As many orders of the strategy are open as its limit `maxOpenOrders` allows.',
    remedy: 'Cancel some.',
  }),
  strategy_daily_loss_limit: denied({
    title: "The strategy's daily loss limit is reached",
    when: "The strategy's own fills have lost its limit `maxDailyLoss` or more since 00:00 UTC, or what it holds has no price.",
    remedy: 'Only orders that reduce pass until the next day, or have the limit changed.',
  }),
  strategy_books_limit: denied({
    title: 'No book for another strategy',
    when: 'The strategy has no book of the position yet, and the portfolio keeps 1,000, each of a strategy with a limit on its position or its loss, and none closed before today.',
    remedy: 'Use the tags that you have, or clear the limits of strategies that no longer trade.',
  }),
  duplicate_order: denied({
    title: 'An order like this was just accepted',
    when: 'An equal order without a client_order_id was accepted within the limit `duplicateWindowMs`.',
    remedy: 'Give each order that you mean a client_order_id of its own.',
  }),
};
