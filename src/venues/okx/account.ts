/** One account at OKX that is connected: what its orders, readings and settings work with. */
import type { VenueAccount } from '../venue-gateway.ts';
import type { OkxAccess } from './access.ts';
import type { Endpoint } from './endpoints.ts';

export type OkxAccount = VenueAccount<Endpoint, OkxAccess>;
