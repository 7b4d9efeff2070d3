/**
 * Every operation of the API with requests that work and the problems it may answer.
 *
 * Entry point: `OPERATIONS`. A route that is served and is not here fails `contract.int.test.ts`, which sends each of
 * these requests; the answers beside them are recorded from it (`answers.json`).
 *
 * Long because: the table has a row for each operation.
 */
import {
  DESK_PROBLEMS,
  EXAMPLE,
  PLACING_PROBLEMS,
  type OperationContract,
  type OperationName,
} from './operation.ts';

const SPOT = { exchange: 'binance', symbol: 'BTC/USDT' } as const;
const SWAP = { exchange: 'binance', symbol: 'BTC/USDT:USDT' } as const;
const ORDER_PATH = { order_id: EXAMPLE.orderId } as const;
const ORDER_PROBLEMS = [...DESK_PROBLEMS, 'order_not_found', 'account_not_found'] as const;
const ACCOUNT_PROBLEMS = [...DESK_PROBLEMS, 'account_not_found'] as const;
const MARKET_PROBLEMS = [...ACCOUNT_PROBLEMS, 'instrument_unknown', 'rate_budget', 'venue_rejected'] as const;
const SETTING_PROBLEMS = [
  ...ACCOUNT_PROBLEMS,
  'mode_mismatch',
  'setting_not_offered',
  'setting_unknown',
  'rate_budget',
  'venue_rejected',
] as const;
const KEY_PROBLEMS = [
  'venue_unreachable',
  'keys_refused',
  'keys_may_withdraw',
  'live_not_allowed',
  'exchange_not_supported',
] as const;

export const OPERATIONS: Readonly<Partial<Record<OperationName, OperationContract>>> = {
  // --- health and documents ---
  'GET /health/live': {
    id: 'getLiveness',
    examples: [{ summary: 'As an orchestrator asks', status: 200 }],
    problems: [],
  },
  'GET /health/ready': {
    id: 'getReadiness',
    examples: [{ summary: 'As a load balancer asks', status: 200 }],
    problems: [],
  },
  'GET /metrics': {
    id: 'getMetrics',
    examples: [{ summary: 'As Prometheus asks', status: 200 }],
    problems: [],
  },
  'GET /openapi.json': {
    id: 'getOpenApiDocument',
    examples: [{ summary: 'This document', status: 200 }],
    problems: [],
  },

  'GET /asyncapi.json': {
    id: 'getAsyncApiDocument',
    examples: [{ summary: 'The messages of the stream', status: 200 }],
    problems: [],
  },

  // --- orders ---
  'POST /trading/v2/orders/market': {
    id: 'placeMarketOrder',
    takesKey: true,
    examples: [
      {
        summary: 'Buy a quantity at the market, under an id of your own',
        body: { ...SPOT, side: 'buy', quantity: '0.001', client_order_id: 'grid-7-0001', strategy: 'grid-7' },
        status: 201,
      },
      {
        summary: 'Spend an amount of the quote asset',
        body: { ...SPOT, side: 'buy', cost: '50' },
        status: 201,
      },
      {
        summary: 'Open a short swap position, on a paper account or not at all',
        body: { ...SWAP, side: 'sell', quantity: '0.01', mode: 'paper', market_protection_bps: 50 },
        status: 201,
      },
    ],
    problems: PLACING_PROBLEMS,
  },
  'POST /trading/v2/orders/limit': {
    id: 'placeLimitOrder',
    takesKey: true,
    examples: [
      {
        summary: 'Rest a purchase below the market, never taking',
        body: { ...SPOT, side: 'buy', quantity: '0.001', price: '55000', post_only: true },
        status: 201,
      },
      {
        summary: 'Fill at once at a price or better, and cancel the rest',
        body: { ...SPOT, side: 'sell', quantity: '0.001', price: '58000', time_in_force: 'IOC' },
        status: 201,
      },
    ],
    problems: PLACING_PROBLEMS,
  },
  'POST /trading/v2/orders/stop': {
    id: 'placeStopOrder',
    takesKey: true,
    examples: [
      {
        summary: 'Sell at the market when the price falls to 54,000',
        body: { ...SPOT, side: 'sell', quantity: '0.001', stop_price: '54000' },
        status: 201,
      },
      {
        summary: 'The same at 53,900 or better',
        body: { ...SPOT, side: 'sell', quantity: '0.001', stop_price: '54000', price: '53900' },
        status: 201,
      },
    ],
    problems: PLACING_PROBLEMS,
  },
  'POST /trading/v2/orders/take-profit': {
    id: 'placeTakeProfitOrder',
    takesKey: true,
    examples: [
      {
        summary: 'Sell at the market when the price rises to 66,000',
        body: { ...SPOT, side: 'sell', quantity: '0.001', stop_price: '66000', trigger_direction: 'rising' },
        status: 201,
      },
    ],
    problems: PLACING_PROBLEMS,
  },
  'POST /trading/v2/orders/batch': {
    id: 'placeOrders',
    takesKey: true,
    examples: [
      {
        summary: 'Two orders, both or none as far as the risk rules go',
        body: {
          orders: [
            { type: 'market', ...SPOT, side: 'buy', quantity: '0.001' },
            { type: 'limit', ...SPOT, side: 'buy', quantity: '0.001', price: '55000' },
          ],
          all_or_none_risk: true,
        },
        status: 200,
      },
    ],
    // The problem of a single order is in its result; an all-or-none batch is refused as a whole.
    problems: PLACING_PROBLEMS,
  },
  'GET /trading/v2/orders/open': {
    id: 'listOpenOrders',
    examples: [
      { summary: 'Those of one exchange', query: { exchange: 'binance' }, status: 200 },
      { summary: 'All of them', status: 200 },
      { summary: 'Purchases of one strategy', query: { strategy: 'grid-7', side: 'buy' }, status: 200 },
    ],
    problems: ACCOUNT_PROBLEMS,
  },
  'GET /trading/v2/orders/history': {
    id: 'listOrderHistory',
    examples: [
      {
        summary: 'The last two filled orders of one instrument',
        query: { ...SPOT, status: 'filled', limit: '2' },
        status: 200,
      },
      {
        summary: 'A stretch of time',
        query: { since: '2026-01-01T00:00:00.000Z', until: '2099-01-01T00:00:00.000Z', limit: '10' },
        status: 200,
      },
      { summary: 'Purchases of one strategy', query: { strategy: 'grid-7', side: 'buy' }, status: 200 },
      { summary: 'By an id of your own', query: { client_order_id: 'grid-7-0001' }, status: 200 },
    ],
    problems: [...DESK_PROBLEMS, 'cursor_invalid', 'account_not_found'],
  },
  'GET /trading/v2/orders': {
    id: 'getOrderByClientOrderId',
    examples: [
      { summary: 'The order with an id of your own', query: { client_order_id: 'grid-7-0001' }, status: 200 },
    ],
    problems: [...DESK_PROBLEMS, 'order_not_found'],
  },
  'GET /trading/v2/orders/{order_id}/status': {
    id: 'getOrderStatus',
    examples: [
      { summary: 'The order as last known', path: ORDER_PATH, status: 200 },
      { summary: 'After asking the exchange', path: ORDER_PATH, query: { refresh: 'true' }, status: 200 },
      {
        summary: 'By the id of the exchange',
        path: { order_id: EXAMPLE.venueOrderId },
        query: SPOT,
        status: 200,
      },
    ],
    problems: ORDER_PROBLEMS,
  },
  'GET /trading/v2/orders/{order_id}': {
    id: 'getOrder',
    examples: [{ summary: 'With its fills and its timeline', path: ORDER_PATH, status: 200 }],
    problems: ORDER_PROBLEMS,
  },
  'GET /trading/v2/orders/{order_id}/fills': {
    id: 'listOrderFills',
    examples: [{ summary: 'Its executions', path: ORDER_PATH, status: 200 }],
    problems: ORDER_PROBLEMS,
  },
  'PATCH /trading/v2/orders/{order_id}': {
    id: 'amendOrder',
    takesKey: true,
    examples: [
      {
        summary: 'Move a resting order to another price',
        path: ORDER_PATH,
        body: { price: '54000' },
        status: 201,
      },
    ],
    problems: [...PLACING_PROBLEMS, 'order_not_found', 'order_not_amendable', 'amend_unconfirmed'],
  },
  'DELETE /trading/v2/orders/{order_id}': {
    id: 'cancelOrder',
    examples: [
      { summary: 'By our id', path: ORDER_PATH, status: 200 },
      {
        summary: 'By the id of the exchange',
        path: { order_id: EXAMPLE.venueOrderId },
        query: SPOT,
        status: 200,
      },
    ],
    problems: [...ORDER_PROBLEMS, 'order_not_cancelable'],
  },
  'DELETE /trading/v2/orders': {
    id: 'cancelOrders',
    examples: [
      { summary: 'Those of one instrument', query: SPOT, status: 200 },
      {
        summary: 'All of them, external orders too',
        query: { all: 'true', include_external: 'true' },
        status: 200,
      },
    ],
    problems: ACCOUNT_PROBLEMS,
  },
  'GET /trading/v2/fills': {
    id: 'listFills',
    examples: [
      { summary: 'The last two of one instrument', query: { ...SPOT, limit: '2' }, status: 200 },
      { summary: 'The last ones', status: 200 },
    ],
    problems: ['cursor_invalid', 'account_not_found'],
  },

  // --- positions and accounts ---
  'GET /trading/v2/account/activities': {
    id: 'listAccountActivities',
    examples: [
      { summary: 'The last two', query: { exchange: 'binance', limit: '2' }, status: 200 },
      { summary: 'Executions alone', query: { exchange: 'binance', kind: 'fill', limit: '2' }, status: 200 },
    ],
    problems: ['account_not_found', 'cursor_invalid'],
  },
  'GET /trading/v2/positions': {
    id: 'listPositions',
    examples: [{ summary: 'Those of one exchange', query: { exchange: 'binance' }, status: 200 }],
    problems: ACCOUNT_PROBLEMS,
  },
  'GET /trading/v2/positions/{symbol}': {
    id: 'getPosition',
    examples: [
      {
        summary: 'One position',
        path: { symbol: 'BTC-USDT' },
        query: { exchange: 'binance' },
        status: 200,
      },
    ],
    problems: [...ACCOUNT_PROBLEMS, 'position_not_found', 'mode_mismatch'],
  },
  'POST /trading/v2/positions/adopt': {
    id: 'adoptPosition',
    takesKey: true,
    examples: [
      {
        summary: 'A tenth of a coin that was bought elsewhere',
        body: {
          exchange: 'binance',
          symbol: 'BTC/USDT',
          quantity: '0.1',
          price: '41000',
          reason: 'bought at the exchange in March',
        },
        status: 201,
      },
    ],
    problems: [
      ...ACCOUNT_PROBLEMS,
      'instrument_unknown',
      'market_data_missing',
      'more_than_inventory',
      'client_order_id_conflict',
      'mode_mismatch',
    ],
  },
  'POST /trading/v2/positions/{symbol}/close': {
    id: 'closePosition',
    takesKey: true,
    examples: [
      {
        summary: 'Close half of it',
        path: { symbol: 'BTC-USDT' },
        body: { exchange: 'binance', fraction: '0.5', client_order_id: 'out-1' },
        status: 201,
      },
      {
        summary: 'Close a quantity',
        path: { symbol: 'BTC-USDT' },
        body: { exchange: 'binance', quantity: '0.001' },
        status: 201,
      },
    ],
    problems: [...PLACING_PROBLEMS, 'position_not_found', 'position_closing', 'strategy_part_offset'],
  },
  'POST /trading/v2/positions/close': {
    id: 'closePositions',
    takesKey: true,
    examples: [
      { summary: 'Those of one exchange', body: { exchange: 'binance' }, status: 200 },
      { summary: 'Those of every paper account', body: { mode: 'paper' }, status: 200 },
      {
        summary: 'All of them, no further than half a percent from the market',
        body: { all: true, market_protection_bps: 50 },
        status: 200,
      },
    ],
    problems: [...ACCOUNT_PROBLEMS, 'mode_mismatch', 'client_order_id_conflict'],
  },
  'GET /trading/v2/account/info': {
    id: 'getAccountInfo',
    examples: [{ summary: 'The default account', query: { exchange: 'binance' }, status: 200 }],
    problems: ACCOUNT_PROBLEMS,
  },
  'GET /trading/v2/account/balance': {
    id: 'getAccountBalance',
    examples: [{ summary: 'The default account', query: { exchange: 'binance' }, status: 200 }],
    problems: ACCOUNT_PROBLEMS,
  },

  // --- risk ---
  'POST /trading/v2/risk/check': {
    id: 'checkOrder',
    examples: [
      {
        summary: 'Whether a purchase would be approved',
        body: { type: 'limit', ...SPOT, side: 'buy', quantity: '0.5', price: '55000' },
        status: 200,
      },
    ],
    problems: [...ACCOUNT_PROBLEMS, 'mode_mismatch', 'instrument_unknown'],
  },
  'GET /risk/status': {
    id: 'getRiskStatus',
    examples: [{ summary: 'Limits and their usage', status: 200 }],
    problems: DESK_PROBLEMS,
  },
  'GET /risk/limits': {
    id: 'getRiskLimits',
    examples: [
      { summary: 'Limits in force for one instrument, and all stored ones', query: SPOT, status: 200 },
      { summary: 'Limits of the whole portfolio', status: 200 },
    ],
    problems: [...ACCOUNT_PROBLEMS, 'cursor_invalid', 'instrument_unknown'],
  },
  'PUT /risk/limits': {
    id: 'setRiskLimits',
    examples: [
      {
        summary: 'Fewer open orders, for the whole portfolio',
        body: {
          scope: 'portfolio',
          version: 0,
          reason: 'the new strategy is on trial',
          limits: { max_open_orders: 500, max_order_notional: '250000' },
        },
        status: 200,
      },
      {
        summary: 'A smaller line for one instrument',
        body: {
          scope: 'instrument',
          ...SPOT,
          version: 0,
          reason: 'too large a share of the book',
          limits: { max_position_notional: '50000' },
        },
        status: 200,
      },
    ],
    problems: [...ACCOUNT_PROBLEMS, 'instrument_unknown', 'limits_version_conflict', 'too_many_limits'],
  },
  'GET /risk/trading-state': {
    id: 'getTradingStates',
    examples: [
      { summary: 'The state of an order on one instrument, and all that were set', query: SPOT, status: 200 },
      { summary: 'Of the portfolio', status: 200 },
    ],
    problems: [...ACCOUNT_PROBLEMS, 'cursor_invalid'],
  },
  'PUT /risk/trading-state': {
    id: 'setTradingState',
    examples: [
      {
        summary: 'Let a strategy only reduce',
        body: {
          scope: 'strategy',
          strategy: 'grid-8',
          state: 'reduce_only',
          reason: 'its fills look wrong',
        },
        status: 200,
      },
    ],
    problems: [
      ...ACCOUNT_PROBLEMS,
      'instrument_unknown',
      'trading_state_version_conflict',
      'too_many_limits',
    ],
  },
  'GET /trading/v2/strategies': {
    id: 'getStrategies',
    examples: [{ summary: 'Every strategy with a book, an order or limits', status: 200 }],
    problems: DESK_PROBLEMS,
  },
  'POST /risk/reset': {
    id: 'resetRiskLadder',
    examples: [
      {
        summary: 'Leave the ladder once the loss is understood',
        body: { reason: 'the faulty strategy is stopped' },
        status: 200,
      },
    ],
    problems: [...DESK_PROBLEMS, 'nothing_to_reset'],
  },
  'POST /risk/reclassify': {
    id: 'reclassifyChange',
    examples: [
      {
        summary: 'Nothing waits for an explanation under that id',
        body: { id: 'a-1 USDT 1767614400000', as: 'flow', reason: 'a withdrawal made by hand' },
        status: 404,
      },
    ],
    problems: [...DESK_PROBLEMS, 'change_not_found'],
  },
  'POST /risk/prices': {
    id: 'statePrice',
    examples: [
      {
        summary: 'Nothing is in that asset',
        body: { asset: 'XYZ', price: '0', reason: 'a fee token that no market lists' },
        status: 409,
      },
    ],
    problems: [...DESK_PROBLEMS, 'price_not_needed', 'price_known'],
  },
  'POST /risk/accounts': {
    id: 'detachAccount',
    examples: [
      {
        summary: 'An account that is attached stays so',
        body: { exchange: 'binance', detached: false, reason: 'its keys work again' },
        status: 200,
      },
    ],
    problems: ACCOUNT_PROBLEMS,
  },
  'GET /equity': {
    id: 'listEquity',
    examples: [
      { summary: 'One figure an hour', query: { interval: '1h', limit: '24' }, status: 200 },
      { summary: 'Minute by minute', status: 200 },
    ],
    problems: [...DESK_PROBLEMS, 'cursor_invalid'],
  },
  'POST /risk/kill-switch': {
    id: 'setKillSwitch',
    takesKey: true,
    examples: [
      {
        summary: 'Stop all orders that add risk, and cancel working orders',
        body: { engaged: true, reason: 'prices look wrong', cancel_orders: true, keep_protective: true },
        status: 200,
      },
      {
        summary: 'Trade again',
        body: { engaged: false, reason: 'the feed is back' },
        status: 200,
      },
    ],
    problems: [...DESK_PROBLEMS, 'client_order_id_conflict'],
  },

  // --- watching ---
  'GET /drift': {
    id: 'listDriftCases',
    examples: [
      { summary: 'Every open case', status: 200 },
      { summary: 'Open and resolved cases', query: { status: 'all', limit: '10' }, status: 200 },
    ],
    problems: [...DESK_PROBLEMS, 'cursor_invalid'],
  },
  'POST /drift/{id}/resolve': {
    id: 'resolveDriftCase',
    examples: [
      {
        summary: 'Resolve a case with its explanation',
        path: { id: EXAMPLE.driftId },
        body: { resolution: 'an order placed by hand at the exchange' },
        status: 200,
      },
    ],
    problems: [...DESK_PROBLEMS, 'drift_not_found', 'drift_already_resolved'],
  },
  'GET /journal': {
    id: 'listJournalRecords',
    examples: [
      { summary: 'Every record of an order', query: { order_id: EXAMPLE.orderId }, status: 200 },
      {
        summary: 'Orders that one user placed in a stretch of time',
        query: {
          type: 'order_accepted',
          actor: 'admin',
          since: '2026-01-01T00:00:00.000Z',
          until: '2099-01-01T00:00:00.000Z',
          limit: '2',
        },
        status: 200,
      },
    ],
    problems: [...ORDER_PROBLEMS, 'cursor_invalid'],
  },
  'GET /stream': {
    id: 'openStream',
    examples: [{ summary: 'A WebSocket; see the description', status: 101 }],
    problems: DESK_PROBLEMS,
  },

  // --- markets ---
  'GET /exchanges': {
    id: 'listExchanges',
    examples: [{ summary: 'Capabilities of each, and your accounts there', status: 200 }],
    problems: DESK_PROBLEMS,
  },
  'GET /instruments': {
    id: 'listInstruments',
    examples: [
      { summary: 'One instrument', query: { exchange: 'binance', symbol: 'BTC/USDT' }, status: 200 },
    ],
    problems: ACCOUNT_PROBLEMS,
  },
  'GET /market/ticker': {
    id: 'getTicker',
    examples: [{ summary: 'Best prices now', query: SPOT, status: 200 }],
    problems: [...ACCOUNT_PROBLEMS, 'instrument_unknown'],
  },
  'GET /market/tickers': {
    id: 'listTickers',
    examples: [
      {
        summary: 'Two instruments at once',
        query: { exchange: 'binance', symbol: 'BTC-USDT,BTC-USDT-SWAP' },
        status: 200,
      },
    ],
    problems: [...ACCOUNT_PROBLEMS, 'instrument_unknown'],
  },
  'GET /market/book': {
    id: 'getOrderBook',
    examples: [{ summary: 'The best two levels of each side', query: { ...SPOT, depth: '2' }, status: 200 }],
    problems: MARKET_PROBLEMS,
  },
  'GET /market/trades': {
    id: 'listMarketTrades',
    examples: [{ summary: 'The last two', query: { ...SWAP, limit: '2' }, status: 200 }],
    problems: MARKET_PROBLEMS,
  },
  'GET /market/candles': {
    id: 'listCandles',
    examples: [
      { summary: 'The last two hours', query: { ...SPOT, interval: '1h', limit: '2' }, status: 200 },
      {
        summary: 'A day of minutes, the first thousand of them',
        query: {
          ...SPOT,
          interval: '1m',
          since: '2026-01-30T00:00:00Z',
          until: '2026-01-31T00:00:00Z',
          limit: '1000',
        },
        status: 200,
      },
    ],
    problems: MARKET_PROBLEMS,
  },

  // --- settings at the exchange ---
  'GET /trading/v2/leverage': {
    id: 'getLeverage',
    examples: [{ summary: 'Of one swap', query: SWAP, status: 200 }],
    problems: [...MARKET_PROBLEMS, 'setting_not_offered'],
  },
  'PUT /trading/v2/leverage': {
    id: 'setLeverage',
    examples: [
      {
        summary: 'Five times',
        body: { ...SWAP, leverage: '5', reason: 'less risk', mode: 'paper' },
        status: 200,
      },
    ],
    problems: [...SETTING_PROBLEMS, 'instrument_unknown', 'leverage_limit'],
  },
  'PUT /trading/v2/margin-mode': {
    id: 'setMarginMode',
    examples: [
      {
        summary: 'Isolated margin, on an instrument without position or orders',
        body: { exchange: 'binance', symbol: 'ETH/USDT:USDT', margin_mode: 'isolated' },
        status: 200,
      },
    ],
    problems: [...SETTING_PROBLEMS, 'instrument_unknown'],
  },
  'PUT /trading/v2/position-mode': {
    id: 'setPositionMode',
    examples: [
      {
        summary: 'One position an instrument',
        body: { exchange: 'binance', position_mode: 'one_way' },
        status: 200,
      },
    ],
    problems: SETTING_PROBLEMS,
  },

  // --- administration ---
  'GET /portfolios': { id: 'listPortfolios', examples: [{ summary: 'Your own', status: 200 }], problems: [] },
  'GET /accounts': {
    id: 'listAccounts',
    examples: [{ summary: 'Your own', status: 200 }],
    problems: ['scope_missing', 'user_not_found'],
  },
  'POST /accounts': {
    id: 'addAccount',
    examples: [
      {
        summary: 'Keys of a real account',
        body: {
          exchange: 'binance',
          mode: 'live',
          label: 'main',
          api_key: 'the key',
          secret: 'the secret of the key',
        },
        status: 201,
      },
    ],
    problems: [...KEY_PROBLEMS, 'user_not_found'],
  },
  'PATCH /accounts/{account_id}': {
    id: 'changeAccount',
    examples: [
      {
        summary: 'Another label',
        path: { account_id: EXAMPLE.accountId },
        body: { label: 'savings' },
        status: 200,
      },
    ],
    problems: [...KEY_PROBLEMS, 'account_not_found', 'user_not_found'],
  },
  'POST /accounts/{account_id}/verify': {
    id: 'verifyAccount',
    examples: [{ summary: 'Whether its keys work', path: { account_id: EXAMPLE.accountId }, status: 200 }],
    problems: [...ACCOUNT_PROBLEMS, 'user_not_found'],
  },
  'POST /accounts/{account_id}/reset': {
    id: 'resetPaperAccount',
    examples: [{ summary: 'Begin anew', path: { account_id: EXAMPLE.paperAccountId }, status: 200 }],
    problems: [...ACCOUNT_PROBLEMS, 'paper_only'],
  },
  'POST /accounts/{account_id}/deposit': {
    id: 'depositToPaperAccount',
    takesKey: true,
    examples: [
      {
        summary: 'A thousand more',
        path: { account_id: EXAMPLE.paperAccountId },
        body: { asset: 'USDT', amount: '1000' },
        status: 201,
      },
    ],
    problems: [...ACCOUNT_PROBLEMS, 'paper_only', 'client_order_id_conflict'],
  },
  'POST /accounts/{account_id}/withdraw': {
    id: 'withdrawFromPaperAccount',
    takesKey: true,
    examples: [
      {
        summary: 'Margin of swaps',
        path: { account_id: EXAMPLE.paperAccountId },
        body: { asset: 'USDT', amount: '10', wallet: 'swap' },
        status: 201,
      },
    ],
    problems: [...ACCOUNT_PROBLEMS, 'paper_only', 'client_order_id_conflict'],
  },
  'DELETE /accounts/{account_id}': {
    id: 'removeAccount',
    examples: [{ summary: 'Delete its keys', path: { account_id: EXAMPLE.accountId }, status: 200 }],
    problems: [...ACCOUNT_PROBLEMS, 'user_not_found', 'account_in_use'],
  },
  'GET /users': { id: 'listUsers', examples: [{ summary: 'All of them', status: 200 }], problems: [] },
  'POST /users': {
    id: 'addUser',
    examples: [{ summary: 'A user with a portfolio of their own', body: { name: 'alice' }, status: 201 }],
    problems: ['name_taken'],
  },
  'DELETE /users/{user_id}': {
    id: 'disableUser',
    examples: [{ summary: 'End their tokens', path: { user_id: EXAMPLE.userId }, status: 200 }],
    problems: [...DESK_PROBLEMS, 'user_not_found', 'own_access', 'last_admin', 'user_in_use'],
  },
  'GET /tokens': {
    id: 'listTokens',
    examples: [{ summary: 'All of one user', query: { user_id: EXAMPLE.userId }, status: 200 }],
    problems: [],
  },
  'POST /tokens': {
    id: 'addToken',
    examples: [
      {
        summary: 'A token for a bot',
        body: { label: 'bot', scopes: ['read', 'trade'], expires_at: '2099-01-01T00:00:00.000Z' },
        status: 201,
      },
      {
        summary: 'A token for the orders of one strategy',
        body: { label: 'grid', scopes: ['trade'], strategies: ['grid'] },
        status: 201,
      },
    ],
    problems: ['user_not_found', 'account_not_found'],
  },
  'DELETE /tokens/{token_id}': {
    id: 'revokeToken',
    examples: [{ summary: 'End a token', path: { token_id: EXAMPLE.tokenId }, status: 200 }],
    problems: ['token_not_found', 'own_access', 'last_admin'],
  },
};
