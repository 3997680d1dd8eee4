import { M3UA, m3uaMessage, PARAMETER, TRAFFIC_MODE } from '../../codecs/map/m3ua.ts';
import type { MapLink } from './options.ts';

/** State of our application server process at the gateway (RFC 4666 §4.3.1). */
export type AspState = 'down' | 'inactive' | 'active';

/** Our side of bringing an application server process up, and keeping it so. */
export type Asp = {
  readonly state: () => AspState;
  /** Asks to be up. */
  readonly up: () => void;
  /** Takes an acknowledgement; answers whether it was one. */
  readonly acknowledged: (kind: number) => boolean;
  /** Asks once more for what has not been acknowledged. */
  readonly again: () => void;
  /** Says that no more traffic is wanted, and does not ask to be active any more. */
  readonly leave: () => void;
};

type M3uaLink = Extract<MapLink, { kind: 'm3ua' }>;

/** `send` puts a whole message. */
export function asp(link: M3uaLink, send: (message: Buffer) => void): Asp {
  let state: AspState = 'down';
  let leaving = false;
  const contexts = link.routingContext === undefined ? [] : [[PARAMETER.routingContext, link.routingContext] as const];
  const identifier = link.aspIdentifier === undefined ? [] : [[PARAMETER.aspIdentifier, link.aspIdentifier] as const];
  const mode = [PARAMETER.trafficMode, TRAFFIC_MODE[link.trafficMode ?? 'loadshare']] as const;

  const up = (): void => send(m3uaMessage(M3UA.aspUp, identifier));
  const activate = (): void => {
    if (!leaving) send(m3uaMessage(M3UA.aspActive, [mode, ...contexts]));
  };
  const again = (): void => {
    if (state === 'down') up();
    else if (state === 'inactive') activate();
  };
  const acknowledged = (kind: number): boolean => {
    if (kind === M3UA.aspUpAck) {
      state = 'inactive'; // also where we were active: the gateway takes us for inactive after it (§4.3.4.1)
      activate();
    } else if (kind === M3UA.aspActiveAck) state = state === 'down' ? 'down' : 'active';
    else if (kind === M3UA.aspInactiveAck) {
      state = 'inactive';
      activate();
    } else if (kind === M3UA.aspDownAck) {
      state = 'down';
      if (!leaving) up();
    } else return false;
    return true;
  };
  const leave = (): void => {
    leaving = true;
    if (state === 'active') send(m3uaMessage(M3UA.aspInactive, contexts));
  };
  return { state: () => state, up, acknowledged, again, leave };
}
