import { describe, expect, it } from 'vitest';
import { addressesFor } from './addresses.ts';
import type { AddressTable } from './addresses.ts';

const TABLE: AddressTable<'private' | 'public'> = {
  production: {
    origins: { spot: 'https://api.example.com', swap: 'https://swap.example.com' },
    streams: { private: 'wss://example.com:443/v3/private', public: 'wss://example.com/public?gzip=0' },
  },
  testnet: {
    origins: { spot: 'https://test.example.com', swap: 'https://test-swap.example.com' },
    streams: { private: 'wss://test.example.com/v3/private', public: 'wss://test.example.com/public' },
  },
};
const NONE = { rest: null, ws: null };

describe('the addresses of an account', () => {
  it('are those of its mode', () => {
    expect(addressesFor(TABLE, 'live', NONE)).toEqual({
      origins: {
        'https://api.example.com': 'https://api.example.com',
        'https://swap.example.com': 'https://swap.example.com',
      },
      streams: TABLE.production.streams,
    });
    expect(addressesFor(TABLE, 'testnet', NONE)).toEqual({
      origins: {
        'https://api.example.com': 'https://test.example.com',
        'https://swap.example.com': 'https://test-swap.example.com',
      },
      streams: TABLE.testnet?.streams,
    });
  });

  it('are elsewhere where the account says so, with the paths of the venue', () => {
    const elsewhere = { rest: 'http://127.0.0.1:9101', ws: 'ws://127.0.0.1:9101' };
    for (const mode of ['paper', 'live', 'testnet'] as const)
      expect(addressesFor(TABLE, mode, elsewhere)).toEqual({
        origins: {
          'https://api.example.com': 'http://127.0.0.1:9101',
          'https://swap.example.com': 'http://127.0.0.1:9101',
        },
        streams: { private: 'ws://127.0.0.1:9101/v3/private', public: 'ws://127.0.0.1:9101/public' },
      });
  });

  it('replace the origins that ccxt signs for, where those of production are others', () => {
    const signedFor = { spot: 'https://old.example.com', swap: 'https://old-swap.example.com' };
    expect(addressesFor({ ...TABLE, signedFor }, 'live', NONE).origins).toEqual({
      'https://old.example.com': 'https://api.example.com',
      'https://old-swap.example.com': 'https://swap.example.com',
    });
  });

  it('are never those of production where a venue has no testnet', () => {
    expect(() => addressesFor({ ...TABLE, testnet: null }, 'testnet', NONE)).toThrow('no testnet');
  });
});
