/** Writes docs/errors.md from the table of problems: `npm run docs:errors`. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { errorDocumentMarkdown } from './error-document.ts';

writeFileSync(join(import.meta.dirname, '../../docs/errors.md'), errorDocumentMarkdown());
