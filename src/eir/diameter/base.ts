import {
  ANSWER_MESSAGE,
  APPLICATION,
  CAPABILITIES_EXCHANGE,
  type Command,
  DEVICE_WATCHDOG,
  DISCONNECT_PEER,
  ME_IDENTITY_CHECK,
} from '../../codecs/diameter/command.ts';
import { VENDOR_3GPP } from '../../codecs/diameter/dictionary.ts';
import { answering, type Header, writeMessage } from '../../codecs/diameter/header.ts';
import type { Echo } from '../../codecs/diameter/read.ts';
import { isProtocolError, RESULT, type Wrong } from '../../codecs/diameter/result.ts';
import { avp, type Values, type Verdict, verdictValues, writeAvps } from '../../codecs/diameter/write.ts';

/** This end of a connection, as its messages name it. */
export type Self = {
  readonly host: string;
  readonly realm: string;
  /** Address of this end. */
  readonly address: string;
  /** Grows with each start of this node, so that peers see that it has forgotten them (RFC 6733 §8.16). */
  readonly stateId: number;
};

/** Auth-Session-State NO_STATE_MAINTAINED: S13 keeps no sessions (3GPP TS 29.272 §7.1.4). */
const NO_STATE = 1;

const applicationAvps = [avp('Vendor-Id', VENDOR_3GPP), avp('Auth-Application-Id', APPLICATION.S13)];

/** Who we are, in every message of ours. */
const origin = ({ host, realm }: Pick<Self, 'host' | 'realm'>): Values => ({
  'Origin-Host': host,
  'Origin-Realm': realm,
});

/** What we can: S13 as a vendor's application, no other security than that of the transport. */
const capabilities = (self: Self): Values => ({
  ...origin(self),
  'Host-IP-Address': self.address,
  'Vendor-Id': 0, // we have no enterprise number
  'Product-Name': 'openceir',
  'Origin-State-Id': self.stateId,
});

const applications: Values = {
  'Supported-Vendor-Id': VENDOR_3GPP,
  'Auth-Application-Id': APPLICATION.S13,
  'Vendor-Specific-Application-Id': applicationAvps,
};

/** What the answers of a command carry besides the result. */
function usual(command: Command, self: Self): Values {
  if (command === CAPABILITIES_EXCHANGE) return capabilities(self);
  if (command === ME_IDENTITY_CHECK)
    return { ...origin(self), 'Vendor-Specific-Application-Id': applicationAvps, 'Auth-Session-State': NO_STATE };
  return origin(self);
}

/** What follows the Session-Id of an ECA with a verdict. It is the same for all requests, and written once. */
export const tailOf = (self: Pick<Self, 'host' | 'realm'>, verdict: Verdict): Buffer =>
  Buffer.concat(
    writeAvps(ME_IDENTITY_CHECK.answer, {
      ...origin(self),
      'Vendor-Specific-Application-Id': applicationAvps,
      'Auth-Session-State': NO_STATE,
      ...verdictValues(verdict),
    }),
  );

/** The answer to a request that is refused: an answer-message with E bit, or the command's own (RFC 6733 §7). */
export function refusal(
  self: Self,
  request: Header,
  { wrong, echo, command }: { readonly wrong: Wrong; readonly echo: Echo; readonly command: Command | undefined },
): Buffer {
  const error = isProtocolError(wrong.result);
  const values: Values = {
    ...(error || command === undefined ? origin(self) : usual(command, self)),
    'Result-Code': wrong.result,
    ...(wrong.failed === undefined ? {} : { 'Failed-AVP': wrong.failed }),
  };
  const grammar = error || command === undefined ? ANSWER_MESSAGE : command.answer;
  return writeMessage(answering(request, error), [echo.session, ...writeAvps(grammar, values), echo.proxies]);
}

/** The answer to a good CER, DWR or DPR. */
export function success(self: Self, request: Header, command: Command): Buffer {
  const more: Values = command === CAPABILITIES_EXCHANGE ? applications : {};
  const values: Values = { ...usual(command, self), ...more, 'Result-Code': RESULT.SUCCESS };
  return writeMessage(answering(request, false), writeAvps(command.answer, values));
}

type Ids = Pick<Header, 'hopByHop' | 'endToEnd'>;

const own = (command: Command, ids: Ids, values: Values): Buffer =>
  writeMessage(
    { flags: command.flags, command: command.code, application: command.application, ...ids },
    writeAvps(command.request, values),
  );

/** A Device-Watchdog-Request of ours. */
export const watchdogRequest = (self: Self, ids: Ids): Buffer =>
  own(DEVICE_WATCHDOG, ids, { ...origin(self), 'Origin-State-Id': self.stateId });

/** Disconnect-Cause REBOOTING: the peer may come again (RFC 6733 §5.4.3). */
const REBOOTING = 0;

/** A Disconnect-Peer-Request of ours. */
export const disconnectRequest = (self: Self, ids: Ids): Buffer =>
  own(DISCONNECT_PEER, ids, { ...origin(self), 'Disconnect-Cause': REBOOTING });
