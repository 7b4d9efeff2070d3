/**
 * The pushes of MEXC's spot streams, from binary frames to JSON text that is read like any other message.
 *
 * Entry point: `pushText`, for `decode` of a stream. Source: the `.proto` files of mexcdevelop/websocket-proto, which the page "Protocol
 * Buffers Integration" of the spot v3 documentation names. Field numbers are what a message is known by; the names are those of the files.
 */
import { messageTable, readMessage } from './protobuf.ts';

const ORDER = messageTable({
  id: [1, 'text'],
  clientId: [2, 'text'],
  price: [3, 'text'],
  quantity: [4, 'text'],
  amount: [5, 'text'],
  avgPrice: [6, 'text'],
  orderType: [7, 'integer'],
  tradeType: [8, 'integer'],
  cumulativeQuantity: [13, 'text'],
  cumulativeAmount: [14, 'text'],
  status: [15, 'integer'],
  createTime: [16, 'integer'],
});

const DEAL = messageTable({
  price: [1, 'text'],
  quantity: [2, 'text'],
  amount: [3, 'text'],
  tradeType: [4, 'integer'],
  isMaker: [5, 'flag'],
  isSelfTrade: [6, 'flag'],
  tradeId: [7, 'text'],
  clientOrderId: [8, 'text'],
  orderId: [9, 'text'],
  feeAmount: [10, 'text'],
  feeCurrency: [11, 'text'],
  time: [12, 'integer'],
});

const ACCOUNT = messageTable({
  vcoinName: [1, 'text'],
  type: [7, 'text'],
  time: [8, 'integer'],
});

const BEST = messageTable({
  bidPrice: [1, 'text'],
  bidQuantity: [2, 'text'],
  askPrice: [3, 'text'],
  askQuantity: [4, 'text'],
});

/** `PushDataV3ApiWrapper`, of whose bodies a message has one. */
const WRAPPER = messageTable({
  channel: [1, 'text'],
  symbol: [3, 'text'],
  createTime: [5, 'integer'],
  sendTime: [6, 'integer'],
  privateOrders: [304, ORDER],
  privateDeals: [306, DEAL],
  privateAccount: [307, ACCOUNT],
  publicAggreBookTicker: [315, BEST],
});

/** Throws `MalformedAnswer`. */
export function pushText(frame: Uint8Array): string {
  return JSON.stringify(readMessage(frame, WRAPPER));
}
