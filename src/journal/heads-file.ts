/**
 * Heads of portfolios as text, to be kept outside the database: with such a file it can be checked later whether
 * the journal up to there is still the same. Pure.
 *
 * Entry points: `headsText`, `parseHeads`.
 */
import { portfolioId, type TimeMs } from '../core/ids.ts';
import type { Head } from './verify.ts';

const FORMAT = 'plimsoll-heads/1';
const HASH = /^[0-9a-f]{64}$/;

/** A file of heads that cannot be read. The message names the field. */
export class HeadsInvalid extends Error {
  override readonly name = 'HeadsInvalid';
}

export function headsText(heads: readonly Head[], exportedAt: TimeMs): string {
  const rows = heads.map((head) => ({ portfolio_id: head.portfolioId, seq: head.seq, hash: head.hash }));
  return `${JSON.stringify({ format: FORMAT, exported_at: new Date(exportedAt).toISOString(), heads: rows }, null, 2)}\n`;
}

/** Throws `HeadsInvalid`. */
export function parseHeads(text: string): readonly Head[] {
  const document = parseJson(text);
  if (!isRecord(document) || document['format'] !== FORMAT) {
    throw new HeadsInvalid(`format: must be "${FORMAT}"`);
  }
  const rows: unknown = document['heads'];
  if (!Array.isArray(rows)) throw new HeadsInvalid('heads: must be a list');
  return rows.map((row: unknown, index) => parseHead(row, `heads[${index}]`));
}

function parseHead(row: unknown, where: string): Head {
  if (!isRecord(row)) throw new HeadsInvalid(`${where}: must be an object`);
  const { portfolio_id: id, seq, hash } = row;
  if (typeof id !== 'string' || id === '') throw new HeadsInvalid(`${where}.portfolio_id: must be a text`);
  if (typeof seq !== 'number' || !Number.isSafeInteger(seq) || seq < 0)
    throw new HeadsInvalid(`${where}.seq: must be a whole number, 0 or more`);
  if (typeof hash !== 'string' || !HASH.test(hash))
    throw new HeadsInvalid(`${where}.hash: must be 64 hex digits in lower case`);
  return { portfolioId: portfolioId(id), seq, hash };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) throw new HeadsInvalid(`it is not JSON: ${error.message}`);
    throw error;
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
