/** A venue as the registry knows it: what its folder exports as a whole. */
import type { VenueCapabilities } from '../core/venue/capabilities.ts';
import type { GatewayOptions } from './connection.ts';
import type { Gateway, ReadAnswer } from './gateway.ts';
import type { KeyOptions } from './key-inquiry.ts';
import type { KeyPermissions } from './key-permissions.ts';

/** Makes the gateway of one account; it is not started. */
export type CreateGateway = (options: GatewayOptions) => Gateway;

export interface VenueAdapter {
  readonly capabilities: VenueCapabilities;
  /** Makes the gateways of the accounts at one address, which share the counts and market data of the address. */
  atAddress(options: Pick<GatewayOptions, 'mode' | 'endpoints' | 'platform'>): CreateGateway;
  /** The rights of keys as the venue states them; null where it does not say. */
  readKeyPermissions(options: KeyOptions): Promise<ReadAnswer<KeyPermissions | null>>;
}
