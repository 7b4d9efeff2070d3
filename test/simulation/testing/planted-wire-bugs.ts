/** Planted bugs in what gateways of venues but Binance make of their wire: seeds of worlds at those venues find each. */
import type { FoundBySeed, Replacement } from './planted-bugs.ts';

type Change = readonly [file: string, find: string, replace: string];

function bug(name: string, foundBy: number, ...changes: readonly Change[]): FoundBySeed {
  const replacements: readonly Replacement[] = changes.map(([file, find, replace]) => ({
    file: `src/venues/${file}`,
    find,
    replace,
  }));
  return { name, foundBy, replacements };
}

export const WIRE_BUGS: readonly FoundBySeed[] = [
  bug('OKX: sizes of swaps are read as base units', 112, [
    'okx/normalize-orders.ts',
    "return fromContracts(names.instrument(text(object, 'instId')), size);",
    'return size;',
  ]),
  bug(
    'OKX: a code that proves nothing counts as a refusal',
    240,
    ['okx/classify.ts', '50001, 50004, 50005,', '50001, 50005,'],
    ['okx/classify.ts', '50000, 50002, 50006,', '50000, 50002, 50004, 50006,'],
  ),
  bug(
    'OKX: the order that a trigger makes belongs to nobody',
    173,
    ['okx/normalize-orders.ts', 'triggeredVenueOrderId: madeOrder(order),', 'triggeredVenueOrderId: null,'],
    [
      'okx/normalize-orders.ts',
      "clientOrderIdIn(order, 'clOrdId', 'algoClOrdId')",
      "clientOrderIdIn(order, 'clOrdId')",
    ],
    [
      'okx/normalize-fills.ts',
      "clientOrderIdIn(fill, 'clOrdId', 'algoClOrdId')",
      "clientOrderIdIn(fill, 'clOrdId')",
    ],
  ),
  bug('OKX: an order may arrive half a minute after its lifetime', 53, [
    'okx/requests.ts',
    'String(Math.trunc(expiresAt))',
    'String(Math.trunc(expiresAt) + 30_000)',
  ]),
  bug('OKX: a stop is signed with the time of an order, so that it lives longer', 53, [
    'okx/requests.ts',
    'signedAt: signedAt + lifetimeMs - TIMESTAMP_MS,',
    'signedAt,',
  ]),
  bug('OKX: a fee that was paid is a rebate', 53, [
    'okx/normalize-fills.ts',
    'fee: figure(fill, amountKey).negate(),',
    'fee: figure(fill, amountKey),',
  ]),
  bug('OKX: a stop runs against the market', 53, [
    'okx/order-parameters.ts',
    "return (order.side === 'buy') === (stopDirectionOf(order) === 'up');",
    "return (order.side === 'buy') === (stopDirectionOf(order) === 'down');",
  ]),
  bug(
    'Bybit: a server error counts as a refusal',
    131,
    ['bybit/classify.ts', '10014, 10016, 40004,', '10014, 40004,'],
    ['bybit/classify.ts', '110005, 110013,', '10016, 110005, 110013,'],
  ),
  bug('Bybit: every fee is in dollars', 106, [
    'bybit/normalize-fills.ts',
    'if (stated !== null) return asset(stated);',
    "if (stated !== null) return asset('USDT');",
  ]),
  bug('Bybit: funding counts as an execution', 106, [
    'bybit/normalize-fills.ts',
    "  'MovePosition',\n",
    "  'MovePosition',\n  'Funding',\n",
  ]),
  bug('Bybit: a stop waits for the other move', 106, [
    'bybit/order-parameters.ts',
    "=== 'up' ? 1 : 2,",
    "=== 'up' ? 2 : 1,",
  ]),
  bug('KuCoin: sizes of swaps are read as base units', 65, [
    'kucoin/normalize-orders.ts',
    "names.kind === 'spot' ? size : fromContracts(names.instrument(venueSymbol), size);",
    'size;',
  ]),
  bug('KuCoin: an order that was canceled counts as filled', 76, [
    'kucoin/normalize-orders.ts',
    "return filled.lessThan(size) ? 'canceled' : 'filled';",
    "return 'filled';",
  ]),
  bug('KuCoin: fees of swaps are in the coin that was bought', 65, [
    'kucoin/normalize-fills.ts',
    "feeAsset: asset(text(fill, 'feeCurrency')),",
    'feeAsset: names.instrument(venueSymbol).base,',
  ]),
  bug('KuCoin: an order is known by our id, as if the venue had given it', 65, [
    'kucoin/orders.ts',
    "return { kind: 'accepted', venueOrderId: venueOrderId(text(order, 'orderId')), report: null, fills: [] };",
    "return { kind: 'accepted', venueOrderId: venueOrderId(request.venueClientOrderId), report: null, fills: [] };",
  ]),
  bug('KuCoin: what orders hold is no part of a balance', 65, [
    'kucoin/normalize-account.ts',
    "total: figure(account, 'balance'),",
    "total: figure(account, 'available'),",
  ]),
  bug('Bitget: an order that was canceled counts as filled', 25, [
    'bitget/normalize-orders.ts',
    "cancelled: 'canceled',",
    "cancelled: 'filled',",
  ]),
  bug('Bitget: a fee that was paid is a rebate', 25, [
    'bitget/normalize-fills.ts',
    'fee: paid?.fee ?? Decimal.zero,',
    'fee: (paid?.fee ?? Decimal.zero).negate(),',
  ]),
  bug('Bitget: an order for the long position is sent for the short one', 25, [
    'bitget/order-parameters.ts',
    "if (order.positionSide !== 'net') return { posSide: order.positionSide };",
    "if (order.positionSide !== 'net') return { posSide: 'short' };",
  ]),
  bug('Bitget: an order may arrive half a minute after it was journaled', 25, [
    'bitget/requests.ts',
    'signedAt: signedAt + lifetimeMs - TIMESTAMP_MS,',
    'signedAt,',
  ]),
  bug('Bitget: what orders lock is no part of a balance', 25, [
    'bitget/normalize-account.ts',
    "const total = figure(coin, 'balance').subtract",
    "const total = figure(coin, 'available').subtract",
  ]),
  bug('MEXC: an order that was canceled counts as filled', 29, [
    'mexc/normalize-orders.ts',
    "  CANCELED: 'canceled',",
    "  CANCELED: 'filled',",
  ]),
  bug('MEXC: executions of contracts are read in contracts', 29, [
    'mexc/normalize-fills.ts',
    "quantity: fromContracts(instrument, figure(deal, 'vol')),",
    "quantity: figure(deal, 'vol'),",
  ]),
  bug('MEXC: a fee that was paid on spot is a rebate', 30, [
    'mexc/normalize-fills.ts',
    'fee: optionalFigure(row, amountKey) ?? Decimal.zero,',
    'fee: (optionalFigure(row, amountKey) ?? Decimal.zero).negate(),',
  ]),
  bug('MEXC: an order of contracts may arrive eight seconds after its lifetime', 29, [
    'mexc/requests.ts',
    'signedAt: signedAt + lifetimeMs - TIMESTAMP_MS,',
    'signedAt,',
  ]),
  bug('MEXC: a post-only order takes', 87, [
    'mexc/order-parameters.ts',
    "post_only: { spot: 'LIMIT_MAKER', swap: 2 },",
    "post_only: { spot: 'LIMIT', swap: 1 },",
  ]),
  bug('Coinbase: an order that was canceled counts as filled', 67, [
    'coinbase/normalize-orders.ts',
    "  CANCELLED: 'canceled',",
    "  CANCELLED: 'filled',",
  ]),
  bug('Coinbase: a fee is in the coin that was bought', 67, [
    'coinbase/normalize-fills.ts',
    'feeAsset: instrument.quote,',
    'feeAsset: instrument.base,',
  ]),
  bug('Coinbase: a purchase is a sale', 67, [
    'coinbase/normalize-orders.ts',
    "{ BUY: 'buy', SELL: 'sell' }",
    "{ BUY: 'sell', SELL: 'buy' }",
  ]),
  bug('Coinbase: a post-only order takes', 67, [
    'coinbase/order-parameters.ts',
    'limit_limit_gtc: { ...terms, post_only: order.postOnly }',
    'limit_limit_gtc: { ...terms, post_only: false }',
  ]),
  bug('Coinbase: an order that may not rest does', 67, [
    'coinbase/order-parameters.ts',
    'return { sor_limit_ioc: terms };',
    'return { limit_limit_gtc: { ...terms, post_only: false } };',
  ]),
  bug('HTX: an order that was canceled counts as filled', 40, [
    'htx/normalize-orders.ts',
    "    case 'canceled':\n      return 'canceled';",
    "    case 'canceled':\n      return 'filled';",
  ]),
  bug('HTX: a fee that was paid is a rebate', 40, [
    'htx/normalize-fills.ts',
    'fee: deducted ?? figure(fill, keys.amount),',
    'fee: deducted ?? figure(fill, keys.amount).negate(),',
  ]),
  bug('HTX: an order may arrive minutes after its lifetime', 40, [
    'htx/requests.ts',
    'signedAt: signedAt + lifetimeMs - VALID_MS,',
    'signedAt,',
  ]),
  bug('HTX: a post-only order takes', 40, [
    'htx/order-parameters.ts',
    "return postOnly ? 'limit-maker' : 'limit';",
    "return 'limit';",
  ]),
];
