import type { AvpName } from './dictionary.ts';
import { type Grammar, grammar } from './grammar.ts';
import { FLAG } from './header.ts';

/** The application S13/S13' (3GPP TS 29.272 §7.1.8) and that of the base protocol (RFC 6733 §2.4). */
export const APPLICATION = { BASE: 0, S13: 16777252, RELAY: 0xffffffff } as const;

/** What a command's request and answer carry. */
export type Command = {
  readonly name: string;
  readonly code: number;
  readonly application: number;
  /** Command flags of the request as its definition has them: REQ or REQ, PXY. */
  readonly flags: number;
  readonly request: Grammar;
  readonly answer: Grammar;
};

const CAPABILITIES = `
  { Origin-Host }
  { Origin-Realm }
  1*{ Host-IP-Address }
  { Vendor-Id }
  { Product-Name }
  [ Origin-State-Id ]`;

const APPLICATIONS = `
  *[ Supported-Vendor-Id ]
  *[ Auth-Application-Id ]
  *[ Inband-Security-Id ]
  *[ Acct-Application-Id ]
  *[ Vendor-Specific-Application-Id ]
  [ Firmware-Revision ]
  *[ AVP ]`;

const ERROR = `
  [ Error-Message ]
  [ Failed-AVP ]`;

/** Capabilities-Exchange (RFC 6733 §5.3). */
export const CAPABILITIES_EXCHANGE: Command = {
  name: 'Capabilities-Exchange',
  code: 257,
  application: APPLICATION.BASE,
  flags: FLAG.REQUEST,
  request: grammar(CAPABILITIES + APPLICATIONS),
  answer: grammar(`{ Result-Code } ${CAPABILITIES} ${ERROR} ${APPLICATIONS}`),
};

/** Device-Watchdog (RFC 6733 §5.5). */
export const DEVICE_WATCHDOG: Command = {
  name: 'Device-Watchdog',
  code: 280,
  application: APPLICATION.BASE,
  flags: FLAG.REQUEST,
  request: grammar(`
    { Origin-Host }
    { Origin-Realm }
    [ Origin-State-Id ]
    *[ AVP ]`),
  answer: grammar(`
    { Result-Code }
    { Origin-Host }
    { Origin-Realm }
    ${ERROR}
    [ Origin-State-Id ]
    *[ AVP ]`),
};

/** Disconnect-Peer (RFC 6733 §5.4). */
export const DISCONNECT_PEER: Command = {
  name: 'Disconnect-Peer',
  code: 282,
  application: APPLICATION.BASE,
  flags: FLAG.REQUEST,
  request: grammar(`
    { Origin-Host }
    { Origin-Realm }
    { Disconnect-Cause }
    *[ AVP ]`),
  answer: grammar(`
    { Result-Code }
    { Origin-Host }
    { Origin-Realm }
    ${ERROR}
    *[ AVP ]`),
};

/** ME-Identity-Check: ECR and ECA (3GPP TS 29.272 §7.2.19, §7.2.20). */
export const ME_IDENTITY_CHECK: Command = {
  name: 'ME-Identity-Check',
  code: 324,
  application: APPLICATION.S13,
  flags: FLAG.REQUEST | FLAG.PROXIABLE,
  request: grammar(`
    < Session-Id >
    [ DRMP ]
    [ Vendor-Specific-Application-Id ]
    { Auth-Session-State }
    { Origin-Host }
    { Origin-Realm }
    [ Destination-Host ]
    { Destination-Realm }
    { Terminal-Information }
    [ User-Name ]
    *[ Supported-Features ]
    *[ AVP ]
    *[ Proxy-Info ]
    *[ Route-Record ]`),
  answer: grammar(`
    < Session-Id >
    [ DRMP ]
    [ Vendor-Specific-Application-Id ]
    [ Result-Code ]
    [ Experimental-Result ]
    { Auth-Session-State }
    { Origin-Host }
    { Origin-Realm }
    [ Equipment-Status ]
    *[ Supported-Features ]
    *[ AVP ]
    [ Failed-AVP ]
    *[ Proxy-Info ]
    *[ Route-Record ]`),
};

/** The answer to a protocol error, whatever the command was (RFC 6733 §7.2). */
export const ANSWER_MESSAGE: Grammar = grammar(`
  [ Session-Id ]
  { Origin-Host }
  { Origin-Realm }
  { Result-Code }
  [ Origin-State-Id ]
  [ Error-Message ]
  [ Error-Reporting-Host ]
  [ Failed-AVP ]
  [ Experimental-Result ]
  *[ Proxy-Info ]
  *[ AVP ]`);

/** All commands this node answers. */
export const COMMANDS: readonly Command[] = [
  CAPABILITIES_EXCHANGE,
  DEVICE_WATCHDOG,
  DISCONNECT_PEER,
  ME_IDENTITY_CHECK,
];

/** What grouped AVPs carry (RFC 6733 §6.7.2, §6.11, §7.5, §7.6; 3GPP TS 29.229 §6.3.29; 3GPP TS 29.272 §7.3.3). */
const GROUPS: Readonly<Partial<Record<AvpName, Grammar>>> = {
  'Vendor-Specific-Application-Id': grammar(`
    { Vendor-Id }
    [ Auth-Application-Id ]
    [ Acct-Application-Id ]`),
  'Failed-AVP': grammar('1*{ AVP }'),
  'Experimental-Result': grammar(`
    { Vendor-Id }
    { Experimental-Result-Code }`),
  'Proxy-Info': grammar(`
    { Proxy-Host }
    { Proxy-State }
    *[ AVP ]`),
  'Supported-Features': grammar(`
    { Vendor-Id }
    { Feature-List-ID }
    { Feature-List }
    *[ AVP ]`),
  'Terminal-Information': grammar(`
    [ IMEI ]
    [ 3GPP2-MEID ]
    [ Software-Version ]
    *[ AVP ]`),
};

/** What a grouped AVP carries; undefined where nothing is known of that. */
export const groupOf = (name: AvpName): Grammar | undefined => GROUPS[name];
