/** The closed sets of words an order is described with. */

export type TimeInForce = 'GTC' | 'IOC' | 'FOK' | 'GTD';
export type TriggerPrice = 'last' | 'mark' | 'index';

export type Side = 'buy' | 'sell';

/** What a user asks for; a protected market order is still `market` here. */
export type OrderType = 'market' | 'limit' | 'stop_market' | 'stop_limit';
