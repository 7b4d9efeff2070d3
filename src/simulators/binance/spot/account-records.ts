/**
 * Records that the venue keeps of an account's orders beside the orders themselves: matches with itself that were prevented, changes in
 * place, allocations of smart order routing (which is not configured here), and the filters that hold for it.
 *
 * Entry point: `accountRecordEndpoints`. Source: "Account Endpoints" of rest-api.md in binance-spot-api-docs.
 */
import type { OrderAmendment, PreventedMatch } from '../../exchange/account.ts';
import type { Exchange } from '../../exchange/exchange.ts';
import { signedEndpoint, type AccountCall, type Endpoint } from '../authentication.ts';
import { badCombination } from '../errors.ts';
import { eight } from '../figures.ts';
import { page, readWindow } from '../history-window.ts';
import { readLimit } from '../market-data.ts';
import { selfTradeModeName } from '../order-words.ts';
import { unifiedSpotSymbol } from './instruments.ts';
import { symbolId } from './order-json.ts';
import { symbolFrom } from './order-requests.ts';
import { EXCHANGE_FILTERS, symbolFilters } from './symbols.ts';

const USUAL_ROWS = 500;
const MOST_ROWS = 1000;
const LONGEST_HOURS = 24;

export function accountRecordEndpoints(exchange: Exchange): Endpoint[] {
  return [
    signedEndpoint(
      '/api/v3/myPreventedMatches',
      'other',
      (parameters) => (parameters.has('preventedMatchId') ? 2 : 20),
      (call) => preventedMatches(exchange, call),
    ),
    signedEndpoint('/api/v3/myAllocations', 'other', 20, (call) => {
      symbolFrom(call.parameters.required('symbol'));
      readWindow(call.parameters, LONGEST_HOURS);
      call.parameters.ignore('fromAllocationId', 'orderId');
      call.parameters.refuseUnread();
      return [];
    }),
    signedEndpoint('/api/v3/order/amendments', 'other', 4, (call) => amendments(exchange, call)),
    signedEndpoint('/api/v3/myFilters', 'other', 40, (call) => {
      const symbol = symbolFrom(call.parameters.required('symbol'));
      call.parameters.refuseUnread();
      return {
        exchangeFilters: EXCHANGE_FILTERS,
        symbolFilters: symbolFilters(symbol),
        assetFilters: [],
      };
    }),
  ];
}

function preventedMatches(exchange: Exchange, call: AccountCall): unknown {
  const { parameters } = call;
  const symbol = unifiedSpotSymbol(symbolFrom(parameters.required('symbol')));
  const id = parameters.optionalInteger('preventedMatchId');
  const orderId = parameters.optionalInteger('orderId');
  const fromId = parameters.optionalInteger('fromPreventedMatchId');
  const limit = readLimit(parameters, USUAL_ROWS, MOST_ROWS);
  parameters.refuseUnread();
  if ((id === undefined) === (orderId === undefined) || (orderId === undefined && fromId !== undefined))
    throw badCombination();
  const matches = exchange
    .preventedMatches(call.accountId)
    .filter(
      (match) =>
        match.symbol === symbol &&
        (id === undefined || match.number === id) &&
        (orderId === undefined ||
          match.takerOrderId === String(orderId) ||
          match.makerOrderId === String(orderId)) &&
        (fromId === undefined || match.number >= fromId),
    );
  return page(matches, true, limit).map(preventedMatchJson);
}

function preventedMatchJson(match: PreventedMatch): unknown {
  return {
    symbol: symbolId(match.symbol),
    preventedMatchId: match.number,
    takerOrderId: Number(match.takerOrderId),
    makerSymbol: symbolId(match.symbol),
    makerOrderId: Number(match.makerOrderId),
    tradeGroupId: -1,
    selfTradePreventionMode: selfTradeModeName(match.mode),
    price: eight(match.price),
    ...(match.takerPrevented === null ? {} : { takerPreventedQuantity: eight(match.takerPrevented) }),
    ...(match.makerPrevented === null ? {} : { makerPreventedQuantity: eight(match.makerPrevented) }),
    transactTime: match.at,
  };
}

function amendments(exchange: Exchange, call: AccountCall): unknown {
  const { parameters } = call;
  const symbol = unifiedSpotSymbol(symbolFrom(parameters.required('symbol')));
  const orderId = String(parameters.requiredInteger('orderId'));
  const fromId = parameters.optionalInteger('fromExecutionId') ?? 0;
  const limit = readLimit(parameters, USUAL_ROWS, MOST_ROWS);
  parameters.refuseUnread();
  const found = exchange
    .amendments(call.accountId)
    .filter(
      (amendment) =>
        amendment.symbol === symbol && amendment.venueOrderId === orderId && amendment.number >= fromId,
    );
  return page(found, true, limit).map(amendmentJson);
}

function amendmentJson(amendment: OrderAmendment): unknown {
  return {
    symbol: symbolId(amendment.symbol),
    orderId: Number(amendment.venueOrderId),
    executionId: amendment.number,
    origClientOrderId: amendment.formerClientOrderId ?? '',
    newClientOrderId: amendment.clientOrderId ?? '',
    origQty: eight(amendment.formerQuantity),
    newQty: eight(amendment.quantity),
    time: amendment.at,
  };
}
