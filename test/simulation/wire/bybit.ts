/**
 * Bybit by its own wire.
 *
 * Entry point: `BYBIT_ON_WIRE`.
 */
import { executionId } from '../../../src/simulators/bybit/instruments.ts';
import { bybitProtocol } from '../../../src/simulators/bybit/protocol.ts';
import type { SentRequest } from '../../../src/simulators/wire/in-process.ts';
import {
  codeIn,
  fieldsOf,
  cancelBy,
  namedCredentials,
  USUAL,
  type CancelAsked,
  type CreateAsked,
  type CreateOnWire,
  type TermsOnWire,
  type VenueOnWire,
} from './venue-on-wire.ts';

const ORDER = '/v5/order/create';
const CANCEL = '/v5/order/cancel';

const SYMBOLS: Readonly<Record<string, string>> = { BTCUSDT: 'BTC/USDT', ETHUSDT: 'ETH/USDT' };
/** `positionIdx`. */
const POSITION_SIDES: Readonly<Record<string, CreateOnWire['positionSide']>> = { '1': 'long', '2': 'short' };
const TRIGGER_SOURCES: Readonly<Record<string, TermsOnWire['triggerSource']>> = {
  LastPrice: 'last',
  MarkPrice: 'mark',
};
const TIME_CODES: ReadonlySet<string> = new Set(['-1', '10002']);

type Fields = ReadonlyMap<string, string>;

function createIn(sent: SentRequest): CreateAsked | null {
  if (sent.method !== 'POST' || sent.path !== ORDER) return null;
  const fields = fieldsOf(sent.body);
  return {
    clientOrderId: fields.get('orderLinkId') ?? '',
    symbol: symbolIn(fields),
    side: (fields.get('side') ?? '').toLowerCase(),
    positionSide: POSITION_SIDES[fields.get('positionIdx') ?? ''] ?? 'net',
    signedAt: Number(sent.headers['x-bapi-timestamp']),
    terms: termsIn(fields),
    text: `${sent.path} ${sent.body}`,
  };
}

/** "Place Order". */
function termsIn(fields: Fields): TermsOnWire {
  const isMarket = fields.get('orderType') === 'Market';
  const isByCost = fields.get('marketUnit') === 'quoteCoin';
  const size = fields.get('qty') ?? null;
  const lifetime = fields.get('timeInForce') ?? null;
  return {
    type: `${triggerIn(fields)}${isMarket ? 'market' : 'limit'}`,
    quantity: isByCost ? null : size,
    cost: isByCost ? size : null,
    price: fields.get('price') ?? null,
    stopPrice: fields.get('triggerPrice') ?? null,
    triggerSource: TRIGGER_SOURCES[fields.get('triggerBy') ?? ''] ?? null,
    timeInForce: lifetime === 'PostOnly' ? 'GTC' : lifetime,
    postOnly: lifetime === 'PostOnly',
    reduceOnly: fields.get('reduceOnly') === 'true',
  };
}

/** Which move it waits for says whether it is a stop: a purchase runs with a market that rises (1), a sale with one that falls (2). */
function triggerIn(fields: Fields): '' | 'stop_' | 'take_profit_' {
  if (!fields.has('triggerPrice')) return '';
  return (fields.get('side') === 'Buy') === (fields.get('triggerDirection') === '1')
    ? 'stop_'
    : 'take_profit_';
}

function cancelIn({ method, path, body }: SentRequest): CancelAsked | null {
  if (method !== 'POST' || path !== CANCEL) return null;
  const fields = fieldsOf(body);
  return cancelBy(symbolIn(fields), fields.get('orderId'), fields.get('orderLinkId'));
}

function symbolIn(fields: Fields): string {
  const id = fields.get('symbol') ?? '';
  const spot = SYMBOLS[id] ?? id;
  return fields.get('category') === 'spot' ? spot : `${spot}:USDT`;
}

export const BYBIT_ON_WIRE: VenueOnWire = {
  ...USUAL,
  protocol: bybitProtocol,
  credentials: namedCredentials(null),
  // Nearly every code comes with 200, those of a server that failed too.
  statuses: { before: 504, after: 200, tooOften: 200 },
  // "The trading service is experiencing a high server load"; 10006 ends the second of one endpoint alone.
  saysStop: (reply) => codeIn(reply, 'retCode') === '429',
  isPrivate: ({ pathname }) => pathname === '/v5/private',
  createIn,
  cancelIn,
  refusalIn: (reply) => {
    const code = codeIn(reply, 'retCode');
    return TIME_CODES.has(code) ? 'timestamp' : code;
  },
  tradeIdShown: executionId,
  // "You must specify it as true when you are about to close/reduce the position."
  marksClosingSides: true,
  // It follows from the mode that the account is known to be in.
  executionsNameSide: false,
  // A market order of contracts becomes a limit at the venue's own bound.
  priceOf: ({ price, tags }) => (tags['market'] === 'true' ? null : price),
  // `priceLimitRatioX`.
  bandBpsOf: (symbol) => (symbol.includes(':') ? 100 : 50),
  fillsAreSequenced: true,
};
