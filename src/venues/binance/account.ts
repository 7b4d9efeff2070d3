/** One account at Binance that is connected: what its orders, readings and settings work with. */
import type { VenueAccount } from '../venue-gateway.ts';
import type { BinanceAccess } from './access.ts';
import type { Endpoint } from './endpoints.ts';

export type BinanceAccount = VenueAccount<Endpoint, BinanceAccess>;
