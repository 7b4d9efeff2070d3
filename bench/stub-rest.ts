/**
 * The stub's REST answers, in Binance's shapes: what an order path asks for, what a client reads when it starts, and
 * what the service compares its books with. Entry point: `restAnswers`.
 */
import {
  amountText,
  tradedQuote,
  tradePrice,
  type StubAccount,
  type StubBooks,
  type StubOrder,
} from './stub-books.ts';
import type { HttpAnswer, HttpRequest } from './stub-http.ts';

/** As many as Binance lists, so that what a client keeps of them weighs what it weighs in use. */
const LISTED_SPOT = 1_400;
const LISTED_SWAPS = 600;
const LONGEST_PAGE = 1_000;
const NO_SUCH_ORDER: HttpAnswer = { status: 400, body: '{"code":-2013,"msg":"Order does not exist."}' };
const NOT_CANCELED: HttpAnswer = { status: 400, body: '{"code":-2011,"msg":"Unknown order sent."}' };
const NO_SUCH_SYMBOL: HttpAnswer = { status: 400, body: '{"code":-1121,"msg":"Invalid symbol."}' };

/** Called with every change of an order, after the answer is made. */
export type OrderListener = (order: StubOrder, change: 'placed' | 'canceled') => void;

export function restAnswers(
  books: StubBooks,
  onOrder: OrderListener,
  onUnknown: (route: string) => void,
): (request: HttpRequest) => HttpAnswer {
  const spotInfo = ok(exchangeInfo('spot', books));
  const swapInfo = ok(exchangeInfo('swap', books));
  return (request) => {
    const { parameters } = request;
    switch (`${request.method} ${request.path}`) {
      case 'POST /api/v3/order': {
        const order = books.place(
          books.account(request.apiKey),
          {
            symbol: parameters['symbol'] ?? '',
            clientId: parameters['newClientOrderId'] ?? '',
            isBuy: parameters['side'] === 'BUY',
            type: parameters['type'] ?? '',
            timeInForce: parameters['timeInForce'] ?? 'GTC',
            quantity: parameters['quantity'] ?? '0',
            price: parameters['price'] ?? '0.00000000',
          },
          Date.now(),
        );
        if (order === null) return NO_SUCH_SYMBOL;
        onOrder(order, 'placed');
        return ok(createAnswer(order));
      }
      case 'DELETE /api/v3/order': {
        const order = books.cancel(
          books.account(request.apiKey),
          orderIdOf(parameters),
          parameters['origClientOrderId'] ?? '',
        );
        if (order === null) return NOT_CANCELED;
        onOrder(order, 'canceled');
        return ok(cancelAnswer(order));
      }
      case 'GET /api/v3/order': {
        const order = books.find(orderIdOf(parameters), parameters['origClientOrderId'] ?? '');
        return order === undefined ? NO_SUCH_ORDER : ok(queryAnswer(order));
      }
      case 'GET /api/v3/openOrders':
        return ok(`[${[...books.account(request.apiKey).working.values()].map(queryAnswer).join(',')}]`);
      case 'GET /api/v3/myTrades':
        return ok(`[${pageOfTrades(books.account(request.apiKey), parameters).map(tradeAnswer).join(',')}]`);
      case 'GET /api/v3/account':
        return ok(accountAnswer(books.account(request.apiKey)));
      case 'GET /api/v3/ticker/bookTicker':
      case 'GET /fapi/v1/ticker/bookTicker':
        return bookTicker(books, parameters['symbol'] ?? '');
      case 'GET /fapi/v1/premiumIndex':
        return premiumIndex(books, parameters['symbol'] ?? '');
      case 'GET /api/v3/exchangeInfo':
        return spotInfo;
      case 'GET /fapi/v1/exchangeInfo':
        return swapInfo;
      case 'GET /api/v3/time':
      case 'GET /fapi/v1/time':
        return ok(`{"serverTime":${Date.now()}}`);
      case 'GET /fapi/v1/accountConfig':
        return ok('{"dualSidePosition":false,"multiAssetsMargin":false,"feeTier":0,"canTrade":true}');
      case 'POST /fapi/v1/listenKey':
      case 'PUT /fapi/v1/listenKey':
        return ok('{"listenKey":"stub"}');
      case 'GET /fapi/v3/balance':
        return ok('[{"asset":"USDT","balance":"1000000.00000000","availableBalance":"1000000.00000000"}]');
      case 'GET /fapi/v3/account':
        return ok(
          '{"totalMaintMargin":"0","totalMarginBalance":"1000000","totalInitialMargin":"0","totalWalletBalance":"1000000","assets":[],"positions":[]}',
        );
      case 'GET /api/v3/avgPrice':
        return ok(`{"mins":5,"price":"60000.00000000","closeTime":${Date.now()}}`);
      case 'GET /sapi/v1/asset/transfer':
      case 'GET /sapi/v1/asset/assetDividend':
      case 'GET /sapi/v1/simple-earn/flexible/history/subscriptionRecord':
      case 'GET /sapi/v1/simple-earn/flexible/history/redemptionRecord':
      case 'GET /sapi/v1/simple-earn/locked/history/subscriptionRecord':
      case 'GET /sapi/v1/simple-earn/locked/history/redemptionRecord':
        return ok('{"total":0,"rows":[]}');
      case 'GET /sapi/v1/asset/dribblet':
        return ok('{"total":0,"userAssetDribblets":[]}');
      case 'GET /sapi/v1/capital/deposit/hisrec':
      case 'GET /sapi/v1/capital/withdraw/history':
      case 'GET /api/v3/allOrders':
      case 'GET /fapi/v3/positionRisk':
      case 'GET /fapi/v1/symbolConfig':
      case 'GET /fapi/v1/income':
      case 'GET /fapi/v1/openOrders':
      case 'GET /fapi/v1/openAlgoOrders':
      case 'GET /fapi/v1/userTrades':
        return ok('[]');
      default:
        onUnknown(`${request.method} ${request.path}`);
        return { status: 404, body: '{"code":-1000,"msg":"The stub does not speak this."}' };
    }
  };
}

function ok(body: string): HttpAnswer {
  return { status: 200, body };
}

function orderIdOf(parameters: HttpRequest['parameters']): number | null {
  const id = parameters['orderId'];
  return id === undefined ? null : Number(id);
}

function executed(order: StubOrder): string {
  return order.status === 'FILLED' ? order.quantity : '0.00000000';
}

function createAnswer(order: StubOrder): string {
  const fills =
    order.status === 'FILLED'
      ? `{"price":"${tradePrice(order)}","qty":"${order.quantity}","commission":"0.00000000","commissionAsset":"${order.market.quote}","tradeId":${order.tradeId}}`
      : '';
  return `{${orderFields(order)},"transactTime":${order.at},"workingTime":${order.at},"fills":[${fills}],"selfTradePreventionMode":"EXPIRE_MAKER"}`;
}

function queryAnswer(order: StubOrder): string {
  return `{${orderFields(order)},"stopPrice":"0.00000000","icebergQty":"0.00000000","time":${order.at},"updateTime":${order.at},"isWorking":true}`;
}

function cancelAnswer(order: StubOrder): string {
  return `{${orderFields(order)},"origClientOrderId":"${order.clientId}","transactTime":${Date.now()}}`;
}

function orderFields(order: StubOrder): string {
  return (
    `"symbol":"${order.market.symbol}","orderId":${order.id},"orderListId":-1,"clientOrderId":"${order.clientId}",` +
    `"price":"${order.price}","origQty":"${order.quantity}","executedQty":"${executed(order)}","origQuoteOrderQty":"0.00000000",` +
    `"cummulativeQuoteQty":"${tradedQuote(order)}","status":"${order.status}","timeInForce":"${order.timeInForce}",` +
    `"type":"${order.type}","side":"${order.isBuy ? 'BUY' : 'SELL'}"`
  );
}

function tradeAnswer(order: StubOrder): string {
  return (
    `{"symbol":"${order.market.symbol}","id":${order.tradeId},"orderId":${order.id},"orderListId":-1,` +
    `"price":"${tradePrice(order)}","qty":"${order.quantity}","quoteQty":"${tradedQuote(order)}","commission":"0.00000000",` +
    `"commissionAsset":"${order.market.quote}","time":${order.at},"isBuyer":${order.isBuy},"isMaker":false,"isBestMatch":true}`
  );
}

/** By trade id from `fromId`, or by time from `startTime`; of one symbol, oldest first. */
function pageOfTrades(account: StubAccount, parameters: HttpRequest['parameters']): readonly StubOrder[] {
  const fromId = Number(parameters['fromId'] ?? 0);
  const from = Number(parameters['startTime'] ?? 0);
  const to = Number(parameters['endTime'] ?? Number.MAX_SAFE_INTEGER);
  const page: StubOrder[] = [];
  for (let index = firstTrade(account.trades, fromId); index < account.trades.length; index += 1) {
    const order = account.trades[index];
    if (order === undefined || page.length >= Math.min(LONGEST_PAGE, Number(parameters['limit'] ?? 500)))
      break;
    if (order.at >= from && order.at <= to && order.market.symbol === parameters['symbol']) page.push(order);
  }
  return page;
}

function firstTrade(trades: readonly StubOrder[], fromId: number): number {
  let low = 0;
  let high = trades.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((trades[middle]?.tradeId ?? 0) < fromId) low = middle + 1;
    else high = middle;
  }
  return low;
}

function accountAnswer(account: StubAccount): string {
  const balances = [...account.wallets].map(
    ([asset, { total, locked }]) =>
      `{"asset":"${asset}","free":"${amountText(total - locked)}","locked":"${amountText(locked)}"}`,
  );
  return `{"canTrade":true,"canWithdraw":false,"canDeposit":true,"accountType":"SPOT","balances":[${balances.join(',')}],"permissions":["SPOT"]}`;
}

function bookTicker(books: StubBooks, symbol: string): HttpAnswer {
  const market = books.markets.get(symbol);
  if (market === undefined) return NO_SUCH_SYMBOL;
  return ok(
    `{"symbol":"${symbol}","bidPrice":"${market.bid}","bidQty":"5.00000000","askPrice":"${market.ask}","askQty":"5.00000000","time":${Date.now()}}`,
  );
}

function premiumIndex(books: StubBooks, symbol: string): HttpAnswer {
  const market = books.markets.get(symbol);
  if (market === undefined) return NO_SUCH_SYMBOL;
  return ok(
    `{"symbol":"${symbol}","markPrice":"${market.ask}","indexPrice":"${market.ask}","lastFundingRate":"0.0001","time":${Date.now()}}`,
  );
}

/** Limits so high that no rate budget is what is measured. */
const RATE_LIMITS = [
  { rateLimitType: 'REQUEST_WEIGHT', interval: 'MINUTE', intervalNum: 1, limit: 1_000_000_000 },
  { rateLimitType: 'ORDERS', interval: 'SECOND', intervalNum: 10, limit: 1_000_000_000 },
  { rateLimitType: 'ORDERS', interval: 'DAY', intervalNum: 1, limit: 1_000_000_000 },
];

function exchangeInfo(kind: 'spot' | 'swap', books: StubBooks): string {
  const traded = [...books.markets.values()].map(({ base, quote }) => [base, quote] as const);
  const others = (kind === 'spot' ? LISTED_SPOT : LISTED_SWAPS) - traded.length;
  const names = [
    ...traded,
    ...Array.from({ length: others }, (_value, index) => [`X${index}`, 'USDT'] as const),
  ];
  return JSON.stringify({
    timezone: 'UTC',
    serverTime: Date.now(),
    rateLimits: RATE_LIMITS,
    exchangeFilters: [],
    symbols: names.map(([base, quote]) =>
      kind === 'spot' ? spotSymbol(base, quote) : swapSymbol(base, quote),
    ),
  });
}

function spotSymbol(base: string, quote: string): object {
  return {
    symbol: base + quote,
    status: 'TRADING',
    baseAsset: base,
    baseAssetPrecision: 8,
    quoteAsset: quote,
    quotePrecision: 8,
    quoteAssetPrecision: 8,
    baseCommissionPrecision: 8,
    quoteCommissionPrecision: 8,
    orderTypes: ['LIMIT', 'LIMIT_MAKER', 'MARKET', 'STOP_LOSS_LIMIT', 'TAKE_PROFIT_LIMIT'],
    icebergAllowed: true,
    ocoAllowed: true,
    quoteOrderQtyMarketAllowed: true,
    isSpotTradingAllowed: true,
    isMarginTradingAllowed: true,
    filters: [
      { filterType: 'PRICE_FILTER', minPrice: '0.01', maxPrice: '1000000.00', tickSize: '0.01' },
      { filterType: 'LOT_SIZE', minQty: '0.00001', maxQty: '9000.00', stepSize: '0.00001' },
      { filterType: 'MARKET_LOT_SIZE', minQty: '0.00', maxQty: '120.00', stepSize: '0.00' },
      { filterType: 'NOTIONAL', minNotional: '5.00', applyMinToMarket: true, avgPriceMins: 5 },
    ],
    permissions: ['SPOT', 'MARGIN'],
  };
}

function swapSymbol(base: string, quote: string): object {
  return {
    symbol: base + quote,
    pair: base + quote,
    contractType: 'PERPETUAL',
    status: 'TRADING',
    baseAsset: base,
    quoteAsset: quote,
    marginAsset: quote,
    pricePrecision: 2,
    quantityPrecision: 3,
    baseAssetPrecision: 8,
    quotePrecision: 8,
    filters: [
      { filterType: 'PRICE_FILTER', minPrice: '0.10', maxPrice: '1000000', tickSize: '0.10' },
      { filterType: 'LOT_SIZE', minQty: '0.001', maxQty: '1000', stepSize: '0.001' },
      { filterType: 'MARKET_LOT_SIZE', minQty: '0.001', maxQty: '120', stepSize: '0.001' },
      { filterType: 'MIN_NOTIONAL', notional: '5' },
    ],
  };
}
