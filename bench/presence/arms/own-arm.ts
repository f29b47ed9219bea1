// The application as users run it, with everything on, on a database and a Redis of its own.
import 'reflect-metadata';
import { readSettings } from '../../../src/config/index.js';
import { startApplication } from '../../../src/start-application.js';
import { startedWith } from '../../support/peer-process.js';
import { answerAsArm } from './figures.js';

const { env } = startedWith() as { readonly env: Readonly<Record<string, string>> };
const url = await startApplication(readSettings(env), {
  exit: (code) => process.exit(code),
  interrupted: new AbortController().signal,
});
answerAsArm({ port: () => Number(new URL(url).port) });
