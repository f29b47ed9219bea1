import { statfsSync } from 'node:fs';

/** PostgreSQL settings by name; values as in postgresql.conf, without quotes. */
export type ServerSettings = Readonly<Record<string, string>>;

/** Parallel queries of a busy server fill the 64 MB that containers have in /dev/shm. */
const SHARED_MEMORY_MIN_BYTES = 256 * 1_048_576;

/** The whole postgresql.conf. `extra` wins over the defaults; where the server listens is not negotiable. */
export function renderSettings(port: number, extra: ServerSettings): string {
  const settings: ServerSettings = {
    max_connections: '120',
    shared_buffers: '128MB',
    work_mem: '8MB',
    maintenance_work_mem: '64MB',
    max_wal_size: '1GB',
    huge_pages: 'off',
    dynamic_shared_memory_type: dynamicSharedMemoryType(),
    password_encryption: 'scram-sha-256',
    timezone: 'UTC',
    log_timezone: 'UTC',
    log_line_prefix: '%m [%p] ',
    lc_messages: 'C',
    ...extra,
    port: String(port),
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
  };
  const lines = Object.entries(settings).map(([name, value]) => `${name} = '${value.replaceAll("'", "''")}'`);
  return `# Written by Plimsoll at every start: changes made here are lost.\n${lines.join('\n')}\n`;
}

function dynamicSharedMemoryType(): string {
  if (process.platform === 'win32') return 'windows';
  if (process.platform !== 'linux') return 'posix';
  try {
    const { bavail, bsize } = statfsSync('/dev/shm');
    return bavail * bsize >= SHARED_MEMORY_MIN_BYTES ? 'posix' : 'mmap';
  } catch {
    return 'mmap';
  }
}
