import { generateKeyPairSync, sign } from 'node:crypto';
import { expect, it } from 'vitest';
import { hmac, signatureMatches } from './signatures.ts';

const SHARED = { key: 'k', secret: 'secret', passphrase: null };

it('takes the HMAC of the secret alone, in the encoding of the venue', () => {
  expect(signatureMatches('text', SHARED, hmac('text', 'secret'))).toBe(true);
  expect(signatureMatches('text', SHARED, hmac('text', 'secret').toUpperCase())).toBe(false);
  expect(signatureMatches('text', SHARED, hmac('text', 'other'))).toBe(false);
  expect(signatureMatches('other', SHARED, hmac('text', 'secret'))).toBe(false);
  expect(signatureMatches('text', SHARED, hmac('text', 'secret', 'base64'))).toBe(false);
  expect(signatureMatches('text', SHARED, hmac('text', 'secret', 'base64'), 'base64')).toBe(true);
  expect(signatureMatches('text', SHARED, '')).toBe(false);
});

it.each(['rsa', 'ed25519'] as const)('takes the signature of a private key of type %s', (type) => {
  const { privateKey, publicKey } =
    type === 'rsa' ? generateKeyPairSync('rsa', { modulusLength: 2048 }) : generateKeyPairSync('ed25519');
  const credentials = { ...SHARED, publicKey: publicKey.export({ type: 'spki', format: 'pem' }) };
  const given = sign(type === 'rsa' ? 'sha256' : null, Buffer.from('text'), privateKey).toString('base64');
  expect(signatureMatches('text', credentials, given)).toBe(true);
  expect(signatureMatches('other', credentials, given)).toBe(false);
  expect(signatureMatches('text', credentials, `${given} `)).toBe(false);
  expect(signatureMatches('text', credentials, hmac('text', 'secret'))).toBe(false);
});
