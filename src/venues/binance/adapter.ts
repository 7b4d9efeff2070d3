/** Binance as the registry knows it. */
import type { VenueAdapter } from '../adapter.ts';
import { BinanceAccess } from './access.ts';
import { BINANCE_CAPABILITIES } from './capabilities.ts';
import { createBinanceGateway } from './gateway.ts';
import { readBinanceKeyPermissions } from './key-check.ts';

export const BINANCE: VenueAdapter = {
  capabilities: BINANCE_CAPABILITIES,
  atAddress: (address) => {
    const access = new BinanceAccess(address);
    return (options) => createBinanceGateway(options, access);
  },
  readKeyPermissions: readBinanceKeyPermissions,
};
