import { ApiClient } from '../test/support/api-client.js';

/** What the server has used, by its own figures: also when it runs elsewhere. */
export interface ServerUse {
  readonly cpuSeconds: number;
  readonly residentBytes: number;
}

/** Asks the server for its use of the processor and of memory; undefined when it does not tell. */
export async function serverUse(api: ApiClient): Promise<ServerUse | undefined> {
  const { status, text } = await api.get('/metrics?format=prometheus');
  if (status !== 200) return undefined;
  const figure = (name: string): number =>
    Number(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)`, 'm').exec(text)?.[1] ?? NaN);
  return {
    cpuSeconds: figure('process_cpu_seconds_total'),
    residentBytes: figure('process_resident_memory_bytes'),
  };
}

/** The address of the API beside a WebSocket. */
export function apiOf(url: string, key: string): ApiClient {
  return new ApiClient(url.replace(/^ws/, 'http').replace(/\/ws$/, ''), key);
}
