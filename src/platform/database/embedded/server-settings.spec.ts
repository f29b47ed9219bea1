import { renderSettings } from './server-settings.js';

describe('renderSettings', () => {
  it('lets the caller add to and change the defaults', () => {
    const text = renderSettings(5_433, { max_connections: '300', 'auto_explain.log_format': "it's" });

    expect(text).toContain("max_connections = '300'\n");
    expect(text).not.toContain("max_connections = '120'");
    expect(text).toContain("auto_explain.log_format = 'it''s'\n");
  });

  it('listens on loopback at the given port, whatever the caller says', () => {
    const text = renderSettings(5_433, { listen_addresses: '*', port: '1', unix_socket_directories: '/tmp' });

    expect(text).toContain("port = '5433'\n");
    expect(text).toContain("listen_addresses = '127.0.0.1'\n");
    expect(text).toContain("unix_socket_directories = ''\n");
    expect(text).not.toMatch(/'\*'|'1'|'\/tmp'/);
  });
});
