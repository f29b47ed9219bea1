// Writes docs/reference/protocol.md from the schemas of the protocol: npm run protocol:page
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { protocolPage } from './protocol-text.js';

const TARGET = fileURLToPath(new URL('../docs/reference/protocol.md', import.meta.url));

await writeFile(TARGET, protocolPage());
process.stdout.write(`${TARGET} is up to date\n`);
