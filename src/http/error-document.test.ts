import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { errorDocumentMarkdown, errorDocumentPage } from './error-document.ts';
import { ORDER_REASONS } from './problems/order-reasons.ts';
import { PROBLEMS } from './problems/table.ts';

const DOCUMENT = join(import.meta.dirname, '../../docs/errors.md');

describe('the document on errors', () => {
  it('is as the table of problems makes it; else run npm run docs:errors', () => {
    expect(readFileSync(DOCUMENT, 'utf8')).toBe(errorDocumentMarkdown());
  });

  it.each(Object.entries(PROBLEMS))('explains %s', (code, { title, when, remedy, status }) => {
    const entry = errorDocumentMarkdown().split(`\n### ${code}\n`);
    expect(entry).toHaveLength(2);
    expect(entry[1]?.split('\n### ')[0]).toContain(when);
    expect(errorDocumentPage().split(`id="${code}"`)).toHaveLength(2);
    expect(title).toMatch(/^[A-Z][^.]+$/);
    for (const sentence of [when, remedy]) expect(sentence).toMatch(/^[A-Z`].{10,}\.$/s);
    expect(status).toBeGreaterThanOrEqual(400);
  });

  it.each(Object.entries(ORDER_REASONS))(
    'explains %s as the reason of an order',
    (code, { when, remedy }) => {
      expect(errorDocumentMarkdown()).toContain(`| \`${code}\` | ${when} | ${remedy} |`);
      expect(errorDocumentPage().split(`id="reason-${code}"`)).toHaveLength(2);
      for (const sentence of [when, remedy]) expect(sentence).toMatch(/^[A-Z`].*\.$/);
    },
  );
});
