/**
 * The pushes of MEXC's spot streams: their fields by number and type.
 *
 * Entry point: `pushBytes`. Source: the `.proto` files of mexcdevelop/websocket-proto, which the page "Protocol Buffers Integration" of the
 * spot v3 documentation names.
 */
import { encodeMessage, type Field, type Message, type MessageSchema } from './protobuf.ts';

const text = (number: number): Field => ({ number, type: 'text' });
const integer = (number: number): Field => ({ number, type: 'integer' });
const boolean = (number: number): Field => ({ number, type: 'boolean' });
const message = (number: number, type: MessageSchema): Field => ({ number, type });

const ORDER: MessageSchema = {
  id: text(1),
  clientId: text(2),
  price: text(3),
  quantity: text(4),
  amount: text(5),
  avgPrice: text(6),
  orderType: integer(7),
  tradeType: integer(8),
  isMaker: boolean(9),
  remainAmount: text(10),
  remainQuantity: text(11),
  lastDealQuantity: text(12),
  cumulativeQuantity: text(13),
  cumulativeAmount: text(14),
  status: integer(15),
  createTime: integer(16),
};

const DEAL: MessageSchema = {
  price: text(1),
  quantity: text(2),
  amount: text(3),
  tradeType: integer(4),
  isMaker: boolean(5),
  isSelfTrade: boolean(6),
  tradeId: text(7),
  clientOrderId: text(8),
  orderId: text(9),
  feeAmount: text(10),
  feeCurrency: text(11),
  time: integer(12),
};

const ACCOUNT: MessageSchema = {
  vcoinName: text(1),
  coinId: text(2),
  balanceAmount: text(3),
  balanceAmountChange: text(4),
  frozenAmount: text(5),
  frozenAmountChange: text(6),
  type: text(7),
  time: integer(8),
};

const LEVEL: MessageSchema = { price: text(1), quantity: text(2) };

const LIMIT_DEPTH: MessageSchema = {
  asks: message(1, LEVEL),
  bids: message(2, LEVEL),
  eventType: text(3),
  version: text(4),
};

const DEPTH_CHANGES: MessageSchema = {
  asks: message(1, LEVEL),
  bids: message(2, LEVEL),
  eventType: text(3),
  fromVersion: text(4),
  toVersion: text(5),
};

const BEST: MessageSchema = {
  bidPrice: text(1),
  bidQuantity: text(2),
  askPrice: text(3),
  askQuantity: text(4),
};

const CANDLE: MessageSchema = {
  interval: text(1),
  windowStart: integer(2),
  openingPrice: text(3),
  closingPrice: text(4),
  highestPrice: text(5),
  lowestPrice: text(6),
  volume: text(7),
  amount: text(8),
  windowEnd: integer(9),
};

const DEALS: MessageSchema = {
  deals: message(1, {
    price: text(1),
    quantity: text(2),
    tradeType: integer(3),
    time: integer(4),
  }),
  eventType: text(2),
};

/** `PushDataV3ApiWrapper`, of whose bodies a message has one. */
const WRAPPER: MessageSchema = {
  channel: text(1),
  symbol: text(3),
  createTime: integer(5),
  sendTime: integer(6),
  publicLimitDepths: message(303, LIMIT_DEPTH),
  privateOrders: message(304, ORDER),
  privateDeals: message(306, DEAL),
  privateAccount: message(307, ACCOUNT),
  publicSpotKline: message(308, CANDLE),
  publicBookTickerBatch: message(311, { items: message(1, BEST) }),
  publicAggreDepths: message(313, DEPTH_CHANGES),
  publicAggreDeals: message(314, DEALS),
  publicAggreBookTicker: message(315, BEST),
};

export interface Push extends Message {
  readonly channel: string;
  readonly sendTime: number;
}

/** The frame of a push. */
export function pushBytes(push: Push): Uint8Array {
  return encodeMessage(WRAPPER, push);
}
