// Binds the ports of a node, or takes up those that are bound already, and hands them on as often as there are workers:
// each gets a descriptor of its own for the same socket, which it can close without closing it for the others. A process of
// its own does it because only on their way between processes descriptors are doubled. It never listens.
//
// Plain JavaScript, as a process starts with it; what it says and hears is typed in doors.ts.
import net from 'node:net';

/** @typedef {{ getsockname(into: object): number }} Handle */

/** @type {(host: string | null, port: number, type: number, fd: number | undefined, flags: number) => Handle | number} */
const bind = Reflect.get(net, '_createServerHandle');

process.on('disconnect', () => process.exit(0));
process.on('SIGINT', () => undefined); // the terminal's Ctrl-C reaches the whole group; the parent decides

/** @type {(order: import('./doors.ts').DoorOrder) => void} */
const obey = ({ places, copies }) => {
  for (const [at, { host, port, fd }] of places.entries()) {
    const handle =
      fd === undefined ? bind(host, port, net.isIPv6(host) ? 6 : 4, undefined, 0) : bind(null, 0, -1, fd, 0);
    if (typeof handle === 'number') {
      process.send?.({ at, error: handle });
      continue;
    }
    /** @type {{ port?: number }} */
    const name = {};
    handle.getsockname(name);
    for (let copy = 0; copy < copies; copy += 1) {
      process.send?.({ at, port: name.port ?? port }, /** @type {net.Server} */ (/** @type {unknown} */ (handle)));
    }
  }
};

process.on('message', (order) => obey(/** @type {import('./doors.ts').DoorOrder} */ (order)));
