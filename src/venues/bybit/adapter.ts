/** Bybit as the registry knows it. */
import type { VenueAdapter } from '../adapter.ts';
import { BybitAccess } from './access.ts';
import { BYBIT_CAPABILITIES } from './capabilities.ts';
import { createBybitGateway } from './gateway.ts';
import { readBybitKeyPermissions } from './key-check.ts';

export const BYBIT: VenueAdapter = {
  capabilities: BYBIT_CAPABILITIES,
  atAddress: (address) => {
    const access = new BybitAccess(address);
    return (options) => createBybitGateway(options, access);
  },
  readKeyPermissions: readBybitKeyPermissions,
};
