/** Arbitrary records of every type, for properties of what is written down. */
import type { OrderReasonCode } from '../order/reason.ts';
import fc from 'fast-check';
import { Decimal } from '../decimal.ts';
import {
  accountId,
  asset,
  clientOrderId,
  instrumentSymbol,
  orderId,
  tradeId,
  VENUES,
  venueClientOrderId,
  venueOrderId,
} from '../ids.ts';
import { WALLETS, SEPARATE_WALLETS } from '../balance/wallet.ts';
import type { Order, OrderRequest } from '../order/order.ts';
import { ORDER_TYPES, POSITION_SIDES } from '../order/terms.ts';
import { ORDER_STATUSES } from '../order/transitions.ts';
import type { AwaitedExecutions } from '../position/awaited-record.ts';
import { CUT_REASONS, type Position, type PositionFill } from '../position/position.ts';
import type { AccountBooks } from '../portfolio/account-books.ts';
import type { OrderSetting, PortfolioEvent, PortfolioEventType } from '../portfolio/events.ts';
import { DRIFT_KINDS, type DriftCase } from '../reconcile/drift.ts';
import { LADDER_STEPS } from '../risk/ladder-step.ts';
import { RISK_RULES, type Refusal } from '../risk/refusal.ts';
import { TRADING_STATES } from '../risk/trading-state-record.ts';
import type { LimitScope } from '../risk/limit-scopes.ts';
import type { RiskLimits, SetLimits } from '../risk/limits.ts';
import { ACCOUNT_RECORD_KINDS, type AccountRecord } from '../venue/account-record.ts';
import type { VenueFill } from '../venue/report.ts';

const record = <Shape>(shape: { [Key in keyof Shape]: fc.Arbitrary<Shape[Key]> }): fc.Arbitrary<Shape> =>
  fc.record<Shape>(shape, { noNullPrototype: true });
const figure = fc
  .tuple(fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }), fc.integer({ min: 0, max: 24 }))
  .map(([coefficient, scale]) => Decimal.of(coefficient, scale));
const maybe = <Value>(value: fc.Arbitrary<Value>): fc.Arbitrary<Value | null> =>
  fc.option(value, { freq: 3 });
/** Texts that a careless codec takes for figures, dates or keys among them. */
const text = fc.oneof(
  fc.string({ maxLength: 12 }),
  fc.constantFrom('1', '1e5', '-0.10', 'null', '__proto__', 'constructor', '2026-01-01T00:00:00Z', '"', '\\'),
);
const time = fc.integer({ min: 0, max: 4_000_000_000_000 });
const count = fc.nat({ max: 1_000 });
const flag = fc.boolean();
const id = fc.stringMatching(/^[a-z0-9]{1,12}$/);
const account = id.map(accountId);
const anOrderId = id.map(orderId);
const symbol = fc.constantFrom('BTC/USDT', 'BTC/USDT:USDT', '1000SATS/USDT').map(instrumentSymbol);
const anAsset = fc.constantFrom('BTC', 'USDT', '1INCH').map(asset);
const reasonCode = fc.constantFrom<OrderReasonCode[]>(
  'unknown',
  'absent',
  'position_limit',
  'other',
  'expired',
);
const side = fc.constantFrom('buy' as const, 'sell' as const);
const venue = fc.constantFrom(...VENUES);
const mode = fc.constantFrom('paper' as const, 'testnet' as const, 'live' as const);
const kind = fc.constantFrom('spot' as const, 'linear_swap' as const);
const final = record({
  status: fc.constantFrom('filled' as const, 'canceled' as const, 'expired' as const, 'rejected' as const),
  filledQuantity: figure,
  detail: text,
});
const wallet = fc.constantFrom(...WALLETS);
const positionSide = fc.constantFrom(...POSITION_SIDES);
const setting: fc.Arbitrary<OrderSetting> = record({
  venue,
  mode,
  kind,
  wallet,
  base: anAsset,
  quote: anAsset,
});
const attempt = record({ n: count, signedAt: time, requestLifetimeMs: count });
const fee = record({ asset: anAsset, amount: figure });
const feeWorth = record({ inQuote: figure, inBase: figure });
const positionFee = fc.oneof(
  fee,
  record({
    asset: anAsset,
    amount: figure,
    valued: record({ amount: figure, inQuote: figure, inBase: figure }),
  }),
);
const hold = record({ wallet, holdAsset: anAsset, perUnit: maybe(figure), holdFeeRate: figure });
const approval = record({
  bid: maybe(figure),
  ask: maybe(figure),
  mark: figure,
  quoteVenueAt: maybe(time),
  quoteReceivedAt: time,
  reducing: flag,
});
const stopDirection = maybe(fc.constantFrom('up' as const, 'down' as const));
const request: fc.Arbitrary<OrderRequest> = record({
  orderId: anOrderId,
  accountId: account,
  clientOrderId: maybe(text.map(clientOrderId)),
  venueClientOrderId: id.map(venueClientOrderId),
  symbol,
  type: fc.constantFrom(...ORDER_TYPES),
  side,
  positionSide,
  quantity: maybe(figure),
  cost: maybe(figure),
  price: maybe(figure),
  stopPrice: maybe(figure),
  trigger: maybe(fc.constantFrom('last' as const, 'mark' as const, 'index' as const)),
  timeInForce: fc.constantFrom('GTC' as const, 'IOC' as const, 'FOK' as const, 'GTD' as const),
  expiresAt: maybe(time),
  postOnly: flag,
  reduceOnly: flag,
  marketProtectionBps: count,
  sendWithinMs: count,
  strategy: maybe(text),
  parentId: maybe(anOrderId),
  leg: maybe(text),
  requestedBy: text,
  idempotency: maybe(record({ key: text, contentHash: text })),
});
export const order: fc.Arbitrary<Order> = fc
  .tuple(
    request,
    setting,
    record({
      status: fc.constantFrom(...ORDER_STATUSES),
      reason: maybe(record({ code: reasonCode, detail: text })),
      native: flag,
      protectionPrice: maybe(figure),
      stopDirection,
      stopTriggered: flag,
      hold: maybe(hold),
      approval: maybe(approval),
      attempts: fc.array(attempt, { maxLength: 3 }),
      retryAt: maybe(time),
      absentAt: maybe(time),
      landed: flag,
      venueOrderIds: fc.array(id.map(venueOrderId), { maxLength: 2 }),
      fillKeys: fc.array(text, { maxLength: 2 }),
      filledQuantity: figure,
      filledCost: figure,
      fees: fc.array(fee, { maxLength: 2 }),
      final: maybe(final),
      cancelRequested: flag,
      createdAt: time,
      countedFrom: time,
      updatedAt: time,
    }),
  )
  .map(([asked, of, rest]) => ({ ...asked, ...of, ...rest }));
/** Trade ids that count up, that are too long or too odd to be counted, and other text. */
const aTradeId = fc.oneof(
  id,
  fc.constantFrom(
    'null',
    '9',
    '0009',
    '-1',
    '1e21',
    '123456789012345',
    '1234567890123456',
    '9007199254740993',
  ),
);
const tradeIdAndSequence: fc.Arbitrary<Pick<PositionFill, 'tradeId' | 'sequence'>> = fc
  .tuple(aTradeId, maybe(fc.nat()), fc.boolean())
  .map(([of, sequence, counts]) => ({
    tradeId: tradeId(of),
    sequence: counts && Number.isSafeInteger(Number(of)) ? Number(of) : sequence,
  }));
const execution: fc.Arbitrary<PositionFill> = fc
  .tuple(
    tradeIdAndSequence,
    record({
      side,
      price: figure,
      quantity: figure,
      fee: figure,
      feeAsset: maybe(anAsset),
      executedAt: time,
    }),
    fc.oneof(fc.constant({}), record({ quoteQuantity: figure })),
  )
  .map(([of, rest, quote]) => ({ ...of, ...rest, ...quote }));
export const fill: fc.Arbitrary<VenueFill> = fc
  .tuple(
    execution,
    record({
      symbol,
      venueOrderId: id.map(venueOrderId),
      venueClientOrderId: maybe(id.map(venueClientOrderId)),
      positionSide,
      liquidity: maybe(fc.constantFrom('maker' as const, 'taker' as const)),
      realizedPnl: maybe(figure),
    }),
  )
  .map(([of, rest]) => ({ ...of, ...rest }));
const awaited: fc.Arbitrary<AwaitedExecutions> = fc
  .tuple(
    record({
      side,
      quantity: figure,
      quoteQuantity: figure,
      realizedPnl: figure,
      executedBefore: time,
      foundSince: time,
    }),
    fc.oneof(fc.constant({}), fc.constant({ opens: true as const })),
  )
  .map(([of, opens]) => ({ ...of, ...opens }));
const shown = record({ quantity: figure, closing: figure, inWallet: figure });
const figures = { netQuantity: figure, openCost: figure, realizedPnl: figure };
export const position: fc.Arbitrary<Position> = fc
  .tuple(
    setting,
    record({
      ...figures,
      accountId: account,
      symbol,
      positionSide,
      fees: fc.array(positionFee, { maxLength: 2 }),
      fundingTotal: figure,
      recent: fc.array(execution, { maxLength: 3 }),
      beforeRecent: record(figures),
      updatedAt: time,
    }),
    fc.oneof(fc.constant({}), record({ awaited: fc.array(awaited, { minLength: 1, maxLength: 2 }) })),
    fc.oneof(fc.constant({}), record({ openedAt: time })),
  )
  .map(([of, rest, waits, opened]) => ({ ...of, ...rest, ...waits, ...opened }));
const wallets = fc.oneof(
  fc.constant(SEPARATE_WALLETS),
  // The same again, and in another order: no identity may matter, and the order may.
  fc.constant(structuredClone(SEPARATE_WALLETS)),
  fc.constant(SEPARATE_WALLETS.toReversed()),
  fc.array(
    record({
      wallet,
      kinds: fc.array(kind, { maxLength: 2 }),
      collateral: fc.constantFrom('settle_asset' as const, 'all_assets' as const),
    }),
    { maxLength: 2 },
  ),
);
const positionMode = fc.constantFrom('one_way' as const, 'hedged' as const);
export const accountBooks: fc.Arbitrary<AccountBooks> = record({
  accountId: account,
  venue,
  mode,
  wallets,
  positionMode: maybe(positionMode),
  instance: maybe(text),
  balancesKnown: flag,
  positionsKnown: flag,
});
const refusal: fc.Arbitrary<Refusal> = record({
  rule: fc.constantFrom(...RISK_RULES),
  code: fc.constantFrom('position_limit' as const, 'price_off_tick' as const),
  limit: maybe(figure.map(String)),
  actual: maybe(text),
  detail: text,
});
const venueRefusal = record({
  kind: fc.constantFrom('filter' as const, 'other' as const),
  venueCode: text,
  venueMessage: text,
});
export const drift: fc.Arbitrary<DriftCase> = record({
  driftId: text,
  kind: fc.constantFrom(...DRIFT_KINDS),
  accountId: account,
  subject: text,
  symbol: maybe(symbol),
  orderId: maybe(anOrderId),
  ours: figure.map(String),
  theirs: text,
  detail: text,
  openedAt: time,
});
const limits: fc.Arbitrary<RiskLimits> = record({
  checksEnabled: flag,
  maxPositionNotional: maybe(figure),
  maxTotalExposure: maybe(figure),
  maxOrderNotional: maybe(figure),
  maxOrderQuantity: maybe(figure),
  maxOpenOrders: maybe(count),
  maxOrdersPerWindow: maybe(count),
  orderRateWindowMs: count,
  maxLeverage: maybe(figure),
  maxDailyLoss: maybe(figure),
  maxDrawdown: maybe(figure),
  maxMarginRatio: maybe(figure),
  minLiquidationDistance: maybe(figure),
  priceCollarBps: maybe(count),
  staleQuoteMs: count,
  duplicateWindowMs: count,
  allowedSymbols: maybe(fc.array(text, { maxLength: 3 })),
});
const setLimits: fc.Arbitrary<SetLimits> = limits.map((given) => ({
  ...given,
  checksEnabled: null,
  orderRateWindowMs: null,
}));
const scope: fc.Arbitrary<LimitScope> = fc.oneof(
  record({ kind: fc.constant('strategy' as const), strategy: text }),
  fc.constant({ kind: 'portfolio' as const }),
  record({ kind: fc.constant('account' as const), accountId: account }),
  record({ kind: fc.constant('instrument' as const), venue, symbol }),
);
const reading = {
  equity: figure,
  capital: figure,
  reasonOfReading: fc.constantFrom('interval' as const, 'ladder' as const, 'reset' as const),
  ladder: maybe(record({ step: fc.constantFrom(...LADDER_STEPS), steppedAt: time, why: text })),
};
const unexplainedChange = record({
  changeId: text,
  accountId: account,
  asset: anAsset,
  amount: figure,
  lost: figure,
  at: time,
});
const move = { accountId: account, mode, capital: figure, equity: figure, baseline: figure };
const funding = record({ id: text, symbol, positionSide, asset: anAsset, amount: figure, at: time });
const accountRecord: fc.Arbitrary<AccountRecord> = record({
  recordId: text,
  kind: fc.constantFrom(...ACCOUNT_RECORD_KINDS),
  venueKind: text,
  wallet,
  asset: anAsset,
  amount: figure,
  symbol: maybe(symbol),
  positionSide,
  tradeId: maybe(aTradeId.map(tradeId)),
  at: time,
});
export const balance = record({
  accountId: account,
  wallet,
  asset: anAsset,
  total: figure,
  externalLocked: figure,
  updatedAt: time,
});

/** One generator per event type: a new one does not compile until it is here. */
const settingFacts = {
  accountId: account,
  setting: fc.constantFrom('leverage' as const, 'margin_mode' as const, 'position_mode' as const),
  symbol: maybe(symbol),
  value: text,
};
export const EVENTS: {
  readonly [Type in PortfolioEventType]: fc.Arbitrary<Omit<Extract<PortfolioEvent, { type: Type }>, 'type'>>;
} = {
  ownership_taken: record({ node: text, epoch: count }),
  base_currency_set: record({ asset: anAsset }),
  clock_stepped: record({ stepMs: fc.integer() }),
  account_opened: record({ accountId: account, venue, mode }),
  wallets_declared: record({ accountId: account, wallets }),
  position_mode_seen: record({ accountId: account, positionMode }),
  stop_trigger_seen: record({ orderId: anOrderId }),
  stop_kept: record({
    orderId: anOrderId,
    requestedBy: text,
    beside: record({ ofThisStop: figure, ofAllStops: figure }),
    isShort: fc.constant(true as const),
  }),
  stop_released: record({ orderId: anOrderId }),
  account_reset: record({ accountId: account, instance: text }),
  order_accepted: record({
    request,
    setting,
    protectionPrice: maybe(figure),
    stopDirection,
    hold: maybe(hold),
    approval,
  }),
  order_denied: record({ request, setting, refusals: fc.array(refusal, { maxLength: 3 }) }),
  send_attempted: record({ orderId: anOrderId, attempt }),
  send_accepted: record({ orderId: anOrderId, n: count, venueOrderId: id.map(venueOrderId) }),
  send_refused: record({ orderId: anOrderId, n: count, venueRefusal }),
  send_not_sent: record({
    orderId: anOrderId,
    n: count,
    notSentReason: fc.constantFrom('expired' as const, 'throttled' as const),
    detail: text,
    retryAt: maybe(time),
  }),
  send_unknown: record({ orderId: anOrderId, n: count, detail: text, landed: flag }),
  stop_reached: record({ orderId: anOrderId, n: count, venueRefusal }),
  stop_closes_now: record({
    orderId: anOrderId,
    marketPrice: maybe(figure),
    protectionPrice: maybe(figure),
  }),
  absence_observed: record({ orderId: anOrderId, venueTime: time }),
  absence_proven: record({ orderId: anOrderId, venueTime: time, retryAt: maybe(time) }),
  order_given_up: record({ orderId: anOrderId, code: reasonCode, detail: text }),
  working_seen: record({ orderId: anOrderId, venueOrderId: id.map(venueOrderId) }),
  venue_order_linked: record({ orderId: anOrderId, venueOrderId: id.map(venueOrderId) }),
  final_seen: record({ orderId: anOrderId, final }),
  order_closed: record({
    orderId: anOrderId,
    as: fc.constantFrom('filled' as const, 'expired' as const),
    detail: text,
  }),
  fill_booked: fc.oneof(
    record({ orderId: anOrderId, accountId: account, fill, positionPnl: figure }),
    record({ orderId: anOrderId, accountId: account, fill, positionPnl: figure, feeWorth }),
    record({ orderId: anOrderId, accountId: account, fill, positionPnl: figure, shown }),
    record({
      orderId: anOrderId,
      accountId: account,
      fill,
      positionPnl: figure,
      strategy: text,
      strategyQuantity: figure,
    }),
  ),
  strategy_parts_closed: record({
    accountId: account,
    symbol,
    positionSide,
    price: maybe(figure),
    by: record({ tradeId: text.map(tradeId), executedAt: time }),
    parts: fc.array(record({ strategy: text, side, quantity: figure }), { maxLength: 3 }),
  }),
  strategy_books_netted: record({
    accountId: account,
    symbol,
    price: figure,
    requestedBy: text,
    parts: fc.array(record({ strategy: text, side, quantity: figure }), { maxLength: 3 }),
  }),
  fill_parked: record({ accountId: account, fill, ruledOut: fc.array(anOrderId, { maxLength: 2 }) }),
  external_fill_seen: fc.oneof(
    record({ accountId: account, fill, setting }),
    record({ accountId: account, fill, setting, taken: figure, positionPnl: figure }),
    record({ accountId: account, fill, setting, feeWorth }),
    record({ accountId: account, fill, setting, shown }),
    record({ accountId: account, fill, setting, unlocked: figure }),
  ),
  position_adopted: record({
    accountId: account,
    symbol,
    setting,
    adoption: record({
      adoptionId: text,
      quantity: figure,
      costBasis: figure,
      price: figure,
      executedAt: time,
    }),
    requestedBy: text,
    why: text,
  }),
  position_cut: record({
    accountId: account,
    symbol,
    cut: record({
      cutId: text,
      reason: fc.constantFrom(...CUT_REASONS),
      quantity: figure,
      price: figure,
      executedAt: time,
    }),
    positionPnl: figure,
  }),
  position_cut_changed: record({
    accountId: account,
    symbol,
    cut: record({
      cutId: text,
      reason: fc.constantFrom(...CUT_REASONS),
      quantity: figure,
      price: figure,
      executedAt: time,
    }),
    sequence: maybe(count),
    tradeId: text.map(tradeId),
  }),
  position_cut_replaced: record({
    accountId: account,
    symbol,
    cutId: text,
    quantity: figure,
    tradeId: text.map(tradeId),
    balances: fc.array(record({ wallet, asset: anAsset, delta: figure }), { maxLength: 3 }),
  }),
  fills_cursor_moved: record({ accountId: account, symbol, cursor: text }),
  cancel_requested: record({ orderId: anOrderId, requestedBy: text }),
  external_cancel_requested: record({
    accountId: account,
    symbol,
    venueOrderId: text.map(venueOrderId),
    requestedBy: text,
  }),
  cancel_refused: record({ orderId: anOrderId, venueRefusal }),
  order_annulled: record({ orderId: anOrderId, requestedBy: text }),
  drift_opened: record({ drift }),
  drift_resolved: fc.oneof(
    record({ driftId: text, resolution: text }),
    record({ driftId: text, resolution: text, requestedBy: text, drift }),
  ),
  balances_observed: record({ accountId: account, balances: fc.array(balance, { maxLength: 2 }) }),
  positions_observed: record({
    accountId: account,
    positions: fc.array(
      fc
        .tuple(
          record({ symbol, positionSide, setting, netQuantity: figure, openCost: figure }),
          fc.oneof(
            fc.constant({}),
            record({ awaited: fc.array(awaited, { maxLength: 2 }), price: figure, settled: figure }),
          ),
        )
        .map(([of, waits]) => ({ ...of, ...waits })),
      { maxLength: 2 },
    ),
  }),
  funding_booked: record({ accountId: account, funding }),
  account_record_booked: fc.oneof(
    record({ accountId: account, record: accountRecord }),
    record({ accountId: account, record: accountRecord, movesCapital: fc.constant(true as const) }),
  ),
  account_records_read: fc.oneof(
    record({ accountId: account, until: time }),
    record({ accountId: account, until: time, takenOver: fc.array(text, { maxLength: 3 }) }),
  ),
  limits_changed: fc.oneof(
    record({ limits, requestedBy: text, why: text }),
    record({ scope, version: count, limits: setLimits, requestedBy: text, why: text }),
  ),
  setting_requested: record({
    ...settingFacts,
    former: maybe(text),
    limit: maybe(text),
    requestedBy: text,
    why: text,
  }),
  setting_denied: record({ ...settingFacts, former: maybe(text), refusal, requestedBy: text, why: text }),
  setting_answered: record({
    ...settingFacts,
    outcome: fc.constantFrom('set' as const, 'refused' as const, 'not_sent' as const, 'unknown' as const),
    shown: maybe(text),
    venueRefusal: maybe(venueRefusal),
    detail: text,
  }),
  kill_switch_answered: record({ key: text, receipt: text }),
  request_answered: record({ key: text, contentHash: text, answer: maybe(text) }),
  trading_state_set: record({
    scope,
    state: fc.constantFrom(...TRADING_STATES),
    version: count,
    requestedBy: text,
    why: text,
  }),
  kill_switch_set: fc.oneof(
    record({ engaged: flag, requestedBy: text, why: text }),
    record({
      engaged: flag,
      requestedBy: text,
      why: text,
      idempotency: record({ key: text, contentHash: text }),
    }),
  ),
  capital_moved: fc.oneof(
    record({ ...move, cause: fc.constantFrom('joined' as const, 'left' as const) }),
    record({
      ...move,
      cause: fc.constantFrom('joined' as const, 'exchanged' as const),
      holdings: fc.array(record({ asset: anAsset, amount: figure, worth: figure }), { maxLength: 2 }),
    }),
    record({
      ...move,
      cause: fc.constant('flow' as const),
      asset: anAsset,
      amount: figure,
      recordId: text,
      kind: text,
      oneSided: fc.constant(true as const),
      pairs: text,
    }),
    record({
      ...move,
      cause: fc.constant('flow' as const),
      asset: anAsset,
      amount: figure,
      recordId: text,
      kind: text,
    }),
    record({ ...move, cause: fc.constant('unexplained' as const), unexplained: unexplainedChange }),
    record({
      ...move,
      cause: fc.constant('reclassified' as const),
      explains: text,
      requestedBy: text,
      why: text,
    }),
  ),
  fees_valued: record({
    accountId: account,
    symbol,
    positionSide,
    asset: anAsset,
    price: figure,
    unit: fc.constantFrom('quote' as const, 'base_currency' as const),
  }),
  price_stated: record({ mode, asset: anAsset, price: figure, requestedBy: text, why: text }),
  equity_observed: fc.oneof(
    record(reading),
    record({ ...reading, realized: figure, unrealized: figure }),
    record({
      ...reading,
      mode,
      low: figure,
      high: figure,
      realized: figure,
      unrealized: figure,
      prices: fc.array(record({ key: text, price: figure, at: time }), { maxLength: 3 }),
      unpriced: fc.array(
        fc.oneof(record({ key: text, since: time }), record({ key: text, since: time, ceiling: figure })),
        { maxLength: 3 },
      ),
      uncertain: text,
    }),
  ),
  order_recalled: record({ order }),
  orders_evicted: record({ orderIds: fc.array(anOrderId, { maxLength: 3 }), externalFillsBefore: time }),
};

/** A fill that no order is known to own, as the state keeps it. */
export const parkedFill = record({
  accountId: account,
  fill,
  ruledOut: fc.array(anOrderId, { maxLength: 2 }),
});
