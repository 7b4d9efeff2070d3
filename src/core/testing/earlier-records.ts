/**
 * Records of the release before position sides, declared wallets and sequences: a journal, and the snapshot that it folds into.
 * They are as that release's own code wrote them, never edited: such records exist on users' disks.
 */

/** Type and payload of each record; all were journaled at `EARLIER_AT`. */
export const EARLIER_JOURNAL: readonly (readonly [string, string])[] = [
  ['account_opened', '{"accountId":"acc-1","mode":"paper","venue":"binance"}'],
  [
    'balances_observed',
    '{"accountId":"acc-1","balances":[{"accountId":"acc-1","asset":"USDT","externalLocked":"0","total":"10000","updatedAt":1767614400000,"wallet":"spot"},{"accountId":"acc-1","asset":"BTC","externalLocked":"0","total":"10","updatedAt":1767614400000,"wallet":"spot"},{"accountId":"acc-1","asset":"USDT","externalLocked":"0","total":"10000","updatedAt":1767614400000,"wallet":"linear_swap"}]}',
  ],
  [
    'order_accepted',
    '{"approval":{"ask":"100.01","bid":"99.99","mark":"100","quoteReceivedAt":1767614400000,"quoteVenueAt":1767614400000,"reducing":false},"hold":{"holdAsset":"USDT","holdFeeRate":"0","perUnit":"100","wallet":"spot"},"protectionPrice":null,"request":{"accountId":"acc-1","clientOrderId":null,"cost":null,"expiresAt":null,"idempotency":{"contentHash":"h","key":"k"},"leg":null,"marketProtectionBps":200,"orderId":"o-spot","parentId":null,"postOnly":false,"price":"100","quantity":"2","reduceOnly":false,"requestedBy":"tests","sendWithinMs":30000,"side":"buy","stopPrice":null,"strategy":null,"symbol":"BTC/USDT","timeInForce":"GTC","trigger":null,"type":"limit","venueClientOrderId":"c-spot"},"setting":{"base":"BTC","kind":"spot","mode":"paper","quote":"USDT","venue":"binance"},"stopDirection":null}',
  ],
  [
    'send_attempted',
    '{"attempt":{"n":1,"requestLifetimeMs":2000,"signedAt":1767614400000},"orderId":"o-spot"}',
  ],
  ['send_accepted', '{"n":1,"orderId":"o-spot","venueOrderId":"v-o-spot"}'],
  [
    'fill_booked',
    '{"accountId":"acc-1","fill":{"executedAt":1767614400000,"fee":"0.001","feeAsset":"BTC","liquidity":"taker","price":"100","quantity":"1","realizedPnl":null,"side":"buy","symbol":"BTC/USDT","tradeId":"102","venueClientOrderId":"c-spot","venueOrderId":"v-o-spot"},"orderId":"o-spot","positionPnl":"0"}',
  ],
  [
    'fill_booked',
    '{"accountId":"acc-1","fill":{"executedAt":1767614400000,"fee":"0","feeAsset":null,"liquidity":"taker","price":"100","quantity":"0.5","realizedPnl":null,"side":"buy","symbol":"BTC/USDT","tradeId":"99","venueClientOrderId":"c-spot","venueOrderId":"v-o-spot"},"orderId":"o-spot","positionPnl":"0"}',
  ],
  [
    'fill_booked',
    '{"accountId":"acc-1","fill":{"executedAt":1767614400001,"fee":"0","feeAsset":null,"liquidity":"taker","price":"100","quantity":"0.1","realizedPnl":null,"side":"buy","symbol":"BTC/USDT","tradeId":"T-103x","venueClientOrderId":"c-spot","venueOrderId":"v-o-spot"},"orderId":"o-spot","positionPnl":"0"}',
  ],
  [
    'fill_booked',
    '{"accountId":"acc-1","fill":{"executedAt":1767614400002,"fee":"0","feeAsset":null,"liquidity":"taker","price":"100","quantity":"0.1","realizedPnl":null,"side":"buy","symbol":"BTC/USDT","tradeId":"0007","venueClientOrderId":"c-spot","venueOrderId":"v-o-spot"},"orderId":"o-spot","positionPnl":"0"}',
  ],
  [
    'order_accepted',
    '{"approval":{"ask":"100.01","bid":"99.99","mark":"100","quoteReceivedAt":1767614400000,"quoteVenueAt":1767614400000,"reducing":false},"hold":{"holdAsset":"USDT","holdFeeRate":"0.001","perUnit":"100.1","wallet":"linear_swap"},"protectionPrice":null,"request":{"accountId":"acc-1","clientOrderId":null,"cost":null,"expiresAt":null,"idempotency":null,"leg":null,"marketProtectionBps":200,"orderId":"o-swap","parentId":null,"postOnly":false,"price":"100","quantity":"3","reduceOnly":false,"requestedBy":"tests","sendWithinMs":30000,"side":"sell","stopPrice":null,"strategy":null,"symbol":"BTC/USDT:USDT","timeInForce":"GTC","trigger":null,"type":"limit","venueClientOrderId":"c-swap"},"setting":{"base":"BTC","kind":"linear_swap","mode":"paper","quote":"USDT","venue":"binance"},"stopDirection":null}',
  ],
  [
    'send_attempted',
    '{"attempt":{"n":1,"requestLifetimeMs":2000,"signedAt":1767614400000},"orderId":"o-swap"}',
  ],
  ['send_accepted', '{"n":1,"orderId":"o-swap","venueOrderId":"v-o-swap"}'],
  [
    'fill_booked',
    '{"accountId":"acc-1","fill":{"executedAt":1767614400000,"fee":"0.3","feeAsset":"USDT","liquidity":"taker","price":"100","quantity":"3","realizedPnl":"0","side":"sell","symbol":"BTC/USDT:USDT","tradeId":"103","venueClientOrderId":"c-swap","venueOrderId":"v-o-swap"},"orderId":"o-swap","positionPnl":"0"}',
  ],
  ['order_closed', '{"as":"filled","detail":"","orderId":"o-swap"}'],
  [
    'order_denied',
    '{"refusals":[{"actual":"100100","code":"insufficient_balance","detail":"USDT: the order needs 100100 and 9699.7 is available","limit":"9699.7","rule":"available_balance"}],"request":{"accountId":"acc-1","clientOrderId":null,"cost":null,"expiresAt":null,"idempotency":null,"leg":null,"marketProtectionBps":200,"orderId":"o-denied","parentId":null,"postOnly":false,"price":"100","quantity":"1000","reduceOnly":false,"requestedBy":"tests","sendWithinMs":30000,"side":"buy","stopPrice":null,"strategy":null,"symbol":"BTC/USDT:USDT","timeInForce":"GTC","trigger":null,"type":"limit","venueClientOrderId":"c-denied"},"setting":{"base":"BTC","kind":"linear_swap","mode":"paper","quote":"USDT","venue":"binance"}}',
  ],
  [
    'order_accepted',
    '{"approval":{"ask":"100.01","bid":"99.99","mark":"100","quoteReceivedAt":1767614400000,"quoteVenueAt":1767614400000,"reducing":true},"hold":{"holdAsset":"USDT","holdFeeRate":"0.001","perUnit":"0","wallet":"linear_swap"},"protectionPrice":null,"request":{"accountId":"acc-1","clientOrderId":null,"cost":null,"expiresAt":null,"idempotency":null,"leg":null,"marketProtectionBps":200,"orderId":"o-stop","parentId":null,"postOnly":false,"price":null,"quantity":"1","reduceOnly":true,"requestedBy":"tests","sendWithinMs":30000,"side":"buy","stopPrice":"110","strategy":null,"symbol":"BTC/USDT:USDT","timeInForce":"GTC","trigger":"mark","type":"stop_market","venueClientOrderId":"c-stop"},"setting":{"base":"BTC","kind":"linear_swap","mode":"paper","quote":"USDT","venue":"binance"},"stopDirection":"up"}',
  ],
  [
    'send_attempted',
    '{"attempt":{"n":1,"requestLifetimeMs":2000,"signedAt":1767614400000},"orderId":"o-stop"}',
  ],
  ['send_accepted', '{"n":1,"orderId":"o-stop","venueOrderId":"v-o-stop"}'],
  [
    'fill_parked',
    '{"accountId":"acc-1","fill":{"executedAt":1767614400000,"fee":"0","feeAsset":null,"liquidity":"taker","price":"100","quantity":"0.4","realizedPnl":null,"side":"buy","symbol":"BTC/USDT:USDT","tradeId":"104","venueClientOrderId":null,"venueOrderId":"child"},"ruledOut":[]}',
  ],
  ['venue_order_linked', '{"orderId":"o-stop","venueOrderId":"child"}'],
  [
    'fill_booked',
    '{"accountId":"acc-1","fill":{"executedAt":1767614400000,"fee":"0","feeAsset":null,"liquidity":"taker","price":"100","quantity":"0.4","realizedPnl":null,"side":"buy","symbol":"BTC/USDT:USDT","tradeId":"104","venueClientOrderId":null,"venueOrderId":"child"},"orderId":"o-stop","positionPnl":"0"}',
  ],
  [
    'order_accepted',
    '{"approval":{"ask":"100.01","bid":"99.99","mark":"100","quoteReceivedAt":1767614400000,"quoteVenueAt":1767614400000,"reducing":true},"hold":{"holdAsset":"BTC","holdFeeRate":"0","perUnit":"1","wallet":"spot"},"protectionPrice":null,"request":{"accountId":"acc-1","clientOrderId":null,"cost":null,"expiresAt":null,"idempotency":null,"leg":null,"marketProtectionBps":200,"orderId":"o-waits","parentId":null,"postOnly":false,"price":"100","quantity":"1","reduceOnly":false,"requestedBy":"tests","sendWithinMs":30000,"side":"sell","stopPrice":"90","strategy":null,"symbol":"BTC/USDT","timeInForce":"GTC","trigger":"last","type":"stop_limit","venueClientOrderId":"c-waits"},"setting":{"base":"BTC","kind":"spot","mode":"paper","quote":"USDT","venue":"binance"},"stopDirection":"down"}',
  ],
  [
    'send_attempted',
    '{"attempt":{"n":1,"requestLifetimeMs":2000,"signedAt":1767614400000},"orderId":"o-waits"}',
  ],
  ['send_accepted', '{"n":1,"orderId":"o-waits","venueOrderId":"v-o-waits"}'],
  [
    'fill_parked',
    '{"accountId":"acc-1","fill":{"executedAt":1767614400000,"fee":"0","feeAsset":null,"liquidity":"taker","price":"100","quantity":"0.2","realizedPnl":null,"side":"sell","symbol":"BTC/USDT","tradeId":"P-1","venueClientOrderId":null,"venueOrderId":"whose"},"ruledOut":[]}',
  ],
  [
    'external_fill_seen',
    '{"accountId":"acc-1","fill":{"executedAt":1767614400000,"fee":"0","feeAsset":null,"liquidity":"taker","price":"100","quantity":"0.2","realizedPnl":null,"side":"buy","symbol":"BTC/USDT","tradeId":"E1","venueClientOrderId":"theirs","venueOrderId":"other"},"setting":{"base":"BTC","kind":"spot","mode":"paper","quote":"USDT","venue":"binance"}}',
  ],
  [
    'drift_opened',
    '{"drift":{"accountId":"acc-1","detail":"an execution of an order that was not placed here","driftId":"external_fill:acc-1:BTC/USDT","kind":"external_fill","openedAt":1767614400000,"orderId":null,"ours":"no such order","subject":"BTC/USDT","symbol":"BTC/USDT","theirs":"buy 0.2 at 100, venue order other"}}',
  ],
  [
    'external_fill_seen',
    '{"accountId":"acc-1","fill":{"executedAt":1767614400000,"fee":"0","feeAsset":null,"liquidity":"taker","price":"100","quantity":"0.2","realizedPnl":null,"side":"buy","symbol":"BTC/USDT:USDT","tradeId":"106","venueClientOrderId":"theirs","venueOrderId":"other2"},"setting":{"base":"BTC","kind":"linear_swap","mode":"paper","quote":"USDT","venue":"binance"}}',
  ],
  [
    'drift_opened',
    '{"drift":{"accountId":"acc-1","detail":"an execution of an order that was not placed here","driftId":"external_fill:acc-1:BTC/USDT:USDT","kind":"external_fill","openedAt":1767614400000,"orderId":null,"ours":"no such order","subject":"BTC/USDT:USDT","symbol":"BTC/USDT:USDT","theirs":"buy 0.2 at 100, venue order other2"}}',
  ],
  [
    'positions_observed',
    '{"accountId":"acc-1","positions":[{"netQuantity":"-2.5","openCost":"247.5","setting":{"base":"BTC","kind":"linear_swap","mode":"paper","quote":"USDT","venue":"binance"},"symbol":"BTC/USDT:USDT"}]}',
  ],
  [
    'funding_booked',
    '{"accountId":"acc-1","funding":{"amount":"-1.5","asset":"USDT","at":1767614400000,"id":"f1","symbol":"BTC/USDT:USDT"}}',
  ],
  [
    'order_accepted',
    '{"approval":{"ask":"100.01","bid":"99.99","mark":"100","quoteReceivedAt":1767614400000,"quoteVenueAt":1767614400000,"reducing":false},"hold":{"holdAsset":"USDT","holdFeeRate":"0","perUnit":"100","wallet":"spot"},"protectionPrice":null,"request":{"accountId":"acc-1","clientOrderId":null,"cost":null,"expiresAt":null,"idempotency":null,"leg":null,"marketProtectionBps":200,"orderId":"o-done","parentId":null,"postOnly":false,"price":"100","quantity":"0.5","reduceOnly":false,"requestedBy":"tests","sendWithinMs":30000,"side":"buy","stopPrice":null,"strategy":null,"symbol":"BTC/USDT","timeInForce":"GTC","trigger":null,"type":"limit","venueClientOrderId":"c-done"},"setting":{"base":"BTC","kind":"spot","mode":"paper","quote":"USDT","venue":"binance"},"stopDirection":null}',
  ],
  [
    'send_attempted',
    '{"attempt":{"n":1,"requestLifetimeMs":2000,"signedAt":1767614400000},"orderId":"o-done"}',
  ],
  ['send_accepted', '{"n":1,"orderId":"o-done","venueOrderId":"v-o-done"}'],
  [
    'fill_booked',
    '{"accountId":"acc-1","fill":{"executedAt":1767614400000,"fee":"0","feeAsset":null,"liquidity":"taker","price":"100","quantity":"0.5","realizedPnl":null,"side":"buy","symbol":"BTC/USDT","tradeId":"107","venueClientOrderId":"c-done","venueOrderId":"v-o-done"},"orderId":"o-done","positionPnl":"0"}',
  ],
  ['order_closed', '{"as":"filled","detail":"","orderId":"o-done"}'],
  ['orders_evicted', '{"externalFillsBefore":0,"orderIds":["o-done"]}'],
  [
    'order_recalled',
    '{"order":{"absentAt":null,"accountId":"acc-1","approval":{"ask":"100.01","bid":"99.99","mark":"100","quoteReceivedAt":1767614400000,"quoteVenueAt":1767614400000,"reducing":false},"attempts":[{"n":1,"requestLifetimeMs":2000,"signedAt":1767614400000}],"base":"BTC","cancelRequested":false,"clientOrderId":null,"cost":null,"createdAt":1767614400000,"expiresAt":null,"fees":[],"fillKeys":["v-o-done 107"],"filledCost":"50","filledQuantity":"0.5","final":null,"hold":{"holdAsset":"USDT","holdFeeRate":"0","perUnit":"100","wallet":"spot"},"idempotency":null,"kind":"spot","landed":false,"leg":null,"marketProtectionBps":200,"mode":"paper","native":true,"orderId":"o-done","parentId":null,"postOnly":false,"price":"100","protectionPrice":null,"quantity":"0.5","quote":"USDT","reason":null,"reduceOnly":false,"requestedBy":"tests","retryAt":null,"sendWithinMs":30000,"side":"buy","status":"filled","stopDirection":null,"stopPrice":null,"strategy":null,"symbol":"BTC/USDT","timeInForce":"GTC","trigger":null,"type":"limit","updatedAt":1767614400000,"venue":"binance","venueClientOrderId":"c-done","venueOrderIds":["v-o-done"]}}',
  ],
];

export const EARLIER_AT = 1767614400000;

export const EARLIER_SNAPSHOT =
  '{"accounts":[{"accountId":"acc-1","balancesKnown":true,"instance":null,"mode":"paper","positionsKnown":true,"venue":"binance"}],"balances":[{"accountId":"acc-1","asset":"USDT","externalLocked":"0","total":"9760","updatedAt":1767614400000,"wallet":"spot"},{"accountId":"acc-1","asset":"BTC","externalLocked":"0","total":"12.399","updatedAt":1767614400000,"wallet":"spot"},{"accountId":"acc-1","asset":"USDT","externalLocked":"0","total":"9998.2","updatedAt":1767614400000,"wallet":"linear_swap"}],"dayStarts":[{"day":1767571200000,"fees":[],"fundingTotal":"0","key":"acc-1 BTC/USDT","realizedPnl":"0"},{"day":1767571200000,"fees":[],"fundingTotal":"0","key":"acc-1 BTC/USDT:USDT","realizedPnl":"0"}],"drift":[{"accountId":"acc-1","detail":"an execution of an order that was not placed here","driftId":"external_fill:acc-1:BTC/USDT","kind":"external_fill","openedAt":1767614400000,"orderId":null,"ours":"no such order","subject":"BTC/USDT","symbol":"BTC/USDT","theirs":"buy 0.2 at 100, venue order other"},{"accountId":"acc-1","detail":"an execution of an order that was not placed here","driftId":"external_fill:acc-1:BTC/USDT:USDT","kind":"external_fill","openedAt":1767614400000,"orderId":null,"ours":"no such order","subject":"BTC/USDT:USDT","symbol":"BTC/USDT:USDT","theirs":"buy 0.2 at 100, venue order other2"}],"equityRecord":null,"externalFills":[{"at":1767614400000,"key":"acc-1 BTC/USDT other E1"},{"at":1767614400000,"key":"acc-1 BTC/USDT:USDT other2 106"}],"fillsCursors":[],"fundingSeen":[{"at":1767614400000,"key":"acc-1 f1"}],"killSwitch":{"at":0,"engaged":false,"requestedBy":"","why":""},"killSwitchKeys":[],"ladder":{"step":"none","steppedAt":0,"why":""},"orders":[{"absentAt":null,"accountId":"acc-1","approval":{"ask":"100.01","bid":"99.99","mark":"100","quoteReceivedAt":1767614400000,"quoteVenueAt":1767614400000,"reducing":false},"attempts":[{"n":1,"requestLifetimeMs":2000,"signedAt":1767614400000}],"base":"BTC","cancelRequested":false,"clientOrderId":null,"cost":null,"createdAt":1767614400000,"expiresAt":null,"fees":[{"amount":"0.001","asset":"BTC"}],"fillKeys":["v-o-spot 102","v-o-spot 99","v-o-spot T-103x","v-o-spot 0007"],"filledCost":"170","filledQuantity":"1.7","final":null,"hold":{"holdAsset":"USDT","holdFeeRate":"0","perUnit":"100","wallet":"spot"},"idempotency":{"contentHash":"h","key":"k"},"kind":"spot","landed":false,"leg":null,"marketProtectionBps":200,"mode":"paper","native":true,"orderId":"o-spot","parentId":null,"postOnly":false,"price":"100","protectionPrice":null,"quantity":"2","quote":"USDT","reason":null,"reduceOnly":false,"requestedBy":"tests","retryAt":null,"sendWithinMs":30000,"side":"buy","status":"partially_filled","stopDirection":null,"stopPrice":null,"strategy":null,"symbol":"BTC/USDT","timeInForce":"GTC","trigger":null,"type":"limit","updatedAt":1767614400000,"venue":"binance","venueClientOrderId":"c-spot","venueOrderIds":["v-o-spot"]},{"absentAt":null,"accountId":"acc-1","approval":{"ask":"100.01","bid":"99.99","mark":"100","quoteReceivedAt":1767614400000,"quoteVenueAt":1767614400000,"reducing":true},"attempts":[{"n":1,"requestLifetimeMs":2000,"signedAt":1767614400000}],"base":"BTC","cancelRequested":false,"clientOrderId":null,"cost":null,"createdAt":1767614400000,"expiresAt":null,"fees":[],"fillKeys":["child 104"],"filledCost":"40","filledQuantity":"0.4","final":null,"hold":{"holdAsset":"USDT","holdFeeRate":"0.001","perUnit":"0","wallet":"linear_swap"},"idempotency":null,"kind":"linear_swap","landed":false,"leg":null,"marketProtectionBps":200,"mode":"paper","native":true,"orderId":"o-stop","parentId":null,"postOnly":false,"price":null,"protectionPrice":null,"quantity":"1","quote":"USDT","reason":null,"reduceOnly":true,"requestedBy":"tests","retryAt":null,"sendWithinMs":30000,"side":"buy","status":"partially_filled","stopDirection":"up","stopPrice":"110","strategy":null,"symbol":"BTC/USDT:USDT","timeInForce":"GTC","trigger":"mark","type":"stop_market","updatedAt":1767614400000,"venue":"binance","venueClientOrderId":"c-stop","venueOrderIds":["v-o-stop","child"]},{"absentAt":null,"accountId":"acc-1","approval":{"ask":"100.01","bid":"99.99","mark":"100","quoteReceivedAt":1767614400000,"quoteVenueAt":1767614400000,"reducing":true},"attempts":[{"n":1,"requestLifetimeMs":2000,"signedAt":1767614400000}],"base":"BTC","cancelRequested":false,"clientOrderId":null,"cost":null,"createdAt":1767614400000,"expiresAt":null,"fees":[],"fillKeys":[],"filledCost":"0","filledQuantity":"0","final":null,"hold":{"holdAsset":"BTC","holdFeeRate":"0","perUnit":"1","wallet":"spot"},"idempotency":null,"kind":"spot","landed":false,"leg":null,"marketProtectionBps":200,"mode":"paper","native":true,"orderId":"o-waits","parentId":null,"postOnly":false,"price":"100","protectionPrice":null,"quantity":"1","quote":"USDT","reason":null,"reduceOnly":false,"requestedBy":"tests","retryAt":null,"sendWithinMs":30000,"side":"sell","status":"open","stopDirection":"down","stopPrice":"90","strategy":null,"symbol":"BTC/USDT","timeInForce":"GTC","trigger":"last","type":"stop_limit","updatedAt":1767614400000,"venue":"binance","venueClientOrderId":"c-waits","venueOrderIds":["v-o-waits"]},{"absentAt":null,"accountId":"acc-1","approval":{"ask":"100.01","bid":"99.99","mark":"100","quoteReceivedAt":1767614400000,"quoteVenueAt":1767614400000,"reducing":false},"attempts":[{"n":1,"requestLifetimeMs":2000,"signedAt":1767614400000}],"base":"BTC","cancelRequested":false,"clientOrderId":null,"cost":null,"createdAt":1767614400000,"expiresAt":null,"fees":[{"amount":"0.3","asset":"USDT"}],"fillKeys":["v-o-swap 103"],"filledCost":"300","filledQuantity":"3","final":null,"hold":{"holdAsset":"USDT","holdFeeRate":"0.001","perUnit":"100.1","wallet":"linear_swap"},"idempotency":null,"kind":"linear_swap","landed":false,"leg":null,"marketProtectionBps":200,"mode":"paper","native":true,"orderId":"o-swap","parentId":null,"postOnly":false,"price":"100","protectionPrice":null,"quantity":"3","quote":"USDT","reason":null,"reduceOnly":false,"requestedBy":"tests","retryAt":null,"sendWithinMs":30000,"side":"sell","status":"filled","stopDirection":null,"stopPrice":null,"strategy":null,"symbol":"BTC/USDT:USDT","timeInForce":"GTC","trigger":null,"type":"limit","updatedAt":1767614400000,"venue":"binance","venueClientOrderId":"c-swap","venueOrderIds":["v-o-swap"]},{"absentAt":null,"accountId":"acc-1","approval":null,"attempts":[],"base":"BTC","cancelRequested":false,"clientOrderId":null,"cost":null,"createdAt":1767614400000,"expiresAt":null,"fees":[],"fillKeys":[],"filledCost":"0","filledQuantity":"0","final":null,"hold":null,"idempotency":null,"kind":"linear_swap","landed":false,"leg":null,"marketProtectionBps":200,"mode":"paper","native":true,"orderId":"o-denied","parentId":null,"postOnly":false,"price":"100","protectionPrice":null,"quantity":"1000","quote":"USDT","reason":{"code":"insufficient_balance","detail":"USDT: the order needs 100100 and 9699.7 is available"},"reduceOnly":false,"requestedBy":"tests","retryAt":null,"sendWithinMs":30000,"side":"buy","status":"denied","stopDirection":null,"stopPrice":null,"strategy":null,"symbol":"BTC/USDT:USDT","timeInForce":"GTC","trigger":null,"type":"limit","updatedAt":1767614400000,"venue":"binance","venueClientOrderId":"c-denied","venueOrderIds":[]},{"absentAt":null,"accountId":"acc-1","approval":{"ask":"100.01","bid":"99.99","mark":"100","quoteReceivedAt":1767614400000,"quoteVenueAt":1767614400000,"reducing":false},"attempts":[{"n":1,"requestLifetimeMs":2000,"signedAt":1767614400000}],"base":"BTC","cancelRequested":false,"clientOrderId":null,"cost":null,"createdAt":1767614400000,"expiresAt":null,"fees":[],"fillKeys":["v-o-done 107"],"filledCost":"50","filledQuantity":"0.5","final":null,"hold":{"holdAsset":"USDT","holdFeeRate":"0","perUnit":"100","wallet":"spot"},"idempotency":null,"kind":"spot","landed":false,"leg":null,"marketProtectionBps":200,"mode":"paper","native":true,"orderId":"o-done","parentId":null,"postOnly":false,"price":"100","protectionPrice":null,"quantity":"0.5","quote":"USDT","reason":null,"reduceOnly":false,"requestedBy":"tests","retryAt":null,"sendWithinMs":30000,"side":"buy","status":"filled","stopDirection":null,"stopPrice":null,"strategy":null,"symbol":"BTC/USDT","timeInForce":"GTC","trigger":null,"type":"limit","updatedAt":1767614400000,"venue":"binance","venueClientOrderId":"c-done","venueOrderIds":["v-o-done"]}],"parkedFills":[{"accountId":"acc-1","fill":{"executedAt":1767614400000,"fee":"0","feeAsset":null,"liquidity":"taker","price":"100","quantity":"0.2","realizedPnl":null,"side":"sell","symbol":"BTC/USDT","tradeId":"P-1","venueClientOrderId":null,"venueOrderId":"whose"},"ruledOut":[]}],"positions":[{"accountId":"acc-1","base":"BTC","beforeRecent":{"netQuantity":"0","openCost":"0","realizedPnl":"0"},"fees":[{"amount":"0.001","asset":"BTC"}],"fundingTotal":"0","kind":"spot","mode":"paper","netQuantity":"2.199","openCost":"219.9","quote":"USDT","realizedPnl":"0","recent":[{"executedAt":1767614400000,"fee":"0","feeAsset":null,"price":"100","quantity":"0.5","side":"buy","tradeId":"99"},{"executedAt":1767614400000,"fee":"0.001","feeAsset":"BTC","price":"100","quantity":"1","side":"buy","tradeId":"102"},{"executedAt":1767614400000,"fee":"0","feeAsset":null,"price":"100","quantity":"0.5","side":"buy","tradeId":"107"},{"executedAt":1767614400001,"fee":"0","feeAsset":null,"price":"100","quantity":"0.1","side":"buy","tradeId":"T-103x"},{"executedAt":1767614400002,"fee":"0","feeAsset":null,"price":"100","quantity":"0.1","side":"buy","tradeId":"0007"}],"symbol":"BTC/USDT","updatedAt":1767614400000,"venue":"binance"},{"accountId":"acc-1","base":"BTC","beforeRecent":{"netQuantity":"0","openCost":"0","realizedPnl":"0"},"fees":[{"amount":"0.3","asset":"USDT"}],"fundingTotal":"-1.5","kind":"linear_swap","mode":"paper","netQuantity":"-2.5","openCost":"247.5","quote":"USDT","realizedPnl":"0","recent":[],"symbol":"BTC/USDT:USDT","updatedAt":1767614400000,"venue":"binance"}],"recentAcceptances":[1767614400000,1767614400000,1767614400000,1767614400000,1767614400000],"storedLimits":[]}';
