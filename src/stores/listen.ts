import pg from 'pg';

const AGAIN_MS = 1000;

/** Words of the registry that reach this process; `close` ends them. */
export type Listening = { close(): Promise<void> };

/**
 * Hears what transactions of any process tell on a channel (`NOTIFY`). What was told while the connection was lost is not
 * told again: `heard` is called once more whenever it is there again, so that whoever listens looks for itself.
 */
export function listen(connection: pg.ClientConfig, channel: string, heard: () => void): Listening {
  let closed = false;
  let current: pg.Client | undefined;
  let timer: NodeJS.Timeout | undefined;
  const later = (): void => {
    clearTimeout(timer);
    if (!closed) timer = setTimeout(again, AGAIN_MS);
  };
  const begin = async (): Promise<void> => {
    const client = new pg.Client({ ...connection, keepAlive: true });
    current = client;
    client.on('error', () => undefined); // `end` follows
    client.once('end', later);
    client.on('notification', heard);
    await client.connect();
    await client.query(`LISTEN ${pg.escapeIdentifier(channel)}`);
    heard();
  };
  const again = (): void => {
    begin().catch(later); // the server is away: a client that never connected may tell no end
  };
  again();
  return {
    close: async () => {
      closed = true;
      clearTimeout(timer);
      await current?.end().catch(() => undefined); // it may never have connected
    },
  };
}
