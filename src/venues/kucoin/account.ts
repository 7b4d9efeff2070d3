/** One account at KuCoin that is connected: what its orders, readings and settings work with. */
import type { VenueAccount } from '../venue-gateway.ts';
import type { KucoinAccess } from './access.ts';
import type { Endpoint } from './endpoints.ts';

export type KucoinAccount = VenueAccount<Endpoint, KucoinAccess>;
