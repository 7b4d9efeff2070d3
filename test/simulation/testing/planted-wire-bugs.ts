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
    106,
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
  bug('KuCoin: an order that was canceled after a part of it was filled counts as filled', 76, [
    'kucoin/normalize-orders.ts',
    "return filled.lessThan(size) ? 'canceled' : 'filled';",
    "return filled.isPositive() ? 'filled' : 'canceled';",
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
  bug('Bitget: what orders lock is no part of a balance', 35, [
    'bitget/normalize-account.ts',
    "const total = figure(coin, 'balance').subtract",
    "const total = figure(coin, 'available').subtract",
  ]),
];
